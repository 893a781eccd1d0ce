// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ostler.mail.config.LogicalLines;

/**
 * The parsed text of a main.cf: names, unexpanded values, where each stands.
 *
 * @param values   the last entry of a name wins
 * @param lines    line on which the entry that won begins
 * @param problems what makes the file unusable, with file and line, in Postfix's words
 * @param warnings what Postfix warns about
 */
public record MainCf(Map<String, String> values, Map<String, Integer> lines, List<String> problems, List<String> warnings) {

    /**
     * Parses; never throws.
     *
     * @param name file name for messages
     */
    public static MainCf parse(String name, String text) {
        var values = new LinkedHashMap<String, String>();
        var lines = new LinkedHashMap<String, Integer>();
        var problems = new ArrayList<String>();
        var warnings = new ArrayList<String>();
        for (LogicalLines.Line line : LogicalLines.of(text)) {
            String where = name + ", line " + line.number() + ": ";
            String entry = line.text();
            if (Character.isWhitespace(entry.charAt(0))) {
                problems.add(where + "logical line must not start with whitespace: \"" + shown(entry) + "\"");
                continue;
            }
            int equals = entry.indexOf('=');
            String key = (equals < 0 ? entry : entry.substring(0, equals)).strip();
            if (equals < 0) {
                problems.add(where + "missing '=' after attribute name: \"" + shown(entry) + "\"");
            } else if (key.isEmpty()) {
                problems.add(where + "missing attribute name: \"" + shown(entry) + "\"");
            } else if (key.chars().anyMatch(Character::isWhitespace)) {
                problems.add(where + "whitespace in attribute name: \"" + shown(entry) + "\"");
            } else {
                String value = entry.substring(equals + 1).strip();
                String earlier = values.remove(key);
                if (earlier != null) {
                    warnings.add(where + "overriding earlier entry: " + key + "=" + earlier);
                }
                values.put(key, value);
                lines.put(key, line.number());
            }
        }
        return new MainCf(values, lines, problems, warnings);
    }

    private static String shown(String entry) {
        return entry.length() <= 30 ? entry : entry.substring(0, 30) + "...";
    }
}
