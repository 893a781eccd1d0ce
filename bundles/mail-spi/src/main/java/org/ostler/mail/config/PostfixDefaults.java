// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

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
 * Every parameter of Postfix 3.12 with its default, so that {@code $name} expands alike everywhere.
 *
 * <p>The table {@code postfix-parameters.tsv} beside this class has a line per parameter: name, default as Postfix writes it, unexpanded. Defaults that depend
 * on the machine ({@code myhostname}, {@code mydomain}, {@code mynetworks}, {@code inet_protocols}) are put over it by {@code config-maincf}.
 */
public final class PostfixDefaults {

    private static final Map<String, String> ALL = load();

    private PostfixDefaults() {}

    public static Optional<String> of(String name) {
        return Optional.ofNullable(ALL.get(name));
    }

    /** Names and defaults in the order of the table. */
    public static Map<String, String> all() {
        return ALL;
    }

    private static Map<String, String> load() {
        var all = new LinkedHashMap<String, String>(2048);
        try (var in = PostfixDefaults.class.getResourceAsStream("postfix-parameters.tsv");
                var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#") && !line.isEmpty()) {
                    int tab = line.indexOf('\t');
                    all.put(line.substring(0, tab), line.substring(tab + 1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Collections.unmodifiableMap(all);
    }
}
