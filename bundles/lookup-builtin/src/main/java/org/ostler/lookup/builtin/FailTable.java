// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/** {@code fail:name}: answers "unavailable" to every key, to see what a server does then. */
@Component(name = "table-fail", service = TableFactory.class)
@TableType("fail")
public final class FailTable implements TableFactory {

    private static final Answer FAILURE = Answer.unavailable("Application error");

    private record Never() implements Table {
        @Override
        public Answer find(String key) {
            return FAILURE;
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.KEYS_ARE_PATTERNS);
        }
    }

    @Override
    public Table open(TableSpec spec) {
        return new Never();
    }
}
