// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/** {@code pcre:/file}: Perl-compatible regular expressions; flags i (case, default on), m (lines), s (dot matches newline, default on), x (comments), A (anchored), E (dollar at the very end), X ignored. */
@Component(name = "table-pcre", service = TableFactory.class)
@TableType("pcre")
public final class PcreFactory implements TableFactory {

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return RuleFile.open(spec, Dialect.PERL);
    }
}
