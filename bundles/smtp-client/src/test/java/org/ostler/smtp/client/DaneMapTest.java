// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code docs/testing/dane.md} names a test for each rule: all of them exist, with the rows that stand behind them in brackets. */
class DaneMapTest {

    private static final Path ROOT = Path.of("../..");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+(?:Test|IT))\\.(\\w+)`(?: \\(([\\w, ]+)\\))?");

    /** By name: classes of one name in several bundles are all looked at. */
    private final Map<String, List<String>> sources = new HashMap<>();

    @BeforeEach
    void read() throws IOException {
        for (String top : List.of("bundles", "interop")) {
            try (var files = Files.find(ROOT.resolve(top), 20, (file, _) -> file.toString().contains("/src/test/java/") && file.toString().endsWith(".java"))) {
                for (Path file : files.toList()) {
                    sources.computeIfAbsent(file.getFileName().toString().replace(".java", ""), _ -> new ArrayList<>()).add(Files.readString(file));
                }
            }
        }
        // Its rows are what is recorded.
        sources.get("DaneOracleIT").set(0, sources.get("DaneOracleIT").getFirst() + Files.readString(ROOT.resolve("interop/src/test/resources/dane-oracle.txt")));
    }

    @Test
    void every_test_that_the_map_names_exists() throws IOException {
        String map = Files.readString(ROOT.resolve("docs/testing/dane.md"));
        Matcher named = NAMED.matcher(map);
        int count = 0;
        while (named.find()) {
            String method = " void " + named.group(2) + "(";
            List<String> found = sources.getOrDefault(named.group(1), List.of()).stream().filter(text -> text.contains(method)).toList();
            assertThat(found).as(named.group()).isNotEmpty();
            for (String row : named.group(3) == null ? new String[0] : named.group(3).split(", ")) {
                assertThat(found).as(named.group(1) + " " + row).anyMatch(text -> Pattern.compile("\"" + row + "\\s*[|\"]|^" + row + " \\||^\\s+" + row + "\\(", Pattern.MULTILINE).matcher(text).find());
            }
            count++;
        }
        assertThat(count).isGreaterThan(100);
    }

    /** A line of a table without a test would be a rule that nobody holds. */
    @Test
    void every_line_of_the_map_names_a_test() throws IOException {
        List<String> lines = Files.readAllLines(ROOT.resolve("docs/testing/dane.md"));
        List<String> rules = IntStream.range(0, lines.size() - 1).filter(i -> lines.get(i).startsWith("| ") && !lines.get(i + 1).startsWith("|---")).mapToObj(lines::get).toList();
        assertThat(rules).hasSizeGreaterThan(50).allMatch(line -> NAMED.matcher(line).find());
    }
}
