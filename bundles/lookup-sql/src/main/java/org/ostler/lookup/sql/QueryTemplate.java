// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.Templates;

/**
 * The parameter {@code query}, and how a key gets into it.
 *
 * <h2>Description</h2>
 * Postfix puts the escaped key into the text. Here it depends on the place:
 * <pre>
 *   WHERE a = '%s'          the literal becomes a parameter of a prepared statement; so does '%u+x', as a whole
 *   WHERE a = DATE '%s'     where only a literal can stand: quotes (and backslashes, where the server says so) are doubled
 *   "%u" and `%u`           a name: the quote is doubled
 *   -- %s                   in a comment: left out
 *   LIMIT %s                outside quotes: letters, digits, underscores and single dots are put in; for other keys nothing is asked, and the answer is "unavailable"
 * </pre>
 * In the last case Postfix would ask what the sender of the mail wrote; with such keys its answer mostly is an SQL error, which is "unavailable" too.
 *
 * <h2>Security</h2>
 * Keys are what strangers write into SMTP commands.
 *
 * <p><b>Threads</b> any; immutable.
 */
final class QueryTemplate {

    /** Nothing that could end a word, be an operator or begin a comment. */
    private static final Pattern HARMLESS = Pattern.compile("[\\p{L}\\p{N}_]+(?:\\.[\\p{L}\\p{N}_]+)*");

    private static final Pattern ESCAPE = Pattern.compile("%.|\\?", Pattern.DOTALL);

    /** A statement and the values of its parameters, in order. */
    record Bound(String sql, List<String> values) {}

    /** A key that must not stand where the template puts it. */
    static final class UnsafeKey extends Exception {
        private static final long serialVersionUID = 1L;

        UnsafeKey() {
            super("the key has characters that are not allowed outside quotes in a query");
        }
    }

    /**
     * @param quote what the stretch begins with
     * @param fixed the text, where no escape is in it
     */
    private record Part(SqlScanner.Kind kind, char quote, Templates.Query query, String fixed) {}

    private final Dialect dialect;
    private final List<Part> parts;

    private QueryTemplate(Dialect dialect, List<Part> parts) {
        this.dialect = dialect;
        this.parts = parts;
    }

    /** @param table its name, with which messages begin */
    static QueryTemplate of(String text, Dialect dialect, Templates templates, String table) throws TableOpenException {
        // The whole first: a mistake is shown with the text that the operator wrote.
        templates.query(text);
        var parts = new ArrayList<Part>();
        List<SqlScanner.Stretch> stretches = SqlScanner.scan(text, dialect);
        if (stretches.stream().allMatch(QueryTemplate::isNothing)) {
            throw new TableOpenException(table + ": no statement in a query template: \"" + text + "\"");
        }
        for (SqlScanner.Stretch stretch : stretches) {
            if (stretch.kind() == SqlScanner.Kind.COMMENT) {
                parts.add(new Part(stretch.kind(), ' ', null, withoutEscapes(stretch.text())));
                continue;
            }
            boolean inside = stretch.kind() == SqlScanner.Kind.PARAMETER && stretch.hasEscape();
            Templates.Query query = templates.query(inside ? stretch.text().substring(1, stretch.text().length() - 1) : stretch.text());
            parts.add(new Part(stretch.kind(), stretch.text().charAt(0), query, query.isFixed() ? fixed(stretch.kind(), query, dialect, table) : null));
        }
        return new QueryTemplate(dialect, List.copyOf(parts));
    }

    /** A server would do nothing, and some drivers would call that an answer. */
    private static boolean isNothing(SqlScanner.Stretch stretch) {
        return stretch.kind() == SqlScanner.Kind.COMMENT || stretch.kind() == SqlScanner.Kind.CODE && stretch.text().chars().allMatch(c -> c == ';' || Character.isWhitespace(c));
    }

    /** A blank for each escape, so that nothing in the key ends the comment and no two halves make its end; and for each question mark, which drivers may count. */
    private static String withoutEscapes(String comment) {
        return ESCAPE.matcher(comment).replaceAll(found -> found.group().equals("%%") ? "%" : " ");
    }

