// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;

/**
 * Reads a file of rules.
 *
 * <pre>
 *   [!]/pattern/flags result            any character that is no letter or digit may delimit
 *   if [!]/pattern/flags ... endif      the rules between count only for keys that match
 * </pre>
 * A rule that makes no sense is left out with Postfix's warning, the others stand. <b>Threads</b> one.
 */
final class RuleFile {

    static final String NO_SUBSTITUTION = "regular expression substitution is not allowed";

    private final TableSpec spec;
    private final Dialect dialect;
    private final List<PatternTable.Rule> rules = new ArrayList<>();
    /** Positions of the ifs that are open. */
    private final List<Integer> open = new ArrayList<>();

    private RuleFile(TableSpec spec, Dialect dialect) {
        this.spec = spec;
        this.dialect = dialect;
    }

    static Table open(TableSpec spec, Dialect dialect) throws TableOpenException {
        try {
            return new RuleFile(spec, dialect).read(TableSource.read(spec));
        } catch (IOException e) {
            throw TableSource.cannotOpen("open", spec, e);
        }
    }

    private Table read(TableSource source) {
        for (TableSource.Rule line = source.nextAnyRule(); line != null; line = source.nextAnyRule()) {
            try {
                add(line.text(), line.line());
            } catch (BadRule e) {
                warn(line.line(), e.getMessage() + (e.saysSkipping ? ": skipping this rule" : ""));
            }
        }
        while (!open.isEmpty()) {
            warn(rules.get(open.getLast()).line(), "IF has no matching ENDIF");
            endBlock();
        }
        return new PatternTable(spec, dialect, rules.toArray(PatternTable.Rule[]::new));
    }

    private void add(String text, int line) throws BadRule {
        if (isWord(text, "endif")) {
            if (open.isEmpty()) {
                throw new BadRule("ignoring ENDIF without matching IF", false);
            }
            if (text.length() > 5) {
                warn(line, "ignoring extra text after ENDIF");
            }
            endBlock();
        } else if (isWord(text, "if")) {
            Match match = match(text.substring(2).strip(), line);
            if (!match.rest.isEmpty()) {
                warn(line, "ignoring extra text after IF statement: \"" + match.rest + "\"");
                warn(line, "do not prepend whitespace to statements between IF and ENDIF");
            }
            rules.add(new PatternTable.Rule(match.pattern, match.negated, null, line));
            open.add(rules.size() - 1);
        } else if (Character.isLetterOrDigit(text.charAt(0))) {
            throw new BadRule("ignoring unrecognized request", false);
        } else {
            addRule(text, line);
        }
    }

    private void addRule(String text, int line) throws BadRule {
        Match match = match(text, line);
        if (match.rest.isEmpty()) {
            warn(line, "no replacement text: using empty string");
        }
        int groups = match.pattern.matcher("").groupCount();
        Replacement replacement = Replacement.parse(match.rest, match.negated ? Integer.MAX_VALUE : groups, dialect, spec.warnings(), what -> warn(line, what));
        if (match.negated && replacement.hasGroups()) {
            throw new BadRule("$number found in negative match replacement text", true);
        }
        if (spec.protection() != Protection.NONE && replacement.hasGroups()) {
            // Postfix leaves the rule out. Then another might answer, or none, and mail that it was written for would come back.
            warn(line, NO_SUBSTITUTION + ": what matches is unavailable");
        }
        rules.add(new PatternTable.Rule(match.pattern, match.negated, replacement, line));
    }

    private Match match(String text, int line) throws BadRule {
        var match = new Match(text, dialect);
        if (dialect == Dialect.PERL && match.flags.indexOf('X') >= 0) {
            warn(line, "ignoring obsolete regexp option \"X\"");
        }
        return match;
    }

    private void endBlock() {
        int at = open.removeLast();
        rules.set(at, rules.get(at).withBlock(rules.size()));
    }

    private void warn(int line, String what) {
        spec.warnings().accept(dialect.type + " map " + spec.name() + ", line " + line + ": " + what);
    }

    private static boolean isWord(String text, String word) {
        return text.regionMatches(true, 0, word, 0, word.length()) && (text.length() == word.length() || !Character.isLetterOrDigit(text.charAt(word.length())));
    }

    /** {@code [!]/pattern/flags rest}. */
    private static final class Match {
        final Pattern pattern;
        final boolean negated;
        final String flags;
        final String rest;

        Match(String text, Dialect dialect) throws BadRule {
            int at = 0;
            boolean not = false;
            for (; at < text.length() && (text.charAt(at) == '!' || Character.isWhitespace(text.charAt(at))); at++) {
                not ^= text.charAt(at) == '!';
            }
            if (at >= text.length()) {
                throw new BadRule("no regexp", true);
            }
            int begin = at + 1;
            int end = closing(text, begin, text.charAt(at), dialect);
            int blank = end + 1;
            while (blank < text.length() && !Character.isWhitespace(text.charAt(blank))) {
                blank++;
            }
            this.flags = text.substring(end + 1, blank);
            this.pattern = dialect.compile(text.substring(begin, end), flags);
            this.negated = not;
            this.rest = text.substring(blank).strip();
        }

        private static int closing(String text, int begin, char delimiter, Dialect dialect) throws BadRule {
            for (int at = begin; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == '\\') {
                    at++;
                } else if (c == delimiter) {
                    return at;
                }
            }
            String what = "no closing regexp delimiter \"" + delimiter + "\"";
            throw dialect == Dialect.POSIX ? new BadRule(what, true) : new BadRule(what + ": ignoring this rule", false);
        }
    }
}
