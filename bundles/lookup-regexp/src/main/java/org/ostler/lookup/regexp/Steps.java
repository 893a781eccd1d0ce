// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

/** A key that counts how often it is looked at, and ends a match that never ends. One key after the other, one thread. */
final class Steps implements CharSequence {

    /** Some hundredths of a second. */
    static final int MOST = 5_000_000;

    /** The pattern has gone astray. */
    static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooMany() {
            super("too many steps", null, false, false);
        }
    }

    private String text = "";
    private int left;

    void begin(String key) {
        text = key;
        left = MOST;
    }

    @Override
    public char charAt(int index) {
        if (--left < 0) {
            throw new TooMany();
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.substring(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
