// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Cuts the start of a content stream into headers.
 *
 * <p>Canonical content goes in, in pieces of any size; each complete header, folded lines included, goes to the handler, then {@link Handler#endOfHeaders}, then the body in the pieces in which it comes. A header larger than the limit loses its rest, as
 * header_size_limit says, each line end counted once. A NUL and what follows it in its line, or in {@link #PIECE} bytes of it, go, as in Postfix: no mail program shows it, and some end the line there. Used
 * by one thread.
 */
final class HeaderScanner {

    /** What ends the headers: an empty line, a line that cannot be a header and so begins the body, or the end of the content. */
    enum End { EMPTY_LINE, TEXT, CONTENT }

    /** Takes what the scanner finds. */
    interface Handler {
        /** Whether the scanner may hold so many bytes more. Where not, the message has been refused and nothing more is to be scanned. */
        boolean mayHold(int bytes);

        /** Whether the first line, which is no header, is to be dropped: the separator line of an mbox file. */
        boolean isSeparator(String line);

        /** @param line without its final CR LF, a character per byte */
        void header(String name, String line);

        /** @param end what ended the headers */
        void endOfHeaders(End end);

        void body(byte[] bytes, int offset, int length);
    }

    /** The default of line_length_limit, at which Postfix cuts a line into records. */
    private static final int PIECE = 2048;

    private final Handler handler;
    private final int limit;
    /** Behind so many bytes of a header nothing is kept of it, even where every second one is the CR of a line end, which the limit does not count. */
    private final int bound;
    private byte[] buffer = new byte[2048];
    private int used;
    /** How far {@code buffer} has been searched for line ends. */
    private int searched;
    private boolean inBody;
    private boolean firstLine = true;

    HeaderScanner(Handler handler, int limit) {
        this.handler = handler;
        this.limit = limit;
        this.bound = (int) Math.min(2L * (limit + 2L * PIECE), Integer.MAX_VALUE / 4);
    }

    void write(byte[] bytes, int offset, int length) {
        if (inBody) {
            handler.body(bytes, offset, length);
            return;
        }
        if (buffer.length - used < length) {
            int wanted = Math.max(buffer.length * 2, used + length);
            if (!handler.mayHold(wanted - buffer.length)) {
                return;
            }
            buffer = Arrays.copyOf(buffer, wanted);
        }
        System.arraycopy(bytes, offset, buffer, used, length);
        used += length;
        scan();
    }

    /** The content has ended. */
    void end() {
        if (!inBody) {
            if (used > 0) {
                header(used, false);
            }
            if (!inBody) {
                inBody = true;
                handler.endOfHeaders(End.CONTENT);
            }
        }
    }

    private void scan() {
        int start = 0;
        while (!inBody) {
            int newline = indexOf(Math.max(searched, start));
            if (newline < 0) {
                searched = used;
                break;
            }
            if (newline - start == 1 && buffer[start] == '\r') {
                compact(newline + 1);
                inBody = true;
                handler.endOfHeaders(End.EMPTY_LINE);
                rest();
                return;
            }
            if (newline + 1 == used) {
                // Whether the next line continues this one is not known yet.
                searched = newline;
                break;
            }
            byte next = buffer[newline + 1];
            if (next == ' ' || next == '\t') {
                searched = newline + 1;
                continue;
            }
            compact(start);
            newline -= start;
            start = 0;
            header(newline + 1, true);
            if (inBody) {
                return;
            }
            compact(newline + 1);
        }
        boundHeader();
    }

    /** A header that grows beyond the limit is cut, so that the buffer stays bounded. Text that is no header is not: it is the beginning of the body. */
    private void boundHeader() {
        if (!inBody && used > bound + PIECE && colon(used) < 0) {
            firstLine = false;
            inBody = true;
            handler.endOfHeaders(End.TEXT);
            rest();
        } else if (!inBody && used > bound + PIECE) {
            int tail = Math.min(2, used - bound);
            System.arraycopy(buffer, used - tail, buffer, bound, tail);
            used = bound + tail;
            searched = bound;
        }
    }

    private int indexOf(int from) {
        for (int i = from; i < used; i++) {
            if (buffer[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private void compact(int from) {
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, used - from);
            used -= from;
            searched = Math.max(0, searched - from);
        }
    }

    /** @param end behind the last byte of the header, its line end included if it has one */
    private void header(int end, boolean hasLineEnd) {
        int length = hasLineEnd ? end - 2 : end;
        if (!hasLineEnd && length >= 2 && buffer[length - 1] == '\n') {
            length -= 2;
        }
        int colon = colon(length);
        boolean first = firstLine;
        firstLine = false;
        if (colon < 0 && first && handler.isSeparator(new String(buffer, 0, Math.min(length, limit), StandardCharsets.ISO_8859_1))) {
            searched = 0;
            return;
        }
        if (colon < 0) {
            // Not a header: the body begins here, without an empty line before it.
            inBody = true;
            handler.endOfHeaders(End.TEXT);
            rest();
            return;
        }
        String line = length <= limit && visible(0, length) == length ? new String(buffer, 0, length, StandardCharsets.ISO_8859_1) : cut(length);
        String name = line.substring(0, Math.min(colon, line.length())).stripTrailing();
        // Blanks before the colon go, so that the next host sees a header whatever it thinks of them.
        handler.header(name, name.length() < colon ? name + line.substring(Math.min(colon, line.length())) : line);
        searched = 0;
    }

    /** The header up to its limit, without what NULs hide. A cut that falls between the lines of a folded header must not leave an empty line, which would end all headers. */
    private String cut(int length) {
        var kept = new StringBuilder(Math.min(length, limit + 2));
        int left = limit;
        int start = 0;
        while (start < length && left > 0) {
            int newline = start;
            while (newline < length && buffer[newline] != '\n') {
                newline++;
            }
            if (start > 0) {
                kept.append("\r\n");
                left--;
            }
            int end = newline < length && buffer[newline - 1] == '\r' ? newline - 1 : newline;
            for (int at = start; at < end && left > 0; at += PIECE) {
                int visible = Math.min(left, visible(at, Math.min(at + PIECE, end)));
                kept.append(new String(buffer, at, visible, StandardCharsets.ISO_8859_1));
                left -= visible;
            }
            start = newline + 1;
        }
        int end = kept.length();
        while (left == 0 && end > 0 && " \t\r\n".indexOf(kept.charAt(end - 1)) >= 0) {
            end--;
        }
        return kept.substring(0, end);
    }

    /** How many bytes come before a NUL. */
    private int visible(int from, int to) {
        int at = from;
        while (at < to && buffer[at] != 0) {
            at++;
        }
        return at - from;
    }

    /** Where the name of a header ends (RFC 5322 section 2.2; blanks before the colon are old but in use); -1 where it is none. */
    private int colon(int length) {
        for (int i = 0; i < length; i++) {
            byte b = buffer[i];
            if (b == ':') {
                return i > 0 ? i : -1;
            }
            if (b == ' ' || b == '\t') {
                int j = i;
                while (j < length && (buffer[j] == ' ' || buffer[j] == '\t')) {
                    j++;
                }
                return j < length && buffer[j] == ':' && i > 0 ? j : -1;
            }
            if (b < 33 || b == 127) {
                return -1;
            }
        }
        return -1;
    }

    private void rest() {
        if (used > 0) {
            handler.body(buffer, 0, used);
        }
        buffer = new byte[0];
        used = 0;
    }
}
