// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.spi.QueueStore;
import org.ostler.mail.routing.Router;

/**
 * qmgr(8): the queue manager.
 *
 * <h2>Description</h2>
 * Takes new mail from memory and deferred mail from the store when it is due, resolves recipients, starts deliveries within per-destination limits, and settles
 * each message: removed, deferred, returned. It works from the moment a configuration and a queue store are there, and goes on with what it has while one of
 * its neighbours is being replaced. Inside, read {@link Scheduler} first.
 *
 * <h2>Diagnostics</h2> the mail log: {@code (queue active)}, {@code status=...}, {@code removed}; warnings for neighbours that stay away.
 * <h2>Configuration</h2> {@link QmgrParameters}.
 * <h2>Bugs</h2> Jobs go round robin over destinations; the preemptive scheduler of qmgr(8) is not there yet ({@link Selection} is its place).
 */
@Component(name = "qmgr", service = QueueManager.class, immediate = true)
public final class QueueManagerService implements QueueManager {

    private final Clocks clocks;
    private final Engine.Neighbours neighbours;
    private final Map<Configuration, AutoCloseable> subscriptions = new ConcurrentHashMap<>();
    private Generation generation;
    private boolean active;
    private volatile Engine engine;

    public QueueManagerService() {
        this(Clocks.SYSTEM);
    }

    QueueManagerService(Clocks clocks) {
        this.clocks = clocks;
        this.neighbours = Engine.Neighbours.none(clocks);
    }

    /** Without OSGi: binds everything and starts; {@link #deactivate} ends it. */
    public static QueueManagerService assembled(Configuration configuration, QueueStore store, Router router, Reporter reporter, Cleanup cleanup,
                                                Map<String, Transport> transports) {
        var service = new QueueManagerService();
        service.neighbours.store().bind(store, 0);
        service.neighbours.router().bind(router, 0);
        service.neighbours.reporter().bind(reporter, 0);
        service.neighbours.cleanup().bind(cleanup, 0);
        transports.forEach((program, transport) -> service.neighbours.transports().bind(transport, Set.of(program), 0));
        service.subscriptions.put(configuration, configuration.onChange(service::configured));
        service.activate();
        return service;
    }

    @Activate
    synchronized void activate() {
        active = true;
        startWhenConfigured();
    }

    @Deactivate
    public void deactivate() {
        Engine ending;
        synchronized (this) {
            active = false;
            ending = engine;
            engine = null;
        }
        if (ending != null) {
            ending.close();
        }
    }

    private void startWhenConfigured() {
        if (active && engine == null && generation != null) {
            engine = new Engine(clocks, neighbours, generation);
            engine.start();
        }
    }

    /**
     * A server is started with values that nobody can read, in spite of its fatal lines. They count as their defaults: the component would not start with them, and what repairs
     * the file comes as a call to it.
     */
    private static Generation readable(Generation now) {
        var defaults = new HashMap<String, String>();
        for (Parameter<?> parameter : new QmgrParameters().all()) {
            try {
                now.main().get(parameter);
            } catch (BadValueException e) {
                defaults.put(parameter.name(), parameter.defaultText());
            }
        }
        return defaults.isEmpty() ? now : new Generation(now.number(), now.directory(), now.main().with(defaults), now.rows());
    }

    private synchronized void configured(Generation given) {
        Generation now = readable(given);
        generation = now;
        if (engine != null) {
            engine.configured(now);
        } else {
            startWhenConfigured();
        }
    }

    @Reference(service = Configuration.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindConfiguration(Configuration configuration) {
        subscriptions.put(configuration, configuration.onChange(this::configured));
    }

    void unbindConfiguration(Configuration configuration) throws Exception {
        AutoCloseable subscription = subscriptions.remove(configuration);
        if (subscription != null) {
            subscription.close();
        }
    }

    @Reference(service = QueueStore.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindStore(QueueStore store, ServiceReference<QueueStore> ref) {
        neighbours.store().bind(store, ref);
        Engine running = engine;
        if (running != null) {
            running.storeCame();
        }
    }

    void unbindStore(QueueStore store, ServiceReference<QueueStore> ref) {
        Engine running = engine;
        if (running != null) {
            running.storeLeaves(store);
        }
        neighbours.store().unbind(store, ref);
        if (running != null) {
            // Again: the clerk may just have been attaching to it.
            running.storeLeaves(store);
            running.wake();
        }
    }

    @Reference(service = Router.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindRouter(Router router, ServiceReference<Router> ref) {
        neighbours.router().bind(router, ref);
    }

    void unbindRouter(Router router, ServiceReference<Router> ref) {
        neighbours.router().unbind(router, ref);
    }

    @Reference(service = Reporter.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindReporter(Reporter reporter, ServiceReference<Reporter> ref) {
        neighbours.reporter().bind(reporter, ref);
    }

    void unbindReporter(Reporter reporter, ServiceReference<Reporter> ref) {
        neighbours.reporter().unbind(reporter, ref);
    }

    @Reference(service = Cleanup.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindCleanup(Cleanup cleanup, ServiceReference<Cleanup> ref) {
        neighbours.cleanup().bind(cleanup, ref);
    }

    void unbindCleanup(Cleanup cleanup, ServiceReference<Cleanup> ref) {
        neighbours.cleanup().unbind(cleanup, ref);
    }

    @Reference(service = Transport.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindTransport(Transport transport, ServiceReference<Transport> ref) {
        neighbours.transports().bind(transport, programs(ref), ref);
    }

    void unbindTransport(Transport transport, ServiceReference<Transport> ref) {
        neighbours.transports().unbind(transport, programs(ref), ref);
    }

    private static Set<String> programs(ServiceReference<Transport> ref) {
        return switch (ref.getProperty("program")) {
            case String one -> Set.of(one);
            case String[] many -> Set.of(many);
            case null, default -> Set.of();
        };
    }

    private QueueManager verbs() throws QueueException {
        Engine running = engine;
        if (running == null) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue manager is not running");
        }
        return running.verbs();
    }

    @Override
    public void list(Predicate<Listed> visitor) throws QueueException {
        verbs().list(visitor);
    }

    @Override
    public void flushAll() {
        Engine running = engine;
        if (running != null) {
            running.verbs().flushAll();
        }
    }

    @Override
    public boolean flush(QueueId id) throws QueueException {
        return verbs().flush(id);
    }

    @Override
    public int flushSite(String domain) throws QueueException {
        return verbs().flushSite(domain);
    }

    @Override
    public boolean delete(QueueId id) throws QueueException {
        return verbs().delete(id);
    }

    @Override
    public boolean hold(QueueId id) throws QueueException {
        return verbs().hold(id);
    }

    @Override
    public boolean release(QueueId id) throws QueueException {
        return verbs().release(id);
    }

    @Override
    public Optional<QueueId> requeue(QueueId id) throws QueueException {
        return verbs().requeue(id);
    }

    @Override
    public List<QueueId> ids(Set<QueueName> queues, int limit) throws QueueException {
        return verbs().ids(queues, limit);
    }
}
