// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalInt;

/**
 * Reads the key exchange group out of the beginning of what a server sends: it stands in the clear, and JSSE does not tell it.
 *
 * <p>Only TLS 1.3 is looked at; Postfix says nothing of the key exchange of older versions, where the cipher's name tells. What makes no sense is no group: the engine judges the handshake, not this class.
 *
 * <p><b>Threads</b> the one that has the handshake.
 *
 * <p><b>Standards</b> RFC 8446 sections 4.1.3, 4.1.4, 4.2.8, 5.1
 */
final class ServerHello implements WatchedSocket.Watcher {

    /** A ServerHello with a hybrid key share has 1.2 KB; a HelloRetryRequest may come before it. */
    private static final int MOST = 2048;
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int HANDSHAKE = 22;
    private static final int SERVER_HELLO = 2;
    private static final int KEY_SHARE = 51;
    /** What stands in the place of the random bytes in a HelloRetryRequest. */
    private static final byte[] RETRY = HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

    private byte[] bytes = new byte[512];
    private int length;
    private boolean over;

    /** Bytes of the server, in order. */
    @Override
    public void saw(byte[] more, int offset, int count) {
        if (over) {
            return;
        }
        int taken = Math.min(count, MOST - length);
        if (length + taken > bytes.length) {
            bytes = Arrays.copyOf(bytes, MOST);
        }
        System.arraycopy(more, offset, bytes, length, taken);
        length += taken;
        over = length == MOST;
    }

    /** The group of the key share, by its number (RFC 8446 section 4.2.7); empty where there is none. Nothing is collected any more. */
    OptionalInt group() {
        over = true;
        ByteBuffer messages = messages();
        OptionalInt group = OptionalInt.empty();
        try {
            while (messages.remaining() >= 4) {
                int type = messages.get() & 0xff;
                int size = (messages.get() & 0xff) << 16 | messages.getShort() & 0xffff;
                if (type != SERVER_HELLO) {
                    break;
                }
                // A share that is cut off here is no matter: its group stands in front.
                ByteBuffer body = messages.slice(messages.position(), Math.min(size, messages.remaining()));
                boolean retry = isRetry(body);
                group = retry ? OptionalInt.empty() : keyShare(body);
                if (!retry) {
                    break;
                }
                messages.position(messages.position() + size);
            }
        } catch (BufferUnderflowException | IllegalArgumentException _) {
            return group;
        } finally {
            bytes = new byte[0];
            length = 0;
        }
        return group;
    }

    /** The handshake messages in the clear, records taken away. */
    private ByteBuffer messages() {
        ByteBuffer records = ByteBuffer.wrap(bytes, 0, length);
        ByteBuffer messages = ByteBuffer.allocate(length);
        while (records.remaining() >= 5) {
            int type = records.get();
            records.getShort();
            int size = Math.min(records.getShort() & 0xffff, records.remaining());
            if (type == HANDSHAKE) {
                messages.put(records.slice(records.position(), size));
            } else if (type != CHANGE_CIPHER_SPEC) {
                break;
            }
            records.position(records.position() + size);
        }
        return messages.flip();
    }

    private static boolean isRetry(ByteBuffer body) {
        var random = new byte[RETRY.length];
        body.getShort();
        body.get(random);
        return Arrays.equals(random, RETRY);
    }

    /** @param body behind the random bytes */
    private static OptionalInt keyShare(ByteBuffer body) {
        int session = body.get() & 0xff;
        body.position(body.position() + session);
        body.getShort();
        body.get();
        body.getShort();
        while (body.remaining() >= 4) {
            int extension = body.getShort() & 0xffff;
            int size = body.getShort() & 0xffff;
            if (extension == KEY_SHARE) {
                return OptionalInt.of(body.getShort() & 0xffff);
            }
            body.position(body.position() + size);
        }
        return OptionalInt.empty();
    }
}
