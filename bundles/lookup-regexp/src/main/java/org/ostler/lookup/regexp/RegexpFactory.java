// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/** {@code regexp:/file}: POSIX extended regular expressions; flags i (case, default on), m (lines), x (extended, default on), each toggled by its letter. */
@Component(name = "table-regexp", service = TableFactory.class)
@TableType("regexp")
public final class RegexpFactory implements TableFactory {

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return RuleFile.open(spec, Dialect.POSIX);
    }
}
