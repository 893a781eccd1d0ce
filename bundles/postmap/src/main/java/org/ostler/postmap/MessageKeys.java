// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** A message on standard input as lookup keys: each header whole, with its line ends inside ({@code -h}), each line of the body ({@code -b}). One thread. */
final class MessageKeys {

    private final BufferedReader in;
    private final boolean headers;
    private final boolean body;
    private boolean inBody;
    private String ahead;

    MessageKeys(InputStream in, boolean headers, boolean body) throws IOException {
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.headers = headers;
        this.body = body;
        this.ahead = this.in.readLine();
    }

    /** The next key, or null at the end. */
    String next() throws IOException {
        while (!inBody && ahead != null) {
            if (ahead.isEmpty() || !isHeader(ahead)) {
                inBody = true;
                ahead = ahead.isEmpty() ? in.readLine() : ahead;
                break;
            }
            String header = header();
            if (headers) {
                return header;
            }
        }
        while (inBody && body && ahead != null) {
            String line = ahead;
            ahead = in.readLine();
            if (!line.isEmpty()) {
                return line;
            }
        }
        return null;
    }

    private String header() throws IOException {
        var header = new StringBuilder(ahead);
        ahead = in.readLine();
        while (ahead != null && !ahead.isEmpty() && (ahead.charAt(0) == ' ' || ahead.charAt(0) == '\t')) {
            header.append('\n').append(ahead);
            ahead = in.readLine();
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
