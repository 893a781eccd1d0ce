// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/**
 * Holds the page of each bundle: its six headings, and under Configuration the table of the parameters that the bundle declares. As for {@link CoverageTest}, {@code OSTLER_REGENERATE=true} in the environment writes the
 * tables anew.
 */
class ReadmeTest {

    private static final Path BUNDLES = Path.of("..");
    private static final List<String> HEADINGS = List.of("## Purpose", "## Configuration", "## Examples", "## Diagnostics", "## Limits", "## See also");
    private static final String BEGIN = "<!-- generated from the declarations by ReadmeTest of the bundle cli -->\n";
    private static final String END = "<!-- end of the generated table -->\n";

    private static List<Path> bundles() throws IOException {
        try (Stream<Path> folders = Files.list(BUNDLES)) {
            return folders.filter(folder -> Files.exists(folder.resolve("pom.xml"))).sorted().toList();
        }
    }

    @Test
    void every_bundle_has_a_page_with_the_six_headings() throws IOException {
        assertThat(bundles()).isNotEmpty();
        for (Path bundle : bundles()) {
            assertThat(Files.readAllLines(bundle.resolve("README.md")).stream().filter(line -> line.startsWith("## "))).as(bundle.toString()).containsExactlyElementsOf(HEADINGS);
        }
    }

    @Test
    void the_table_under_Configuration_is_what_the_bundle_declares() throws IOException {
        int tables = 0;
        for (Path bundle : bundles()) {
            String table = table(bundle);
            if (table.isEmpty()) {
                continue;
            }
            tables++;
            Path page = bundle.resolve("README.md");
            if ("true".equals(System.getenv("OSTLER_REGENERATE"))) {
                Files.writeString(page, with(Files.readString(page), table));
            }
            assertThat(Files.readString(page)).as(page.toString()).contains(BEGIN + table + END);
        }
        assertThat(tables).isGreaterThan(10);
    }

    private static String table(Path bundle) throws IOException {
        Path listed = bundle.resolve("src/main/resources/META-INF/services/org.ostler.mail.config.ParameterSet");
        if (!Files.exists(listed)) {
            return "";
        }
        List<String> names = Files.readAllLines(listed);
        var out = new StringBuilder("| Parameter | Default | |\n|---|---|---|\n");
        for (ParameterSet set : ServiceLoader.load(ParameterSet.class)) {
            if (names.contains(set.getClass().getName())) {
                for (Parameter<?> parameter : set.all()) {
                    String text = parameter.defaultText();
                    out.append("| `").append(parameter.name()).append("` | ").append(text.isEmpty() ? "" : "`" + cell(text) + "`").append(" | ").append(cell(parameter.prose())).append(" |\n");
                }
            }
        }
        return out.toString();
    }

    private static String cell(String text) {
        return text.strip().replaceAll("\\s+", " ").replace("|", "\\|");
    }

    /** In place of the old table, or at the end of the section. */
    private static String with(String page, String table) {
        int begin = page.indexOf(BEGIN);
        if (begin >= 0) {
            return page.substring(0, begin) + BEGIN + table + page.substring(page.indexOf(END));
        }
        int end = page.indexOf("\n## Examples");
        return page.substring(0, end) + "\n" + BEGIN + table + END + page.substring(end);
    }
}
