// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableSpec;

/**
 * Lookup tables as a service: Postfix's proxymap(8), in the same process.
 *
 * <h2>Description</h2>
 * Factories come and go as services with the property {@code table.type}; handles follow. A new generation of the configuration opens every table again, and closes those that nobody has used since the
 * one before. Until the first generation is there, lookups wait.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> see {@link Registry}. <b>Errors</b> {@code Unavailable}; what is wrong goes to the log under the name proxymap.
 */
@Component(name = "proxymap", service = Tables.class, immediate = true)
public final class TablesService implements Tables, Opener {

    private final Registry registry = new Registry();
    private final Handles handles = new Handles(this);
    private final CountDownLatch configured = new CountDownLatch(1);
    private volatile Generation generation;
    private volatile Configuration configuration;
    private volatile AutoCloseable subscription;
    private volatile MailLog log = MailLog.of("postfix/proxymap");

    @Override
    public TableList open(String maps, String title) {
        return handles.open(maps, title);
    }

    @Override
    public TableList open(String maps, String title, Protection protection) {
        return handles.open(maps, title, protection);
    }

    @Override
    public String text(Path file) throws IOException {
        return handles.text(file);
    }

    @Override
    public List<String> check(String maps, String title) {
        return handles.check(maps, title);
    }

    @Override
    public List<String> check(String maps, String title, Protection protection) {
        return handles.check(maps, title, protection);
    }

    @Override
    public List<TableStatistics> statistics() {
        return handles.statistics();
    }

    @Reference(service = TableFactory.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindFactory(TableFactory factory, ServiceReference<TableFactory> reference) {
        Bundle bundle = reference.getBundle();
        registry.bind(factory, new Source(bundle.getSymbolicName(), bundle.getVersion().toString()), types(reference), reference);
    }

    void unbindFactory(TableFactory factory, ServiceReference<TableFactory> reference) {
        if (!registry.unbind(types(reference), reference)) {
            log.warning("tables of type " + String.join(", ", types(reference)) + " are still in use while their bundle leaves");
        }
    }

    @Reference(service = Configuration.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.OPTIONAL)
    void bindConfiguration(Configuration service) throws Exception {
        AutoCloseable old = subscription;
        configuration = service;
        subscription = service.onChange(this::renew);
        if (old != null) {
            old.close();
        }
    }

    /** The generation that was in force stays so until another service brings one. */
    void unbindConfiguration(Configuration service) throws Exception {
        if (configuration == service) {
            configuration = null;
            AutoCloseable old = subscription;
            subscription = null;
            old.close();
        }
    }

    void renew(Generation next) {
        generation = next;
        log = MailLog.of(next.main().text("syslog_name") + "/proxymap");
        configured.countDown();
        registry.renewAll();
        handles.renew();
    }

    @Deactivate
    void stop() throws Exception {
        handles.close();
        AutoCloseable old = subscription;
        if (old != null) {
            old.close();
        }
    }

    @Override
    public State state() {
        try {
            if (generation == null && !configured.await(Registry.FIRST_CONFIGURATION.toMillis(), TimeUnit.MILLISECONDS)) {
                return null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        Generation now = generation;
        Duration patience = now.main().get(LookupParameters.TABLE_REPLACEMENT_TIMEOUT);
        return new State(now.main(), now.directory(), patience, now.main().get(LookupParameters.TABLE_LOOKUP_TIMEOUT));
    }

    @Override
    public Consumer<String> warnings() {
        return new TableSpec.Messages() {
            @Override
            public void accept(String line) {
                log.warning(line);
            }

            @Override
            public void info(String line) {
                log.info(line);
            }
        };
    }

    @Override
    public boolean waitsForWriters() {
        return true;
    }

    @Override
    public Tables tables() {
        return handles.parts();
    }

    @Override
    public Registry registry() {
        return registry;
    }

    private static List<String> types(ServiceReference<TableFactory> reference) {
        return typesOf(reference.getProperty("table.type"));
    }

    static List<String> typesOf(Object property) {
        return switch (property) {
            case String one -> List.of(one);
            case String[] several -> List.of(several);
            case null, default -> List.of();
        };
    }

    /** Tests and the plain wiring. */
    void bind(TableFactory factory, Map<String, ?> properties, Comparable<?> rank) {
        registry.bind(factory, new Source("test", "1.0.0"), typesOf(properties.get("table.type")), rank);
    }

    boolean isProvided(String type) {
        return !registry.slot(type).isMissing();
    }

    boolean unbind(Map<String, ?> properties, Comparable<?> rank) {
        return registry.unbind(typesOf(properties.get("table.type")), rank);
    }
}
