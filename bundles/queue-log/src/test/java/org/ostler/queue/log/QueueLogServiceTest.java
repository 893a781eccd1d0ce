// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.FixedConfiguration;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.spi.QueueStore;

/** The service comes with the configuration, waits for the lock, stays without the configuration, and goes in order. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class QueueLogServiceTest {

    @TempDir
    Path directory;
    private final LinkedBlockingQueue<QueueStore> registered = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<String> withdrawn = new LinkedBlockingQueue<>();

    private int refusals;

    /** A framework that only takes registrations. */
    private BundleContext framework() {
        var registration = (ServiceRegistration<?>) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ServiceRegistration.class}, (proxy, method, args) -> {
            if (method.getName().equals("unregister")) {
                withdrawn.add("unregistered");
            }
            return null;
        });
        return (BundleContext) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {BundleContext.class}, (proxy, method, args) -> {
            if (method.getName().equals("registerService")) {
                if (refusals-- > 0) {
                    throw new OutOfMemoryError("for a moment");
                }
                registered.add((QueueStore) args[1]);
                return registration;
            }
            throw new UnsupportedOperationException(method.getName());
        });
    }

    private Configuration configuration(Map<String, String> more) {
        var raw = new java.util.HashMap<>(Map.of("queue_directory", directory.toString(), "syslog_name", "postfix"));
        raw.putAll(more);
        return FixedConfiguration.of(directory, raw);
    }

    @Test
    void the_store_is_offered_once_there_is_a_configuration_and_survives_its_replacement() throws Exception {
        var service = new QueueLogService();
        service.activate(framework());
        assertThat(registered).isEmpty();
        Configuration configuration = configuration(Map.of());
        service.bindConfiguration(configuration);
        QueueStore store = registered.poll(30, TimeUnit.SECONDS);
        service.unbindConfiguration(configuration);
        Stores.commit(store, "hello");
        assertThat(Files.isDirectory(directory.resolve("store"))).isTrue();
        service.deactivate();
        assertThat(withdrawn).containsExactly("unregistered");
        org.assertj.core.api.Assertions.assertThatThrownBy(store::create).isInstanceOf(QueueException.class);
    }

    @Test
    void a_store_that_is_in_use_is_waited_for() throws Exception {
        var service = new QueueLogService();
        try (var other = new LogStore(directory.resolve("store"), Stores.PLAIN)) {
            service.activate(framework());
            service.bindConfiguration(configuration(Map.of()));
            Stores.commit(other, "by another");
            assertThat(registered).isEmpty();
        }
        QueueStore store = registered.poll(30, TimeUnit.SECONDS);
        assertThat(Stores.bodies(store)).containsExactly("by another");
        service.deactivate();
    }

    @Test
    void a_store_that_could_not_be_registered_is_closed_and_opened_anew() throws Exception {
        refusals = 1;
        var service = new QueueLogService();
        service.activate(framework());
        service.bindConfiguration(configuration(Map.of()));
        QueueStore store = registered.poll(30, TimeUnit.SECONDS);
        assertThat(store).as("the lock was given back").isNotNull();
        Stores.commit(store, "hello");
        service.deactivate();
    }

    @Test
    void limits_follow_the_configuration_without_a_restart() throws Exception {
        var service = new QueueLogService();
        service.activate(framework());
        service.bindConfiguration(configuration(Map.of("message_size_limit", "1000")));
        QueueStore store = registered.poll(30, TimeUnit.SECONDS);
        assertThat(store.freeSpace()).isPositive();
        service.bindConfiguration(configuration(Map.of("queue_minfree", Long.toString(1L << 60))));
        assertThat(store.freeSpace()).isZero();
        org.assertj.core.api.Assertions.assertThatThrownBy(store::create).isInstanceOfSatisfying(QueueException.class,
                e -> assertThat(e.kind()).isEqualTo(QueueException.Kind.FULL));
        service.deactivate();
    }
}
