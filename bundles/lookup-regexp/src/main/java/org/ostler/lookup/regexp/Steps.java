// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

/**
 * A key that counts how often it is looked at, and ends a match that never ends. One key after the other.
 *
 * <p>Each rule has its own count: a long header is looked at once by every pattern of a table, and a table may have thousands. <b>Threads</b> one at a time.
 */
final class Steps implements CharSequence {

    /** Of one rule, some tenths of a second: room for a pattern that looks at 5,000 characters from each of them. */
    static final int MOST = 25_000_000;
    /** Of one lookup, some seconds. */
    static final long MOST_OF_ALL = 10L * MOST;

    /** The pattern has gone astray, or there was no room for it; the message is for the log. */
    static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooMany(String reason) {
            super(reason, null, false, false);
        }
    }

    private String text = "";
    private long leftOfAll = MOST_OF_ALL;
    private int given;
    private int left;

    void begin(String key) {
        text = key;
        leftOfAll = MOST_OF_ALL;
        given = 0;
        left = 0;
    }

    /** For the next rule. */
    void renew() {
        leftOfAll -= given - left;
        given = (int) Math.clamp(leftOfAll, 0, MOST);
        left = given;
    }

    @Override
    public char charAt(int index) {
        if (--left < 0) {
            throw new TooMany("backtracking limit exceeded");
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
