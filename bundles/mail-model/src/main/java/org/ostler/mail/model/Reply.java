// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

import java.util.List;
import java.util.Optional;

/**
 * An SMTP reply (RFC 5321 section 4.2, RFC 2034).
 *
 * @param code   200 to 599
 * @param status enhanced status, where the reply carries one; written before the text of every line
 * @param lines  text of each line without code and status; at least one
 */
public record Reply(int code, Optional<EnhancedStatus> status, List<String> lines) {

    public Reply {
        if (code < 200 || code > 599) {
            throw new IllegalArgumentException("reply code " + code);
        }
        lines = List.copyOf(lines);
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("a reply without a line");
        }
        for (String line : lines) {
            if (line.indexOf('\r') >= 0 || line.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("line end inside a reply line");
            }
        }
    }

    public static Reply of(int code, String text) {
        return new Reply(code, Optional.empty(), List.of(text));
    }

    public static Reply of(int code, String status, String text) {
        return new Reply(code, Optional.of(EnhancedStatus.of(status)), List.of(text));
    }

    public boolean isPositive() {
        return code < 400;
    }

    public boolean isTemporary() {
        return code / 100 == 4;
    }

    public boolean isPermanent() {
        return code / 100 == 5;
    }

    /** Text of all lines joined by blanks, without code and status. */
    public String text() {
        return lines.size() == 1 ? lines.getFirst() : String.join(" ", lines);
    }

    /** One line as the log and reports show it: code, status, text. */
    @Override
    public String toString() {
        return status.map(s -> code + " " + s + " " + text()).orElseGet(() -> code + " " + text());
    }
}
