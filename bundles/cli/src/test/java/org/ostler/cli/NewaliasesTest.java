// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.tck.GoldenFile;

/** newaliases, {@code sendmail -I} and {@code sendmail -bi}: every command that was recorded from Postfix is run here on the same files, and must say the same and end the same. */
class NewaliasesTest {

    /** An element of alias_database without a name is said to be that, where Postfix tries to open a file without name. */
    private static final List<String> OUR_WORDS = List.of("newaliases/name-missing");

    @TempDir
    Path dir;

    static Stream<String> recordings() {
        return GoldenFile.names("newaliases").stream();
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void says_what_postfix_says(String name) throws Exception {
        Path etc = Files.createDirectories(dir.resolve("etc"));
        List<GoldenFile.Section> sections = GoldenFile.load(name).sections();
        int commands = 0;
        for (int i = 0; i < sections.size(); i++) {
            GoldenFile.Section section = sections.get(i);
            if (section.title().startsWith("file ")) {
                Files.write(etc.resolve(section.title().substring(5)), section.bytes());
            } else if (section.title().equals("settings")) {
                Files.writeString(etc.resolve("main.cf"), "compatibility_level = 3.11\n" + here(section.text()));
            } else if (section.title().startsWith("$ ")) {
                int end = i + 1;
                while (end < sections.size() && !sections.get(end).title().startsWith("$ ")) {
                    end++;
                }
                play(section.title().substring(2), sections.subList(i + 1, end), OUR_WORDS.contains(name));
                commands++;
            }
        }
        assertThat(commands).isPositive();
    }

    @Test
    void tells_programs_what_it_has_built() throws Exception {
        Path etc = Files.createDirectories(dir.resolve("etc"));
        Files.writeString(etc.resolve("aliases"), "root: bob\nbad line\n");
        Files.writeString(etc.resolve("main.cf"), "compatibility_level = 3.11\nalias_database = lmdb:" + etc + "/aliases\n");
        var out = new ByteArrayOutputStream();
        var terminal = new Terminal("newaliases", new ByteArrayInputStream(new byte[0]), new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
        assertThat(Main.run(terminal, List.of("-C", etc.toString(), "-j"))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("{\"table\": \"lmdb:" + etc + "/aliases\", \"entries\": 1, \"duplicates\": 0, \"warnings\": [\"" + etc + "/aliases, line 2: need name:value pair\"]}\n");
    }

    private String here(String recorded) {
        return recorded.replace("{root}", dir.toString());
    }

    private void play(String command, List<GoldenFile.Section> expected, boolean ourWords) {
        var words = new ArrayList<>(List.of(here(command).split(" ")));
        String program = words.removeFirst();
        if (!words.contains("-C")) {
            words.addAll(0, List.of(program.equals("postalias") ? "-c" : "-C", dir.resolve("etc").toString()));
        }
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = Main.run(new Terminal(program, new ByteArrayInputStream(new byte[0]), new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8)), words);
        assertThat(status + "\n").as(command + ": exit code").isEqualTo(text(expected, "exit code"));
        assertThat(out.toString(StandardCharsets.UTF_8)).as(command + ": stdout").isEqualTo(text(expected, "stdout"));
        if (!ourWords) {
            assertThat(lines(err.toString(StandardCharsets.UTF_8))).as(command + ": stderr").isEqualTo(lines(here(text(expected, "stderr"))));
        }
    }

    /** Postfix reads its options twice and complains twice. */
    private static LinkedHashSet<String> lines(String text) {
        return new LinkedHashSet<>(text.lines().toList());
    }

    private static String text(List<GoldenFile.Section> sections, String title) {
        return sections.stream().filter(section -> section.title().equals(title)).findFirst().map(GoldenFile.Section::text).orElse("");
    }
}
