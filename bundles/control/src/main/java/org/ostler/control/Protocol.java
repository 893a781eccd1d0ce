// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Lines of the control socket; see the package. Pure functions. */
public final class Protocol {

    static final int MOST_ARGUMENTS = 100_000;
    static final int LONGEST_LINE = 64 * 1024;
    /** sun_path holds 108 bytes, the final NUL included. */
    private static final int LONGEST_PATH = 107;

    private Protocol() {}

    /** Where the socket of an instance is. Throws {@link IOException} where the path is too long for the system. */
    public static Path socket(String queueDirectory) throws IOException {
        Path path = Path.of(queueDirectory, "private", "control");
        if (path.toString().length() > LONGEST_PATH) {
            throw new IOException("queue_directory is too long for a socket: " + path + " has more than " + LONGEST_PATH + " bytes");
        }
        return path;
    }

    static String escape(String text) {
        if (text.indexOf('\\') < 0 && text.indexOf('\n') < 0 && text.indexOf('\r') < 0) {
            return text;
        }
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                char next = text.charAt(++i);
                out.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    /** A whole request, command first; empty at the end of the connection. */
    static List<String> readRequest(BufferedReader in) throws IOException {
        var words = new ArrayList<String>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.isEmpty()) {
                return words;
            }
            if (words.size() > MOST_ARGUMENTS || line.length() > LONGEST_LINE || line.charAt(0) != '+') {
                throw new IOException("malformed or oversized request");
            }
            words.add(unescape(line.substring(1)));
        }
        return List.of();
    }
}
