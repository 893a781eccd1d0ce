// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;

/**
 * The templates from which a table that asks a server makes its queries and results: Postfix's db_common.
 *
 * <h2>Description</h2>
 * <pre>
 *             in a query                               in a result_format
 *   %s        the key                                  the value that was found
 *   %u        its local part, or all of it             the local part of the value, or all of it
 *   %d        its domain                               the domain of the value
 *   %S %U %D  the same as %s %u %d                     the key, its local part, its domain
 *   %1...%9   labels of the key's domain, from the right: of user@mail.example.com, %1 is com and %3 is mail
 *   %%        a percent sign
 * </pre>
 * A key that has not what the templates of its table want (all of them, the one of the result included) is not found, and the server is not asked: one without domain where there is %d or %D, with an
 * empty local part where there is %u or %U, with too few labels. So is a key that the parameter {@code domain} leaves out. A value that has not what the result's template wants is skipped.
 *
 * <p>How to use it: make one per table, parse <em>every</em> template of the table, and only then ask for keys.
 * <pre>{@code
 *   Templates templates = new Templates(spec, parameters.text("domain", ""));
 *   Templates.Query query = templates.query(parameters.text("query", ""));
 *   Templates.Result format = templates.result(parameters.text("result_format", "%s"), limit);
 *   ...
 *   Optional<Answer> early = templates.withoutAsking(key);
 *   if (early.isPresent()) return early.get();
 *   ResultValues values = format.values(key);
 *   for (String value : server.ask(query.expand(key, Sql::quoted))) values.add(value);
 *   return values.answer();
 * }</pre>
 *
 * <h2>Diagnostics</h2>
 * {@code db_common_parse: NAME: Invalid query template: TEXT}.
 *
 * <p><b>Threads</b> one until the table is open, any from then on. <b>Blocking</b> {@link #withoutAsking} where {@code domain} names a table. <b>Errors</b> {@link TableOpenException} for a template.
 * <b>Nulls</b> none.
 */
public final class Templates {

    /** Text as it is, or one escape, '\0' for text. */
    private record Piece(char escape, String text) {}

    private final TableSpec spec;
    private final DomainList domains;
    private boolean wantsKeyUser;
    private boolean wantsKeyDomain;
    private int wantsLabels;

    /** @param domains the parameter {@code domain}: only addresses in these domains are looked up; empty for all keys */
    public Templates(TableSpec spec, String domains) {
        this.spec = spec;
        this.domains = DomainList.exact(domains, spec.text(), spec.tables());
    }

    public Query query(String text) throws TableOpenException {
        return new Query(parse(text, "query"));
    }

    /** @param expansionLimit values that one lookup may have; 0 for any number */
    public Result result(String text, int expansionLimit) throws TableOpenException {
        return new Result(parse(text, "result"), expansionLimit);
    }

    private List<Piece> parse(String text, String kind) throws TableOpenException {
        var pieces = new ArrayList<Piece>();
        int at = 0;
        for (int next = text.indexOf('%'); next >= 0; next = text.indexOf('%', at)) {
            if (next > at) {
                pieces.add(new Piece('\0', text.substring(at, next)));
            }
            char escape = next + 1 < text.length() ? text.charAt(next + 1) : '\0';
            if (escape == '\0' || "%sSuUdD123456789".indexOf(escape) < 0) {
                throw new TableOpenException("db_common_parse: " + spec.name() + ": Invalid " + kind + " template: " + text);
            }
            pieces.add(escape == '%' ? new Piece('\0', "%") : new Piece(escape, ""));
            want(escape, kind.equals("query"));
            at = next + 2;
        }
        if (at < text.length()) {
            pieces.add(new Piece('\0', text.substring(at)));
        }
        return List.copyOf(pieces);
    }

