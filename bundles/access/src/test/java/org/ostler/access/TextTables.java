// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.tck.lookup.StubTables;

/** {@code inline:{...}}, {@code texthash:/file} and {@code fail:x}: enough for the recorded conversations. */
final class TextTables implements StubTables {

    @Override
    public Answer find(String maps, String key) {
        boolean down = false;
        for (String word : Lists.split(maps)) {
            int colon = word.indexOf(':');
            String name = word.substring(colon + 1);
            Map<String, String> table = switch (word.substring(0, colon)) {
                case "inline" -> inline(Lists.unbrace(name));
                case "texthash" -> file(name);
                default -> null;
            };
            if (table == null) {
                down = true;
            } else if (table.get(key) instanceof String value) {
                return Answer.found(value);
            }
        }
        return down ? Answer.unavailable(maps) : Answer.NOT_FOUND;
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
}
