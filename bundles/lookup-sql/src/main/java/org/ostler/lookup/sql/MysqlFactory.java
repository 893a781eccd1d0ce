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

/** {@code mysql:/file.cf}: queries in a MariaDB/MySQL database, by mysql_table(5). */
@Component(name = "table-mysql", service = TableFactory.class)
@TableType("mysql")
@Requirement(namespace = "org.ostler.sql", filter = "(org.ostler.sql=mysql)", attribute = "org.ostler.table=mysql", effective = "assemble", resolution = Resolution.OPTIONAL)
public final class MysqlFactory implements TableFactory {

    private final Drivers drivers = new Drivers("mysql");

    @Activate
    void activate() {
        drivers.contained();
    }

    @Reference(target = "(sql.type=mysql)", policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindDriver(SqlDriver driver, ServiceReference<SqlDriver> reference) {
        drivers.bind(driver, reference);
    }

    void unbindDriver(SqlDriver driver, ServiceReference<SqlDriver> reference) {
        drivers.unbind(driver, reference);
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return drivers.opened(new SqlTable(new TableSetup(spec, Dialect.MYSQL), drivers, null));
    }
}
