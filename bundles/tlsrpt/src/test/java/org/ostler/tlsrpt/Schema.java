// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Holds a value against a JSON schema, as far as {@code report.schema.json} needs it: type, required, properties, additionalProperties (false), items, minItems, enum, pattern (of the whole text), format.
 * A keyword that is not known here is an error, so that nothing in the schema goes unheeded.
 */
final class Schema {

    private final List<String> errors = new ArrayList<>();

    private Schema() {}

    /** What is wrong with a report; nothing, it is hoped. */
    static List<String> errors(String report) throws IOException {
        try (InputStream in = Schema.class.getResourceAsStream("report.schema.json")) {
            var schema = new Schema();
            schema.check("report", JsonReader.read(report), (Map<?, ?>) JsonReader.read(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
            return schema.errors;
        }
    }

    private void check(String where, Object value, Map<?, ?> schema) {
        for (Map.Entry<?, ?> keyword : schema.entrySet()) {
            boolean holds = switch ((String) keyword.getKey()) {
                case "type" -> isType(value, (String) keyword.getValue());
                case "required" -> value instanceof Map<?, ?> map && map.keySet().containsAll((List<?>) keyword.getValue());
                case "additionalProperties" -> value instanceof Map<?, ?> map && ((Map<?, ?>) schema.get("properties")).keySet().containsAll(map.keySet());
                case "minItems" -> value instanceof List<?> list && list.size() >= (Long) keyword.getValue();
                case "enum" -> ((List<?>) keyword.getValue()).contains(value);
                case "pattern" -> value instanceof String text && text.matches((String) keyword.getValue());
                case "format" -> value instanceof String text && isFormat(text, (String) keyword.getValue());
                case "properties" -> checkMembers(where, value, (Map<?, ?>) keyword.getValue());
                case "items" -> checkElements(where, value, (Map<?, ?>) keyword.getValue());
                case "description" -> true;
                default -> throw new IllegalArgumentException("unknown keyword " + keyword.getKey());
            };
            if (!holds) {
                errors.add(where + ": " + keyword.getKey() + " " + keyword.getValue() + " does not hold for " + value);
            }
        }
    }

    private boolean checkMembers(String where, Object value, Map<?, ?> schemas) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, member) -> {
                if (schemas.get(name) instanceof Map<?, ?> schema) {
                    check(where + "/" + name, member, schema);
                }
            });
        }
        return true;
    }

    private boolean checkElements(String where, Object value, Map<?, ?> schema) {
        if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                check(where + "/" + i, list.get(i), schema);
            }
        }
        return true;
    }

    private static boolean isType(Object value, String type) {
        return switch (type) {
            case "object" -> value instanceof Map;
            case "array" -> value instanceof List;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Long;
            default -> throw new IllegalArgumentException(type);
        };
    }

    private static boolean isFormat(String text, String format) {
        try {
            switch (format) {
                case "date-time" -> OffsetDateTime.parse(text);
                case "ip" -> InetAddress.ofLiteral(text);
                case "uri" -> URI.create(text);
                default -> throw new AssertionError(format);
            }
            return true;
        } catch (RuntimeException _) {
            return false;
        }
    }
}
