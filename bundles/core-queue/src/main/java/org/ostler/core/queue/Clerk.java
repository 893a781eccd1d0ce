// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Claims;
import org.slf4j.LoggerFactory;

/**
 * The one thread that claims messages and watches the clock.
 *
 * <h2>Description</h2>
 * It sleeps until a timer of the agenda ends or an operator asks, and scans the store when arrivals were refused and room was made, when a message falls due, and
 * every queue_run_delay in any case. New mail in the store goes before deferred mail. Only this thread claims, so a message that an operator's task on this thread
 * has seen to be inactive stays so until the task ends.
 *
 * <p><b>Threads</b> one platform thread; {@link #wake} and {@link #call} from any. <b>Blocking</b> the store's scans. <b>Errors</b> of the store are logged and tried again.
 */
final class Clerk {

    /** Messages claimed at once. */
    static final int BATCH = 200;
    /** After trouble with the store. */
    static final Duration TROUBLE_DELAY = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(30);

    @FunctionalInterface
    interface Task<R> {
        R run() throws QueueException;
    }

    /** @param dropped instead, where this manager stops before its turn */
    private record Pending(Runnable what, Runnable dropped) {}

    private final Clocks clocks;
    private final ClockWatch watch;
    private final StoreLink store;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private final ArrayDeque<Pending> tasks = new ArrayDeque<>();
    private Scheduler scheduler;
    private Thread thread;
    /** Look at the timers again. */
    private boolean signal;
    /** Scan, whatever the time. */
    private boolean scanWanted = true;
    private long nextScan;
    private volatile boolean closed;
    private boolean flushing;
    private boolean troubled;

    Clerk(Clocks clocks, ClockWatch watch, StoreLink store) {
        this.clocks = clocks;
        this.watch = watch;
        this.store = store;
    }

    void start(Scheduler with) {
        scheduler = with;
        thread = Thread.ofPlatform().daemon().name("qmgr").start(this::run);
    }

