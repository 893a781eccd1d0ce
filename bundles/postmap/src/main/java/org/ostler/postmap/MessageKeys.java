// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * A message on standard input as lookup keys: each header whole, with its line ends inside ({@code -h}), each line of the body ({@code -b}); with {@code -m} the headers of MIME parts are headers too.
 * One thread.
 */
final class MessageKeys {

    private final BufferedReader in;
    private final Request request;
    private final MimeStructure structure = new MimeStructure();
    private boolean inBody;
    private String ahead;

    MessageKeys(InputStream in, Request request) throws IOException {
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.request = request;
        this.ahead = line();
        if (ahead != null && (ahead.startsWith("From ") || ahead.startsWith(">From "))) {
            // The mark of a message in an mbox.
            ahead = line();
        }
    }

    /** Up to a newline, which alone ends a line: a CR is a character of the key, as in Postfix. Null at the end. */
    private String line() throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                return line.isEmpty() ? null : line.toString();
            }
            line.append((char) c);
        }
        return line.toString();
    }

    /** The next key, or null at the end. */
    String next() throws IOException {
        while (ahead != null) {
            String key = inBody ? bodyLine() : headerOrNull();
            if (key != null) {
                return key;
            }
        }
        return null;
    }

    /** A header that is asked for, else null; one step further in any case. */
    private String headerOrNull() throws IOException {
        if (ahead.isEmpty() || !isHeader(ahead)) {
            if (ahead.isEmpty()) {
                ahead = line();
            }
            // Whatever is no header ends them; a message within the message may begin with that very line.
            inBody = !(structure.endOfHeaders() && request.mime());
            return null;
        }
        String header = header();
        structure.header(header);
        return request.headers() ? header : null;
    }

    private String bodyLine() throws IOException {
        String line = ahead;
        ahead = line();
        if (request.mime() && structure.beginsPart(line)) {
            inBody = false;
        }
        return request.body() && !line.isEmpty() ? line : null;
    }

    private String header() throws IOException {
        var header = new StringBuilder(ahead);
        ahead = line();
        while (ahead != null && !ahead.isEmpty() && (ahead.charAt(0) == ' ' || ahead.charAt(0) == '\t')) {
            header.append('\n').append(ahead);
            ahead = line();
        }
        return header.toString();
    }

    /** RFC 5322 section 2.2: printable characters and a colon. */
    private static boolean isHeader(String line) {
        int colon = line.indexOf(':');
        for (int i = 0; i < colon; i++) {
            if (line.charAt(i) <= ' ' || line.charAt(i) > '~') {
                return false;
            }
        }
        return colon > 0;
    }
}
