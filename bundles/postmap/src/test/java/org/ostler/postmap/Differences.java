// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.ostler.mail.tck.GoldenFile;

/**
 * The commands that do not end here as they end in Postfix: {@code golden/differences/postmap.txt}, each with its reason and with what comes instead.
 *
 * <p>A section {@code RECORDING $ COMMAND} holds the reason; behind it stand the parts that differ, as they are here: {@code exit code}, {@code stdout}, {@code stderr}, or {@code stdout in any order},
 * empty, where only the order of lines is another. The parts that are not named are Postfix's. Entries that are not needed are mistakes.
 */
final class Differences {

    /** What a command has left. */
    record Outcome(String exitCode, String stdout, String stderr) {

        String part(String name) {
            return switch (name) {
                case "exit code" -> exitCode;
                case "stdout" -> stdout;
                case "stderr" -> stderr;
                default -> throw new IllegalArgumentException(name);
            };
        }
    }

    private record Difference(String command, String reason, Map<String, String> parts) {}

    private static final List<String> PARTS = List.of("exit code", "stdout", "stderr");
    private static final String ANY_ORDER = "stdout in any order";

    private static final String AT_READING = "(?m)^postmap: warning: .*, line \\d+: non-UTF-8 input \".*\": such a (key|pattern) .*, such a value is unavailable\n";

    private final String recording;
    private final Deque<Difference> left = new ArrayDeque<>();

    Differences(String recording) {
        this.recording = recording;
        for (GoldenFile.Section section : GoldenFile.load("differences/postmap").sections()) {
            int command = section.title().indexOf(" $ ");
            if (command > 0) {
                left.add(new Difference(section.title(), section.text().strip(), new LinkedHashMap<>()));
            } else {
                left.getLast().parts().put(section.title(), section.text());
            }
        }
        left.removeIf(each -> !each.command().startsWith(recording + " $ "));
    }

    /** Holds one command against Postfix, or against what is said to come instead. They are asked for in the order of the recording. */
    void check(String command, Outcome here, Outcome postfix) {
        String title = recording + " $ " + command;
        if (left.isEmpty() || !left.getFirst().command().equals(title)) {
            PARTS.forEach(part -> assertThat(comparable(part, here)).as("%s: %s", title, part).isEqualTo(comparable(part, postfix)));
            return;
        }
        Difference difference = left.removeFirst();
        assertThat(difference.reason()).as(title + ": a reason").isNotBlank();
        assertThat(difference.parts()).as(title + ": what comes instead").isNotEmpty();
        for (String part : PARTS) {
            Object expected = comparable(part, postfix);
            if (difference.parts().containsKey(part)) {
                String instead = difference.parts().get(part);
                expected = comparable(part, new Outcome(instead, instead, instead));
                assertThat(expected).as("%s: %s is as in Postfix, so the entry is stale", title, part).isNotEqualTo(comparable(part, postfix));
            }
            if (part.equals("stdout") && difference.parts().containsKey(ANY_ORDER)) {
                assertThat(here.stdout().lines()).as("%s: stdout", title).containsExactlyInAnyOrderElementsOf(postfix.stdout().lines().toList());
            } else {
                assertThat(comparable(part, here)).as("%s: %s", title, part).isEqualTo(expected);
            }
        }
    }

    /** To be called behind the last command. */
    void assertNoneLeft() {
        assertThat(left.stream().map(Difference::command)).as("entries for commands that are not in the recording, or not in its order").isEmpty();
    }

    /**
     * What {@code debug:} tells of the keys of a message counts line by line. Elsewhere it does not count how often a thing is said: Postfix reads a file again that was changed within the last second, and says
     * everything again. And what it says behind a query error is the last error of the C library, whatever that came from. Nor does our word, when a text is read, for lines that are not UTF-8: Postfix waits until
     * such a value is asked for, and knows no line then.
     */
    private Object comparable(String part, Outcome outcome) {
        String text = outcome.part(part);
        if (recording.startsWith("tables/message-keys")) {
            return text;
        }
        return part.equals("stderr") ? new LinkedHashSet<>(Arrays.asList(text.replaceAll("query error: .*", "query error").replaceAll(AT_READING, "").split("\n"))) : text;
    }
}
