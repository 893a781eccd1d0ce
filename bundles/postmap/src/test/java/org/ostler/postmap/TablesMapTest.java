// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code docs/testing/tables.md} names the contract test of every table type that a bundle provides, and nothing that is not there. */
class TablesMapTest {

    private static final Path ROOT = Path.of("../..");
    private static final String SERVICES = "src/main/resources/META-INF/services/org.ostler.mail.lookup.spi.TableFactory";
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+Test)(?:\\.([A-Z]\\w+))?`");

    /** Test classes by name; those of one name in several bundles are all looked at. */
    private final Map<String, List<String>> tests = new HashMap<>();

    @BeforeEach
    void read() throws IOException {
        try (var files = Files.find(ROOT.resolve("bundles"), 20, (file, _) -> file.toString().contains("/src/test/java/") && file.toString().endsWith("Test.java"))) {
            for (Path file : files.toList()) {
                tests.computeIfAbsent(file.getFileName().toString().replace(".java", ""), _ -> new ArrayList<>()).add(Files.readString(file));
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
}
