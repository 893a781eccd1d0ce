// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.util.Optional;
import org.ostler.mail.model.Address;

/**
 * Addresses as MAIL and RCPT carry them, to and from the internal form of {@link Address}.
 *
 * <h2>Description</h2>
 * Reading is as lenient as Postfix: angle brackets may be missing or doubled, comments, stray blanks and commas at the ends disappear, a source route is dropped (RFC 5321 appendix C), a
 * dot behind the domain too. Two words with no operator between them, {@code a b@c} or {@code "a"b@c}, are two addresses and so none. {@code strict_rfc821_envelopes} asks for the brackets and leaves no room for the rest. Either way the domain, where there is one, must be
 * a host name or an address literal, and no control character passes.
 *
 * <p>Writing quotes the local part where it must be ({@code "john doe"@example.org}).
 *
 * <h2>Standards</h2> RFC 5321 section 4.1.2, RFC 6531 section 3.3
 */
public final class AddressSyntax {

    /**
     * A path that could be read.
     *
     * @param address    unquoted
     * @param ambiguous  an unquoted local part ends in {@code @}: Postfix takes that from senders, not from recipients
     */
    public record Path(Address address, boolean ambiguous) {}

    private static final Optional<Path> BAD = Optional.empty();

    private AddressSyntax() {}

    /** {@code <...>}, or a bare address unless {@code strict}; an empty path gives {@link Address#NULL}. Empty result: not an address. */
    public static Optional<Path> read(String text, boolean strict) {
        String path = strict ? text : withoutCommas(text);
        int from = strict ? 0 : behindComment(path);
        int to = strict ? path.length() : beforeComment(path, from);
        if (to > from && path.charAt(from) == '<') {
            if (path.charAt(to - 1) != '>') {
                return BAD;
            }
            from++;
            to--;
        } else if (strict) {
            return BAD;
        }
        if (!strict) {
            while (from < to && path.charAt(from) == '<') {
                from++;
            }
            while (to > from && path.charAt(to - 1) == '>') {
                to--;
            }
        }
        String inner = path.substring(from, to);
        if (!strict) {
            inner = withoutCommas(inner.strip());
        }
        return mailbox(withoutRoute(inner), strict);
    }

