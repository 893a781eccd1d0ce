// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.sql.SqlDriver;
import org.ostler.mail.tck.lookup.Specs;

/** What a driver can do to us that no server does at will. */
@Timeout(60)
class DriverTest {

    @TempDir
    Path dir;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger aborted = new AtomicInteger();
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    /** In place of a statement's execution, which ends with no result. */
    private volatile Supplier<Object> execution = () -> false;
    /** -1: not even a count. */
    private volatile int updateCount;
    private volatile Callable<Connection> connecting = this::connection;
    private Drivers drivers;
    private SqlDriver driver;

    private SqlTable table(String timeout) throws Exception {
        return table(Dialect.PGSQL, timeout);
    }

    private SqlTable table(Dialect dialect, String timeout) throws Exception {
        String server = dialect == Dialect.SQLITE ? "dbpath = " + dir + "\n" : "hosts = 127.0.0.1\ndbname = x\n" + (dialect == Dialect.MYSQL ? "option_group =\nrequire_result_set = no\n" : "");
        Path file = Files.writeString(dir.resolve("t.cf"), server + "connection_limit = 2\nquery = SELECT v FROM t WHERE k = '%s'\n");
        drivers = new Drivers(dialect.type);
        drivers.contained();
        DataSource source = fake(DataSource.class, (_, _, _) -> connecting.call());
        drivers.bind(driver = _ -> source, 1);
        return drivers.opened(new SqlTable(new TableSetup(Specs.of(dialect.type, file.toString(), dir, _ -> { }, Settings.parse("table_lookup_timeout = " + timeout)), dialect), drivers, null));
    }

    private Connection connection() {
        connections.incrementAndGet();
        return fake(Connection.class, (_, method, _) -> switch (method.getName()) {
            case "prepareStatement" -> statement();
            case "abort" -> {
                aborted.incrementAndGet();
                yield null;
            }
            case "close" -> {
                closed.countDown();
                yield null;
            }
            default -> null;
        });
    }

    private PreparedStatement statement() {
        return fake(PreparedStatement.class, (_, method, _) -> switch (method.getName()) {
            case "execute" -> execution.get();
            case "getMoreResults" -> {
                updateCount = -1;
                yield false;
            }
            case "getUpdateCount" -> updateCount;
            case "cancel" -> {
                cancelled.countDown();
                yield null;
            }
            default -> null;
        });
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(DriverTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** What no server has answered must not send mail back: "not found" needs a word of the server. */
    @Test
    void neither_rows_nor_a_count_is_unavailable() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            try (SqlTable table = table(dialect, "5s")) {
                updateCount = -1;
                assertThat(table.find("k")).as(dialect.type).isInstanceOf(Answer.Unavailable.class);
                updateCount = 0;
                assertThat(table.find("k")).as(dialect.type).isEqualTo(Answer.NOT_FOUND);
            }
        }
    }

    /** In a container the driver is loaded when its bundle starts. */
    @Test
    void in_a_command_the_driver_is_loaded_when_the_table_opens_and_connects_to_nothing() throws Exception {
        var loaded = new AtomicInteger();
        Path file = Files.writeString(dir.resolve("t.cf"), "hosts = 127.0.0.1\ndbname = x\nquery = SELECT v FROM t WHERE k = '%s'\n");
        var setup = new TableSetup(Specs.of("pgsql", file.toString(), dir, _ -> { }), Dialect.PGSQL);
        for (boolean good : new boolean[] {true, false}) {
            var drivers = new Drivers("none on the class path");
            drivers.bind(_ -> {
                loaded.incrementAndGet();
                if (!good) {
                    throw new SQLException("no library");
                }
                return fake(DataSource.class, (_, _, _) -> connection());
            }, 1);
            try (SqlTable table = drivers.opened(new SqlTable(setup, drivers, null))) {
                assertThat(loaded).hasValue(1);
                assertThat(connections).hasValue(0);
                updateCount = 0;
                assertThat(table.find("k")).isEqualTo(good ? Answer.NOT_FOUND : Answer.unavailable("127.0.0.1: no library"));
            }
            loaded.set(0);
            connections.set(0);
        }
        var none = new Drivers("none on the class path");
        try (SqlTable table = none.opened(new SqlTable(setup, none, null))) {
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
        }
    }

