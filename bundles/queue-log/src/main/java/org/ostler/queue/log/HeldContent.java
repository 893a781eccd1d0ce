// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.ostler.mail.queue.Content;

/**
 * Content of a message just committed: in memory while there is room ({@link HeldMemory}), afterwards read from disk.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #open} once the memory was let go.
 */
final class HeldContent implements Content {

    private final Content onDisk;
    private final int length;
    private volatile byte[] bytes;

    HeldContent(byte[] bytes, int length, Content onDisk) {
        this.bytes = bytes;
        this.length = length;
        this.onDisk = onDisk;
    }

    @Override
    public long size() {
        return length;
    }

    @Override
    public InputStream open() throws IOException {
        byte[] mine = bytes;
        return mine != null ? new ByteArrayInputStream(mine, 0, length) : onDisk.open();
    }

    @Override
    public boolean isInMemory() {
        return bytes != null;
    }

    void letGo() {
        bytes = null;
    }
}
