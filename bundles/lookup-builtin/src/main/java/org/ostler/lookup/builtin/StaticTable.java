// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/** {@code static:value} and <code>static:{ value with blanks }</code>: the same answer to every key. */
@Component(name = "table-static", service = TableFactory.class)
@TableType("static")
public final class StaticTable implements TableFactory {

    /** A byte that was no text where the parameter was read: the value is not the one that was written. */
    private record Foreign(TableSpec spec, String value) implements Table {
        @Override
        public Answer find(String key) {
            return spec.foreign(key, value, 0);
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.KEYS_ARE_PATTERNS, Trait.CASE_SENSITIVE_KEYS);
        }
    }

    private record Always(Answer answer) implements Table {
        @Override
        public Answer find(String key) {
            return answer;
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.KEYS_ARE_PATTERNS, Trait.CASE_SENSITIVE_KEYS);
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        if (spec.name().startsWith("{") && spec.braced().isEmpty()) {
            throw new TableOpenException("bad static:name syntax: missing '}' in \"" + spec.name() + "\"");
        }
        String value = spec.braced().orElse(spec.name());
        return value.indexOf('\ufffd') < 0 ? new Always(spec.answer("any", value)) : new Foreign(spec, value);
    }
}
