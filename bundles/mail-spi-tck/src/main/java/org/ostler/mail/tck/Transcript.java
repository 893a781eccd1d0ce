// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What was said so far, for the message of a failure. Used by one thread, or under the lock of {@code this}. */
final class Transcript {

    private final String title;
    private final List<String> lines = new ArrayList<>();

    Transcript(String title) {
        this.title = title;
    }

    synchronized void sent(byte[] bytes) {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n' || i == bytes.length - 1) {
                lines.add("> " + lineText(bytes, start, i + 1));
                start = i + 1;
            }
        }
    }

    /** CRLF, the normal line end, is not shown; every other control byte is. */
    private static String lineText(byte[] bytes, int start, int end) {
        boolean normal = end - start >= 2 && bytes[end - 2] == '\r' && bytes[end - 1] == '\n';
        byte[] line = Arrays.copyOfRange(bytes, start, normal ? end - 2 : end);
        return Escapes.show(line) + (normal ? "" : " [no CRLF]");
    }

    synchronized void received(String line) {
        lines.add("< " + line);
    }

    synchronized void note(String text) {
        lines.add("  [" + text + "]");
    }

    synchronized AssertionError failure(String what, Throwable cause) {
        StringBuilder text = new StringBuilder(title).append(": ").append(what).append('\n');
        int skip = Math.max(0, lines.size() - 400);
        if (skip > 0) {
            text.append("  [").append(skip).append(" earlier lines]\n");
        }
        lines.subList(skip, lines.size()).forEach(line -> text.append(line).append('\n'));
        return new AssertionError(text.toString(), cause);
    }
}