    /** Two errors, and nobody could ask any more. */
    @Test
    void an_error_in_the_driver_costs_one_connection_and_not_its_place() throws Exception {
        try (SqlTable table = table("5s")) {
            execution = () -> {
                throw new NoClassDefFoundError("gone with its bundle");
            };
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> table.find("k")).isInstanceOf(NoClassDefFoundError.class);
            }
            assertThat(aborted).hasValue(3);
            execution = () -> false;
            assertThat(table.find("k")).isEqualTo(Answer.NOT_FOUND);
            assertThat(connections).hasValue(4);
        }
    }

    /** As functions do that only wait, in MySQL: killed, they return something, and the query goes on. */
    @Test
    void what_a_cancelled_statement_returns_is_no_answer() throws Exception {
        try (SqlTable table = table("1s")) {
            execution = () -> {
                try {
                    cancelled.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return false;
            };
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("127.0.0.1: no answer in 1 s"));
            assertThat(aborted).hasValue(1);
        }
    }

    /** Its connection would hold the driver's bundle in memory for as long as idle ones are kept. */
    @Test
    void a_lookup_that_its_driver_does_not_wait_for_any_more_leaves_no_connection() throws Exception {
        try (SqlTable table = table("60s")) {
            var asked = new CountDownLatch(1);
            var answered = new CountDownLatch(1);
            execution = () -> {
                asked.countDown();
                try {
                    answered.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return false;
            };
            var answer = CompletableFuture.supplyAsync(() -> table.find("k"));
            asked.await();
            // Whoever takes the driver away has no more time.
            Thread.currentThread().interrupt();
            drivers.unbind(driver, 1);
            assertThat(Thread.interrupted()).isTrue();
            answered.countDown();
            assertThat(answer.get()).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.idleConnections()).isZero();
            // The same one again is as good as another.
            drivers.bind(driver, 1);
            updateCount = 0;
            assertThat(table.find("k")).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.idleConnections()).isOne();
        }
    }

    /** Where as many of them as there are carriers wait for a jar's lock, whose holder is one too, all of them stand still. */
    @Test
    void no_driver_connects_on_a_virtual_thread() throws Exception {
        try (SqlTable table = table("60s")) {
            var virtual = new AtomicInteger();
            connecting = () -> {
                virtual.addAndGet(Thread.currentThread().isVirtual() ? 1 : 0);
                return connection();
            };
            var answer = new FutureTask<>(() -> table.find("k"));
            Thread.ofVirtual().start(answer);
            assertThat(answer.get()).isEqualTo(Answer.NOT_FOUND);
            assertThat(connections).hasValue(1);
            assertThat(virtual).hasValue(0);
            connecting = () -> {
                throw new SQLException("no more of them", "08004");
            };
            updateCount = 0;
            execution = () -> {
                throw new IllegalStateException("lost");
            };
            var second = new FutureTask<>(() -> table.find("k"));
            Thread.ofVirtual().start(second);
            assertThat(second.get()).isEqualTo(Answer.unavailable("127.0.0.1: no more of them"));
        }
    }

    @Test
    void a_connection_that_comes_after_its_lookup_was_called_off_is_closed() throws Exception {
        try (SqlTable table = table("60s")) {
            var asked = new CountDownLatch(1);
            var opened = new CountDownLatch(1);
            connecting = () -> {
                asked.countDown();
                boolean interrupted = false;
                while (opened.getCount() > 0) {
                    try {
                        opened.await();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
                assertThat(interrupted).isTrue();
                return connection();
            };
            var answer = new FutureTask<>(() -> table.find("k"));
            Thread lookup = Thread.ofVirtual().start(answer);
            asked.await();
            lookup.interrupt();
            assertThat(answer.get()).isEqualTo(Answer.unavailable("interrupted"));
            opened.countDown();
            closed.await();
            assertThat(table.idleConnections()).isZero();
        }
    }
}
