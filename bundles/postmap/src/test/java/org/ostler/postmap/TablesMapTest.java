// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** {@code docs/testing/tables.md} names the contract test of every table type that a bundle provides, and for every parameter and option the test that shows it; and nothing that is not there. */
class TablesMapTest {

    private static final Path ROOT = Path.of("../..");
    private static final String SERVICES = "src/main/resources/META-INF/services/org.ostler.mail.lookup.spi.TableFactory";
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+Test)(?:\\.([A-Z]\\w+))?`");

    private static final Pattern METHOD = Pattern.compile("`([A-Z]\\w+(?:Test|IT|Contract))\\.([a-z]\\w+)`(?: \\(([\\w/, -]+)\\))?");
    /** What a table asks of its parameters. */
    private static final Pattern ASKED = Pattern.compile("\\b(?:p|parameters)\\.(?:text|integer|list|yesNo|isSet)\\(\"(\\w+)\"");
    /** The words that a manual page explains; those of options have a dash. */
    private static final Pattern EXPLAINED = Pattern.compile("(?m)^\\.IP \"?\\\\fB(\\\\-)?(\\w+(?:, \\w+)*)");
    private static final List<String> PAGES = List.of("ldap_table(5)", "pgsql_table(5)", "mysql_table(5)", "sqlite_table(5)", "memcache_table(5)", "socketmap_table(5)", "tcp_table(5)", "regexp_table(5)", "pcre_table(5)",
            "cidr_table(5)", "lmdb_table(5)", "postmap(1)", "postalias(1)");

    /** Test classes by name; those of one name in several bundles are all looked at. */
    private final Map<String, List<String>> tests = new HashMap<>();

    @BeforeEach
    void read() throws IOException {
        for (String top : List.of("bundles", "itests")) {
            try (var files = Files.find(ROOT.resolve(top), 20, (file, _) -> file.toString().matches(".*/src/(test|main)/java/.*(Test|Contract|IT)\\.java"))) {
                for (Path file : files.toList()) {
                    tests.computeIfAbsent(file.getFileName().toString().replace(".java", ""), _ -> new ArrayList<>()).add(Files.readString(file));
                }
            }
        }
    }

    /** The words of {@code @TableType}, of every factory that a bundle lists; {@code proxy} is lookup-core's. */
    private static TreeSet<String> provided() throws IOException {
        var types = new TreeSet<>(List.of("proxy"));
        try (var bundles = Files.list(ROOT.resolve("bundles"))) {
            for (Path bundle : bundles.filter(path -> Files.exists(path.resolve(SERVICES))).toList()) {
                for (String factory : Files.readAllLines(bundle.resolve(SERVICES))) {
                    String source = Files.readString(bundle.resolve("src/main/java").resolve(factory.replace('.', '/') + ".java"));
                    Matcher annotation = Pattern.compile("@TableType\\(([^)]*)\\)").matcher(source);
                    assertThat(annotation.find()).as(factory).isTrue();
                    Pattern.compile("\"(\\w+)\"").matcher(annotation.group(1)).results().forEach(word -> types.add(word.group(1)));
                }
            }
        }
        return types;
    }

    private static List<String> lines(String title) throws IOException {
        String page = Files.readString(ROOT.resolve("docs/testing/tables.md"));
        int from = page.indexOf("\n## " + title + "\n");
        assertThat(from).as(title).isPositive();
        int to = page.indexOf("\n## ", from + 1);
        return page.substring(from, to < 0 ? page.length() : to).lines().filter(line -> line.startsWith("| `")).toList();
    }

    @Test
    void every_type_that_a_bundle_provides_keeps_a_contract() throws IOException {
        var named = new TreeSet<String>();
        for (String line : lines("Types")) {
            named.add(line.split("`")[1]);
            Matcher test = NAMED.matcher(line);
            int count = 0;
            for (; test.find(); count++) {
                String inherits = "class " + (test.group(2) == null ? test.group(1) : test.group(2)) + " (?:implements (?:Table|Outage|AnyTable)Contract|extends (?:Combined|Unix))\\b";
                assertThat(tests.getOrDefault(test.group(1), List.of())).as(test.group()).anyMatch(text -> Pattern.compile(inherits).matcher(text).find() && text.matches("(?s).*(Table|Outage|AnyTable)Contract;.*"));
            }
            assertThat(count).as(line).isPositive();
        }
        assertThat(named).isEqualTo(provided()).hasSizeGreaterThan(20);
    }

    /** The rows of one manual page: the word and its tests. */
    private static Map<String, String> rows(String page) throws IOException {
        String text = Files.readString(ROOT.resolve("docs/testing/tables.md"));
        int from = text.indexOf("\n### " + page + "\n");
        assertThat(from).as(page).isPositive();
        int to = text.indexOf("\n### ", from + 1);
        var rows = new LinkedHashMap<String, String>();
        text.substring(from, to < 0 ? text.length() : to).lines().filter(line -> line.startsWith("| `")).forEach(line -> assertThat(rows.put(line.split("`")[1], line.substring(line.indexOf(" | ")))).as(line).isNull());
        return rows;
    }

    @Test
    void every_test_that_the_page_names_exists() throws IOException {
        List<MatchResult> named = METHOD.matcher(Files.readString(ROOT.resolve("docs/testing/tables.md"))).results().toList();
        assertThat(named).hasSizeGreaterThan(150)
                .allSatisfy(each -> assertThat(tests.getOrDefault(each.group(1), List.of())).as(each.group()).anyMatch(text -> text.contains(" void " + each.group(2) + "(")));
    }

    /** Each test exists, and it or its recording has the word in it. */
    @Test
    void every_parameter_and_option_is_shown_by_a_test() throws IOException {
        for (String page : Stream.concat(PAGES.stream(), Stream.of("newaliases(1)")).toList()) {
            Map<String, String> rows = rows(page);
            assertThat(rows).as(page).isNotEmpty();
            for (var row : rows.entrySet()) {
                Matcher named = METHOD.matcher(row.getValue());
                boolean shown = false;
                int count = 0;
                for (; named.find(); count++) {
                    List<String> found = tests.getOrDefault(named.group(1), List.of()).stream().filter(text -> text.contains(" void " + named.group(2) + "(")).toList();
                    assertThat(found).as(page + " " + named.group()).isNotEmpty();
                    for (String recording : named.group(3) == null ? new String[0] : named.group(3).split(", ")) {
                        shown |= shows(new String(Files.readAllBytes(ROOT.resolve("bundles/mail-spi-tck/src/main/resources/golden/" + recording + ".txt")), ISO_8859_1), row.getKey());
                    }
                    shown |= found.stream().anyMatch(text -> shows(text, row.getKey()));
                }
                assertThat(count).as(page + " " + row).isPositive();
                assertThat(shown).as(page + " " + row + ": the word is in none of them").isTrue();
            }
        }
    }

    /** An option may stand among others behind one dash, and a word of Java in quotes. */
    private static boolean shows(String text, String word) {
        String wanted = word.startsWith("-") ? "[ \"]-\\w*" + word.substring(1) + "|\"-" + word.substring(1) + "\"" : "\\b" + word + "\\b|/" + word + "\\b";
        return Pattern.compile(wanted).matcher(text.replace("\\n", "\n")).find();
    }

    @Test
    void every_parameter_that_the_sources_ask_for_has_a_line() throws IOException {
        var all = new TreeSet<String>();
        for (String page : PAGES) {
            all.addAll(rows(page).keySet());
        }
        var asked = new TreeSet<String>();
        for (String bundle : List.of("lookup-ldap", "lookup-sql", "lookup-socket")) {
            try (var files = Files.find(ROOT.resolve("bundles/" + bundle + "/src/main/java"), 20, (file, _) -> file.toString().endsWith(".java"))) {
                for (Path file : files.toList()) {
                    ASKED.matcher(Files.readString(file)).results().forEach(word -> asked.add(word.group(1)));
                }
            }
        }
        assertThat(asked).hasSizeGreaterThan(50);
        assertThat(all).containsAll(asked);
    }

    /** Left out by name where Debian's pages (postfix, postfix-ldap, postfix-mysql, postfix-pgsql, postfix-sqlite, postfix-pcre, postfix-lmdb) are not installed. */
    @ParameterizedTest
    @FieldSource("PAGES")
    void every_word_that_the_manual_page_explains_has_a_line(String page) throws IOException {
        String name = page.substring(0, page.indexOf('('));
        String section = page.substring(page.indexOf('(') + 1, page.length() - 1);
        Path file = Path.of("/usr/share/man/man" + section, name + "." + section + ".gz");
        assumeTrue(Files.exists(file), file + " is not installed");
        var words = new TreeSet<String>();
        try (var in = new GZIPInputStream(Files.newInputStream(file))) {
            Matcher word = EXPLAINED.matcher(new String(in.readAllBytes(), ISO_8859_1));
            while (word.find()) {
                boolean option = word.group(1) != null;
                if (option == section.equals("1")) {
                    List.of(word.group(2).split(", ")).forEach(each -> words.add((option ? "-" : "") + each));
                }
            }
        }
        assertThat(words).isNotEmpty();
        assertThat(rows(page).keySet()).containsAll(words);
    }
}