    private void want(char escape, boolean ofKey) {
        wantsKeyUser |= escape == 'U' || ofKey && escape == 'u';
        wantsKeyDomain |= escape == 'D' || ofKey && escape == 'd' || isLabel(escape);
        wantsLabels = isLabel(escape) ? Math.max(wantsLabels, escape - '0') : wantsLabels;
    }

    private static boolean isLabel(char escape) {
        return escape >= '1' && escape <= '9';
    }

    /** The answer for a key about which the server need not be asked; nothing where it must be. */
    public Optional<Answer> withoutAsking(String key) {
        Split split = Split.of(key);
        if (key.isEmpty() || wantsKeyDomain && split.domain().isEmpty() || wantsKeyUser && split.hasNoUser() || wantsLabels > 0 && split.labels().size() < wantsLabels) {
            return Optional.of(Answer.NOT_FOUND);
        }
        if (domains.isEmpty()) {
            return Optional.empty();
        }
        Answer listed = split.at() < 0 || split.hasNoUser() ? Answer.NOT_FOUND : domains.match(split.domain());
        return listed instanceof Answer.Found ? Optional.empty() : Optional.of(listed);
    }

    /** A template of what is asked. */
    public final class Query {

        private final List<Piece> pieces;

        private Query(List<Piece> pieces) {
            this.pieces = pieces;
        }

        /** Whether the key takes no part in it. */
        public boolean isFixed() {
            return pieces.stream().allMatch(piece -> piece.escape == '\0');
        }

        /**
         * @param key     one that {@link #withoutAsking} lets through
         * @param quoting makes a part of the key safe at its place in the query; called for each part, never for the template's own text
         */
        public String expand(String key, UnaryOperator<String> quoting) {
            Split split = Split.of(key);
            var out = new StringBuilder(64);
            for (Piece piece : pieces) {
                out.append(piece.escape == '\0' ? piece.text : quoting.apply(split.part(Character.toLowerCase(piece.escape))));
            }
            return out.toString();
        }
    }

    /** The template of what is answered. */
    public final class Result {

        private final List<Piece> pieces;
        private final int limit;
        private final boolean wantsUser;
        private final boolean wantsDomain;

        private Result(List<Piece> pieces, int limit) {
            this.pieces = pieces;
            this.limit = limit;
            this.wantsUser = pieces.stream().anyMatch(piece -> piece.escape == 'u');
            this.wantsDomain = pieces.stream().anyMatch(piece -> piece.escape == 'd');
        }

        /** For the values of one lookup. */
        public ResultValues values(String key) {
            return new ResultValues(spec, key, limit, value -> format(value, key));
        }

        private Optional<String> format(String value, String key) {
            Split found = Split.of(value);
            if (wantsDomain && found.domain().isEmpty() || wantsUser && found.hasNoUser()) {
                return Optional.empty();
            }
            var out = new StringBuilder(value.length() + 16);
            for (Piece piece : pieces) {
                switch (piece.escape) {
                    case '\0' -> out.append(piece.text);
                    case 's', 'u', 'd' -> out.append(found.part(piece.escape));
                    default -> out.append(Split.of(key).part(Character.toLowerCase(piece.escape)));
                }
            }
            return Optional.of(out.toString());
        }
    }

    /** A key or value taken apart at its last at sign. @param at where that is; -1 where there is none */
    private record Split(String whole, int at) {

        static Split of(String whole) {
            return new Split(whole, whole.lastIndexOf('@'));
        }

        boolean hasNoUser() {
            return at == 0;
        }

        String domain() {
            return at < 0 ? "" : whole.substring(at + 1);
        }

        /** From the left. Empty ones are passed over, as in Postfix. */
        List<String> labels() {
            return java.util.Arrays.stream(domain().split("\\.")).filter(label -> !label.isEmpty()).toList();
        }

        String part(char escape) {
            return switch (escape) {
                case 's' -> whole;
                case 'u' -> at < 0 ? whole : whole.substring(0, at);
                case 'd' -> domain();
                default -> labels().get(labels().size() - (escape - '0'));
            };
        }
    }
}
