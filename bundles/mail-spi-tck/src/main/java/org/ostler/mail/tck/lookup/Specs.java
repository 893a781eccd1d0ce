// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.TableSpec;

/** Makes {@link TableSpec}s for tests. */
public final class Specs {

    private Specs() {}

    /** A table below {@code directory}, with defaults for all parameters. */
    public static TableSpec of(String type, String name, Path directory, Consumer<String> warnings) {
        return of(type, name, directory, warnings, Settings.parse(""));
    }

    public static TableSpec of(String type, String name, Path directory, Consumer<String> warnings, Settings settings) {
        return new TableSpec(type, name, settings, directory, new NoTables(), warnings);
    }

    /** For types that open no other tables. */
    private record NoTables() implements Tables {
        @Override
        public TableList open(String maps, String title) {
            return new TableList() {
                @Override
                public Answer find(String key) {
                    return Answer.unavailable("no tables in this test");
                }

                @Override
                public Answer findExact(String key) {
                    return find(key);
                }

                @Override
                public boolean isEmpty() {
                    return false;
                }

                @Override
                public String text() {
                    return maps;
                }
            };
        }

        @Override
        public List<String> check(String maps, String title) {
            return List.of();
        }
    }
}
