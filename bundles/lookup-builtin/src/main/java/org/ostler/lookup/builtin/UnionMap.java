// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/**
 * <code>unionmap:{type:name, type:name}</code>: asks every table and joins what they find with commas. One that is unavailable makes the whole so.
 *
 * <p>Each table folds keys as its type does. Partial keys are tried also where a table inside has patterns.
 */
@Component(name = "table-unionmap", service = TableFactory.class)
@TableType("unionmap")
public final class UnionMap implements TableFactory {

    private record Union(List<TableList> parts) implements Table {
        @Override
        public Answer find(String key) {
            var all = new StringJoiner(",").setEmptyValue("");
            for (TableList part : parts) {
                switch (part.find(key)) {
                    case Answer.Found(String value) -> all.add(value);
                    case Answer.NotFound _ -> { }
                    case Answer.Unavailable why -> {
                        return why;
                    }
                }
            }
            return all.length() == 0 ? Answer.NOT_FOUND : Answer.found(all.toString());
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.CASE_SENSITIVE_KEYS);
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return new Union(Parts.of(spec));
    }
}
