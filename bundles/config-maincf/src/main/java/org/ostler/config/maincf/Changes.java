// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ostler.config.maincf.Loaded.Texts;
import org.ostler.mail.config.ConfigChange;

/** What programs ask to have changed, as new texts of main.cf and master.cf. Threads: callers serialise. */
final class Changes {

    private Changes() {}

    /** What cannot be an entry or a row at all, a line each: it would end up as something else in the file. */
    static List<String> malformed(List<ConfigChange> changes) {
        var problems = new ArrayList<String>();
        for (ConfigChange change : changes) {
            switch (change) {
                case ConfigChange.Entry(String name, Optional<String> value) -> {
                    if (name.isEmpty() || name.chars().anyMatch(c -> c <= ' ' || c == '=' || c == '#')) {
                        problems.add("bad parameter name: \"" + name + "\"");
                    } else if (value.isPresent() && value.get().chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
                        problems.add(name + ": a value is one line");
                    }
                }
                case ConfigChange.Row(String key, Optional<String> text) -> text.ifPresent(row -> malformedRow(key, row, problems));
            }
        }
        return problems;
    }

    private static void malformedRow(String key, String text, List<String> problems) {
        MasterCf parsed = MasterCf.parse(key, text, false);
        if (!parsed.problems().isEmpty()) {
            problems.addAll(parsed.problems());
        } else if (parsed.rows().size() != 1 || !parsed.rows().getFirst().key().equals(key)) {
            problems.add(key + ": the text is not one row of that name and type");
        }
    }

    static Texts apply(Texts texts, List<ConfigChange> changes) {
        Texts next = texts;
        for (ConfigChange change : changes) {
            next = switch (change) {
                case ConfigChange.Entry(String name, Optional<String> value) ->
                    new Texts(MainCfEditor.edit(next.main(), Map.of(name, value.map(String::strip))), next.master());
                case ConfigChange.Row(String key, Optional<String> text) -> new Texts(next.main(), MasterCfEditor.edit(next.master(), key, text));
            };
        }
        return next;
    }

    /** Both or, where the second fails, none. */
    static void write(Path directory, Texts before, Texts next) throws IOException {
        Path main = directory.resolve("main.cf");
        boolean mainChanges = !next.main().equals(before.main());
        if (mainChanges) {
            MainCfEditor.rewrite(main, next.main());
        }
        if (!next.master().equals(before.master())) {
            try {
                MainCfEditor.rewrite(directory.resolve("master.cf"), next.master());
            } catch (IOException e) {
                if (mainChanges) {
                    MainCfEditor.rewrite(main, before.main());
                }
                throw e;
            }
        }
    }
}
