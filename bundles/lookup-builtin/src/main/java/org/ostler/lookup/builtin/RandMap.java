// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/** <code>randmap:{value, value}</code>: one of the values, at random, for every key. Braces keep a value with blanks together and stay part of it, as in Postfix. */
@Component(name = "table-randmap", service = TableFactory.class)
@TableType("randmap")
public final class RandMap implements TableFactory {

    private record OneOf(TableSpec spec, List<Answer> answers) implements Table {
        @Override
        public Answer find(String key) {
            Answer answer = answers.get(ThreadLocalRandom.current().nextInt(answers.size()));
            // U+FFFD was a byte that was no text where the parameter was read.
            return answer instanceof Answer.Found(String value) && value.indexOf('\ufffd') >= 0 ? spec.foreign(key, value, 0) : answer;
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.KEYS_ARE_PATTERNS, Trait.CASE_SENSITIVE_KEYS);
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        String text = spec.braced().filter(inside -> !inside.isEmpty()).orElseThrow(
                () -> new TableOpenException("bad syntax: \"" + spec.text() + "\"; need \"randmap:{value...}\""));
        List<Answer> answers = Lists.split(text).stream().map(value -> spec.answer("any", value)).toList();
        if (answers.isEmpty()) {
            throw new TableOpenException("bad syntax: \"" + spec.text() + "\"; need \"randmap:{value...}\"");
        }
        return new OneOf(spec, answers);
    }
}
