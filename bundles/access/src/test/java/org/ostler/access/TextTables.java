// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;

/** {@code inline:{...}}, {@code texthash:/file} and {@code fail:x}: enough for the recorded conversations. */
final class TextTables implements Tables {

    @Override
    public TableList open(String maps, String title) {
        var tables = new ArrayList<Map<String, String>>();
        boolean[] down = new boolean[1];
        for (String word : Lists.split(maps)) {
            int colon = word.indexOf(':');
            String name = word.substring(colon + 1);
            switch (word.substring(0, colon)) {
                case "inline" -> tables.add(inline(Lists.unbrace(name)));
                case "texthash" -> tables.add(file(name));
                default -> down[0] = true;
            }
        }
        return new TableList() {
            @Override
            public Answer find(String key) {
                for (Map<String, String> table : tables) {
                    if (table.get(key) instanceof String value) {
                        return Answer.found(value);
                    }
                }
                return down[0] ? Answer.unavailable(title + ": " + maps) : Answer.NOT_FOUND;
            }

            @Override
            public Answer findExact(String key) {
                return find(key);
            }

            @Override
            public boolean isEmpty() {
                return maps.isBlank();
            }

            @Override
            public String text() {
                return maps;
            }
        };
    }

    private static Map<String, String> inline(String body) {
        var map = new HashMap<String, String>();
        for (String element : Lists.split(body)) {
            String pair = Lists.unbrace(element);
            int equals = pair.indexOf('=');
            map.put(pair.substring(0, equals).strip(), pair.substring(equals + 1).strip());
        }
        return map;
    }

    private static Map<String, String> file(String name) {
        var map = new HashMap<String, String>();
        try {
            for (String line : Files.readAllLines(Path.of(name))) {
                String[] pair = line.split("\\s+", 2);
                map.put(pair[0], pair[1]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return map;
    }

    @Override
    public List<String> check(String maps, String title) {
        return List.of();
    }
}
