// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.net.IDN;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Expands {@code $name} and its relatives in parameter values (postconf(5), "main.cf file format").
 *
 * <pre>
 *   $name ${name} $(name)      the value; nothing where the name is unknown
 *   $$                         a dollar sign
 *   ${name?text}               text where the value is not empty          ${name?{text}} likewise
 *   ${name:text}               text where the value is empty or unknown   ${name:{text}} likewise
 *   ${name?{x}:{y}}            x or y
 *   ${{a} == {b} ? {x} : {y}}  relational: == != &lt; &lt;= &gt;= &gt;, on numbers where both are digits, else on texts;
 *                              an operator ending in "level" compares compatibility levels such as 3.6
 *   ${domain_to_ascii{text}}   A-labels of a domain; ${domain_to_utf8{text}} the other way
 * </pre>
 * Pure functions. An endless recursion or a broken form throws {@link BadValueException}.
 */
public final class Expansion {

    /** Values inside values deeper than this are taken for a loop, as in Postfix. */
    private static final int MAX_DEPTH = 100;

    private final Function<String, Optional<String>> lookup;
    private final String title;
    private final List<String> unknown = new ArrayList<>();

    private Expansion(String title, Function<String, Optional<String>> lookup) {
        this.title = title;
        this.lookup = lookup;
    }

    /**
     * @param title  parameter whose value this is, for messages
     * @param text   unexpanded
     * @param lookup unexpanded value of a name, or nothing where it is unknown
     */
    public static String expand(String title, String text, Function<String, Optional<String>> lookup) {
        return text.indexOf('$') < 0 ? text : new Expansion(title, lookup).expand(text, 0);
    }

    /** Names that {@code text} refers to, directly or inside values, and that nobody knows. */
    public static List<String> unknownNames(String title, String text, Function<String, Optional<String>> lookup) {
        var expansion = new Expansion(title, lookup);
        expansion.expand(text, 0);
        return expansion.unknown;
    }

