// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.ostler.postmap.HeaderWords.Word;

/**
 * Where in a message the headers of its parts begin: enough of MIME (RFC 2046) for {@code postmap -m}. Fed header by header and line by line, a character for each byte; nothing is decoded.
 *
 * <p>Follows Postfix where a message can be read in two ways, since what its header checks see is asked for: each {@code boundary} of a header counts, and of each header of that name; RFC 2231 is not read; a type
 * that is neither text, message nor multipart leaves what was known; a boundary that is the beginning of a line is enough. Nesting and boundaries are bounded. One thread.
 */
final class MimeStructure {

    /** @param digest whether its parts are messages where they say nothing else */
    private record Boundary(String text, boolean digest) {}

    private static final String NAME = "content-type:";

    private final int deepest;
    private final int longest;
    /** That may end a part here, the innermost first. */
    private final Deque<Boundary> boundaries = new ArrayDeque<>();
    /** Whether the headers in hand are those of a message. */
    private boolean message;

    /**
     * @param deepest mime_nesting_limit: boundaries of deeper multiparts are not looked for
     * @param longest mime_boundary_length_limit: bytes of a boundary that count
     */
    MimeStructure(int deepest, int longest) {
        this.deepest = deepest;
        this.longest = longest;
    }

    /** A header of the message or of a part, its continuation lines inside. */
    void header(String header) {
        if (!header.regionMatches(true, 0, NAME, 0, NAME.length())) {
            return;
        }
        var words = new HeaderWords(header.substring(NAME.length()));
        List<Word> type = words.next();
        if (type == null || type.isEmpty() || type.getFirst().is("text")) {
            message = false;
        } else if (type.getFirst().is("message")) {
            message = isSubtype(type, "rfc822") || isSubtype(type, "global");
        } else if (type.getFirst().is("multipart")) {
            message = false;
            boundaries(words, isSubtype(type, "digest"));
        }
    }

    private static boolean isSubtype(List<Word> type, String name) {
        return type.size() >= 3 && type.get(1).is('/') && type.get(2).is(name);
    }

    private void boundaries(HeaderWords words, boolean digest) {
        for (List<Word> parameter = words.next(); parameter != null; parameter = words.next()) {
            boolean boundary = parameter.size() >= 3 && parameter.getFirst().is("boundary") && parameter.get(1).is('=');
            // The limit counts what is inside the outermost, as in Postfix.
            if (boundary && boundaries.size() <= deepest + 1) {
                String text = parameter.get(2).text();
                boundaries.push(new Boundary(text.length() > longest ? text.substring(0, longest) : text, digest));
            }
        }
    }

    /** The empty line behind headers. @return whether headers come again: those of a message within the message */
    boolean beginsMessage() {
        boolean begins = message;
        message = false;
        return begins;
    }

    /** A line of a body. @return whether it begins a part, so that headers follow */
    boolean beginsPart(String line) {
        if (line.length() < 3 || !line.startsWith("--")) {
            return false;
        }
        for (Boundary candidate : boundaries) {
            if (line.startsWith(candidate.text(), 2)) {
                while (boundaries.peek() != candidate) {
                    boundaries.pop();
                }
                boolean last = line.startsWith("--", 2 + candidate.text().length());
                if (last) {
                    boundaries.pop();
                }
                message = candidate.digest() && !last;
                return !last;
            }
        }
        return false;
    }
}
