// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/**
 * {@code cidr:/file} or <code>cidr:{ {rule}, {rule} }</code>: networks and what to answer for addresses in them (cidr_table(5)).
 *
 * <pre>
 *   [!] network[/length]   result       first rule that matches; with ! where it does not match
 *   if [!] network[/length] ... endif   the rules between count only for such addresses
 * </pre>
 * A key that is no address is not found. IPv4 rules say nothing about IPv6 addresses and the other way round, negated ones included. Rules that make no sense are left out with Postfix's
 * warning.
 */
@Component(name = "table-cidr", service = TableFactory.class)
@TableType("cidr")
public final class CidrTable implements TableFactory {

    /** @param foreign lines of the answers, themselves, that are not UTF-8 */
    private record Rules(TableSpec spec, CidrIndex index, Map<Answer, Integer> foreign) implements Table {
        @Override
        public Answer find(String key) {
            Answer answer = address(key).map(index::find).orElse(Answer.NOT_FOUND);
            return answer instanceof Answer.Found(String value) && foreign.get(answer) instanceof Integer line ? spec.foreign(key, value, line) : answer;
        }

        @Override
        public List<Path> sources() {
            return spec.sources();
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(index.size());
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.KEYS_ARE_PATTERNS);
        }
    }

    /** A rule that cannot be used; the text goes into the warning. */
    private static final class BadRule extends Exception {
        private static final long serialVersionUID = 1L;

        BadRule(String message) {
            super(message, null, false, false);
        }
    }

    private final class Parser {
        private final TableSpec spec;
        private final List<CidrRule> rules = new ArrayList<>();
        /** Positions of the ifs that are open, and their lines. */
        private final List<Integer> open = new ArrayList<>();
        private final List<Integer> openLines = new ArrayList<>();
        private final Map<Answer, Integer> foreign = new IdentityHashMap<>();

        Parser(TableSpec spec) {
            this.spec = spec;
        }

        Rules parse(TableSource source) {
            for (TableSource.Rule rule = source.nextAnyRule(); rule != null; rule = source.nextAnyRule()) {
                try {
                    add(rule.text(), rule.line());
                } catch (BadRule e) {
                    warn(rule.line(), e.getMessage() + ": skipping this rule");
                }
            }
            while (!open.isEmpty()) {
                warn(openLines.getLast(), "IF has no matching ENDIF");
                endBlock();
            }
            return new Rules(spec, new CidrIndex(rules), foreign);
        }

        private void add(String text, int line) throws BadRule {
            if (isWord(text, "endif")) {
                String rest = text.substring(5).strip();
                if (!rest.isEmpty()) {
                    throw new BadRule("garbage after ENDIF");
                }
                if (open.isEmpty()) {
                    throw new BadRule("ENDIF without IF");
                }
                endBlock();
            } else if (isWord(text, "if")) {
                rules.add(pattern(text.substring(2).strip(), null));
                open.add(rules.size() - 1);
                openLines.add(line);
            } else {
                int start = 0;
                while (start < text.length() && (text.charAt(start) == '!' || Character.isWhitespace(text.charAt(start)))) {
                    start++;
                }
                int end = start;
                while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
                    end++;
                }
                String result = text.substring(end).strip();
                CidrRule rule = pattern(text.substring(0, end), result.isEmpty() ? null : answer(result, line));
                if (rule.answer() == null) {
                    throw new BadRule("no lookup result");
                }
                rules.add(rule);
            }
        }

        private Answer answer(String result, int line) {
            Answer answer = Answer.found(result);
            if (TableSource.isForeign(result)) {
                foreign.put(answer, line);
            }
            return answer;
        }

        private void endBlock() {
            int at = open.removeLast();
            openLines.removeLast();
            rules.set(at, rules.get(at).withBlock(rules.size()));
        }

        private CidrRule pattern(String text, Answer answer) throws BadRule {
            boolean negated = false;
            int at = 0;
            for (; at < text.length() && (text.charAt(at) == '!' || Character.isWhitespace(text.charAt(at))); at++) {
                negated ^= text.charAt(at) == '!';
            }
            String pattern = text.substring(at);
            if (pattern.isEmpty()) {
                throw new BadRule("no address pattern");
            }
            return network(pattern, negated, answer);
        }

        private CidrRule network(String pattern, boolean negated, Answer answer) throws BadRule {
            int slash = pattern.indexOf('/');
            String host = slash < 0 ? pattern : pattern.substring(0, slash);
            boolean bracketed = host.startsWith("[") && host.endsWith("]") && host.length() > 2;
            Optional<byte[]> address = address(bracketed ? host.substring(1, host.length() - 1) : host);
            if (address.isEmpty()) {
                throw new BadRule("bad " + (slash < 0 ? "address pattern" : "network value") + (slash < 0 ? ": \"" : " in \"") + pattern + "\"");
            }
            byte[] net = address.get();
            int length = slash < 0 ? net.length * 8 : length(pattern, pattern.substring(slash + 1), net.length * 8);
            CidrRule rule = new CidrRule(net, length, negated, answer, 0);
            if (!rule.isClean()) {
                throw new BadRule("non-null host address bits in \"" + pattern + "\", perhaps you should use \"" + rule.cleanText() + "\" instead");
            }
            return rule;
        }

        private static int length(String pattern, String text, int most) throws BadRule {
            try {
                int length = Integer.parseUnsignedInt(text);
                if (length >= 0 && length <= most) {
                    return length;
                }
            } catch (NumberFormatException e) {
                throw new BadRule("bad mask value in \"" + pattern + "\"");
            }
            throw new BadRule("bad mask length in \"" + pattern + "\"");
        }

        private void warn(int line, String what) {
            spec.warnings().accept("cidr map " + spec.name() + ", line " + line + ": " + what);
        }
    }

    private static final Pattern LEADING_ZERO = Pattern.compile("(^|\\.)0[0-9]");

    /** Four or sixteen bytes. As in Postfix an IPv4 address in IPv6 form is IPv6, and one with a zero in front of a number is none. */
    private static Optional<byte[]> address(String text) {
        return text.indexOf(':') < 0 && LEADING_ZERO.matcher(text).find() ? Optional.empty() : AddressText.parse(text).map(InetAddress::getAddress).map(bytes -> bytes.length == 4 && text.indexOf(':') >= 0 ? mapped(bytes) : bytes);
    }

    private static byte[] mapped(byte[] four) {
        byte[] six = new byte[16];
        six[10] = -1;
        six[11] = -1;
        System.arraycopy(four, 0, six, 12, 4);
        return six;
    }

    private static boolean isWord(String text, String word) {
        return text.regionMatches(true, 0, word, 0, word.length()) && (text.length() == word.length() || !Character.isLetterOrDigit(text.charAt(word.length())));
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        try {
            return new Parser(spec).parse(TableSource.read(spec));
        } catch (IOException e) {
            throw TableSource.cannotOpen("open", spec, e);
        }
    }
}
