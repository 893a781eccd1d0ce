// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.util.ArrayList;
import java.util.List;

/**
 * The text of aliases(5): {@code name: value, value}.
 *
 * <p>Name and value are read as RFC 822 tokens and written again in Postfix's standard form: quotes around what needs them, one blank between words, none around {@code . @ : |}, one behind
 * a comma and before {@code <}. Commands, files and {@code :include:} are kept as text; the reader of the table tells them apart.
 *
 * <p>Lines that make no sense are left out with Postfix's warning. <b>Threads</b> one.
 */
public final class AliasSource {

    private enum Kind { ATOM, QUOTED, COMMENT, LITERAL, OPERATOR }

    /** @param text what it means, without quotes or brackets; of a comment: as written */
    private record Token(Kind kind, String text) {
        boolean is(char operator) {
            return kind == Kind.OPERATOR && text.charAt(0) == operator;
        }
    }

    private static final String OPERATORS = "|%!,;:<>@.";
    /** What ends an atom besides white space. */
    private static final String SPECIALS = "\"([" + OPERATORS;
    /** What a text may not contain to be written without quotes. */
    private static final String NEEDS_QUOTES = "\"()[]\\" + OPERATORS;

    private final TableSource source;

    public AliasSource(TableSource source) {
        this.source = source;
    }

    /** The next {@code name: value}, or null at the end. */
    public TableSource.Entry next() {
        for (TableSource.Rule rule = source.nextRule(); rule != null; rule = source.nextRule()) {
            List<Token> tokens = scan(rule.text());
            int colon = 0;
            while (colon < tokens.size() && !tokens.get(colon).is(':')) {
                colon++;
            }
            List<Token> name = tokens.subList(0, colon);
            if (colon == 0 || colon + 1 >= tokens.size() || name.stream().anyMatch(t -> t.is(','))) {
                source.warn(rule.line(), "need name:value pair");
            } else if (name.stream().anyMatch(t -> t.is('@'))) {
                source.warn(rule.line(), "name must be local and have no domain");
            } else {
                return new TableSource.Entry(write(name), write(tokens.subList(colon + 1, tokens.size())), rule.line());
            }
        }
        return null;
    }

    private static List<Token> scan(String text) {
        var tokens = new ArrayList<Token>();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (OPERATORS.indexOf(c) >= 0) {
                tokens.add(new Token(Kind.OPERATOR, String.valueOf(c)));
                at++;
            } else {
                at = switch (c) {
                    case '"' -> enclosed(text, at, '"', Kind.QUOTED, tokens);
                    case '[' -> enclosed(text, at, ']', Kind.LITERAL, tokens);
                    case '(' -> comment(text, at, tokens);
                    default -> atom(text, at, tokens);
                };
            }
        }
        return tokens;
    }

    private static int enclosed(String text, int from, char end, Kind kind, List<Token> tokens) {
        var out = new StringBuilder();
        int at = from + 1;
        for (; at < text.length() && text.charAt(at) != end; at++) {
            char c = text.charAt(at);
            if (c == '\\') {
                if (++at < text.length()) {
                    out.append(text.charAt(at));
                }
            } else {
                out.append(c == '\t' ? ' ' : c);
            }
        }
        tokens.add(new Token(kind, out.toString()));
        return at + 1;
    }

    /** Comments nest. */
    private static int comment(String text, int from, List<Token> tokens) {
        int depth = 0;
        int at = from;
        do {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
            }
            at++;
        } while (depth > 0 && at < text.length());
        int end = Math.min(at, text.length());
        tokens.add(new Token(Kind.COMMENT, text.substring(from, end)));
        return end;
    }

    private static int atom(String text, int from, List<Token> tokens) {
        var out = new StringBuilder();
        boolean needsQuotes = false;
        int at = from;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\') {
                if (++at < text.length()) {
                    char quoted = text.charAt(at);
                    needsQuotes |= Character.isWhitespace(quoted) || NEEDS_QUOTES.indexOf(quoted) >= 0;
                    out.append(quoted);
                }
            } else if (Character.isWhitespace(c) || SPECIALS.indexOf(c) >= 0) {
                break;
            } else {
                out.append(c);
            }
        }
        if (!out.isEmpty()) {
            tokens.add(new Token(singleBracket(out) ? Kind.OPERATOR : needsQuotes ? Kind.QUOTED : Kind.ATOM, out.toString()));
        }
        return Math.min(at, text.length());
    }

    private static boolean singleBracket(StringBuilder text) {
        return text.length() == 1 && (text.charAt(0) == ')' || text.charAt(0) == ']');
    }

    private static String write(List<Token> tokens) {
        var out = new StringBuilder();
        Token before = null;
        for (Token token : tokens) {
            if (before != null && blankBetween(before, token)) {
                out.append(' ');
            }
            switch (token.kind) {
                case ATOM, COMMENT, OPERATOR -> out.append(token.text);
                case LITERAL -> out.append('[').append(token.text).append(']');
                case QUOTED -> quoted(out, token.text);
            }
            before = token;
        }
        if (before != null && before.is(',')) {
            out.append(' ');
        }
        return out.toString();
    }

    private static boolean blankBetween(Token before, Token after) {
        return before.is(',') || after.is('<') || before.kind != Kind.OPERATOR && after.kind != Kind.OPERATOR;
    }

    private static void quoted(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c);
        }
        out.append('"');
    }
}