    /** {@code joe@example.org,} is a list of one. Nothing but commas is left to be refused. */
    private static String withoutCommas(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && ", \t".indexOf(text.charAt(from)) >= 0) {
            from++;
        }
        while (to > from && ", \t".indexOf(text.charAt(to - 1)) >= 0 && (to < 2 || text.charAt(to - 2) != '\\')) {
            to--;
        }
        return from < to ? text.substring(from, to) : text;
    }

    /** {@code (Joe)<joe@example.org>}: comments stand outside of the brackets too. */
    private static int behindComment(String path) {
        int depth = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
            }
            if (depth == 0 && c != ')') {
                return path.charAt(i) == '<' ? i : 0;
            }
        }
        return 0;
    }

    private static int beforeComment(String path, int from) {
        int close = path.indexOf('<') == from ? path.lastIndexOf('>') + 1 : 0;
        boolean comment = close > 0 && close < path.length() && path.charAt(close) == '(' && path.endsWith(")");
        return comment ? close : path.length();
    }

    /** {@code @a,@b:user@c} becomes {@code user@c}. */
    private static String withoutRoute(String path) {
        if (path.isEmpty() || path.charAt(0) != '@') {
            return path;
        }
        int depth = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '[') {
                depth++;
            } else if (c == ']') {
                depth--;
            } else if (c == '"') {
                return path;
            } else if (c == ':' && depth == 0) {
                return path.substring(i + 1);
            }
        }
        return path;
    }

    private static Optional<Path> mailbox(String text, boolean strict) {
        if (text.isEmpty()) {
            return Optional.of(new Path(Address.NULL, false));
        }
        var scan = new Scan(text, strict);
        if (!scan.run()) {
            return BAD;
        }
        if (scan.at < 0) {
            return Optional.of(new Path(new Address(scan.out.toString(), ""), false));
        }
        String local = scan.out.substring(0, scan.at);
        String domain = scan.out.substring(scan.at + 1);
        if (domain.endsWith(".") && !domain.endsWith("..")) {
            domain = domain.substring(0, domain.length() - 1);
        }
        if (!DomainSyntax.isMailDomain(domain)) {
            return BAD;
        }
        return Optional.of(new Path(new Address(local, domain), scan.at > 0 && scan.at - 1 == scan.at2));
    }

    /** One pass over a mailbox: quotes and comments away, the last unquoted {@code @} found. */
    private static final class Scan {

        /** What came last: an operator or nothing, an atom that may go on, or a word that is over. */
        private enum Last { OPERATOR, ATOM, WORD }

        final String text;
        final boolean strict;
        final StringBuilder out = new StringBuilder();
        int next;
        /** Where in {@link #out} the last unquoted {@code @} is, and the one before. */
        int at = -1;
        int at2 = -1;
        private Last last = Last.OPERATOR;

        Scan(String text, boolean strict) {
            this.text = text;
            this.strict = strict;
        }

        boolean run() {
            while (next < text.length()) {
                char c = text.charAt(next++);
                boolean good = switch (c) {
                    case '"' -> quoted();
                    case '\\' -> escaped();
                    case '(' -> !strict && comment();
                    case ' ', '\t' -> !strict && blank();
                    case '[' -> literalBegins() && plain(c);
                    case '.', '%', '!', ':', '|', ']' -> operator(c);
                    case '@' -> separator();
                    case '<', '>', ',', ';', ')' -> false;
                    default -> plain(c);
                };
                if (!good) {
                    return false;
                }
            }
            return true;
        }

        private boolean plain(char c) {
            out.append(c);
            return atom() && !Character.isISOControl(c);
        }

        private boolean operator(char c) {
            last = Last.OPERATOR;
            out.append(c);
            return !strict || c != ':';
        }

        private boolean atom() {
            boolean apart = last != Last.WORD;
            last = Last.ATOM;
            return apart;
        }

        /** A domain literal is a word of its own. */
        private boolean literalBegins() {
            return last == Last.OPERATOR;
        }

        private boolean separator() {
            last = Last.OPERATOR;
            at2 = at;
            at = out.length();
            out.append('@');
            return true;
        }

        private boolean escaped() {
            return atom() && next < text.length() && literal(text.charAt(next++));
        }

        private boolean literal(char c) {
            out.append(c);
            return !Character.isISOControl(c) || c == '\t';
        }

        private boolean quoted() {
            boolean apart = last == Last.OPERATOR;
            last = Last.WORD;
            while (apart && next < text.length()) {
                char c = text.charAt(next++);
                if (c == '"') {
                    return true;
                }
                boolean escape = c == '\\';
                if (escape && next == text.length() || !literal(escape ? text.charAt(next++) : c)) {
                    return false;
                }
            }
            return false;
        }

        private boolean comment() {
            int depth = 1;
            while (next < text.length() && depth > 0) {
                char c = text.charAt(next++);
                if (c == '\\') {
                    next++;
                } else if (c == '(') {
                    depth++;
                } else if (c == ')') {
                    depth--;
                }
            }
            return depth == 0 && blank();
        }

        /** Blanks mean nothing but the end of a word. */
        private boolean blank() {
            if (last == Last.ATOM) {
                last = Last.WORD;
            }
            return true;
        }
    }

    /** As MAIL and RCPT carry it, without angle brackets; empty for the null reverse-path. */
    public static String quote(Address address) {
        String local = quoteLocalPart(address.localPart());
        if (address.isNull()) {
            return "";
        }
        return address.hasDomain() ? local + '@' + address.domain() : local;
    }

    /** {@code <...>}. */
    public static String path(Address address) {
        return '<' + quote(address) + '>';
    }

    /** A dot-string stays as it is, anything else becomes a quoted string. */
    public static String quoteLocalPart(String local) {
        if (isDotString(local)) {
            return local;
        }
        var out = new StringBuilder(local.length() + 4).append('"');
        for (int i = 0; i < local.length(); i++) {
            char c = local.charAt(i);
            if (c == '"' || c == '\\' || c == '\r' || c == '\n') {
                out.append('\\');
            }
            out.append(c);
        }
        return out.append('"').toString();
    }

    private static boolean isDotString(String local) {
        if (local.isEmpty() || local.charAt(0) == '.' || local.charAt(local.length() - 1) == '.') {
            return false;
        }
        for (int i = 0; i < local.length(); i++) {
            char c = local.charAt(i);
            if (c <= ' ' || c == 0x7f || "<>()[]\\,;:@\"".indexOf(c) >= 0 || c == '.' && local.charAt(i + 1) == '.') {
                return false;
            }
        }
        return true;
    }
}
