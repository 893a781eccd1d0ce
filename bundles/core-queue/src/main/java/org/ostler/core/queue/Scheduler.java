// SPDX-License-Identifier: Apache-2.0
// size: all that happens under the one lock is to be read in one place
package org.ostler.core.queue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ostler.core.queue.ActiveMessage.Wish;
import org.ostler.core.queue.Lanes.Held;
import org.ostler.mail.config.Generation;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;

/**
 * The active queue in motion: takes messages in, starts deliveries, ends messages.
 *
 * <h2>Description</h2>
 * All state, that of {@link Lanes} included, is guarded by one lock that is held for a few constant-time steps and never over I/O, table look-ups or log lines. A
 * message comes in on a virtual thread that resolves its recipients and goes on with its first delivery; a thread whose delivery has ended goes on with the next one of
 * the same transport. So a message that can be delivered at once costs one thread from arrival to removal.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> none but for the lock and {@link #awaitEmpty}. <b>Errors</b> {@link Work} does not throw.
 */
final class Scheduler {

    /** Answer to an operator's wish. @param over completes when the message has left the active queue; null where it is not there */
    record Found(boolean accepted, CompletableFuture<Void> over) {}

    /** Messages being resolved at once: their threads wait for tables. */
    static final int INTAKE = 64;
    /** How long a result may stay out of the store while other recipients of its message are being served. */
    static final Duration WRITE_DELAY = Duration.ofSeconds(1);
    private static final Duration NO_THREAD_DELAY = Duration.ofSeconds(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Clocks clocks;
    private final Clerk clerk;
    private final Consumer<Runnable> threads;
    private final Work work;
    private final ActiveSet active;
    private final Admission admission;
    private final Lanes lanes;
    private final ArrayDeque<ActiveMessage> intake = new ArrayDeque<>();
    private final Agenda agenda = new Agenda();
    private volatile Generation generation;
    private List<ActiveMessage> dirty = new ArrayList<>();
    private List<ActiveMessage> toWrite = List.of();
    private int resolving;
    /** Gone, without a claim or with a report that had waited, since the last scan began: what that one has read of them may be older than their results. */
    private final Set<QueueId> gone = new HashSet<>();

    /** @param threads starts one */
    Scheduler(Clocks clocks, Generation generation, Clerk clerk, Consumer<Runnable> threads, Function<Scheduler, Work> work) {
        this.clocks = clocks;
        this.generation = generation;
        this.clerk = clerk;
        this.threads = threads;
        this.active = new ActiveSet(ActiveSet.Bounds.of(generation.main()));
        this.admission = new Admission(active, this::later, clerk);
        this.lanes = new Lanes(this::later, job -> begin(() -> goOn(null, job)));
        this.work = work.apply(this);
    }

    Generation generation() {
        return generation;
    }

    void generation(Generation now) {
        var bounds = ActiveSet.Bounds.of(now.main());
        locked(() -> {
            generation = now;
            active.bounds(bounds);
        });
    }

    Lane lane(String name) {
        return lanes.lane(name, generation);
    }

    /** Runs something short that must not block. */
    private void locked(Runnable what) {
        lock.lock();
        try {
            what.run();
        } finally {
            lock.unlock();
        }
    }

    private <T> T locked(Supplier<T> what) {
        lock.lock();
        try {
            return what.get();
        } finally {
            lock.unlock();
        }
    }

    /** On a thread of its own; where there is none, nor memory for one, a moment later. What nobody went on with would be active, and lie there, until a restart. */
    void begin(Runnable what) {
        Runnable once = what;
        try {
            once = what instanceof Once ? what : new Once(what);
            threads.accept(once);
        } catch (OutOfMemoryError e) {
            Runnable again = once;
            locked(() -> later(NO_THREAD_DELAY, () -> begin(again)));
        }
    }

    /** Where memory ends while a thread is being started it may run all the same; nobody is to get mail twice for that. */
    private static final class Once extends AtomicBoolean implements Runnable {

        private static final long serialVersionUID = 1L;
        private final transient Runnable what;

        Once(Runnable what) {
            this.what = what;
        }

        @Override
        public void run() {
            if (compareAndSet(false, true)) {
                what.run();
            }
        }
    }

    // --- messages come in

    /** Whether new mail is taken from memory. */
    void accept(boolean yes) {
        locked(() -> admission.open(yes));
    }

    /** @return false where there is no room: to be scanned later */
    boolean arrived(StoredMessage message) {
        return locked(() -> {
            boolean admitted = admission.admits();
            if (admitted) {
                admit(message, false);
            }
            return admitted;
        });
    }

    /**
     * Takes a message that a scan has claimed.
     *
     * @param held as in {@link #claimed}
     * @return false where its deliveries have ended since: it is to be given back, and read anew
     */
    boolean scanned(StoredMessage message, boolean flush, BooleanSupplier held) {
        return locked(() -> {
            boolean current = active.get(message.id()) != null || !gone.contains(message.id());
            if (current) {
                claimed(message, flush, held);
            }
            return current;
        });
    }

    /**
     * Takes a message that has been claimed, and read after that; one that is still here from before the store went away just gets its claim back.
     *
     * @param held whether the claim is ours still, asked under the lock: a store that leaves ends all claims before {@link #stop} goes over what came from it, and what came after that nobody would stop
     * @return whether it was
     */
    boolean claimed(StoredMessage message, boolean flush, BooleanSupplier held) {
        return locked(() -> {
            ActiveMessage known = active.get(message.id());
            if (!held.getAsBoolean()) {
                return false;
            } else if (known != null && known.leaving) {
                known.reclaimed = true;
            } else if (known != null) {
                known.claimed = true;
            } else {
                admit(message, flush);
            }
            return true;
        });
    }

    private void admit(StoredMessage message, boolean flush) {
        long waited = Math.max(0, Duration.between(message.arrival(), clocks.now()).toNanos());
        var taken = new ActiveMessage(message, waited, clocks.nanos(), flush);
        active.add(taken);
        taken.inIntake = true;
        intake.addLast(taken);
        startIntake();
    }

    private void startIntake() {
        while (resolving < INTAKE && !intake.isEmpty()) {
            ActiveMessage message = intake.pollFirst();
            if (message.inIntake) {
                message.inIntake = false;
                resolving++;
                begin(() -> takeIn(message));
            }
        }
    }

    private void takeIn(ActiveMessage message) {
        Work.Plan plan = work.plan(message);
        var held = new ArrayList<Held>(0);
        Job next = null;
        boolean over;
        lock.lock();
        try {
            resolving--;
            startIntake();
            message.record(plan.settled());
            if (message.wish == Wish.NONE) {
                next = offer(message, plan.jobs(), held);
            }
            message.open += held.size() - 1;
            over = message.open == 0;
        } finally {
            lock.unlock();
        }
        if (!held.isEmpty()) {
            if (next != null) {
                Job other = next;
                begin(() -> goOn(null, other));
                next = null;
            }
            suspend(held);
        }
        goOn(over ? message : null, next);
    }

    private Job offer(ActiveMessage message, List<Job> jobs, List<Held> held) {
        Job first = null;
        for (Job job : jobs) {
            Reason dead = lanes.offer(job, message.flush);
            if (dead != null) {
                held.add(new Held(job, dead));
                continue;
            }
            message.open++;
            message.jobs.add(job);
            first = lanes.pump(job.lane, first);
            lanes.warnOfClog(job.destination, active.limit(), clocks.nanos(), generation.main());
        }
        return first;
    }

    // --- deliveries

    /** Ends a message and runs deliveries until there is none for this thread. */
    private void goOn(ActiveMessage over, Job first) {
        Job job = first;
        if (over != null) {
            job = passOn(job, work.isSlow(over));
            work.finish(over);
        }
        while (job != null) {
            job = run(job);
        }
    }

    /** Gives a job to another thread where this one is about to wait. */
    private Job passOn(Job job, boolean busy) {
        if (job == null || !busy) {
            return job;
        }
        begin(() -> goOn(null, job));
        return null;
    }

    private Job run(Job job) {
        Work.Attempt attempt = work.deliver(job);
        List<Held> held;
        Job next;
        boolean over;
        lock.lock();
        try {
            held = lanes.conclude(job, attempt, generation);
            next = lanes.pump(job.lane, null);
            over = ended(job.message, attempt.outcomes());
        } finally {
            lock.unlock();
        }
        if (over || !held.isEmpty()) {
            next = passOn(next, !held.isEmpty() || work.isSlow(job.message));
            if (over) {
                work.finish(job.message);
            }
            suspend(held);
        }
        return next;
    }

    private boolean ended(ActiveMessage message, List<Outcome> outcomes) {
        message.record(outcomes);
        if (--message.open == 0) {
            return true;
        }
        if (!message.dirty) {
            message.dirty = true;
            dirty.add(message);
            if (dirty.size() == 1) {
                later(WRITE_DELAY, this::collectDirty);
            }
        }
        return false;
    }

    /** Tells and ends jobs that were not tried. */
    private void suspend(List<Held> held) {
        for (Held each : held) {
            List<Outcome> outcomes = work.suspend(each.job(), each.reason());
            if (locked(() -> ended(each.job().message, outcomes))) {
                work.finish(each.job().message);
            }
        }
    }

    // --- time

    private void later(Duration wait, Runnable what) {
        if (agenda.add(clocks.nanos() + wait.toNanos(), what)) {
            clerk.timer();
        }
    }

    /** Finishes a message once more, on a thread of its own, after a while. */
    void finishLater(ActiveMessage message, Duration wait) {
        locked(() -> later(wait, () -> begin(() -> work.finish(message))));
    }

    private void collectDirty() {
        toWrite = dirty;
        dirty = new ArrayList<>();
        toWrite.forEach(message -> message.dirty = false);
    }

    /** Runs what is due; called by the clerk. @return nanoseconds until there is more to do, at most {@code most} */
    long tick(long most) {
        List<ActiveMessage> write = locked(() -> {
            long now = clocks.nanos();
            for (Runnable due = agenda.next(now); due != null; due = agenda.next(now)) {
                due.run();
            }
            List<ActiveMessage> collected = toWrite;
            toWrite = List.of();
            return collected;
        });
        write.forEach(message -> locked(() -> writePart(message)));
        return locked(() -> Math.min(most, agenda.wait(clocks.nanos(), most)));
    }

    // Under the lock, so that it cannot come after the message's last update. The store only takes note here; its I/O is its own. A store that has come anew may have to read the message first,
    // or wait until it knows it: not here. It gets these results with the last update, or when a scan of it has brought the message.
    private void writePart(ActiveMessage message) {
        Map<Integer, RecipientState> done = message.open > 0 ? message.delivered() : Map.of();
        if (message.claimed && done.size() > message.written) {
            message.written = done.size();
            work.writePart(message, done);
        }
    }

    // --- messages go

    /** The message's last update is about to be sent: a claim that comes from now on is not for this cycle. */
    void leaves(ActiveMessage message) {
        locked(() -> {
            message.leaving = true;
        });
    }

    /** The message has left the active queue. */
    void forget(ActiveMessage message) {
        CompletableFuture<Void> over = locked(() -> {
            active.remove(message);
            if (!message.claimed || message.parked) {
                gone.add(message.id());
            }
            if (message.reclaimed) {
                message.reclaimed = false;
                work.giveBack(message);
            }
            admission.roomMade();
            if (active.size() == 0) {
                changed.signalAll();
            }
            return message.over;
        });
        if (over != null) {
            over.complete(null);
        }
    }

    /** A scan begins. @return how many new messages may come in; with 0 the clerk is woken when there is room */
    int beginScan() {
        return locked(() -> {
            gone.clear();
            return admission.beginScan();
        });
    }

    /** A scan has found all new mail there was. */
    void caughtUp() {
        locked(admission::caughtUp);
    }

    /** How many deferred messages may come in; with 0 the clerk is woken when there is room. */
    int roomForDue() {
        return locked(admission::roomForDue);
    }

    /** What an operator wants done with an active message, when its present deliveries have ended; those that have not begun are not. */
    Found wish(QueueId id, Wish wish, CompletableFuture<QueueId> requeued) {
        boolean over;
        ActiveMessage message;
        lock.lock();
        try {
            message = active.get(id);
            if (message == null) {
                return new Found(false, null);
            }
            if (message.over == null) {
                message.over = new CompletableFuture<>();
            }
            if (message.open == 0 || message.wish == Wish.REQUEUE) {
                return new Found(false, message.over);
            }
            message.wish = wish;
            message.requeued = requeued;
            over = cancelWaiting(message);
        } finally {
            lock.unlock();
        }
        if (over) {
            begin(() -> work.finish(message));
        }
        return new Found(true, message.over);
    }

    /** @return whether the message has nothing left to wait for */
    private boolean cancelWaiting(ActiveMessage message) {
        int before = message.open;
        for (Job job : message.jobs) {
            if (job.state == Job.State.WAITING) {
                lanes.cancel(job);
                message.open--;
            }
        }
        if (message.inIntake) {
            message.inIntake = false;
            message.open--;
        }
        return before > 0 && message.open == 0;
    }

    /**
     * Stops what has not begun, because the store goes away or this manager does. Deliveries in progress go on and are finished by their own threads.
     *
     * @param claimsLost the store has gone and the claims with it
     */
    void stop(boolean claimsLost) {
        var ended = new ArrayList<ActiveMessage>();
        locked(() -> {
            admission.open(false);
            for (ActiveMessage message : active.all()) {
                message.claimed &= !claimsLost;
                if (message.wish == Wish.NONE && message.open > 0) {
                    message.wish = Wish.STOP;
                    if (cancelWaiting(message)) {
                        ended.add(message);
                    }
                }
            }
        });
        if (!ended.isEmpty()) {
            begin(() -> ended.forEach(work::finish));
        }
    }

    /** Waits until the active queue is empty. @return whether it is */
    boolean awaitEmpty(Duration most) throws InterruptedException {
        lock.lock();
        try {
            long left = most.toNanos();
            while (active.size() > 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
            return active.size() == 0;
        } finally {
            lock.unlock();
        }
    }

    // --- looking in

    /** Whether this very message is in the active queue. */
    boolean isHere(ActiveMessage message) {
        return locked(() -> active.get(message.id()) == message);
    }

    boolean isActive(QueueId id) {
        return locked(() -> active.get(id) != null);
    }

    List<StoredMessage> snapshot() {
        return locked(() -> active.all().stream().map(ActiveMessage::snapshot).toList());
    }

    void forgetTheDead() {
        locked(lanes::forgetTheDead);
    }

    void transportCame(Set<String> programs) {
        locked(() -> lanes.transportCame(programs));
    }
}
