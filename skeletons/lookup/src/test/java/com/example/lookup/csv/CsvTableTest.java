// SPDX-License-Identifier: Apache-2.0
package com.example.lookup.csv;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.TableContract;

/** What every table type does; the tests are inherited. */
class CsvTableTest implements TableContract {

    @TempDir
    Path directory;

    @Override
    public Table tableWith(Map<String, String> entries) throws Exception {
        Files.write(directory.resolve("test.csv"), entries.entrySet().stream().map(e -> e.getKey() + "," + e.getValue()).toList());
        return new CsvTable().open(Specs.of("csv", "test.csv", directory, System.err::println));
    }
}
