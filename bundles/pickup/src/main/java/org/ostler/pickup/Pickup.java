// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.queue.QueueException;

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
    private static final int MOST_PER_LOOK = 10_000;
    /** Where the queue is full none can be taken: ten thousand lines a minute would fill the log's disk as well. */
    private static final int MOST_TOLD = 100;
    /** Sticky, write-only for others, and its group goes to the files in it; java.nio has no names for the first and the last. */
    private static final int MODE = 03733;
    private static final int MODE_WITHOUT_GROUP = 01733;

    private final Leased<Configuration> configuration = new Leased<>("configuration");
    private final Leased<Cleanup> cleanup = new Leased<>("cleanup");
    private final Leased<Reporter> reporter = new Leased<>("bounce service");
    private final Returns returns = new Returns(reporter);
    private final MailLog log = MailLog.of("postfix/pickup");
    private volatile boolean stopped;
    /** Held while a file is being taken: an interrupt there would leave open whether its message is queued, and the next start would queue it again. */
    private final ReentrantLock taking = new ReentrantLock();
    /** Queued already, but the file could not be deleted: not to be queued again every minute. Used by one thread, as are the next. */
    private final Set<Path> taken = new HashSet<>();
    /** Claimed files that this round over all of them has had its try at. */
    private final Set<Path> tried = new HashSet<>();
    /** Files in the maildrop that the operator has been told of. */
    private final Set<Path> unreadable = new HashSet<>();
    private final Watching watching;
    /** The operator has been told that nothing can be claimed. */
    private boolean apart;
    /** In this look. */
    private int notTaken;
    private final Predicate<Path> readable;
    private final int mostPerLook;
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
        // However long the disk takes: what is being submitted then is not broken into.
        if (taking.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
            thread.interrupt();
            taking.unlock();
        }
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

    /** Without a container. */
    Pickup(Cleanup cleanup, Reporter reporter, Watching watching, Predicate<Path> readable, int mostPerLook) {
        this.cleanup.bind(cleanup, 0);
        this.reporter.bind(reporter, 0);
        this.watching = watching;
        this.readable = readable;
        this.mostPerLook = mostPerLook;
    }

    public Pickup() {
        watching = new Watching(log, Watching.SYSTEM);
        readable = Files::isReadable;
        mostPerLook = MOST_PER_LOOK;
    }

    private void run() {
        while (!stopped) {
            try {
                Settings settings = configuration.<Settings, RuntimeException>call(c -> c.current().main());
                Path maildrop = prepare(Path.of(settings.text("queue_directory")));
                watchOnce(maildrop);
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

    private void watchOnce(Path maildrop) throws IOException, InterruptedException, UnavailableException {
        try (Watching begun = watching.begin(maildrop)) {
            do {
                look(maildrop, configuration.<Settings, RuntimeException>call(c -> c.current().main()));
            } while (!stopped && begun.await(LOOK_SECONDS));
        }
    }

    /** Takes every complete file there is: first what an earlier look could not take. */
    void look(Path maildrop, Settings settings) throws IOException {
        notTaken = 0;
        var claims = Claims.of(maildrop);
        for (Path file : inTurn(claims.directory())) {
            attempt(file, () -> take(file, settings));
        }
        var left = new HashSet<Path>();
        List<Path> files = files(maildrop, file -> isWorthALook(file, left), mostPerLook);
        if (files.size() < mostPerLook) {
            // All were looked at. Behind a look that found enough may lie more of them.
            unreadable.retainAll(left);
        }
        claimAll(claims, files, settings);
        if (notTaken > MOST_TOLD) {
            log.warning((notTaken - MOST_TOLD) + " more files could not be taken; left for the next attempt");
        }
    }

    private void claimAll(Claims claims, List<Path> files, Settings settings) {
        var together = new boolean[] {true};
        for (Path file : files) {
            attempt(file, () -> {
                try {
                    take(claims.claim(file), settings);
                } catch (Claims.ApartException e) {
                    together[0] = false;
                    tellApart(e);
                }
            });
            if (!together[0]) {
                return;
            }
        }
        apart &= files.isEmpty();
    }

    private void tellApart(Claims.ApartException e) {
        if (!apart) {
            apart = true;
            log.warning(e.getMessage() + "; all files are left in the maildrop");
        }
    }

    /** Those that have not had their try yet come first: however many cannot be taken, the others are. */
    private List<Path> inTurn(Path directory) throws IOException {
        var files = new ArrayList<>(files(directory, file -> !tried.contains(file), mostPerLook));
        if (files.size() < mostPerLook) {
            // All have; a new round begins.
            List<Path> again = files(directory, tried::contains, mostPerLook - files.size());
            tried.clear();
            files.addAll(again);
        }
        tried.addAll(files);
        return files;
    }

    /** Chosen before they are counted: any number of files may lie there that their owners never complete. */
    private static List<Path> files(Path directory, Predicate<Path> which, int most) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(which).limit(most).sorted().toList();
        }
    }

    /** What is neither incomplete nor closed to us; once claimed, such a file would be out of its owner's reach as well. */
    private boolean isWorthALook(Path file, Set<Path> left) {
        try {
            // What is no message is removed, or told of: any number of directories that cannot be removed take nobody's place.
            if (owner(file).isEmpty() || !MaildropFile.isReady(file)) {
                return false;
            }
        } catch (NoSuchFileException gone) {
            return false;
        } catch (IOException e) {
            tell(file, e);
            return false;
        }
        if (readable.test(file)) {
            return true;
        }
        if (unreadable.contains(file) || unreadable.size() < mostPerLook) {
            left.add(file);
            if (unreadable.add(file)) {
                log.warning(name(file) + ": the server may not read this file; left in the maildrop");
            }
        }
        return false;
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws UnavailableException, QueueException, IOException;
    }

    private void attempt(Path file, Attempt attempt) {
        taking.lock();
        try {
            if (!stopped) {
                attempt.run();
            }
        } catch (UnavailableException | QueueException | IOException | RuntimeException | Error e) {
            tell(file, e);
        } finally {
            taking.unlock();
        }
    }

    private void tell(Path file, Throwable e) {
        if (++notTaken > MOST_TOLD) {
            return;
        }
        String why = e instanceof Error || e.getMessage() == null ? e.toString() : e.getMessage();
        log.warning(name(file) + ": " + why + "; left for the next attempt");
    }

    private static String name(Path file) {
        return file.getParent().getFileName() + "/" + file.getFileName();
    }

    /** Removes what can be no message. @return whose it is otherwise */
    private OptionalInt owner(Path file) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(file, "unix:isRegularFile,nlink,uid", LinkOption.NOFOLLOW_LINKS);
        if ((Boolean) attributes.get("isRegularFile") && (Integer) attributes.get("nlink") == 1) {
            return OptionalInt.of((Integer) attributes.get("uid"));
        }
        log.warning("uid=" + attributes.get("uid") + ": not a regular file with one link: " + name(file));
        Files.delete(file);
        return OptionalInt.empty();
    }

    /** @param file where nobody else reaches it; only now is what a look at it tells still true when it is opened */
    private void take(Path file, Settings settings) throws IOException, UnavailableException, QueueException {
        OptionalInt owner = owner(file);
        if (owner.isEmpty()) {
            return;
        }
        try (FileChannel held = Claims.hold(file)) {
            if (taken.contains(file)) {
                remove(file);
            } else {
                read(file, owner.getAsInt(), settings);
            }
        }
    }

    private void read(Path file, int uid, Settings settings) throws IOException, UnavailableException, QueueException {
        MaildropFile.Opened opened;
        try {
            opened = MaildropFile.open(file);
        } catch (MaildropFile.FormException | IllegalArgumentException e) {
            log.warning("uid=" + uid + ": " + name(file) + ": " + e.getMessage() + "; removed");
            Files.delete(file);
            return;
        }
        try (opened) {
            submit(file, opened.envelope(), opened.content(), uid, settings);
        } finally {
            // Whatever closing has met with: what is queued must not be queued again.
            if (taken.contains(file)) {
                remove(file);
            }
        }
    }

    private void remove(Path file) throws IOException {
        Files.delete(file);
        taken.remove(file);
    }

    private void submit(Path file, MaildropFile mail, InputStream content, int uid, Settings settings) throws IOException, UnavailableException, QueueException {
        var received = new Origin.ReceivedFrom("", settings.text("myhostname"), "", List.of("(" + settings.text("mail_name") + ", from userid " + uid + ")"));
        Map<String, String> attributes = mail.fullName().isEmpty() ? Map.of("rewrite_context", "local") : Map.of("rewrite_context", "local", "sender_fullname", mail.fullName());
        try (Leased<Cleanup>.Lease lease = cleanup.acquire();
                Submission submission = lease.service().open(new Origin(Origin.Source.PICKUP, attributes, Optional.of(received), true), settings)) {
            MailLog.of(settings.text("syslog_name") + "/pickup").info(submission.id() + ": uid=" + uid + " from=<" + mail.sender() + ">");
            submission.sender(mail.senderAddress(), mail.ret(), mail.envelopeId(), Body.UNSPECIFIED, false);
            submission.tls(mail.tls());
            for (String recipient : mail.recipients()) {
                Address address = Address.of(recipient);
                submission.recipient(new Recipient(address, address, "rfc822;" + recipient, mail.dsnNotify()));
            }
            LineEnds.copy(content, submission);
            if (submission.finish() instanceof Submission.Result.Refused refused) {
                if (!refused.reply().isPermanent()) {
                    throw new QueueException(QueueException.Kind.UNAVAILABLE, refused.reply() + " (" + refused.detail() + ")");
                }
                // Too large, looping and the like.
                log.warning(name(file) + ": " + refused.reply() + " (" + refused.detail() + "); returned to sender");
                returns.tell(submission.id(), mail, file, refused.reply(), settings);
            }
            taken.add(file);
        }
    }
}
