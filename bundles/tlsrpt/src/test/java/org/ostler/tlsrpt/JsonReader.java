// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON strictly (RFC 8259), as maps, lists, texts and whole numbers: the other side of {@link org.ostler.mail.json.Json}. Two members of one name are an error (RFC 7493 section 2.3). */
final class JsonReader {

    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    static Object read(String text) {
        var reader = new JsonReader(text);
        Object value = reader.value();
        reader.blanks();
        if (reader.at != text.length()) {
            throw new IllegalArgumentException("something follows at " + reader.at);
        }
        return value;
    }

    private Object value() {
        blanks();
        char c = text.charAt(at);
        return switch (c) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't', 'f' -> word();
            default -> number();
        };
    }

    private Boolean word() {
        String word = text.charAt(at) == 't' ? "true" : "false";
        expect(word);
        return word.equals("true");
    }

    private Map<String, Object> object() {
        var members = new LinkedHashMap<String, Object>();
        expect("{");
        if (!isNext('}')) {
            do {
                blanks();
                String name = string();
                blanks();
                expect(":");
                if (members.put(name, value()) != null) {
                    throw new IllegalArgumentException("twice: " + name);
                }
            } while (isNext(','));
            expect("}");
        }
        return members;
    }

    private List<Object> array() {
        var elements = new ArrayList<Object>();
        expect("[");
        if (!isNext(']')) {
            do {
                elements.add(value());
            } while (isNext(','));
            expect("]");
        }
        return elements;
    }

    /** Takes a comma; only looks at a bracket and, where it is there, takes it. */
    private boolean isNext(char c) {
        blanks();
        if (text.charAt(at) != c) {
            return false;
        }
        at++;
        return true;
    }

    private String string() {
        expect("\"");
        var out = new StringBuilder();
        while (text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c < 0x20) {
                throw new IllegalArgumentException("control character at " + at);
            }
            out.append(c == '\\' ? escape() : c);
        }
        at++;
        return out.toString();
    }

    private char escape() {
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                at += 4;
                yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
            }
            default -> throw new IllegalArgumentException("escape at " + at);
        };
    }

    private Long number() {
        int start = at;
        while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return Long.valueOf(text.substring(start, at));
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(String word) {
        if (!text.startsWith(word, at)) {
            throw new IllegalArgumentException("no " + word + " at " + at);
        }
        at += word.length();
    }
}
