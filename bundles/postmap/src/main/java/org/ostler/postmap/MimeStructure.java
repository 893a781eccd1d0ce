// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * Where in a message the headers of its parts begin: enough of MIME (RFC 2046) for {@code postmap -m}. Fed header by header and line by line.
 *
 * <p><b>Threads</b> one. Nothing is decoded; nesting and boundaries are bounded.
 */
final class MimeStructure {

    /** As mime_nesting_limit and mime_boundary_length_limit have it by default. */
    private static final int DEEPEST = 100;
    private static final int LONGEST_BOUNDARY = 2048;

    /** The boundaries that may end a part here, the innermost first. */
    private final Deque<String> boundaries = new ArrayDeque<>();
    private String boundary = "";
    private boolean message;

    /** A header of the message or of a part, its continuation lines inside. */
    void header(String header) {
        int colon = header.indexOf(':');
        if (colon < 0 || !header.substring(0, colon).strip().equalsIgnoreCase("content-type")) {
            return;
        }
        String value = header.substring(colon + 1).replace('\n', ' ').strip();
        int semicolon = value.indexOf(';');
        String type = (semicolon < 0 ? value : value.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
        message = type.equals("message/rfc822") || type.equals("message/news");
        boundary = type.startsWith("multipart/") ? parameter(value, "boundary") : "";
    }

    private static String parameter(String value, String name) {
        int at = value.indexOf(';');
        while (at >= 0) {
            int equals = value.indexOf('=', at);
            if (equals < 0) {
                return "";
            }
            String text = value.substring(equals + 1).stripLeading();
            boolean quoted = text.startsWith("\"");
            int end = quoted ? text.indexOf('"', 1) : text.indexOf(';');
            String found = quoted ? text.substring(1, end < 0 ? text.length() : end) : text.substring(0, end < 0 ? text.length() : end).strip();
            if (value.substring(at + 1, equals).strip().equalsIgnoreCase(name)) {
                return found.length() > LONGEST_BOUNDARY ? found.substring(0, LONGEST_BOUNDARY) : found;
            }
            at = value.indexOf(';', equals + 1 + (quoted ? found.length() + 1 : 0));
        }
        return "";
    }

    /** The empty line behind headers. @return whether headers come again: those of a message within the message */
    boolean endOfHeaders() {
        boolean nested = message;
        if (!boundary.isEmpty() && boundaries.size() < DEEPEST) {
            boundaries.push(boundary);
        }
        boundary = "";
        message = false;
        return nested;
    }

    /** A line of a body. @return whether it begins a part, so that headers follow */
    boolean beginsPart(String line) {
        if (!line.startsWith("--")) {
            return false;
        }
        for (String candidate : boundaries) {
            if (line.startsWith(candidate, 2)) {
                while (!boundaries.peek().equals(candidate)) {
                    boundaries.pop();
                }
                boolean last = line.startsWith("--", 2 + candidate.length());
                if (last) {
                    boundaries.pop();
                }
                return !last;
            }
        }
        return false;
    }
}
