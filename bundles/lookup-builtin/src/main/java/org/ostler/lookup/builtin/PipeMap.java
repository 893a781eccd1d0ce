// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.List;
import java.util.Set;
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
 * <code>pipemap:{type:name, type:name}</code>: the answer of each table is the key for the next; the last one's answer counts. Not found in one is not found at all.
 *
 * <p>Each table folds keys as its type does. Partial keys are tried also where a table inside has patterns.
 */
@Component(name = "table-pipemap", service = TableFactory.class)
@TableType("pipemap")
public final class PipeMap implements TableFactory {

    private record Pipe(List<TableList> parts) implements Table {
        @Override
        public Answer find(String key) {
            Answer answer = Answer.NOT_FOUND;
            String next = key;
            for (TableList part : parts) {
                answer = part.find(next);
                if (!(answer instanceof Answer.Found(String value))) {
                    return answer;
                }
                next = value;
            }
            return answer;
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.CASE_SENSITIVE_KEYS);
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return new Pipe(Parts.of(spec));
    }
}
