// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/**
 * Reads a spool file. The end of the file comes only where length and checksum are right; otherwise {@link IOException}.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> on {@link IoThreads}, which read 64 KB at a time.
 */
final class SpoolStream extends InputStream {

    private static final int PORTION = 64 << 10;

    private final FileChannel channel;
    private final IoThreads io;
    private final long length;
    private final int checksum;
    private final CRC32C crc = new CRC32C();
    private byte[] portion;
    private int at;
    private int end;
    private long position;

    SpoolStream(FileChannel channel, IoThreads io, long length, int checksum) {
        this.channel = channel;
        this.io = io;
        this.length = length;
        this.checksum = checksum;
    }

    @Override
    public int read() throws IOException {
        return fill() ? portion[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int most) throws IOException {
        if (most == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int n = Math.min(most, end - at);
        System.arraycopy(portion, at, into, offset, n);
        at += n;
        return n;
    }

    /** @return false at the end */
    private boolean fill() throws IOException {
        if (at < end) {
            return true;
        }
        if (position == length) {
            if ((int) crc.getValue() != checksum) {
                throw new IOException("spool file is damaged");
            }
            return false;
        }
        if (portion == null) {
            portion = new byte[(int) Math.min(PORTION, length)];
        }
        int want = (int) Math.min(portion.length, length - position);
        int n = io.call(() -> Disk.readFully(channel, ByteBuffer.wrap(portion, 0, want), position));
        if (n < want) {
            throw new IOException("spool file is too short");
        }
        crc.update(portion, 0, n);
        position += n;
        at = 0;
        end = n;
        return true;
    }

    @Override
    public int available() {
        return end - at;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
