// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;

/** Tables for tests: {@code map} has the entries given, {@code broken} never answers. */
class MapTables implements Tables {

    private final Map<String, String> entries = new HashMap<>();

    MapTables with(String key, String value) {
        entries.put(key, value);
        return this;
    }

    @Override
    public TableList open(String maps, String title) {
        return new TableList() {
            @Override
            public Answer find(String key) {
                if (maps.equals("broken")) {
                    return Answer.unavailable("no answer");
                }
                String value = maps.isEmpty() ? null : entries.get(key.toLowerCase(Locale.ROOT));
                return value == null ? Answer.NOT_FOUND : new Answer.Found(value);
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

    @Override
    public List<String> check(String maps, String title) {
        return List.of();
    }
}
