// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A message on standard input as lookup keys: each header whole, with its line ends inside ({@code -h}), each line of the body ({@code -b}); with {@code -m} the headers of MIME parts are headers too.
 *
 * <p>The empty line that ends headers is the first of the body. A primary header that ends without one is given it: its body is "" and then the line that is no header. What is asked is held, key by key, against
 * recordings of Postfix 3.12 ({@code golden/tables/message-keys.txt}). One thread.
 */
final class MessageKeys {

    private enum Place { PRIMARY_HEADERS, OTHER_HEADERS, BODY }

    private final InputLines lines;
    private final Request request;
    private final MimeStructure structure;
    private final int headerLimit;
    /** Keys that the last line has completed. */
    private final Deque<String> ready = new ArrayDeque<>();
    private Place place = Place.PRIMARY_HEADERS;
    /** The header that may go on in the next line; else null. */
    private StringBuilder header;
    private boolean over;

    /** @param headerLimit header_size_limit: a header of so many bytes or more takes no further line */
    MessageKeys(InputLines lines, Request request, MimeStructure structure, int headerLimit) {
        this.lines = lines;
        this.request = request;
        this.structure = structure;
        this.headerLimit = headerLimit;
    }

    /** The next key, or null at the end. */
    String next() throws IOException {
        while (ready.isEmpty() && !over) {
            String line = lines.next();
            if (line != null) {
                take(line);
            } else {
                headerIsWhole();
                over = true;
            }
        }
        return ready.poll();
    }

    private void take(String line) {
        if (place != Place.BODY) {
            if (header != null && (line.startsWith(" ") || line.startsWith("\t"))) {
                if (header.length() < headerLimit) {
                    header.append('\n').append(visible(line));
                }
                return;
            }
            headerIsWhole();
            int name = nameLength(line);
            if (name > 0) {
                // Blanks in front of the colon go.
                header = new StringBuilder(line.substring(0, name)).append(visible(line.substring(name).stripLeading()));
                return;
            }
            endOfHeaders(line);
        }
        if (request.mime() && structure.beginsPart(line)) {
            place = Place.OTHER_HEADERS;
        }
        inBody(line);
    }

    private void headerIsWhole() {
        if (header != null) {
            structure.header(header.toString());
            if (request.headers()) {
                ready.add(header.toString());
            }
            header = null;
        }
    }

    /** Whatever is no header ends them; the line itself is the first of what follows. */
    private void endOfHeaders(String line) {
        if (place == Place.PRIMARY_HEADERS) {
            over = !request.body() && !request.mime();
            if (!line.isEmpty()) {
                inBody("");
            }
        }
        boolean again = line.isEmpty() && request.mime() && structure.beginsMessage();
        place = again ? Place.OTHER_HEADERS : Place.BODY;
    }

    private void inBody(String line) {
        if (request.body()) {
            ready.add(line);
        }
    }

    /** Of the line of a header, what is in front of a NUL. */
    private static String visible(String line) {
        int nul = line.indexOf('\0');
        return nul < 0 ? line : line.substring(0, nul);
    }

    /** Of the name that the line begins with: printable characters up to a colon, which blanks may precede (RFC 5322 sections 2.2 and 4.5); 0 where it is no header. */
    private static int nameLength(String line) {
        int name = 0;
        while (name < line.length() && line.charAt(name) > ' ' && line.charAt(name) <= '~' && line.charAt(name) != ':') {
            name++;
        }
        int colon = name;
        while (colon < line.length() && (line.charAt(colon) == ' ' || line.charAt(colon) == '\t')) {
            colon++;
        }
        return colon < line.length() && line.charAt(colon) == ':' ? name : 0;
    }
}
