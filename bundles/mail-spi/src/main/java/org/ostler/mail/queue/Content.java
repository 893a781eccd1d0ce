// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The header and body of a message, in canonical form: every line ends in CR LF, no CR or LF stands anywhere else, dots are not stuffed.
 * The last line may lack its end.
 *
 * <p><b>Threads</b> any; each {@link #open} is independent. <b>Blocking</b> reads may wait for the disk. <b>Errors</b> {@link IOException} is temporary trouble: defer.
 */
public interface Content {

    /** Bytes. */
    long size();

    /** From the first byte; the caller closes it. */
    InputStream open() throws IOException;

    /** Whether {@link #open} costs no I/O. */
    default boolean isInMemory() {
        return false;
    }

    /** Content held in an array, which must not be changed any more. */
    record InMemory(byte[] bytes, int offset, int length) implements Content {

        public InMemory(byte[] bytes) {
            this(bytes, 0, bytes.length);
        }

        @Override
        public long size() {
            return length;
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(bytes, offset, length);
        }

        @Override
        public boolean isInMemory() {
            return true;
        }
    }
}
