// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What becomes of each Postfix parameter here. The table is {@code coverage.tsv} beside this class: name, status, reason. A test in {@code itests} holds it against the
 * parameters that the bundles declare.
 */
public final class Coverage {

    /** How far a parameter is supported. */
    public enum Status {
        /** Does what Postfix's manual says. */
        WORKS,
        /** Has nothing to act on in a single process. */
        MEANINGLESS,
        /** Comes with a later issue. */
        PLANNED,
        /** Will not come. */
        NEVER
    }

    /** @param reason why it does not work, or with what it comes; empty for WORKS */
    public record Entry(Status status, String reason) {}

    private static final Map<String, Entry> ALL = load();

    private Coverage() {}

    public static Optional<Entry> of(String parameter) {
        return Optional.ofNullable(ALL.get(parameter));
    }

    public static Map<String, Entry> all() {
        return ALL;
    }

    private static Map<String, Entry> load() {
        var all = new LinkedHashMap<String, Entry>(2048);
        try (var in = Coverage.class.getResourceAsStream("coverage.tsv");
                var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#") && !line.isEmpty()) {
                    String[] field = line.split("\t", 3);
                    all.put(field[0], new Entry(Status.valueOf(field[1].toUpperCase(java.util.Locale.ROOT)), field.length > 2 ? field[2] : ""));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Collections.unmodifiableMap(all);
    }
}
