// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.GivenEnvironment;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/** {@code environ:name}: the process environment; the name means nothing. Keys are folded like all others, so that only variables in lower case are found, as with Postfix. */
@Component(name = "table-environ", service = TableFactory.class)
@TableType("environ")
public final class EnvironTable implements TableFactory {

    @Override
    public Table open(TableSpec spec) {
        return key -> {
            String value = GivenEnvironment.get(key);
            return value == null ? Answer.NOT_FOUND : spec.answer(key, value);
        };
    }
}
