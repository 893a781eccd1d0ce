// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import org.osgi.annotation.bundle.Requirement;
import org.osgi.annotation.bundle.Requirement.Resolution;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.sql.SqlDriver;

/** {@code pgsql:/file.cf}: queries in a PostgreSQL database, by pgsql_table(5). */
@Component(name = "table-pgsql", service = TableFactory.class)
@TableType("pgsql")
@Requirement(namespace = "org.ostler.sql", filter = "(org.ostler.sql=pgsql)", attribute = "org.ostler.table=pgsql", effective = "assemble", resolution = Resolution.OPTIONAL)
public final class PgsqlFactory implements TableFactory {

    private final Drivers drivers = new Drivers("pgsql");

    @Activate
    void activate() {
        drivers.contained();
    }

    @Reference(target = "(sql.type=pgsql)", policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindDriver(SqlDriver driver, ServiceReference<SqlDriver> reference) {
        drivers.bind(driver, reference);
    }

    void unbindDriver(SqlDriver driver, ServiceReference<SqlDriver> reference) {
        drivers.unbind(driver, reference);
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return drivers.opened(new SqlTable(new TableSetup(spec, Dialect.PGSQL), drivers, null));
    }
}