    private String expand(String text, int depth) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        if (depth > MAX_DEPTH) {
            throw new BadValueException("unreasonable macro call nesting: \"" + title + "\"");
        }
        var out = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '$' || at + 1 == text.length()) {
                out.append(c);
                at++;
                continue;
            }
            char next = text.charAt(at + 1);
            if (next == '$') {
                out.append('$');
                at += 2;
            } else if (next == '{' || next == '(') {
                int end = closing(text, at + 1);
                out.append(braced(text.substring(at + 2, end), depth));
                at = end + 1;
            } else {
                int end = at + 1;
                while (end < text.length() && isNameChar(text.charAt(end))) {
                    end++;
                }
                if (end == at + 1) {
                    out.append('$');
                } else {
                    out.append(value(text.substring(at + 1, end), depth));
                }
                at = end;
            }
        }
        return out.toString();
    }

    private String braced(String body, int depth) {
        if (!body.isBlank() && body.strip().charAt(0) == '{') {
            return relational(body.strip(), depth);
        }
        int end = 0;
        while (end < body.length() && isNameChar(body.charAt(end))) {
            end++;
        }
        String name = body.substring(0, end);
        String rest = body.substring(end).strip();
        if (name.isEmpty()) {
            throw new BadValueException("empty macro name: \"" + body + "\" in \"" + title + "\"");
        }
        if (rest.isEmpty()) {
            return value(name, depth);
        }
        Optional<String> found = lookup.apply(name);
        if (found.isEmpty() && rest.charAt(0) != '{') {
            unknown.add(name);
        }
        boolean has = !found.map(v -> expand(v, depth + 1)).orElse("").isEmpty();
        return switch (rest.charAt(0)) {
            case '?' -> ternary(rest.substring(1), has, depth);
            case ':' -> has ? "" : expand(unquote(rest.substring(1)), depth + 1);
            case '{' -> function(name, expand(unquote(rest), depth + 1));
            default -> throw new BadValueException("attribute name syntax error: \"" + body + "\" in \"" + title + "\"");
        };
    }

    /** The functions of Postfix 3.12: {@code ${domain_to_ascii{text}}} and its counterpart. */
    private String function(String name, String argument) {
        return switch (name) {
            case "domain_to_ascii" -> IDN.toASCII(argument);
            case "domain_to_utf8" -> IDN.toUnicode(argument);
            default -> throw new BadValueException("unknown function: \"" + name + "\" in \"" + title + "\"");
        };
    }

    private String relational(String body, int depth) {
        int leftEnd = closing(body, 0);
        String left = expand(body.substring(1, leftEnd).strip(), depth + 1);
        int rightStart = body.indexOf('{', leftEnd);
        if (rightStart < 0) {
            throw new BadValueException("\"{expression}\" expected at: \"" + body + "\" in \"" + title + "\"");
        }
        String operator = body.substring(leftEnd + 1, rightStart).strip();
        int rightEnd = closing(body, rightStart);
        String right = expand(body.substring(rightStart + 1, rightEnd).strip(), depth + 1);
        boolean holds = holds(left, operator, right);
        String rest = body.substring(rightEnd + 1).strip();
        if (rest.startsWith("?")) {
            return ternary(rest.substring(1), holds, depth);
        }
        if (rest.startsWith(":")) {
            return holds ? "" : expand(unquote(rest.substring(1)), depth + 1);
        }
        throw new BadValueException("expected \"?\" or \":\" at: \"" + rest + "\" in \"" + title + "\"");
    }

    /** {@code {x}:{y}}, {@code {x}} or plain text behind the question mark. */
    private String ternary(String branches, boolean yes, int depth) {
        String text = branches.strip();
        if (!text.startsWith("{")) {
            return yes ? expand(branches, depth + 1) : "";
        }
        int end = closing(text, 0);
        String rest = text.substring(end + 1).strip();
        if (yes) {
            return expand(text.substring(1, end).strip(), depth + 1);
        }
        if (rest.isEmpty()) {
            return "";
        }
        if (rest.charAt(0) != ':') {
            throw new BadValueException("expected \":\" at: \"" + rest + "\" in \"" + title + "\"");
        }
        return expand(unquote(rest.substring(1)), depth + 1);
    }

    private static String unquote(String text) {
        String stripped = text.strip();
        return stripped.startsWith("{") && stripped.endsWith("}") ? stripped.substring(1, stripped.length() - 1).strip() : text;
    }

    private String value(String name, int depth) {
        Optional<String> value = lookup.apply(name);
        if (value.isEmpty()) {
            unknown.add(name);
            return "";
        }
        return expand(value.get(), depth + 1);
    }

    private boolean holds(String left, String operator, String right) {
        int order;
        String relation = operator;
        if (operator.endsWith("level")) {
            relation = operator.substring(0, operator.length() - "level".length());
            order = CompatibilityLevel.of(left).compareTo(CompatibilityLevel.of(right));
        } else if (isNumber(left) && isNumber(right)) {
            order = Long.compare(Long.parseLong(left), Long.parseLong(right));
        } else {
            order = left.compareTo(right);
        }
        return switch (relation) {
            case "==" -> order == 0;
            case "!=" -> order != 0;
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">=" -> order >= 0;
            case ">" -> order > 0;
            default -> throw new BadValueException("relational operator expected at: \"" + operator + "\" in \"" + title + "\"");
        };
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private int closing(String text, int open) {
        char opening = text.charAt(open);
        char closing = opening == '{' ? '}' : ')';
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            if (text.charAt(i) == opening) {
                depth++;
            } else if (text.charAt(i) == closing && --depth == 0) {
                return i;
            }
        }
        throw new BadValueException("truncated macro reference: \"" + text + "\" in \"" + title + "\"");
    }

    private static boolean isNameChar(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
    }
}
