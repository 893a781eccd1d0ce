// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tck.lookup.StubTables;

/** Tables for tests: {@code map} has the entries given, {@code broken} never answers. */
class MapTables implements StubTables {

    private final Map<String, String> entries = new HashMap<>();

    MapTables with(String key, String value) {
        entries.put(key, value);
        return this;
    }

    @Override
    public Answer find(String maps, String key) {
        if (maps.equals("broken")) {
            return Answer.unavailable("no answer");
        }
        String value = maps.isEmpty() ? null : entries.get(key.toLowerCase(Locale.ROOT));
        return value == null ? Answer.NOT_FOUND : new Answer.Found(value);
    }
}
