// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.util.List;

/**
 * A message that Postfix had in its queue after a script was played: the {@code Q:} lines of a recorded script.
 *
 * @param sender     envelope sender, empty for the null sender
 * @param recipients envelope recipients after alias expansion, in queue file order
 * @param content    header and body as stored, one pattern per line without line end, over the {@link #printable} form of the line. The
 *                   Received line that cleanup adds is left out; its Message-Id and Date have wildcards. Empty where the message was too
 *                   long to be recorded
 */
public record Queued(String sender, List<String> recipients, List<LinePattern> content) {

    public Queued {
        recipients = List.copyOf(recipients);
        content = List.copyOf(content);
    }

    /**
     * The form in which {@code Q: |} lines show a stored line: printable ASCII as it is, backslash doubled, every other byte as {@code \xHH}.
     * (A UTF-8 letter is two or more such bytes.)
     */
    public static String printable(byte[] line) {
        StringBuilder text = new StringBuilder(line.length);
        for (byte each : line) {
            int b = each & 0xff;
            if (b == '\\') {
                text.append("\\\\");
            } else if (b < ' ' || b > '~') {
                text.append("\\x%02x".formatted(b));
            } else {
                text.append((char) b);
            }
        }
        return text.toString();
    }

    /** Whether a stored message has this content: as many lines, each matching. True where the content was not recorded. */
    public boolean matchesContent(List<byte[]> lines) {
        if (content.isEmpty()) {
            return true;
        }
        if (lines.size() != content.size()) {
            return false;
        }
        for (int i = 0; i < lines.size(); i++) {
            if (!content.get(i).matches(printable(lines.get(i)))) {
                return false;
            }
        }
        return true;
    }
}
