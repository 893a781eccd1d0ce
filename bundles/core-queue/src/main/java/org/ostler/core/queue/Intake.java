// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.routing.AddressClass;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Resolution.Route;
import org.ostler.mail.routing.Router;
import org.slf4j.LoggerFactory;

/**
 * Resolves a message's pending recipients and groups them into deliveries.
 *
 * <h2>Description</h2>
 * Recipients with the same transport and next hop share a delivery, up to {@code <transport>_destination_recipient_limit}; with a limit of one the recipient takes
 * the place of the next hop as the destination whose concurrency is counted.
 * <p><b>Threads</b> any. <b>Blocking</b> table look-ups of the router. <b>Errors</b> become deferrals.
 */
final class Intake {

    private static final String DISCARDED = "undeliverable postmaster notification discarded";

    private record Key(String transport, String nextHop) {}

    private final Scheduler scheduler;
    private final Patient<Router> router;
    private final Told told;

    Intake(Scheduler scheduler, Patient<Router> router, Told told) {
        this.scheduler = scheduler;
        this.router = router;
        this.told = told;
    }

    Work.Plan plan(ActiveMessage message) {
        Settings settings = scheduler.generation().main();
        told.active(message, settings);
        var settled = new ArrayList<Outcome>(0);
        List<Integer> pending = pending(message);
        var groups = new LinkedHashMap<Key, List<Route>>(2);
        var numbers = new LinkedHashMap<Key, List<Integer>>(2);
        try (Leased<Router>.Lease lease = pending.isEmpty() ? null : router.acquire()) {
            for (int number : pending) {
                Recipient recipient = message.stored.envelope().recipients().get(number);
                Resolution resolution = resolve(lease.service(), message, recipient, settings);
                switch (resolution) {
                    case Route route when isDoubleBounce(route, settings) -> settled.add(discarded(number));
                    case Route route when isDeferred(route, message, settings) -> settled.add(deferred(number, Reasons.DEFERRED_TRANSPORT));
                    case Route route -> {
                        var key = new Key(route.transport(), route.nextHop());
                        groups.computeIfAbsent(key, k -> new ArrayList<>(1)).add(route);
                        numbers.computeIfAbsent(key, k -> new ArrayList<>(1)).add(number);
                    }
                    case Resolution.Undeliverable(var status, var text) ->
                        settled.add(new Outcome.Bounced(number, Reason.local(status, text), "none", Outcome.Timing.NONE));
                    case Resolution.Unavailable _ -> settled.add(deferred(number, Reasons.NO_RESOLVER));
                }
            }
        } catch (UnavailableException | RuntimeException e) {
            LoggerFactory.getLogger(Intake.class).debug("resolving {}", message.id(), e);
            if (e instanceof RuntimeException) {
                MailLog.of(settings.text("syslog_name") + "/qmgr").warning(message.id() + ": address resolver failure: " + e);
            }
            settled.clear();
            groups.clear();
            pending.forEach(number -> settled.add(deferred(number, Reasons.NO_RESOLVER)));
        }
        told.notTried(message, settled, settings);
        return new Work.Plan(jobs(message, groups, numbers), settled);
    }

    /** Whoever flushes the queue may have changed a moment ago where its mail goes. */
    private static Resolution resolve(Router router, ActiveMessage message, Recipient recipient, Settings settings) {
        Address sender = message.stored.envelope().sender();
        return message.flush ? router.resolveAnew(sender, recipient.address(), settings) : router.resolve(sender, recipient.address(), settings);
    }

    private static List<Integer> pending(ActiveMessage message) {
        List<RecipientState> states = message.stored.states();
        if (states.size() == 1) {
            return states.getFirst() instanceof RecipientState.Pending ? List.of(0) : List.of();
        }
        var pending = new ArrayList<Integer>(states.size());
        for (int i = 0; i < states.size(); i++) {
            if (states.get(i) instanceof RecipientState.Pending) {
                pending.add(i);
            }
        }
        return pending;
    }

    private List<Job> jobs(ActiveMessage message, Map<Key, List<Route>> groups, Map<Key, List<Integer>> numbers) {
        var jobs = new ArrayList<Job>(groups.size());
        groups.forEach((key, routes) -> {
            Lane lane = scheduler.lane(key.transport);
            int most = lane.limits().recipientLimit();
            List<Integer> all = numbers.get(key);
            for (int from = 0; from < all.size(); from += Math.min(most, all.size() - from)) {
                int to = from + Math.min(most, all.size() - from);
                var addresses = new ArrayList<Recipient>(to - from);
                for (int i = from; i < to; i++) {
                    Recipient given = message.stored.envelope().recipients().get(all.get(i));
                    addresses.add(given.address().equals(routes.get(i).recipient()) ? given : given.withAddress(routes.get(i).recipient()));
                }
                String destination = most == 1 ? addresses.getFirst().address().folded() : key.nextHop.toLowerCase(Locale.ROOT);
                jobs.add(new Job(message, lane, destination, key.nextHop, List.copyOf(all.subList(from, to)), addresses));
            }
        });
        return jobs;
    }

    private static boolean isDeferred(Route route, ActiveMessage message, Settings settings) {
        List<String> names = settings.get(QmgrParameters.DEFER_TRANSPORTS);
        return !names.isEmpty() && !message.flush && names.contains(route.transport());
    }

    /** Notices about bounces that bounced end here, so that a host without local delivery is not caught in a loop. */
    private static boolean isDoubleBounce(Route route, Settings settings) {
        return route.addressClass() == AddressClass.LOCAL && route.recipient().localPart().equalsIgnoreCase(settings.text("double_bounce_sender"));
    }

    private static Outcome discarded(int number) {
        return new Outcome.Delivered(number, EnhancedStatus.of("2.0.0"), DISCARDED, true, "none", Outcome.Timing.NONE);
    }

    private static Outcome deferred(int number, Reason reason) {
        return new Outcome.Deferred(number, reason, "none", Outcome.Timing.NONE);
    }
}
