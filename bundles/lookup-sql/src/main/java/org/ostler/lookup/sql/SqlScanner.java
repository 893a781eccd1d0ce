// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Takes the text of a query template apart: which stretches are literals in which a value may stand, and which are not.
 *
 * <p>It knows as much of the grammars as that takes: literals with their quotes and backslashes, quoted names, comments, PostgreSQL's dollar quotes. What it is not sure of it calls {@link Kind#CODE}, the kind with the strictest
 * rule. <b>Threads</b> one.
 */
final class SqlScanner {

    enum Kind {
        /** Text of the statement itself, anything else. */
        CODE,
        /** What the server skips. Not MySQL's comments that are executed. */
        COMMENT,
        /** A whole literal, quotes included, in whose place a parameter may stand. */
        PARAMETER,
        /** A literal in single quotes that must stay one: after the name of a type, with escapes of its own, before another literal. */
        SINGLE,
        /** The same with double quotes: a name, or MySQL's other literal. */
        DOUBLE,
        /** A literal in which a backslash is special whatever the server's mode: PostgreSQL's E''. */
        ESCAPED,
        /** A name in backquotes. */
        BACKQUOTED
    }

    record Stretch(Kind kind, String text) {
        boolean hasEscape() {
            return text.replace("%%", "").indexOf('%') >= 0;
        }
    }

    /** Words after which a literal stands as a value. After other words (DATE, E, _utf8 ...) it may be a part of something. */
    private static final Set<String> BEFORE_VALUE = Set.of("SELECT", "DISTINCT", "WHERE", "AND", "OR", "NOT", "XOR", "LIKE", "ILIKE", "RLIKE", "REGEXP", "GLOB", "BETWEEN", "THEN", "ELSE", "WHEN", "CASE", "HAVING", "ON", "TO",
            "FROM", "IS");
    private static final String BEFORE_VALUE_SIGNS = "=<>!(,|+-*/~&^";

    private final String text;
    private final Dialect dialect;
    private final List<Stretch> stretches = new ArrayList<>();
    private int codeFrom;
    private int at;
    /** What came before, in upper case where it is a word, else one sign; empty at the start. */
    private String before = "";
    private int beforeEnd;

    private SqlScanner(String text, Dialect dialect) {
        this.text = text;
        this.dialect = dialect;
    }

    static List<Stretch> scan(String text, Dialect dialect) {
        var scanner = new SqlScanner(text, dialect);
        scanner.run();
        return List.copyOf(scanner.stretches);
    }

    private void run() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\'' || c == '"' || c == '`' && dialect != Dialect.PGSQL) {
                quoted(c);
            } else if (startsComment()) {
                comment();
            } else if (c == '$' && dialect == Dialect.PGSQL && dollarEnd() > 0) {
                at = dollarEnd();
                saw("$");
            } else if (c == '[' && dialect == Dialect.SQLITE) {
                int end = text.indexOf(']', at);
                at = end < 0 ? text.length() : end + 1;
                saw("]");
            } else if (isWord(c)) {
                word();
            } else {
                at++;
                if (!Character.isWhitespace(c)) {
                    saw(String.valueOf(c));
                }
            }
        }
        code(text.length());
    }

    private void word() {
        int from = at;
        while (at < text.length() && isWord(text.charAt(at))) {
            at++;
        }
        saw(text.substring(from, at).toUpperCase(Locale.ROOT));
    }

    private void saw(String what) {
        before = what;
        beforeEnd = at;
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c >= 0x80;
    }

    private boolean startsComment() {
        return text.startsWith("/*", at) || text.charAt(at) == '#' && dialect == Dialect.MYSQL
                || text.startsWith("--", at) && (dialect != Dialect.MYSQL || at + 2 >= text.length() || text.charAt(at + 2) <= ' ');
    }

    private void comment() {
        int end = commentEnd();
        boolean executed = dialect == Dialect.MYSQL && (text.startsWith("/*!", at) || text.startsWith("/*M!", at));
        if (!executed) {
            code(at);
            stretches.add(new Stretch(Kind.COMMENT, text.substring(at, end)));
            codeFrom = end;
        }
        at = end;
    }

    private int commentEnd() {
        if (!text.startsWith("/*", at)) {
            int end = at;
            while (end < text.length() && text.charAt(end) != '\n' && (text.charAt(end) != '\r' || dialect != Dialect.PGSQL)) {
                end++;
            }
            return end;
        }
        int depth = 0;
        for (int i = at; i + 1 < text.length(); i++) {
            if (text.startsWith("/*", i) && (depth == 0 || dialect == Dialect.PGSQL)) {
                depth++;
                i++;
            } else if (text.startsWith("*/", i) && --depth == 0) {
                return i + 2;
            } else if (text.startsWith("*/", i)) {
                i++;
            }
        }
        return text.length();
    }

    /** Where a dollar-quoted text that begins here ends; 0 where none does. */
    private int dollarEnd() {
        int tag = at + 1;
        while (tag < text.length() && isWord(text.charAt(tag))) {
            tag++;
        }
        boolean begins = tag < text.length() && text.charAt(tag) == '$' && (tag == at + 1 || !Character.isDigit(text.charAt(at + 1)));
        if (!begins) {
            return 0;
        }
        String mark = text.substring(at, tag + 1);
        int end = text.indexOf(mark, tag + 1);
        return end < 0 ? text.length() : end + mark.length();
    }

    private void quoted(char quote) {
        boolean escaped = dialect == Dialect.PGSQL && quote == '\'' && before.equals("E") && beforeEnd == at;
        boolean backslashes = escaped || dialect == Dialect.MYSQL && quote != '`';
        boolean plain = true;
        int end = at + 1;
        for (; end < text.length(); end++) {
            char c = text.charAt(end);
            if (c == '\\' && backslashes) {
                plain = false;
                end++;
            } else if (c == quote) {
                if (end + 1 >= text.length() || text.charAt(end + 1) != quote) {
                    break;
                }
                plain = false;
                end++;
            } else if (c == '\\') {
                plain = false;
            }
        }
        if (end >= text.length()) {
            // No end: not ours to understand.
            at = text.length();
            return;
        }
        code(at);
        stretches.add(new Stretch(kind(quote, escaped, plain, end + 1), text.substring(at, end + 1)));
        at = end + 1;
        codeFrom = at;
        saw(String.valueOf(quote));
    }

    private Kind kind(char quote, boolean escaped, boolean plain, int end) {
        if (quote == '`') {
            return Kind.BACKQUOTED;
        }
        if (escaped) {
            return Kind.ESCAPED;
        }
        boolean value = quote == '\'' || dialect.doubleQuotesText();
        boolean place = BEFORE_VALUE.contains(before) || before.length() == 1 && BEFORE_VALUE_SIGNS.contains(before);
        String rest = text.substring(end).stripLeading();
        boolean continued = rest.startsWith("'") || rest.startsWith("\"");
        if (value && plain && place && !continued) {
            return Kind.PARAMETER;
        }
        return quote == '\'' ? Kind.SINGLE : Kind.DOUBLE;
    }

    private void code(int end) {
        if (end > codeFrom) {
            stretches.add(new Stretch(Kind.CODE, text.substring(codeFrom, end)));
        }
        codeFrom = end;
    }
}