    /** Ends after the scan in progress. */
    void close() throws InterruptedException {
        lock.lock();
        try {
            closed = true;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
        thread.join(Duration.ofSeconds(10));
    }

    /** Scan now. */
    void wake() {
        signal(true);
    }

    /** There is a timer that ends earlier than the others. */
    void timer() {
        signal(false);
    }

    private void signal(boolean scan) {
        lock.lock();
        try {
            signal = true;
            scanWanted |= scan;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A message was deferred until then: scan no later. */
    void due(Instant when) {
        long at = clocks.nanos() + Math.max(0, Math.min(Duration.ofDays(1).toNanos(), Duration.between(clocks.now(), when).toNanos()));
        lock.lock();
        try {
            if (nextScan - at > 0) {
                nextScan = at;
                signal = true;
                woken.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isTimeToScan() {
        lock.lock();
        try {
            boolean now = scanWanted || nextScan - clocks.nanos() <= 0;
            scanWanted = false;
            if (now) {
                // Until the scan has found out more, so that a message deferred meanwhile can bring it forward.
                nextScan = clocks.nanos() + scanEvery();
            }
            return now;
        } finally {
            lock.unlock();
        }
    }

    private long scanNoLaterThan(long wait) {
        lock.lock();
        try {
            long at = clocks.nanos() + wait;
            if (nextScan - at > 0) {
                nextScan = at;
            }
            return Math.max(0, nextScan - clocks.nanos());
        } finally {
            lock.unlock();
        }
    }

    /** Runs a task between scans and waits for its answer. */
    <R> R call(Task<R> task) throws QueueException {
        var answer = new CompletableFuture<R>();
        later(() -> {
            try {
                answer.complete(task.run());
            } catch (QueueException | RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        }, () -> answer.completeExceptionally(new QueueException(QueueException.Kind.UNAVAILABLE, "queue manager is stopping")));
        return await(answer, ANSWER);
    }

    /** Runs something between scans; where this manager stops, which gives back all it has, the other instead. */
    void later(Runnable what, Runnable dropped) {
        lock.lock();
        try {
            if (!closed) {
                tasks.addLast(new Pending(what, dropped));
                signal = true;
                woken.signalAll();
                return;
            }
        } finally {
            lock.unlock();
        }
        dropped.run();
    }

    static <R> R await(CompletableFuture<R> answer, Duration most) throws QueueException {
        try {
            return answer.get(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof QueueException q) {
                throw q;
            }
            throw new QueueException(QueueException.Kind.UNAVAILABLE, String.valueOf(e.getCause().getMessage()), e.getCause());
        } catch (TimeoutException e) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue manager is busy", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "interrupted", e);
        }
    }

    /** What is due now is tried although its destination or transport may be left alone; on the clerk's thread. */
    void flushing() {
        flushing = true;
        wake();
    }

    private void run() {
        while (true) {
            Pending task = nextTask();
            if (closed) {
                for (; task != null; task = nextTask()) {
                    task.dropped.run();
                }
                return;
            }
            try {
                if (task != null) {
                    task.what.run();
                }
                // After each task: however many an operator has, mail that falls due is not kept waiting.
                idle(round());
            } catch (RuntimeException | Error e) {
                // A bug in one round must not end all delivery, nor may a class that has gone with its bundle or a moment without memory.
                LoggerFactory.getLogger(Clerk.class).error("queue manager", e);
                log().error("queue manager: " + e);
                idle(TROUBLE_DELAY.toNanos());
            }
        }
    }

    private Pending nextTask() {
        lock.lock();
        try {
            return tasks.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    private void idle(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!signal && !closed && tasks.isEmpty() && left > 0) {
                left = woken.awaitNanos(left);
            }
            signal = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    private MailLog log() {
        return Told.qmgr(scheduler.generation().main());
    }

    /** One look around. @return nanoseconds until the next */
    private long round() {
        // First: mail often falls due at the moment at which its destination is given another chance.
        scheduler.tick(0);
        watch.check(log());
        if (store.attach(this::arrived)) {
            scheduler.accept(true);
            wake();
        }
        long wait = isTimeToScan() ? scanNoLaterThan(scanned()) : scanNoLaterThan(Duration.ofDays(1).toNanos());
        return scheduler.tick(wait);
    }

    /** On the thread of who sent it. @return false where there is no room for it, or for what becomes of it: a scan comes back to it */
    private boolean arrived(StoredMessage message) {
        if (store.isFull()) {
            due(clocks.now().plus(TROUBLE_DELAY));
            return false;
        }
        return scheduler.arrived(message);
    }

    /** Nanoseconds; a second at least, or this thread would do nothing else. */
    private long scanEvery() {
        return Math.max(Duration.ofSeconds(1).toNanos(), scheduler.generation().main().get(QmgrParameters.QUEUE_RUN_DELAY).toNanos());
    }

    /** Scans. @return nanoseconds after which that is to be done again */
    private long scanned() {
        long most = scanEvery();
        StoreLink.Attachment attached = store.attachment();
        if (attached == null) {
            return store.isAttachRefused() ? Duration.ofSeconds(1).toNanos() : most;
        }
        store.rewrite();
        if (store.isFull()) {
            return TROUBLE_DELAY.toNanos();
        }
        try {
            boolean more = store.withClaims(attached, false, claims -> scan(attached, claims));
            troubled = false;
            return more ? 0 : store.withClaims(attached, most, this::untilDue);
        } catch (QueueException | RuntimeException | Error e) {
            // Whatever it is: what was to be looked for is to be looked for again soon.
            if (!troubled && store.attachment() == attached) {
                troubled = true;
                log().warning("queue scan: " + (e instanceof QueueException ? e.getMessage() : e));
            }
            return TROUBLE_DELAY.toNanos();
        }
    }

    /** Fills the active queue. @return whether there was more than one batch of something */
    private boolean scan(StoreLink.Attachment attached, Claims claims) throws QueueException {
        int room = Math.min(BATCH, scheduler.beginScan());
        boolean more = false;
        if (room > 0) {
            List<StoredMessage> incoming = claims.incoming(room);
            take(attached, incoming);
            more = incoming.size() == room;
            if (!more) {
                scheduler.caughtUp();
            }
        }
        int roomForDeferred = Math.min(BATCH, scheduler.roomForDue());
        if (roomForDeferred > 0) {
            List<StoredMessage> due = claims.due(clocks.now(), roomForDeferred);
            take(attached, due);
            if (due.size() == roomForDeferred) {
                return true;
            }
            flushing = false;
        }
        return more;
    }

    private void take(StoreLink.Attachment attached, List<StoredMessage> messages) {
        var left = new ArrayDeque<>(messages);
        try {
            for (StoredMessage message = left.peek(); message != null; left.poll(), message = left.peek()) {
                if (!store.isHeldBack(message.id()) && !store.inHand().contains(message.id()) && !scheduler.scanned(store.corrected(message), flushing, () -> holds(attached))) {
                    store.release(message.id());
                    wake();
                }
            }
        } finally {
            // After an error: they are claimed, and no scan would come back to them.
            left.forEach(message -> store.release(message.id()));
        }
    }

    /** Whether claims from there are still ours; whatever ends them, a stop included, gives back what is not in the active queue then. */
    boolean holds(StoreLink.Attachment attached) {
        return !closed && store.attachment() == attached;
    }

    private long untilDue(Claims claims) throws QueueException {
        if (store.hasUnwritten()) {
            return TROUBLE_DELAY.toNanos();
        }
        if (scheduler.roomForDue() == 0) {
            // Woken when there is room.
            return Duration.ofDays(1).toNanos();
        }
        Optional<Instant> due = claims.nextDue();
        if (due.isEmpty()) {
            return Duration.ofDays(1).toNanos();
        }
        Duration wait = Duration.between(clocks.now(), due.get());
        // A message that is due but was not given to us is somebody else's for the moment: no busy loop over it.
        return wait.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1).toNanos() : Math.max(Duration.ofMillis(50).toNanos(), wait.toNanos());
    }
}
