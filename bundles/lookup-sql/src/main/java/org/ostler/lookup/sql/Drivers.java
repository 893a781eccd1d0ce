// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.time.Duration;
import java.util.Collections;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.sql.SqlDriver;
import org.ostler.mail.lookup.sql.SqlType;

/**
 * The drivers for one table type, and the tables that use them: in a container those that Declarative Services bind, on a plain class path those that {@code META-INF/services} lists.
 *
 * <p><b>Threads</b> any.
 */
final class Drivers {

    private final String type;
    private final Leased<SqlDriver> leased;
    private final Set<SqlTable> tables = ConcurrentHashMap.newKeySet();
    /** Weakly: whoever remembers a driver keeps its bundle in memory. */
    private final Set<SqlDriver> gone = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
    private volatile boolean contained;
    private volatile boolean loaded;

    Drivers(String type) {
        this.type = type;
        this.leased = new Leased<>("SQL driver for " + type);
    }

    /** We are in a container: services come and go. */
    void contained() {
        contained = true;
    }

    void bind(SqlDriver driver, Comparable<?> rank) {
        gone.remove(driver);
        leased.bind(driver, rank);
    }

    /** Waits for lookups in progress, though not for ever, then closes the connections that the driver has made. */
    void unbind(SqlDriver driver, Comparable<?> rank) {
        gone.add(driver);
        leased.unbind(driver, rank);
        tables.forEach(table -> table.driverGone(driver));
    }

    Leased<SqlDriver>.Lease acquire(Duration patience) throws UnavailableException {
        if (!contained && !loaded) {
            load();
        }
        return leased.acquire(contained ? patience : Duration.ZERO);
    }

    /** Whether nobody waits for this driver's lookups any more: what they leave behind is theirs to close. */
    boolean isGone(SqlDriver driver) {
        return gone.contains(driver);
    }

    private synchronized void load() {
        if (!loaded) {
            ServiceLoader.load(SqlDriver.class, SqlDriver.class.getClassLoader()).stream()
                    .filter(provider -> provider.type().isAnnotationPresent(SqlType.class) && provider.type().getAnnotation(SqlType.class).value().equals(type))
                    .findFirst().ifPresent(provider -> leased.bind(provider.get(), 0));
            loaded = true;
        }
    }

    /** In a command the driver is loaded now: what a lookup waits for is the server, and its time should not go into reading a jar on a busy machine. */
    SqlTable opened(SqlTable table) {
        tables.add(table);
        if (!contained) {
            table.loadDriver();
        }
        return table;
    }

    void closed(SqlTable table) {
        tables.remove(table);
    }
}
