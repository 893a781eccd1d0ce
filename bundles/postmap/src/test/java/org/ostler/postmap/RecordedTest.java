// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tck.GoldenFile;

/** Every command that was recorded from Postfix is run here, on the same files, and must say the same; where we differ on purpose {@link Differences} has the reason, and what we say. */
class RecordedTest {

    /** Recorded with Berkeley DB's {@code t.db}; here the file is {@code t.lmdb}, and who opens such a table gets advice. */
    private static final List<String> BERKELEY = List.of("lookups/hash", "lookups/btree");
    private static final String ADVICE = "(?m)^post(map|alias): warning: (hash|btree):(\\w+): Berkeley DB is not supported, using (lmdb:|the text of )\\3 instead; change \"\\2:\" to \"lmdb:\" in main.cf and run \"postmap lmdb:\\3\"\n";

    /** Where files are, in commands that name them with their directory. */
    private static final String ETC = "{root}/etc";

    private static final List<String> OUTCOME = List.of("stdin", "exit code", "stdout", "stderr");

    @TempDir
    Path dir;
    private final Servers servers = new Servers();
    private String settings = "default_database_type = lmdb\n";

    @AfterEach
    void stopServers() throws Exception {
        servers.close();
    }

    static Stream<String> recordings() {
        return Stream.concat(GoldenFile.names("tables").stream(), GoldenFile.names("lookups").stream());
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void says_what_postfix_says(String name) throws Exception {
        // errors.txt uses a file of another recording.
        for (GoldenFile.Section section : GoldenFile.load("tables/lmdb-build-and-query").all("file source")) {
            Files.write(dir.resolve("source"), section.bytes());
        }
        // And proxy-union-pipe a table of another one.
        for (GoldenFile.Section section : GoldenFile.load("tables/lmdb-duplicates").all("file replace")) {
            Files.write(dir.resolve("replace"), section.bytes());
        }
        run("postmap lmdb:replace", new byte[0]);
        List<GoldenFile.Section> sections = GoldenFile.load(name).sections();
        var differences = new Differences(name);
        int checked = 0;
        for (int i = 0; i < sections.size(); i++) {
            String title = sections.get(i).title();
            if (title.startsWith("server ")) {
                servers.start(title.split(" "), sections.get(i));
            } else if (title.startsWith("file ")) {
                Files.write(dir.resolve(title.substring(5)), servers.withPorts(sections.get(i).bytes()));
            } else if (title.startsWith("symlink ")) {
                Files.createSymbolicLink(dir.resolve(title.substring(8)), Path.of(sections.get(i).text().strip()));
            } else if (title.startsWith("directory ")) {
                Files.createDirectory(dir.resolve(title.substring(10)));
            } else if (title.equals("settings")) {
                settings += sections.get(i).text();
            } else if (title.startsWith("$ ")) {
                int end = i + 1;
                while (end < sections.size() && OUTCOME.contains(sections.get(end).title())) {
                    end++;
                }
                command(name, title.substring(2), sections.subList(i + 1, end), differences);
                checked++;
                i = end - 1;
            }
        }
        differences.assertNoneLeft();
        assertThat(checked).isPositive();
    }

    private void command(String recording, String command, List<GoldenFile.Section> parts, Differences differences) {
        byte[] in = parts.stream().filter(s -> s.title().equals("stdin")).findFirst().map(GoldenFile.Section::bytes).orElse(new byte[0]);
        Differences.Outcome here = run(command, in);
        var postfix = new Differences.Outcome(text(parts, "exit code"), text(parts, "stdout"), text(parts, "stderr"));
        if (BERKELEY.contains(recording)) {
            here = new Differences.Outcome(here.exitCode(), here.stdout(), here.stderr().replaceAll(ADVICE, ""));
            postfix = new Differences.Outcome(postfix.exitCode(), postfix.stdout(), postfix.stderr().replaceAll("(\\w)\\.db\\b", "$1.lmdb"));
        }
        differences.check(command, here, postfix);
    }

    private Differences.Outcome run(String recorded, byte[] in) {
        List<String> words = words(servers.withPorts(recorded).replace(ETC, dir.toString()));
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = Postmap.run(Postmap.Program.valueOf(words.getFirst().toUpperCase()), words.subList(1, words.size()), new Postmap.Surroundings(new ByteArrayInputStream(in),
                new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, false, StandardCharsets.UTF_8), dir, this::settings));
        return new Differences.Outcome(status + "\n", out.toString(StandardCharsets.UTF_8), servers.withNames(err.toString(StandardCharsets.UTF_8)).replace(dir.toString(), ETC));
    }

    private Settings settings(String directory) throws IOException {
        if (directory != null) {
            throw new IOException("open " + directory + "/main.cf: No such file or directory");
        }
        return Settings.parse("smtputf8_enable = yes\n" + settings);
    }

    private static String text(List<GoldenFile.Section> sections, String title) {
        return sections.stream().filter(s -> s.title().equals(title)).findFirst().map(GoldenFile.Section::text).orElse("");
    }

    private static List<String> words(String command) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        boolean quoted = false;
        boolean any = false;
        for (char c : (command + " ").toCharArray()) {
            if (c == '\'') {
                quoted = !quoted;
                any = true;
            } else if (c == ' ' && !quoted) {
                if (any) {
                    words.add(word.toString());
                }
                word.setLength(0);
                any = false;
            } else {
                word.append(c);
                any = true;
            }
        }
        return words;
    }
}
