// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.ResultValues;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Templates;
import org.ostler.mail.tck.GoldenFile;

/** {@link TableParameters} and {@link Templates} against what Postfix's SQLite tables made of the same files and keys. The queries give their own text back, so no database is needed here. */
class RecordedSourcesTest {

    /** What the parameter {@code domain} names in the recordings. */
    private static final StubTables FEW = (maps, key) -> maps.startsWith("fail:") ? Answer.unavailable(maps) : maps.equals("inline:{" + key + "=yes}") ? Answer.found("yes") : Answer.NOT_FOUND;

    private static final Pattern TEXT = Pattern.compile("'((?:[^']|'')*)'");

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    static List<String> recordings() {
        return GoldenFile.names("sources");
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void says_what_postfix_says(String name) throws Exception {
        List<GoldenFile.Section> sections = GoldenFile.load(name).sections();
        Settings settings = Settings.parse("old_dbpath = db\nmany_dbpath = db\nshort_dbpath = db\n" + GoldenFile.load(name).text("main.cf"));
        int asked = 0;
        for (int i = 0; i < sections.size(); i++) {
            String title = sections.get(i).title();
            if (title.startsWith("file ")) {
                Files.write(dir.resolve(title.substring(5)), sections.get(i).bytes());
            } else if (title.startsWith("$ ")) {
                int end = i + 1;
                while (end < sections.size() && !sections.get(end).title().matches("[$] .*|file .*")) {
                    end++;
                }
                check(title.substring(title.indexOf("sqlite:") + 7), settings, sections.subList(i + 1, end));
                asked++;
            }
        }
        assertThat(asked).isPositive();
    }

    private void check(String table, Settings settings, List<GoldenFile.Section> said) {
        warnings.clear();
        var out = new StringBuilder();
        var err = new ArrayList<String>();
        try {
            var opened = new Echo(new TableSpec("sqlite", table, settings, dir, FEW, warnings::add));
            String keys = text(said, "stdin");
            for (String key : keys.isEmpty() ? List.of("k") : keys.lines().toList()) {
                switch (opened.find(CaseFold.fold(key))) {
                    case Answer.Found(String value) -> out.append(keys.isEmpty() ? "" : key + "\t").append(value).append('\n');
                    case Answer.NotFound _ -> { }
                    case Answer.Unavailable _ -> throw new TableOpenException("table sqlite:" + table + ": query error: Application error");
                }
            }
        } catch (TableOpenException e) {
            err.add("postmap: fatal: " + e.getMessage());
        }
        err.addAll(0, warnings.stream().map(w -> "postmap: warning: " + w).toList());
        assertThat(out.toString()).as(table).isEqualTo(text(said, "stdout"));
        assertThat(new LinkedHashSet<>(err)).as(table).isEqualTo(expected(text(said, "stderr")));
    }

    /** Postfix reads a young file again and again and says everything each time; the warnings about lookups are those of the table type and of lookup-core. */
    private static Set<String> expected(String stderr) {
        return stderr.lines().filter(line -> !line.matches(".*(line 1: overriding|table lookup problem|Expansion limit exceeded).*")).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String text(List<GoldenFile.Section> sections, String title) {
        return sections.stream().filter(section -> section.title().equals(title)).findFirst().map(GoldenFile.Section::text).orElse("");
    }

    /** A table whose server answers with the texts in the query. */
    private static final class Echo {

        private final Templates templates;
        private final Templates.Query query;
        private final Templates.Result format;

        Echo(TableSpec spec) throws TableOpenException {
            TableParameters parameters = TableParameters.of(spec);
            parameters.text("dbpath", "", 1);
            templates = new Templates(spec, parameters.text("domain", ""));
            query = templates.query(parameters.text("query", ""));
            format = templates.result(parameters.text("result_format", "%s", 1), parameters.integer("expansion_limit", 0));
        }

        Answer find(String key) {
            Optional<Answer> early = templates.withoutAsking(key);
            if (early.isPresent()) {
                return early.get();
            }
            ResultValues values = format.values(key);
            String asked = query.expand(key, part -> part.replace("'", "''"));
            // SQLite's rows: one per bracket, the first column counts.
            Arrays.stream(asked.split("\\),\\(")).forEach(row -> {
                var text = TEXT.matcher(row);
                assertThat(text.find()).as(asked).isTrue();
                values.add(text.group(1).replace("''", "'"));
            });
            return values.answer();
        }
    }
}