    /** The escapes of keys that stand in comments. */
    static List<String> inComments(String text, Dialect dialect) {
        return SqlScanner.scan(text, dialect).stream().filter(stretch -> stretch.kind() == SqlScanner.Kind.COMMENT)
                .flatMap(stretch -> ESCAPE.matcher(stretch.text()).results().map(MatchResult::group)).filter(escape -> escape.length() == 2 && !escape.equals("%%")).distinct().toList();
    }

    /** The escapes of keys that do not stand in single quotes, by the rule after which Postfix 3.11 warns: quotes of both kinds pair up, whatever else the grammar knows. */
    static List<String> withoutQuotes(String text) {
        var found = new ArrayList<String>();
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else if (c == '%' && quote != '\'' && i + 1 < text.length()) {
                char next = text.charAt(++i);
                if (next >= '0' && next <= '9' || next >= 'A' && next <= 'Z' || next >= 'a' && next <= 'z') {
                    found.add("%" + next);
                } else if (next != '%') {
                    i--;
                }
            }
        }
        return found;
    }

    private static String fixed(SqlScanner.Kind kind, Templates.Query query, Dialect dialect, String table) throws TableOpenException {
        String text = query.expand("", value -> value);
        if (kind != SqlScanner.Kind.CODE || text.indexOf('?') < 0) {
            return text;
        }
        if (dialect == Dialect.PGSQL) {
            // An operator; the driver wants it twice.
            return text.replace("?", "??");
        }
        throw new TableOpenException(table + ": a question mark outside quotes in a query template: " + text);
    }

    /** Whether some place needs to know how the server reads literals. */
    boolean dependsOnServer() {
        return dialect != Dialect.SQLITE
                && parts.stream().anyMatch(part -> part.fixed == null && part.kind != SqlScanner.Kind.CODE && (part.kind != SqlScanner.Kind.PARAMETER || part.quote == '"'));
    }

    /**
     * @param key     one that the templates let through
     * @param quoting of the server
     * @param literal no parameters: all literals stay literals
     */
    Bound bind(String key, Dialect.Quoting quoting, boolean literal) throws UnsafeKey {
        var sql = new StringBuilder(160);
        var values = new ArrayList<String>(2);
        for (Part part : parts) {
            if (part.fixed != null) {
                sql.append(part.fixed);
                continue;
            }
            switch (part.kind) {
                case CODE, COMMENT -> code(sql, part, key);
                case PARAMETER -> {
                    boolean name = part.quote == '"' && quoting.quotedNames();
                    if (literal || name) {
                        sql.append(part.quote).append(part.query.expand(key, value -> doubled(value, part.quote, quoting.backslashes() && !name))).append(part.quote);
                    } else {
                        sql.append('?');
                        values.add(part.query.expand(key, value -> value));
                    }
                }
                case SINGLE -> sql.append(part.query.expand(key, value -> doubled(value, '\'', quoting.backslashes())));
                case ESCAPED -> sql.append(part.query.expand(key, value -> doubled(value, '\'', true)));
                case DOUBLE -> sql.append(part.query.expand(key, value -> doubled(value, '"', dialect == Dialect.MYSQL && quoting.backslashes() && !quoting.quotedNames())));
                case BACKQUOTED -> sql.append(part.query.expand(key, value -> doubled(value, '`', false)));
            }
        }
        return new Bound(sql.toString(), values);
    }

    private static void code(StringBuilder sql, Part part, String key) throws UnsafeKey {
        var unsafe = new boolean[1];
        sql.append(part.query.expand(key, value -> {
            unsafe[0] |= !HARMLESS.matcher(value).matches();
            return value;
        }));
        if (unsafe[0]) {
            throw new UnsafeKey();
        }
    }

    private static String doubled(String value, char quote, boolean backslashes) {
        if (value.indexOf(quote) < 0 && value.indexOf('\\') < 0) {
            return value;
        }
        String doubled = value.replace(String.valueOf(quote), String.valueOf(quote) + quote);
        return backslashes ? doubled.replace("\\", "\\\\") : doubled;
    }
}
