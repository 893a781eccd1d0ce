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
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.ProtectedMaps;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.TablesProvider;
import org.ostler.mail.tck.GoldenFile;

/**
 * What is demanded of tables, by whom, and in which words it is refused, held against a real Postfix that had mail ({@code golden/protection}).
 *
 * <p>What differs on purpose: {@code check} says it before there is mail; and what a rule with {@code $1} matches is unavailable, where Postfix goes on as if there were no such rule.
 */
class RecordedProtectionTest {

    private static final Pattern SUBSTITUTION = Pattern.compile("warning: ((regexp|pcre) map \\S+, line \\d+: regular expression substitution is not allowed): skipping this rule");
    private static final Pattern TYPE = Pattern.compile("warning: (\\S+) is unavailable\\. (\\S+ map is not allowed for security.sensitive data)");

    @TempDir
    Path dir;

    static Stream<String> recordings() {
        return GoldenFile.names("protection").stream();
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void check_and_lookups_refuse_what_Postfix_refuses_and_nothing_else(String name) throws Exception {
        GoldenFile recording = GoldenFile.load(name);
        String parameter = name.substring(name.indexOf('/') + 1).replaceFirst("^sqlite-", "").replaceFirst("-.*", "");
        var substitutions = new TreeSet<String>();
        var types = new TreeSet<String>();
        recording.all("log").forEach(log -> {
            match(SUBSTITUTION, log.text(), m -> substitutions.add(fill(m.group(1)) + ": what matches is unavailable"));
            match(TYPE, log.text(), m -> types.add(fill(m.group(1) + " is unavailable. " + m.group(2))));
        });
        prepare(recording);
        assertThat(check()).hasSize(substitutions.size() + types.size()).allSatisfy(line -> assertThat(line).startsWith("check: warning: " + parameter + ": "))
                .allSatisfy(line -> assertThat(Stream.concat(substitutions.stream(), types.stream())).anyMatch(line::endsWith));
        if (!types.isEmpty()) {
            assertThat(find(recording, parameter)).allSatisfy(answer -> assertThat(answer).isInstanceOf(Answer.Unavailable.class));
        } else if (!substitutions.isEmpty() && !name.endsWith("-memcache-backup")) {
            List<Answer> answers = find(recording, parameter);
            assertThat(answers.get(0)).isInstanceOfSatisfying(Answer.Unavailable.class, why -> assertThat(why.reason()).contains("regular expression substitution is not allowed"));
            assertThat(answers.get(1)).isInstanceOf(Answer.Found.class);
            assertThat(answers.stream().skip(2)).allSatisfy(answer -> assertThat(answer).isEqualTo(Answer.NOT_FOUND));
        }
    }

    @Test
    void docs_tables_md_has_each_demand_and_no_other() throws Exception {
        Map<Protection, String> words = Map.of(Protection.NO_SUBSTITUTION, "no substitution", Protection.SECURITY_SENSITIVE, "security-sensitive");
        String text = Files.readString(Path.of("..", "..", "docs", "tables.md"));
        String section = text.substring(text.indexOf("| Parameter | Asked by | Demand |"));
        List<String> rows = section.lines().skip(2).takeWhile(line -> line.startsWith("|")).toList();
        assertThat(rows).containsExactlyInAnyOrderElementsOf(demands().map(each -> "| `%s` | %s | %s |".formatted(each.parameter().name(),
                each.program().isEmpty() ? "all mail" : each.program(), words.get(each.protection()))).toList());
    }

    private static Stream<ProtectedMaps> demands() {
        return Instance.sets().stream().flatMap(set -> set.constants(ProtectedMaps.class).stream());
    }

    private static void match(Pattern pattern, String text, Consumer<Matcher> found) {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.accept(matcher);
        }
    }

    /** Nothing listens there, nor need anything: a table is refused before, or opened without a connection. */
    private String fill(String text) {
        return text.replace("{root}", dir.toString()).replaceAll("\\{(tcp|sock|mc)}", "1");
    }

    private void prepare(GoldenFile recording) throws Exception {
        for (GoldenFile.Section section : recording.sections()) {
            if (section.title().startsWith("file ")) {
                Files.writeString(dir.resolve(section.title().substring("file ".length())), fill(section.text()));
            }
        }
        Files.createFile(dir.resolve("db")); // to SQLite a database without tables
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nmydestination = example.test\nalias_maps =\nqueue_directory = " + Files.createDirectories(dir.resolve("queue")) + "\n"
                + fill(recording.text("settings")));
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\nlocal unix - n n - - local\nvirtual unix - n n - - virtual\n");
    }

    private List<String> check() {
        var err = new ByteArrayOutputStream();
        var out = new PrintStream(new ByteArrayOutputStream());
        Main.run(new Terminal("check", new ByteArrayInputStream(new byte[0]), out, new PrintStream(err, true, StandardCharsets.UTF_8)), new ArrayList<>(List.of("-c", dir.toString())));
        return err.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("not allowed") || line.contains("unavailable")).toList();
    }

    /** For each mail of the recording, in the place of who asked in Postfix. */
    private List<Answer> find(GoldenFile recording, String parameter) {
        ProtectedMaps maps = demands().filter(each -> each.parameter().name().equals(parameter)).findFirst().orElseThrow();
        Tables tables = ServiceLoader.load(TablesProvider.class).findFirst().orElseThrow().tables(Settings.parse(""), dir, _ -> { });
        TableList list = maps.open(tables, Settings.parse(fill(recording.text("settings"))));
        return recording.all("mail").stream().map(mail -> list.find(key(parameter, mail.text().strip().split(" ")))).toList();
    }

    private static String key(String parameter, String[] senderAndRecipient) {
        String recipient = senderAndRecipient[1];
        return parameter.startsWith("sender_") ? senderAndRecipient[0] : parameter.equals("alias_maps") ? recipient.substring(0, recipient.indexOf('@')) : recipient;
    }
}
