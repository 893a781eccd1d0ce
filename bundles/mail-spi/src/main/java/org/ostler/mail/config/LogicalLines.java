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
        var text = new StringBuilder();
        int first = 0;
        int last = 0;
        int number = 0;
        int at = 0;
        while (at < content.length()) {
            int end = content.indexOf('\n', at);
            int next = end < 0 ? content.length() : end + 1;
            String line = content.substring(at, end < 0 ? content.length() : end);
            at = next;
            number++;
            String stripped = line.strip();
            if (stripped.isEmpty() || stripped.charAt(0) == '#') {
                continue;
            }
            boolean continues = Character.isWhitespace(line.charAt(0)) && first > 0;
            if (!continues) {
                flush(lines, first, last, text);
                first = number;
            }
            text.append(line);
            last = number;
        }
        flush(lines, first, last, text);
        return lines;
    }

    private static void flush(List<Line> lines, int first, int last, StringBuilder text) {
        if (first > 0) {
            lines.add(new Line(first, last, text.toString().stripTrailing()));
            text.setLength(0);
        }
    }
}
