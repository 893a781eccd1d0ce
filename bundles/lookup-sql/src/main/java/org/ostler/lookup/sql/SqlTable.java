// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.Trait;
import org.ostler.mail.lookup.sql.SqlDriver;

/**
 * One table: from a key to an answer.
 *
 * <p>Opening connects to nothing. A lookup of PostgreSQL or MySQL runs on the thread that asks, which {@code lookup-core} gives up at the deadline ({@link Trait#MAY_BLOCK}), but for the opening of connections ({@link Connecting}); one of SQLite, which is native code and reads files, on
 * a platform thread of a small pool, so that a slow query does not hold the threads that everything else runs on. A little before the deadline the statement is cancelled at the server.
 */
final class SqlTable implements Table {

    private final TableSetup setup;
    private final Servers servers;
    private final Drivers drivers;
    /** Null where the thread that asks does the work. */
    private final ExecutorService threads;

    SqlTable(TableSetup setup, Drivers drivers, ExecutorService threads) {
        this.setup = setup;
        this.drivers = drivers;
        this.threads = threads;
        this.servers = new Servers(setup);
    }

    @Override
    public Answer find(String key) {
        // Postfix's keys end at a zero byte and are skipped where they are not UTF-8.
        if (key.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
            return Answer.NOT_FOUND;
        }
        if (key.isEmpty() && setup.asksAll) {
            setup.spec.warnings().accept("table \"" + setup.spec.text() + "\": empty query string -- ignored");
            return Answer.NOT_FOUND;
        }
        Optional<Answer> early = setup.templates.withoutAsking(key);
        if (early.isPresent()) {
            return early.get();
        }
        // A tenth of the time for the cancelling.
        long deadline = System.nanoTime() + setup.deadline.toNanos() / 10 * 9;
        return threads == null ? ask(key, deadline) : askOnPlatformThread(key, deadline);
    }

    private Answer ask(String key, long deadline) {
        try (var lease = drivers.acquire(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
            return ask(key, lease.service(), deadline);
        } catch (UnavailableException e) {
            return Answer.unavailable(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.unavailable("interrupted");
        }
    }

    private Answer ask(String key, SqlDriver driver, long deadline) throws InterruptedException {
        try {
            return servers.ask(key, driver, deadline);
        } finally {
            if (drivers.isGone(driver)) {
                servers.driverGone(driver);
            }
        }
    }

    private Answer askOnPlatformThread(String key, long deadline) {
        Future<Answer> answer = null;
        try {
            answer = threads.submit(() -> ask(key, deadline));
            return answer.get(setup.deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return Answer.unavailable("too many lookups are waiting");
        } catch (TimeoutException e) {
            answer.cancel(true);
            return Answer.unavailable("no answer in " + setup.deadline.toSeconds() + " s");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return Answer.unavailable("interrupted");
        } catch (ExecutionException e) {
            return Answer.unavailable("bug in table: " + e.getCause());
        }
    }

    @Override
    public Set<Trait> traits() {
        return threads == null ? Set.of(Trait.MAY_BLOCK) : Set.of();
    }

    @Override
    public List<Path> sources() {
        return setup.sources;
    }

    /** With its classes, and its library where it has one; connects to nothing. */
    void loadDriver() {
        try (var lease = drivers.acquire(Duration.ZERO)) {
            lease.service().source(setup.hosts.getFirst().server());
        } catch (UnavailableException | SQLException | RuntimeException e) {
            // Each lookup tries again and says why it cannot; a table that is opened and not asked owes nobody an answer.
            return;
        }
    }

    void driverGone(SqlDriver driver) {
        servers.driverGone(driver);
    }

    /** For tests: connections that nobody uses at the moment. */
    int idleConnections() {
        return servers.idleConnections();
    }

    @Override
    public void close() {
        drivers.closed(this);
        servers.close();
    }
}
