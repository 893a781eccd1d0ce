// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.spi.QueueStore;
import org.ostler.mail.routing.Router;

/** Puts the parts of the queue manager together. No OSGi in here. <b>Threads</b> {@link #start} and {@link #close} once each. */
final class Engine {

    /** The neighbours; whoever binds and unbinds them tells the engine about the store. */
    record Neighbours(Leased<QueueStore> store, Leased<Router> router, Leased<Reporter> reporter, Leased<Cleanup> cleanup, Transports transports) {

        static Neighbours none(Clocks clocks) {
            return new Neighbours(new Leased<>("queue store"), new Leased<>("address resolver"), new Leased<>("bounce service"), new Leased<>("cleanup service"),
                    new Transports(clocks.ticker()));
        }
    }

    /** What a stop leaves for results that could not be written so far, however long it has waited for deliveries. */
    private static final Duration LAST_UPDATES = Duration.ofSeconds(5);

    private final Neighbours neighbours;
    private final StoreLink store;
    private final Clerk clerk;
    private final Scheduler scheduler;
    private final Verbs verbs;

    Engine(Clocks clocks, Neighbours neighbours, Generation generation) {
        this(clocks, neighbours, generation, Flush.MOST_IN_WALK, Thread::startVirtualThread);
    }

    /**
     * @param walk    most ids remembered during a flush
     * @param threads starts one
     */
    Engine(Clocks clocks, Neighbours neighbours, Generation generation, int walk, Consumer<Runnable> threads) {
        this.neighbours = neighbours;
        var watch = new ClockWatch(clocks);
        var told = new Told(clocks);
        var reports = new Reports(new Patient<>(neighbours.reporter, clocks.ticker()));
        var router = new Patient<>(neighbours.router, clocks.ticker());
        var agent = new Agent(clocks, neighbours.transports, told);
        store = new StoreLink(neighbours.store);
        var requeue = new Requeue(neighbours.cleanup, store::isClosed);
        configure(generation);
        clerk = new Clerk(clocks, watch, store);
        store.onKept(() -> clerk.due(clocks.now().plus(Clerk.TROUBLE_DELAY)));
        scheduler = new Scheduler(clocks, generation, clerk, threads,
                s -> new GuardedWork(new Parts(s, new Intake(s, router, told), agent, told, new Finisher(clocks, watch, s, clerk, store, reports, requeue), store, clerk),
                        clocks, s, store, clerk));
        verbs = new Verbs(clerk, watch, scheduler, store, new Flush(clerk, scheduler, store, walk), requeue);
    }

    /** What the scheduler has done outside of its lock. */
    private record Parts(Scheduler scheduler, Intake intake, Agent agent, Told told, Finisher finisher, StoreLink store, Clerk clerk) implements Work {

        @Override
        public Work.Plan plan(ActiveMessage message) {
            return intake.plan(message);
        }

        @Override
        public Work.Attempt deliver(Job job) {
            return agent.deliver(job);
        }

        @Override
        public List<Outcome> suspend(Job job, Reason reason) {
            return told.suspended(job, reason, scheduler.generation().main());
        }

        @Override
        public void finish(ActiveMessage message) {
            finisher.finish(message);
        }

        @Override
        public boolean isSlow(ActiveMessage message) {
            return finisher.isSlow(message);
        }

        @Override
        public void giveBack(ActiveMessage message) {
            store.release(message.id());
            clerk.wake();
        }

        @Override
        public void writePart(ActiveMessage message, Map<Integer, RecipientState> done) {
            store.update(message.id(), new MessageUpdate(done, new Disposition.Keep(), false));
        }
    }

    void start() {
        neighbours.transports.onArrival(scheduler::transportCame);
        clerk.start(scheduler);
    }

    /** Stops taking work, waits a bounded time for deliveries in progress, gives all claims back. */
    void close() {
        Duration most = scheduler.generation().main().get(QmgrParameters.STOP_TIME_LIMIT);
        long end = System.nanoTime() + most.toNanos();
        try {
            scheduler.accept(false);
            clerk.close();
            scheduler.stop(false);
            if (!scheduler.awaitEmpty(most)) {
                Told.qmgr(scheduler.generation().main()).warning("stopped while deliveries are in progress; their recipients may get the message again");
            }
            store.inHand().awaitEmpty(Duration.ofNanos(end - System.nanoTime()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!store.close(Duration.ofNanos(Math.max(LAST_UPDATES.toNanos(), end - System.nanoTime())))) {
                Told.qmgr(scheduler.generation().main()).warning("stopped before all results of deliveries could be written; their recipients may get the message again");
            }
        }
    }

    void configured(Generation generation) {
        configure(generation);
        scheduler.generation(generation);
        clerk.wake();
    }

    private void configure(Generation generation) {
        Settings settings = generation.main();
        store.settings(settings);
        if (settings.get(QmgrParameters.BOUNCE_QUEUE_LIFETIME).compareTo(settings.get(QmgrParameters.MAXIMAL_QUEUE_LIFETIME)) > 0) {
            Told.qmgr(settings).warning("bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime");
        }
    }

    void storeCame() {
        if (store.isOutranked()) {
            StoreLink.Attachment old = store.attachment();
            if (old != null) {
                storeLeaves(old.store());
            }
        }
        clerk.wake();
    }

    /** Called before the store is unbound: its claims end, what has not begun is forgotten, what is under way goes on. */
    void storeLeaves(QueueStore leaving) {
        StoreLink.Attachment attached = store.attachment();
        if (attached != null && attached.store() == leaving) {
            store.detach(leaving, () -> scheduler.stop(true));
            clerk.wake();
        }
    }

    Verbs verbs() {
        return verbs;
    }

    /** For tests. */
    Clerk clerk() {
        return clerk;
    }

    /** For tests. */
    StoreLink store() {
        return store;
    }

    /** Without asking the store; for tests. */
    boolean isActive(QueueId id) {
        return scheduler.isActive(id);
    }

    /** Attached to a store and taking arrivals; for tests. */
    boolean isAttached() {
        return store.attachment() != null;
    }

    void wake() {
        clerk.wake();
    }
}
