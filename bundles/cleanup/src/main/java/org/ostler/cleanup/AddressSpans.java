// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds the addresses in a list of addresses (RFC 5322 section 3.4), in header fields and in table values. Lenient: comments, phrases, quoted strings, groups, source routes. Pure functions.
 *
 * <p>A span is the place of one addr-spec in the text, so that it can be replaced and everything around it stays.
 */
final class AddressSpans {

    /**
     * @param start   first character of the address, quotes included
     * @param end     behind its last character
     * @param address as written, without comments and blanks around it
     */
    record Span(int start, int end, String address) {}

    private final String text;
    private final List<Span> spans = new ArrayList<>();
    /** Where the words since the last separator begin and end. */
    private int from = -1;
    private int to = -1;

    private AddressSpans(String text) {
        this.text = text;
    }

    /** Of a header field: words without a comma between them are a phrase. */
    static List<Span> ofHeader(String text) {
        return new AddressSpans(text).scan(false);
    }

    /** Of a table value: blanks separate as well. */
    static List<Span> ofValue(String text) {
        return new AddressSpans(text).scan(true);
    }

    private List<Span> scan(boolean blanksSeparate) {
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            switch (c) {
                case '(' -> i = skipComment(i);
                case '"' -> {
                    int end = skipQuoted(i);
                    word(i, end, blanksSeparate);
                    i = end;
                }
                case '<' -> i = angle(i);
                case ',', ';' -> {
                    flush();
                    i++;
                }
                case ':' -> {
                    // The name of a group.
                    from = -1;
                    i++;
                }
                case ' ', '\t', '\r', '\n' -> i++;
                default -> {
                    int end = i + 1;
                    while (end < text.length() && " \t\r\n,;:<(\"".indexOf(text.charAt(end)) < 0) {
                        end += text.charAt(end) == '\\' ? 2 : text.charAt(end) == '[' ? literal(end) : 1;
                    }
                    end = Math.min(end, text.length());
                    word(i, end, blanksSeparate);
                    i = end;
                }
            }
        }
        flush();
        return spans;
    }

    private int literal(int at) {
        int close = text.indexOf(']', at);
        return close < 0 ? 1 : close - at + 1;
    }

    private void word(int start, int end, boolean blanksSeparate) {
        if (from >= 0 && to == start) {
            to = end;
        } else if (from >= 0 && blanksSeparate) {
            flush();
            from = start;
            to = end;
        } else if (from >= 0) {
            // A phrase: it is an address only if no angle bracket follows, and then it is left alone.
            to = -1;
        } else {
            from = start;
            to = end;
        }
    }

    private int angle(int open) {
        int close = open + 1;
        while (close < text.length() && text.charAt(close) != '>') {
            close = text.charAt(close) == '"' ? skipQuoted(close) : close + 1;
        }
        close = Math.min(close, text.length());
        int start = open + 1;
        // A source route goes: @a,@b:user@host (RFC 5321 appendix C).
        if (start < close && text.charAt(start) == '@') {
            int colon = text.indexOf(':', start);
            start = colon > 0 && colon < close ? colon + 1 : start;
        }
        String address = text.substring(start, close).strip();
        if (!address.isEmpty()) {
            int at = text.indexOf(address, start);
            spans.add(new Span(at, at + address.length(), address));
        }
        from = -1;
        to = -1;
        // Words behind the bracket up to the separator are decoration.
        int i = Math.min(close + 1, text.length());
        while (i < text.length() && text.charAt(i) != ',' && text.charAt(i) != ';') {
            i = text.charAt(i) == '(' ? skipComment(i) : text.charAt(i) == '"' ? skipQuoted(i) : i + 1;
        }
        return i;
    }

    private void flush() {
        if (from >= 0 && to > from) {
            spans.add(new Span(from, to, text.substring(from, to)));
        }
        from = -1;
        to = -1;
    }

    private int skipQuoted(int open) {
        int i = open + 1;
        while (i < text.length() && text.charAt(i) != '"') {
            i += text.charAt(i) == '\\' ? 2 : 1;
        }
        return Math.min(i + 1, text.length());
    }

    private int skipComment(int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '\\' -> i++;
                case '(' -> depth++;
                case ')' -> depth--;
                default -> { }
            }
            if (depth == 0) {
                return i + 1;
            }
        }
        return text.length();
    }

    /** A written address in internal form: quotes of the local part removed. */
    static String internal(String written) {
        int at = written.lastIndexOf('@');
        String local = at < 0 ? written : written.substring(0, at);
        if (local.length() < 2 || local.charAt(0) != '"' || local.charAt(local.length() - 1) != '"') {
            return written;
        }
        var out = new StringBuilder(written.length());
        for (int i = 1; i < local.length() - 1; i++) {
            if (local.charAt(i) == '\\' && i + 1 < local.length() - 1) {
                i++;
            }
            out.append(local.charAt(i));
        }
        return out.append(at < 0 ? "" : written.substring(at)).toString();
    }
}
