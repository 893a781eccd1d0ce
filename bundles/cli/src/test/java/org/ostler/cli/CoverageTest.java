// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.ostler.config.maincf.Coverage;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.PostfixDefaults;

/**
 * Holds the coverage table against what the bundles declare. After a change of declarations run it with {@code OSTLER_REGENERATE=true} in the environment: it writes {@code coverage.tsv} and {@code docs/parameters.md} anew.
 */
class CoverageTest {

    private static final Path ROOT = Path.of("../..");
    private static final Path TABLE = ROOT.resolve("bundles/config-maincf/src/main/resources/org/ostler/config/maincf/coverage.tsv");
    private static final Path PAGE = ROOT.resolve("docs/parameters.md");
    private static final String LATER = "comes with a later issue";

    static Map<String, Parameter<?>> declared() {
        var declared = new TreeMap<String, Parameter<?>>();
        Instance.declared().forEach(parameter -> declared.put(parameter.name(), parameter));
        return declared;
    }

    static Set<String> working() {
        var names = new TreeSet<>(declared().keySet());
        names.retainAll(PostfixDefaults.all().keySet());
        return names;
    }

    @Test
    void the_table_says_works_exactly_where_a_bundle_declares_the_parameter() throws IOException {
        if ("true".equals(System.getenv("OSTLER_REGENERATE"))) {
            regenerate();
        }
        var marked = new TreeSet<String>();
        Files.readAllLines(TABLE).stream().filter(line -> line.contains("\tworks")).forEach(line -> marked.add(line.substring(0, line.indexOf('\t'))));
        assertThat(marked).isEqualTo(working());
        assertThat(Coverage.all().keySet()).isEqualTo(PostfixDefaults.all().keySet());
        Coverage.all().forEach((name, entry) -> {
            if (entry.status() != Coverage.Status.WORKS) {
                assertThat(entry.reason()).as(name).isNotBlank();
            }
        });
    }

    @Test
    void the_page_is_what_the_table_says() throws IOException {
        assertThat(Files.readString(PAGE)).isEqualTo(page());
    }

    @Test
    void declared_defaults_are_those_of_Postfix_and_every_parameter_has_prose() {
        declared().forEach((name, parameter) -> {
            assertThat(parameter.prose()).as(name).isNotBlank();
            PostfixDefaults.of(name).ifPresent(theirs -> assertThat(normal(parameter.defaultText())).as(name).isEqualTo(normal(theirs)));
        });
    }

    /** Blanks after commas are a matter of taste. */
    private static String normal(String text) {
        return text.replaceAll("[\\s,]+", " ").strip();
    }

    private static void regenerate() throws IOException {
        var out = new StringBuilder("# name, status (works, meaningless, planned, never), reason. Generated: see CoverageTest of the bundle cli.\n");
        Set<String> working = working();
        for (String name : PostfixDefaults.all().keySet()) {
            Coverage.Entry before = Coverage.of(name).orElse(new Coverage.Entry(Coverage.Status.PLANNED, LATER));
            boolean was = before.status() == Coverage.Status.WORKS;
            out.append(name).append('\t').append(working.contains(name) ? "works\t" : was ? "planned\t" + LATER : before.status().name().toLowerCase(java.util.Locale.ROOT) + "\t" + before.reason()).append('\n');
        }
        Files.writeString(TABLE, out.toString());
        Files.writeString(PAGE, page());
    }

    private static String page() throws IOException {
        var out = new StringBuilder("# Parameters\n\nEvery parameter of Postfix 3.12, and what becomes of it here. Generated from the declarations by `CoverageTest`; `./ostler check -v` says the same of your own main.cf.\n\n");
        Map<String, Parameter<?>> declared = declared();
        var counts = new TreeMap<String, Integer>();
        var rows = new StringBuilder("| Parameter | Status | |\n|---|---|---|\n");
        for (String line : Files.readAllLines(TABLE)) {
            if (!line.startsWith("#")) {
                String[] field = line.split("\t", -1);
                counts.merge(field[1], 1, Integer::sum);
                String text = field[1].equals("works") && declared.containsKey(field[0]) ? declared.get(field[0]).prose().strip().replace("\n", " ").replace("|", "\\|") : field[2];
                rows.append("| `").append(field[0]).append("` | ").append(field[1]).append(" | ").append(text).append(" |\n");
            }
        }
        out.append(counts.toString().replaceAll("[{}]", "").replace("=", ": ")).append("\n\n## Ostler's own\n\n| Parameter | Default | |\n|---|---|---|\n");
        declared.values().stream().filter(p -> PostfixDefaults.of(p.name()).isEmpty()).forEach(p ->
            out.append("| `").append(p.name()).append("` | `").append(p.defaultText()).append("` | ").append(p.prose().strip().replace("\n", " ")).append(" |\n"));
        return out.append("\n## Postfix's\n\n").append(rows).toString();
    }
}
