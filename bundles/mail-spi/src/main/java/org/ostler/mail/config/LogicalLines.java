// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The line grammar that main.cf, master.cf and every lookup table share (postconf(5), postmap(1)).
 *
 * <p>Empty lines and lines whose first non-blank is {@code #} are ignored, also between continuation lines; a line that begins with white
 * space continues the one before it. White space is what C's isspace(3) says of ASCII. Pure function; no I/O.
 */
public final class LogicalLines {

    /**
     * @param number physical line on which it begins, from 1
     * @param last   physical line on which it ends
     * @param text   without the line end and white space before it; continuation lines are joined as they are, leading white space kept
     */
    public record Line(int number, int last, String text) {}

    private LogicalLines() {}

    public static List<Line> of(String content) {
        var lines = new ArrayList<Line>();
        var reader = new Reader(content.getBytes(StandardCharsets.UTF_8));
        while (reader.next()) {
            lines.add(new Line(reader.number(), reader.last(), reader.text(0, reader.length())));
        }
        return lines;
    }

    /** As isspace(3) in the C locale; a byte of a UTF-8 sequence is none. */
    public static boolean isSpace(int c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    /**
     * Gives the lines one by one, for tables of a million: over the bytes of the file, which are looked at once and copied only where a line goes on. The encoding is UTF-8 or any other that has
     * ASCII's bytes for ASCII alone; where a line ends does not depend on it, so one bad line does not spoil the others.
     *
     * <p>What is asked for belongs to the line that {@link #next} found last. One thread.
     */
    public static final class Reader {

        private final byte[] content;
        /** Where the next physical line begins. */
        private int at;
        /** Physical lines read. */
        private int count;

        /** Holds the line: {@link #content} where it is one physical line, else what they were joined in. */
        private byte[] line;
        private int begin;
        private int end;
        private int first;
        private int last;
        /** All bytes of the line or-ed: negative where one is not ASCII. */
        private int bits;
        /** The same of the physical line read last. */
        private int read;

        public Reader(byte[] content) {
            this.content = content;
        }

        /** Whether there is one more. */
        public boolean next() {
            first = 0;
            bits = 0;
            while (at < content.length) {
                int from = at;
                int word = word(from);
                boolean ignored = word == content.length || content[word] == '\n' || content[word] == '#';
                if (first > 0 && word == from && !ignored) {
                    break;
                }
                count++;
                int stop = lineEnd(word);
                if (!ignored) {
                    add(from, stop);
                }
                at = stop + 1;
            }
            while (first > 0 && isSpace(line[end - 1])) {
                end--;
            }
            return first > 0;
        }

        /** The first byte that is no white space; that may be the end of the line. */
        private int word(int from) {
            int i = from;
            while (i < content.length && content[i] != '\n' && isSpace(content[i])) {
                i++;
            }
            return i;
        }

        private int lineEnd(int from) {
            byte[] bytes = content;
            int i = from;
            int all = 0;
            for (; i < bytes.length; i++) {
                byte b = bytes[i];
                if (b == '\n') {
                    break;
                }
                all |= b;
            }
            read = all;
            return i;
        }

        private void add(int from, int stop) {
            last = count;
            bits |= read;
            if (first == 0) {
                first = count;
                line = content;
                begin = from;
                end = stop;
                return;
            }
            int length = end - begin;
            int joined = length + stop - from;
            if (line == content || line.length < joined) {
                // All lines together are no longer than the file.
                byte[] room = new byte[(int) Math.min(content.length, 2L * joined)];
                System.arraycopy(line, begin, room, 0, length);
                line = room;
                begin = 0;
            }
            System.arraycopy(content, from, line, length, stop - from);
            end = joined;
        }

        /** Physical line on which it begins, from 1. */
        public int number() {
            return first;
        }

        /** Physical line on which it ends. */
        public int last() {
            return last;
        }

        /** Bytes, without the line end and white space before it; at least one. */
        public int length() {
            return end - begin;
        }

        /** A byte, from 0; not ASCII: negative. */
        public byte at(int index) {
            return line[begin + index];
        }

        public boolean isAscii() {
            return bits >= 0;
        }

        /** A part of it, decoded from UTF-8; what is not UTF-8 comes out as U+FFFD. */
        public String text(int from, int to) {
            // Of ASCII both give the same; Latin-1 is copied without a look at it.
            return new String(line, begin + from, to - from, isAscii() ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        }

        /** Holds the line, from {@link #begin} on, and more beside it. Only to be looked at. */
        public byte[] array() {
            return line;
        }

        public int begin() {
            return begin;
        }

        /** A copy. */
        public byte[] bytes() {
            return Arrays.copyOfRange(line, begin, end);
        }
    }
}
