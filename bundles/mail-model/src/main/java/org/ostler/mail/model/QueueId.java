// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

/**
 * The name of a message in the queue, in the form of Postfix's long queue ids.
 *
 * <p>At least six base-52 digits (no vowels) of seconds, four of microseconds, {@code z}, then a sequence number in base 51 where Postfix
 * has the inode. The sequence is persistent in the store, so an id is unique across restarts and clock steps. Ids of Postfix (short
 * or long form) are accepted too, because operators paste them.
 *
 * @param text 6 to 32 letters and digits
 */
public record QueueId(String text) implements Comparable<QueueId> {

    private static final String BASE52 = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

    public QueueId {
        if (!isValid(text)) {
            throw new IllegalArgumentException("not a queue id: " + text);
        }
    }

    public static boolean isValid(String text) {
        if (text.length() < 6 || text.length() > 32) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')) {
                return false;
            }
        }
        return true;
    }

    /**
     * Makes an id.
     *
     * @param epochSeconds wall clock
     * @param micros       0 to 999999
     * @param sequence     never used before by this store; not negative
     */
    public static QueueId of(long epochSeconds, int micros, long sequence) {
        var out = new StringBuilder(20);
        digits(out, epochSeconds, 52, 6);
        digits(out, micros, 52, 4);
        out.append('z');
        digits(out, sequence, 51, 1);
        return new QueueId(out.toString());
    }

    private static void digits(StringBuilder out, long value, int base, int least) {
        if (value < 0) {
            throw new IllegalArgumentException("negative: " + value);
        }
        int start = out.length();
        long rest = value;
        do {
            out.insert(start, BASE52.charAt((int) (rest % base)));
            rest /= base;
        } while (rest > 0);
        while (out.length() - start < least) {
            out.insert(start, '0');
        }
    }

    @Override
    public int compareTo(QueueId other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
