// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import org.ostler.mail.model.QueueId;

/** Queue ids taken apart: microseconds since the epoch, and the sequence. */
final class Ids {

    private static final String BASE52 = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    private static final byte[] DIGIT = new byte[128];

    static {
        java.util.Arrays.fill(DIGIT, (byte) -1);
        for (int i = 0; i < BASE52.length(); i++) {
            DIGIT[BASE52.charAt(i)] = (byte) i;
        }
    }

    private Ids() {}

    static QueueId of(long micros, long sequence) {
        return QueueId.of(micros / 1_000_000, (int) (micros % 1_000_000), sequence);
    }

    /** Sequence of an id in this store's form; -1 for any other id. */
    static long sequence(QueueId id) {
        int z = id.text().lastIndexOf('z');
        return z < 10 ? -1 : number(id.text(), z + 1, id.text().length(), 51);
    }

    /** Microseconds of an id for which {@link #sequence} gave a number. */
    static long micros(QueueId id) {
        int z = id.text().lastIndexOf('z');
        return number(id.text(), 0, z - 4, 52) * 1_000_000 + number(id.text(), z - 4, z, 52);
    }

    private static long number(String text, int from, int to, int base) {
        if (from >= to || to - from > 11) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = DIGIT[text.charAt(i)];
            if (digit < 0 || digit >= base) {
                return -1;
            }
            value = value * base + digit;
        }
        return value;
    }
}
