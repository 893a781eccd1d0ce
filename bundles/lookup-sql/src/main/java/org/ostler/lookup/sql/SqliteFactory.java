// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.annotation.bundle.Requirement;
import org.osgi.annotation.bundle.Requirement.Resolution;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
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

/** {@code sqlite:/file.cf}: queries in an SQLite file, by sqlite_table(5). */
@Component(name = "table-sqlite", service = TableFactory.class)
@TableType("sqlite")
@Requirement(namespace = "org.ostler.sql", filter = "(org.ostler.sql=sqlite)", attribute = "org.ostler.table=sqlite", effective = "assemble", resolution = Resolution.OPTIONAL)
public final class SqliteFactory implements TableFactory {

    private static final int THREADS = 4;
    private static final int WAITING = 500;

    private final Drivers drivers = new Drivers("sqlite");
    /** Native code that reads files holds its thread: these, and none of those that everything else runs on. They go when they are not needed. */
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), Thread.ofPlatform().daemon().name("sqlite ", 1).factory());

    public SqliteFactory() {
        threads.allowCoreThreadTimeOut(true);
    }

    @Activate
    void activate() {
        drivers.contained();
    }

    @Deactivate
    void deactivate() {
        threads.shutdown();
    }

    @Reference(target = "(sql.type=sqlite)", policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindDriver(SqlDriver driver, ServiceReference<SqlDriver> reference) {
        drivers.bind(driver, reference);
    }

    void unbindDriver(SqlDriver driver, ServiceReference<SqlDriver> reference) {
        drivers.unbind(driver, reference);
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return drivers.opened(new SqlTable(new TableSetup(spec, Dialect.SQLITE), drivers, threads));
    }
}
