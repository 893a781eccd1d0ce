// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Trait;

/** The rules of one file; the first that matches answers. Keys come as they are. */
record PatternTable(TableSpec spec, Dialect dialect, Rule[] rules) implements Table {

    /**
     * @param replacement null for an "if"
     * @param block       of an "if": position of the first rule behind its end; else 0
     */
    record Rule(Pattern pattern, boolean negated, Replacement replacement, int block, String lines) {

        Rule withBlock(int end) {
            return new Rule(pattern, negated, replacement, end, lines);
        }
    }

    @Override
    public Answer find(String key) {
        var text = new Steps(key);
        for (int i = 0; i < rules.length; i++) {
            Rule rule = rules[i];
            Matcher matcher = rule.pattern.matcher(text);
            boolean matches;
            try {
                matches = matcher.find() != rule.negated;
            } catch (Steps.TooMany | StackOverflowError e) {
                spec.warnings().accept(dialect.type + " map " + spec.name() + ", line " + rule.lines + ": backtracking limit exceeded");
                return Answer.unavailable("line " + rule.lines + ": pattern takes too long");
            }
            if (rule.replacement == null) {
                i = matches ? i : rule.block - 1;
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
