// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.notify.Reporter;

/**
 * Takes complete files from {@code $queue_directory/maildrop} into the queue.
 *
 * <h2>Description</h2>
 * Looks when the directory changes, and every minute besides. A file that cannot be taken for a temporary reason stays and is tried again with the next look; one that is refused for good
 * (too large, too many hops) is returned to its sender.
 *
 * <h2>Security</h2>
 * The directory is open for writing to all users of the machine (mode 3733), so nothing in it is trusted: a file is moved out of their reach ({@link Claims}) before it is looked at for good; only regular files with
 * one link are read, symbolic links are not followed, the sender is logged with the owner's user id. Files take over the group of the directory, which is the server's, and are readable by it alone. A file in another
 * form is removed with a warning once it is complete.
 *
 * <h2>Diagnostics</h2>
 * {@code QUEUEID: uid=1000 from=<joe@example.org>}
 *
 * <p><b>Threads</b> one virtual thread of its own. <b>Blocking</b> it only.
 */
@Component(name = "pickup", service = Pickup.class, immediate = true)
public final class Pickup {

    private static final long LOOK_SECONDS = 60;
    /** Sticky, write-only for others, and its group goes to the files in it; java.nio has no names for the first and the last. */
    private static final int MODE = 03733;
    private static final int MODE_WITHOUT_GROUP = 01733;

    private final Leased<Configuration> configuration = new Leased<>("configuration");
    private final Leased<Cleanup> cleanup = new Leased<>("cleanup");
    private final Leased<Reporter> reporter = new Leased<>("bounce service");
    private final MailLog log = MailLog.of("postfix/pickup");
    private volatile boolean stopped;
    private final Watching watching;
    private final Maildrop maildrop;
    private Thread thread;
    /** Of a stop with the file being taken, and with the thread after that; for tests. */
    Duration patience = Duration.ofSeconds(5);

    @Activate
    void activate() {
        thread = Thread.ofVirtual().name("pickup").start(this::run);
    }

    @Deactivate
    void deactivate() throws IOException, InterruptedException {
        stopped = true;
        watching.close();
        maildrop.stop(thread, patience);
        thread.join(patience);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindConfiguration(Configuration c, ServiceReference<Configuration> ref) {
        configuration.bind(c, ref);
    }

    void unbindConfiguration(Configuration c, ServiceReference<Configuration> ref) {
        configuration.unbind(c, ref);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindCleanup(Cleanup c, ServiceReference<Cleanup> ref) {
        cleanup.bind(c, ref);
    }

    void unbindCleanup(Cleanup c, ServiceReference<Cleanup> ref) {
        cleanup.unbind(c, ref);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindReporter(Reporter r, ServiceReference<Reporter> ref) {
        reporter.bind(r, ref);
    }

    void unbindReporter(Reporter r, ServiceReference<Reporter> ref) {
        reporter.unbind(r, ref);
    }

    public Pickup() {
        watching = new Watching(log, Watching.SYSTEM);
        maildrop = new Maildrop(new Submitter(cleanup, new Returns(reporter), log), log, Files::isReadable, Maildrop.MOST_PER_LOOK);
    }

    /** Without a container. */
    Pickup(Cleanup cleanup, Reporter reporter, Watching watching, Predicate<Path> readable, int mostPerLook) {
        this.cleanup.bind(cleanup, 0);
        this.reporter.bind(reporter, 0);
        this.watching = watching;
        this.maildrop = new Maildrop(new Submitter(this.cleanup, new Returns(this.reporter), log), log, readable, mostPerLook);
    }

    private void run() {
        while (!stopped) {
            try {
                Settings settings = configuration.<Settings, RuntimeException>call(c -> c.current().main());
                Path directory = prepare(Path.of(settings.text("queue_directory")));
                watchOnce(directory);
            } catch (ClosedWatchServiceException e) {
                return;
            } catch (UnavailableException e) {
                // No configuration yet, or it is being replaced: the lease has waited already.
                continue;
            } catch (IOException | RuntimeException | Error e) {
                // A bug included, a class that has gone with its bundle, a moment without memory: a thread that ended here would leave all local mail lying.
                log.warning("maildrop: " + e);
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(TimeUnit.SECONDS.toMillis(LOOK_SECONDS));
        } catch (InterruptedException e) {
            stopped = true;
        }
    }

    static Path prepare(Path queueDirectory) throws IOException {
        Path maildrop = queueDirectory.resolve("maildrop");
        if (!Files.isDirectory(maildrop)) {
            Files.createDirectories(maildrop);
            Files.setAttribute(maildrop, "unix:mode", MODE);
        } else if (((int) Files.getAttribute(maildrop, "unix:mode") & 07777) == MODE_WITHOUT_GROUP) {
            Files.setAttribute(maildrop, "unix:mode", MODE);
        }
        return maildrop;
    }

    private void watchOnce(Path directory) throws IOException, InterruptedException, UnavailableException {
        try (Watching begun = watching.begin(directory)) {
            do {
                maildrop.look(directory, configuration.<Settings, RuntimeException>call(c -> c.current().main()));
            } while (!stopped && begun.await(LOOK_SECONDS));
        }
    }

    /** For tests. */
    Maildrop maildrop() {
        return maildrop;
    }
}
