// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.TableSpec;

/** Makes {@link TableSpec}s for tests. */
public final class Specs {

    /** For types that open no other tables. */
    private static final StubTables NO_TABLES = (maps, key) -> Answer.unavailable("no tables in this test");

    private Specs() {}

    /** A table below {@code directory}, with defaults for all parameters. */
    public static TableSpec of(String type, String name, Path directory, Consumer<String> warnings) {
        return of(type, name, directory, warnings, Settings.parse(""));
    }

    public static TableSpec of(String type, String name, Path directory, Consumer<String> warnings, Settings settings) {
        return new TableSpec(type, name, settings, directory, NO_TABLES, warnings);
    }
}
