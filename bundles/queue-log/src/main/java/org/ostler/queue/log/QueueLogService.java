// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * Opens {@link LogStore} in {@code $queue_directory/store} and offers it as a service.
 *
 * <h2>Description</h2>
 * Waits for a first configuration; keeps the store while the configuration service is replaced. The service is registered by hand, not by Declarative Services, because
 * opening may fail for a reason that passes (a postsuper holds the lock, a disk is not mounted): it is tried again every few seconds, and meanwhile mail waits
 * at the door with 451.
 *
 * <p><b>Threads</b> one short-lived thread opens the store. Leaving: the service is withdrawn, which waits for calls in progress, then the store is closed.
 *
 * <h2>Configuration</h2> {@link QueueLogParameters}; {@code queue_directory}, read once.
 */
@Component(name = "queue-log", immediate = true, service = {})
public final class QueueLogService {

    private static final long RETRY_MILLIS = 3_000;

    private final Map<Configuration, AutoCloseable> subscriptions = new ConcurrentHashMap<>();
    private volatile Settings settings;
    private BundleContext context;
    private Thread opener;
    private LogStore store;
    private ServiceRegistration<QueueStore> registration;
    private boolean active;

    @Activate
    synchronized void activate(BundleContext bundleContext) {
        context = bundleContext;
        active = true;
        openWhenConfigured();
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

    private synchronized void configured(Generation generation) {
        settings = generation.main();
        openWhenConfigured();
    }

    private void openWhenConfigured() {
        if (active && settings != null && opener == null) {
            opener = Thread.ofPlatform().name("queue-log-open").daemon(true).start(this::open);
        }
    }

    private void open() {
        MailLog log = MailLog.of(settings.text("syslog_name") + "/queue-log");
        Path directory = Path.of(settings.text("queue_directory"), "store");
        String said = "";
        while (isActive()) {
            try {
                opened(new LogStore(directory, Options.DEFAULT.withLog(log).withLimits(this::limits)));
                return;
            } catch (IOException | RuntimeException | Error e) {
                // Whatever it is, a moment without memory included, it may pass; a thread that ended here would leave the queue closed for good.
                String text = "open queue: " + Troubles.text(e);
                if (!text.equals(said)) {
                    said = text;
                    log.fatal(text);
                }
                pause();
            }
        }
    }

    private Options.Limits limits() {
        Settings now = settings;
        return new Options.Limits(now.get(QueueLogParameters.QUEUE_MINFREE), now.get(QueueLogParameters.MESSAGE_SIZE_LIMIT));
    }

    private synchronized boolean isActive() {
        return active;
    }

    private synchronized void pause() {
        try {
            if (active) {
                wait(RETRY_MILLIS);
            }
        } catch (InterruptedException e) {
            active = false;
        }
    }

    private void opened(LogStore now) throws IOException {
        if (isActive()) {
            try {
                store = now;
                // Not under the lock: whoever waits for a store is called from here.
                registration = context.registerService(QueueStore.class, now, null);
            } catch (RuntimeException | Error e) {
                Troubles.close(e, now);
                throw e;
            }
        } else {
            now.close();
        }
    }

    @Deactivate
    void deactivate() throws IOException, InterruptedException {
        Thread opening;
        synchronized (this) {
            active = false;
            opening = opener;
            notifyAll();
        }
        if (opening != null) {
            opening.join();
        }
        if (registration != null) {
            registration.unregister();
            store.close();
        }
    }
}
