// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.ArrayList;
import java.util.List;

/**
 * The line grammar that main.cf, master.cf and every lookup table share (postconf(5), postmap(1)).
 *
 * <p>Empty lines and lines whose first non-blank is {@code #} are ignored, also between continuation lines; a line that begins with white
 * space continues the one before it. Pure function; no I/O.
 */
public final class LogicalLines {

    /**
     * @param number physical line on which it begins, from 1
     * @param last   physical line on which it ends
     * @param text   without the line end; continuation lines are joined as they are, leading white space kept
     */
    public record Line(int number, int last, String text) {}

    private LogicalLines() {}

    public static List<Line> of(String content) {
        var lines = new ArrayList<Line>();
        var reader = new Reader(content);
        for (Line line = reader.next(); line != null; line = reader.next()) {
            lines.add(line);
        }
        return lines;
    }

    /** Gives the lines one by one, for tables of a million. One thread. */
    public static final class Reader {

        private final String content;
        private int at;
        private int number;

        public Reader(String content) {
            this.content = content;
        }

        /** The next logical line, or null at the end. */
        public Line next() {
            StringBuilder text = null;
            String only = null;
            int first = 0;
            int last = 0;
            while (at < content.length()) {
                int end = content.indexOf('\n', at);
                int stop = end < 0 ? content.length() : end;
                int begin = at;
                while (begin < stop && Character.isWhitespace(content.charAt(begin))) {
                    begin++;
                }
                boolean ignored = begin == stop || content.charAt(begin) == '#';
                if (!ignored && first > 0 && begin == at) {
                    break;
                }
                number++;
                if (!ignored) {
                    String line = content.substring(at, stop);
                    if (first == 0) {
                        first = number;
                        only = line;
                    } else {
                        text = text == null ? new StringBuilder(only) : text;
                        text.append(line);
                    }
                    last = number;
                }
                at = end < 0 ? content.length() : end + 1;
            }
            return first == 0 ? null : new Line(first, last, (text == null ? only : text.toString()).stripTrailing());
        }
    }
}
