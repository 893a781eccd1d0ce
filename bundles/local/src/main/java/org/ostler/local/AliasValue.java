// SPDX-License-Identifier: Apache-2.0
package org.ostler.local;

import java.util.ArrayList;
import java.util.List;

/**
 * The right-hand side of an alias, and the lines of an {@code :include:} file: a list of targets separated by commas (aliases(5)). Pure functions.
 */
sealed interface AliasValue {

    /** A local name without domain, or an address. @param direct written with a backslash: no alias of that name is looked for */
    record Name(String text, boolean direct) implements AliasValue {}

    record Include(String file) implements AliasValue {}

    record Command(String text) implements AliasValue {}

    record File(String path) implements AliasValue {}

    static List<AliasValue> parse(String text) {
        var values = new ArrayList<AliasValue>();
        for (String token : split(text)) {
            values.add(one(token));
        }
        return values;
    }

    private static AliasValue one(String token) {
        String bare = unquote(token);
        if (bare.startsWith("|")) {
            return new Command(unquote(bare.substring(1).strip()));
        }
        if (bare.startsWith("/")) {
            return new File(bare);
        }
        if (bare.regionMatches(true, 0, ":include:", 0, 9)) {
            return new Include(unquote(bare.substring(9).strip()));
        }
        if (bare.startsWith("\\")) {
            return new Name(bare.substring(1), true);
        }
        int open = bare.lastIndexOf('<');
        int close = bare.lastIndexOf('>');
        return new Name(open >= 0 && close > open ? bare.substring(open + 1, close).strip() : bare, false);
    }

    /** Text without one pair of quotes around it. */
    static String unquote(String token) {
        boolean quoted = token.length() >= 2 && token.startsWith("\"") && token.endsWith("\"");
        return quoted ? token.substring(1, token.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\") : token;
    }

    private static List<String> split(String text) {
        var tokens = new ArrayList<String>();
        var token = new StringBuilder();
        boolean quoted = false;
        int comment = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (comment == 0 && c == '"' && (i == 0 || text.charAt(i - 1) != '\\')) {
                quoted = !quoted;
            }
            if (!quoted && c == '(') {
                comment++;
            } else if (!quoted && c == ')' && comment > 0) {
                comment--;
            } else if (comment == 0 && !quoted && (c == ',' || c == '\n')) {
                add(tokens, token);
            } else if (comment == 0) {
                token.append(c);
            }
        }
        add(tokens, token);
        return tokens;
    }

    private static void add(List<String> tokens, StringBuilder token) {
        String text = token.toString().strip();
        if (!text.isEmpty()) {
            tokens.add(text);
        }
        token.setLength(0);
    }
}
