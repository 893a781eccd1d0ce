// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.queue.QueueException;

/**
 * What lies in the maildrop, and which of it has its turn.
 *
 * <h2>Description</h2>
 * A look takes what an earlier one could not take, then what is new: complete, readable, and claimed before it is looked at for good. However many files cannot be taken, never become complete or are no messages, they
 * keep no other from its turn.
 *
 * <p><b>Threads</b> pickup's, but for {@link #stop}. <b>Blocking</b> for the neighbours. <b>Errors</b> over one file are told of and end no look.
 */
final class Maildrop {

    static final int MOST_PER_LOOK = 10_000;
    /** Where the queue is full none can be taken: ten thousand lines a minute would fill the log's disk as well. */
    private static final int MOST_TOLD = 100;

    private final Submitter submitter;
    private final MailLog log;
    private final Predicate<Path> readable;
    private final int mostPerLook;
    private volatile boolean stopped;
    /** Held while a file is being taken: an interrupt there would leave open whether its message is queued, and the next start would queue it again. */
    private final ReentrantLock taking = new ReentrantLock();
    /** Claimed files that this round over all of them has had its try at. */
    private final Set<Path> tried = new HashSet<>();
    /** Files that the operator has been told of. */
    private final Set<Path> unreadable = new HashSet<>();
    /** The operator has been told that nothing can be claimed. */
    private boolean apart;
    /** In this look. */
    private int notTaken;

    Maildrop(Submitter submitter, MailLog log, Predicate<Path> readable, int mostPerLook) {
        this.submitter = submitter;
        this.log = log;
        this.readable = readable;
        this.mostPerLook = mostPerLook;
    }

    /**
     * No further file is begun.
     *
     * @param looking  interrupted when none is being taken any more; however long the disk takes, what is being submitted then is not broken into
     * @param patience how long that is waited for
     */
    void stop(Thread looking, Duration patience) throws InterruptedException {
        stopped = true;
        if (taking.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
            looking.interrupt();
            taking.unlock();
        }
    }

    /** Takes every complete file there is: first what an earlier look could not take. */
    void look(Path maildrop, Settings settings) throws IOException {
        notTaken = 0;
        var claims = Claims.of(maildrop);
        for (Path file : inTurn(claims.directory())) {
            attempt(file, () -> submitter.take(file, settings));
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
                    submitter.take(claims.claim(file), settings);
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
            if (submitter.owner(file).isEmpty() || !MaildropFile.isReady(file)) {
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
                log.warning(Submitter.name(file) + ": the server may not read this file; left in the maildrop");
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
        log.warning(Submitter.name(file) + ": " + why + "; left for the next attempt");
    }
}
