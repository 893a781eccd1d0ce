// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One capability or requirement of a manifest header: {@code namespace;attribute:Type="value";directive:=value}.
 *
 * @param values keys are attribute names without their type, and directive names with a colon at the end
 */
record Clause(String namespace, Map<String, String> values) {

    private static final Pattern COMPARISON = Pattern.compile("\\(([\\w.]+)=([^()*]+)\\)");

    /** Splits at commas outside quotes. Nulls: a header that is not there has no clauses. */
    static List<Clause> parse(String header) {
        var clauses = new ArrayList<Clause>();
        for (String text : split(header == null ? "" : header, ',')) {
            List<String> parts = split(text, ';');
            var values = new LinkedHashMap<String, String>();
            for (String part : parts.subList(1, parts.size())) {
                int equals = part.indexOf('=');
                String name = part.substring(0, equals);
                boolean directive = name.endsWith(":");
                int type = name.indexOf(':');
                values.put(directive || type < 0 ? name : name.substring(0, type), unquoted(part.substring(equals + 1)));
            }
            clauses.add(new Clause(parts.getFirst(), values));
        }
        return clauses;
    }

    /** What the filter compares with: {@code objectClass} to {@code org.ostler.mail.dns.Dns}. */
    Map<String, String> wanted() {
        var wanted = new LinkedHashMap<String, String>();
        Matcher comparison = COMPARISON.matcher(values.getOrDefault("filter:", ""));
        while (comparison.find()) {
            wanted.put(comparison.group(1), comparison.group(2));
        }
        return wanted;
    }

    /** The values of an attribute, of which a list has several. */
    List<String> attribute(String name) {
        String text = values.get(name);
        return text == null ? List.of() : List.of(text.split(","));
    }

    private static List<String> split(String text, char separator) {
        var parts = new ArrayList<String>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(start, i).strip());
                start = i + 1;
            }
        }
        if (start < text.length()) {
            parts.add(text.substring(start).strip());
        }
        return parts;
    }

    private static String unquoted(String text) {
        String stripped = text.strip();
        return stripped.startsWith("\"") && stripped.endsWith("\"") && stripped.length() > 1 ? stripped.substring(1, stripped.length() - 1) : stripped;
    }
}
