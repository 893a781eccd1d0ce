// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ArrayList;

/** Tables by name, held in maps; {@code down:x} never answers, {@code any:x} is a table of patterns that finds everything. Remembers what was asked. */
class FakeTables implements Tables {

    final List<String> asked = new ArrayList<>();
    private final Map<String, Map<String, String>> tables = new HashMap<>();

    FakeTables with(String name, Map<String, String> content) {
        tables.put(name, content);
        return this;
    }

    @Override
    public TableList open(String maps, String title) {
        return new TableList() {
            @Override
            public Answer find(String key) {
                asked.add(key);
                if (maps.startsWith("down:")) {
                    return Answer.unavailable(maps);
                }
                if (maps.startsWith("any:")) {
                    return Answer.found("x");
                }
                String value = tables.getOrDefault(maps, Map.of()).get(key);
                return value == null ? Answer.NOT_FOUND : Answer.found(value);
            }

            @Override
            public Answer findExact(String key) {
                return maps.startsWith("any:") ? Answer.NOT_FOUND : find(key);
            }

            @Override
            public boolean isEmpty() {
                return maps.isEmpty();
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
