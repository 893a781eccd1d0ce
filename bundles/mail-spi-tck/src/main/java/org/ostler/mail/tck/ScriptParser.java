// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Script lines to {@link Step}s; the grammar is {@code docs/testing/conversations.md}. */
final class ScriptParser {

    private final List<Step> steps = new ArrayList<>();
    private final List<Queued> queued = new ArrayList<>();
    private String sender;
    private final List<String> recipients = new ArrayList<>();
    private final List<LinePattern> content = new ArrayList<>();

    private ScriptParser() {}

    /** @param first number of the first line, for messages */
    static Script parse(String title, List<String> lines, int first) {
        ScriptParser parser = new ScriptParser();
        int number = first;
        for (String line : lines) {
            try {
                parser.line(line, number);
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(title + ", line " + number + ": " + line + ": " + e.getMessage(), e);
            }
            number++;
        }
        parser.endMessage();
        return new Script(title, parser.steps, parser.queued);
    }

    private void line(String line, int number) {
        String word = line.strip();
        if (word.isEmpty() || word.startsWith("#")) {
            return;
        }
        if (line.startsWith("C:")) {
            steps.add(new Step.Send(number, (value(line) + "\r\n").getBytes(StandardCharsets.UTF_8)));
        } else if (line.startsWith("R:")) {
            steps.add(new Step.Send(number, Escapes.decode(value(line))));
        } else if (line.startsWith("S:")) {
            steps.add(new Step.Expect(number, LinePattern.of(value(line))));
        } else if (line.startsWith("Q:")) {
            queuedLine(value(line));
        } else if (word.startsWith("WAIT ")) {
            steps.add(new Step.Wait(number, duration(word.substring(5).strip())));
        } else {
            steps.add(switch (word) {
                case "TLS" -> new Step.StartTls(number);
                case "GONE" -> new Step.Gone(number);
                case "DROP" -> new Step.Drop(number);
                default -> throw new IllegalArgumentException("not C: S: R: Q: TLS WAIT GONE DROP or #");
            });
        }
    }

    /** The text after the two-character mark and, where there is one, one space. */
    private static String value(String line) {
        return line.startsWith(" ", 2) ? line.substring(3) : line.substring(2);
    }

    private void queuedLine(String value) {
        if (value.startsWith("FROM <") && value.endsWith(">")) {
            endMessage();
            sender = value.substring(6, value.length() - 1);
        } else if (value.startsWith("TO <") && value.endsWith(">")) {
            recipients.add(value.substring(4, value.length() - 1));
        } else if (value.startsWith("|")) {
            content.add(LinePattern.of(value.startsWith(" ", 1) ? value.substring(2) : value.substring(1)));
        } else {
            throw new IllegalArgumentException("not FROM <address>, TO <address> or | text");
        }
    }

    private void endMessage() {
        if (sender != null) {
            queued.add(new Queued(sender, recipients, content));
        }
        sender = null;
        recipients.clear();
        content.clear();
    }

    /** A number and s, m, h or d. */
    private static Duration duration(String text) {
        long number = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(number);
            case 'm' -> Duration.ofMinutes(number);
            case 'h' -> Duration.ofHours(number);
            case 'd' -> Duration.ofDays(number);
            default -> throw new IllegalArgumentException("time needs a unit: s m h d");
        };
    }
}
