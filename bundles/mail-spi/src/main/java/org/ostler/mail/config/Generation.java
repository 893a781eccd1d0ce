// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One checked state of the whole configuration.
 *
 * @param number    counts from 1 with every reload that was applied
 * @param directory where main.cf and master.cf are
 * @param main      main.cf over the defaults
 * @param rows      master.cf in order
 */
public record Generation(long number, Path directory, Settings main, List<ServiceRow> rows) {

    public Generation {
        rows = List.copyOf(rows);
    }

    /** Settings of a row: main.cf under its {@code -o} layer; {@code $service_name} and {@code $process_name} name the row and its program. */
    public Settings settings(ServiceRow row) {
        return main.with(row.layer());
    }

    public Optional<ServiceRow> row(String name, String type) {
        return rows.stream().filter(row -> row.name().equals(name) && row.type().equals(type)).findFirst();
    }
}
