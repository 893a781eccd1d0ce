// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Trait;

/**
 * The rules of one file; the first that matches answers. Keys come as they are.
 *
 * <p>A lookup may go through a thousand rules, and what Java needs for one match is 250 bytes: made anew each time that was two gigabytes a second, and a stop of all threads for each hundred megabytes. So
 * they are kept, a {@link Desk} for each processor at most, and {@value #MOST_KEPT} matchers at most for a table: 50 MB. <b>Threads</b> any.
 */
final class PatternTable implements Table {

    private static final int MOST_KEPT = 200_000;

    /**
     * @param prefix      see {@link Prefix}
     * @param replacement null for an "if"
     * @param block       of an "if": position of the first rule behind its end; else 0
     */
    record Rule(Pattern pattern, String prefix, boolean negated, Replacement replacement, int block, int line) {

        Rule(Pattern pattern, boolean negated, Replacement replacement, int line) {
            this(pattern, Prefix.of(pattern), negated, replacement, 0, line);
        }

        Rule withBlock(int end) {
            return new Rule(pattern, prefix, negated, replacement, end, line);
        }

        boolean mayMatch(String key) {
            return key.regionMatches(true, 0, prefix, 0, prefix.length());
        }
    }

    /** What one lookup works with: one key, which all of its matchers look at, and a matcher for each rule that was reached so far. */
    private static final class Desk {

        final Steps text = new Steps();
        final Matcher[] matchers;

        Desk(int rules) {
            matchers = new Matcher[rules];
        }

        Matcher matcher(int rule, Pattern pattern) {
            text.renew();
            Matcher kept = matchers[rule];
            if (kept != null) {
                return kept.reset();
            }
            return matchers[rule] = pattern.matcher(text);
        }
    }

    private final TableSpec spec;
    private final Dialect dialect;
    private final Rule[] rules;
    private final BlockingQueue<Desk> desks;

    PatternTable(TableSpec spec, Dialect dialect, Rule[] rules) {
        this.spec = spec;
        this.dialect = dialect;
        this.rules = rules;
        this.desks = new ArrayBlockingQueue<>(desks(rules.length, Runtime.getRuntime().availableProcessors()));
    }

    /** How many are kept; one always, though it were too large: without it each lookup would make all of its matchers. */
    static int desks(int rules, int processors) {
        return Math.clamp(MOST_KEPT / Math.max(1, rules), 1, processors);
    }

    @Override
    public Answer find(String key) {
        Desk free = desks.poll();
        Desk desk = free == null ? new Desk(rules.length) : free;
        desk.text.begin(key);
        try {
            return find(key, desk);
        } finally {
            // Nobody keeps a key of a hundred thousand characters for it.
            desk.text.begin("");
            desks.offer(desk);
        }
    }

    private Answer find(String key, Desk desk) {
        for (int i = 0; i < rules.length; i++) {
            Rule rule = rules[i];
            Matcher matcher = null;
            boolean matches;
            try {
                if (rule.mayMatch(key)) {
                    matcher = desk.matcher(i, rule.pattern);
                    matches = DeepMatch.find(matcher, desk.text) != rule.negated;
                } else {
                    matches = rule.negated;
                }
            } catch (Steps.TooMany e) {
                spec.warnings().accept(dialect.type + " map " + spec.name() + ", line " + rule.line + ": " + e.getMessage());
                return Answer.unavailable("line " + rule.line + ": " + e.getMessage());
            }
            if (rule.replacement == null) {
                i = matches ? i : rule.block - 1;
            } else if (matches && spec.protection() != Protection.NONE && rule.replacement.hasGroups()) {
                return Answer.unavailable("line " + rule.line + ": " + RuleFile.NO_SUBSTITUTION);
            } else if (matches && rule.replacement.foreign()) {
                return spec.foreign(key, rule.replacement.fill(matcher), rule.line);
            } else if (matches) {
                return spec.answer(key, rule.replacement.fill(matcher));
            }
        }
        return Answer.NOT_FOUND;
    }

    @Override
    public Set<Trait> traits() {
        return Set.of(Trait.KEYS_ARE_PATTERNS, Trait.CASE_SENSITIVE_KEYS);
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(rules.length);
    }

    @Override
    public List<Path> sources() {
        return spec.sources();
    }
}
