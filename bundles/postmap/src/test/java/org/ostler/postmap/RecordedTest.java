// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tck.GoldenFile;

/** Every command that was recorded from Postfix 3.12 is run here, on the same files, and must say the same. */
class RecordedTest {

    /**
     * Where we differ on purpose: no Berkeley DB there, LMDB behind the name here; no proxymap there, none needed here; an empty key is never found; the order of a listing that has none; MIME
     * structure. GLibc's and PCRE's ways of saying what is wrong with a pattern are kept for the common mistakes only.
     */
    private static final List<String> OURS = List.of(" hash:", " btree:", "proxy:", "-q '' lmdb:", "-s texthash:", "-s 'inline:",
            // An OK without its blank makes no sense, so it is unavailable; a cdb file can be listed here; names that are refused in our words; with -u too only UTF-8 is kept; 3.12 keeps the quotes of an alias with blanks; elements of a union may have braces.
            // A build that fails leaves no empty table behind that would say "not found".
            "'bare'", "-q - lmdb:th", "-c /no/such/dir", "-s cdb:", "tcp:127.0.0.1'", "-u lmdb:latin", "-u -U lmdb:latin", "postmap lmdb:.", "static:{one two}", "postalias -s lmdb:al");

    /** Where only the words on standard error differ, not what comes out and how it ends. */
    private static final String OUR_WORDS = ".*( -i tcp:| -i memcache:| -ir memcache:|-Fq |-s fail:|cdb:bad| -q close | -q long memcache| -q short memcache|static:.?[{]|nosuch:x|texthash:none|fail:x|/failing|texthash:[.]).*"
            + "|.* -q x (tcp:127.0.0.1|socketmap:inet:127.0.0.1:[0-9]+)";

    @TempDir
    Path dir;
    private final Servers servers = new Servers();

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
        List<GoldenFile.Section> sections = GoldenFile.load(name).sections();
        int checked = 0;
        for (int i = 0; i < sections.size(); i++) {
            String title = sections.get(i).title();
            if (title.startsWith("server ")) {
                servers.start(title.split(" "), sections.get(i));
            } else if (title.startsWith("file ")) {
                Files.write(dir.resolve(title.substring(5)), servers.withPorts(sections.get(i).bytes()));
            } else if (title.startsWith("$ ")) {
                int end = i + 1;
                while (end < sections.size() && !sections.get(end).title().startsWith("$ ") && !sections.get(end).title().startsWith("file ")) {
                    end++;
                }
                boolean ours = OURS.stream().anyMatch(title::contains);
                checked += ours ? 0 : 1;
                play(title.substring(2), sections.subList(i + 1, end), ours);
                i = end - 1;
            }
        }
        assertThat(checked).isPositive();
    }

    private void play(String recorded, List<GoldenFile.Section> sections, boolean ours) {
        String command = servers.withPorts(recorded);
        List<String> words = words(command);
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        byte[] in = sections.stream().filter(s -> s.title().equals("stdin")).findFirst().map(GoldenFile.Section::bytes).orElse(new byte[0]);
        int status = Postmap.run(Postmap.Program.valueOf(words.getFirst().toUpperCase()), words.subList(1, words.size()), new Postmap.Surroundings(new ByteArrayInputStream(in),
                new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, false, StandardCharsets.UTF_8), dir, directory -> Settings.parse("default_database_type = lmdb")));
        if (ours) {
            return;
        }
        if (!command.matches(OUR_WORDS)) {
            assertThat(distinct(servers.withNames(err.toString(StandardCharsets.UTF_8)))).as(command + ": stderr").isEqualTo(distinct(text(sections, "stderr")));
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).as(command + ": stdout").isEqualTo(text(sections, "stdout"));
        assertThat(status + "\n").as(command + ": exit code").isEqualTo(text(sections, "exit code"));
    }

    private static String text(List<GoldenFile.Section> sections, String title) {
        return sections.stream().filter(s -> s.title().equals(title)).findFirst().map(GoldenFile.Section::text).orElse("");
    }

    /** Postfix reads a file again that was changed within the last second, and says everything again. */
    private static LinkedHashSet<String> distinct(String text) {
        // What Postfix says behind a query error is the last error of the C library, whatever that came from.
        return new LinkedHashSet<>(Arrays.asList(text.replaceAll("query error: .*", "query error").split("\n")));
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
