// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;

/** Tables in maps, by {@code type:name}; an unknown one never answers. */
final class MapTables implements Tables {

    private final Map<String, Map<String, String>> tables = new HashMap<>();

    /** By title, what was demanded. */
    final Map<String, Protection> demanded = new ConcurrentHashMap<>();

    @Override
    public TableList open(String maps, String title, Protection protection) {
        demanded.put(title, protection);
        return open(maps, title);
    }

    MapTables with(String name, String source) {
        var content = new HashMap<String, String>();
        source.lines().forEach(line -> {
            String[] parts = line.strip().split("\\s+", 2);
            content.put(parts[0], parts[1]);
        });
        tables.put(name, content);
        return this;
    }

    @Override
    public TableList open(String maps, String title) {
        return new TableList() {
            @Override
            public Answer find(String key) {
                Map<String, String> table = maps.isEmpty() ? Map.of() : tables.get(maps);
                if (table == null) {
                    return Answer.unavailable(title + ": " + maps + " is down");
                }
                String value = table.get(key);
                return value == null ? Answer.NOT_FOUND : Answer.found(value);
            }

            @Override
            public Answer findExact(String key) {
                return find(key);
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
