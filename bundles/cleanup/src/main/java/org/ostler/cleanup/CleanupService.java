// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;
import org.ostler.mail.routing.Router;

/**
 * Opens submissions.
 *
 * <h2>Description</h2>
 * A submission sees the stages that are there when it is opened. The draft belongs to the store of that moment: when the store goes away meanwhile, the commit fails and the client is told 451.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> only while no store is bound, for the time of the lease. <b>Errors</b> {@link QueueException}.
 */
@Component(name = "cleanup", service = Cleanup.class, immediate = true)
public final class CleanupService implements Cleanup {

    private final Leased<QueueStore> store = new Leased<>("queue store");
    private final Leased<Router> router = new Leased<>("trivial-rewrite");
    private final Completion completion = new Completion(router);
    // Keyed so that the highest ranking comes first; a ServiceReference orders by ranking.
    private final ConcurrentSkipListMap<Comparable<Object>, CleanupStage> byRank = new ConcurrentSkipListMap<>((a, b) -> b.compareTo(a));
    private volatile List<CleanupStage> stages = List.of();

    // Never a message without them: while one of the bundle's own stages is missing (start, update), the service is not there, and callers wait.
    @Reference(target = "(component.name=org.ostler.cleanup.ReceivedStage)")
    private CleanupStage received;

    @Reference(target = "(component.name=org.ostler.cleanup.HeaderStage)")
    private CleanupStage header;

    @Reference(target = "(component.name=org.ostler.cleanup.BccStage)")
    private CleanupStage bcc;

    @Reference(target = "(component.name=org.ostler.cleanup.AliasStage)")
    private CleanupStage alias;

    @Reference(target = "(component.name=org.ostler.cleanup.DuplicateStage)")
    private CleanupStage duplicate;

    /** Without a container: the stages that must be there. */
    private final List<CleanupStage> own;
    private final boolean isWired;

    private final MemoryBudget memory;

    @Activate
    public CleanupService() {
        memory = MemoryBudget.forThisProcess();
        own = List.of();
        isWired = true;
    }

    /** Without a container. @param stages in order */
    public CleanupService(QueueStore store, Router router, List<CleanupStage> stages) {
        this(store, router, stages, stages, MemoryBudget.forThisProcess());
    }

    /** @param own those without which no message may pass */
    CleanupService(QueueStore store, Router router, List<CleanupStage> own, List<CleanupStage> stages, MemoryBudget memory) {
        this.memory = memory;
        this.own = List.copyOf(own);
        this.isWired = false;
        this.store.bind(store, 0);
        this.router.bind(router, 0);
        this.stages = List.copyOf(stages);
    }

    @Override
    public Submission open(Origin origin, Settings settings) throws QueueException {
        try {
            List<CleanupStage> now = stages;
            if (!hasOwn(now)) {
                throw new QueueException(QueueException.Kind.UNAVAILABLE, "a cleanup stage is missing: the bundle is being replaced");
            }
            Draft draft = store.<Draft, QueueException>call(QueueStore::create);
            return new MessageSubmission(origin, settings, draft, now, completion, memory);
        } catch (UnavailableException e) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, e.getMessage(), e);
        }
    }

    /** A store that is not there is no matter of room: {@link #open} says so. */
    @Override
    public boolean hasRoom() {
        try {
            return store.<Long, RuntimeException>call(QueueStore::freeSpace) > 0;
        } catch (UnavailableException e) {
            return true;
        }
    }

    /** The container may take a stage out of the list a moment before it withdraws this service, and a call may have come before that. */
    private boolean hasOwn(List<CleanupStage> now) {
        if (!isWired) {
            return now.containsAll(own);
        }
        for (CleanupStage each : new CleanupStage[] {received, header, bcc, alias, duplicate}) {
            if (each == null || !now.contains(each)) {
                return false;
            }
        }
        return true;
    }

    @Reference(service = QueueStore.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindStore(QueueStore s, ServiceReference<QueueStore> ref) {
        store.bind(s, ref);
    }

    void unbindStore(QueueStore s, ServiceReference<QueueStore> ref) {
        store.unbind(s, ref);
    }

    @Reference(service = Router.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindRouter(Router r, ServiceReference<Router> ref) {
        router.bind(r, ref);
    }

    void unbindRouter(Router r, ServiceReference<Router> ref) {
        router.unbind(r, ref);
    }

    @SuppressWarnings("unchecked")
    @Reference(service = CleanupStage.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    synchronized void bindStage(CleanupStage stage, ServiceReference<CleanupStage> ref) {
        byRank.put((Comparable<Object>) (Comparable<?>) ref, stage);
        stages = List.copyOf(byRank.values());
    }

    synchronized void unbindStage(CleanupStage stage, ServiceReference<CleanupStage> ref) {
        byRank.remove(ref);
        stages = List.copyOf(byRank.values());
    }
}
