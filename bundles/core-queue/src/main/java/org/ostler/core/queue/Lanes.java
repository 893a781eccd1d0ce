// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.queue.RecipientState.Reason;

/**
 * Transports and their destinations: what may start, what is left alone and for how long.
 *
 * <p>Guarded by the scheduler's lock, but for {@link #lane}, which any thread may call.
 */
final class Lanes {

    /** A job that is not tried because its transport or destination is left alone. */
    record Held(Job job, Reason reason) {}

    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    private final BiConsumer<Duration, Runnable> later;
    private final Consumer<Job> starter;

    /**
     * @param later   does something under the lock after a while
     * @param starter runs a job on a thread of its own
     */
    Lanes(BiConsumer<Duration, Runnable> later, Consumer<Job> starter) {
        this.later = later;
        this.starter = starter;
    }

    /** The transport of this name under the given configuration. */
    Lane lane(String name, Generation generation) {
        Lane lane = lanes.computeIfAbsent(name, n -> new Lane(n, generation));
        lane.refresh(generation);
        return lane;
    }

    /** Queues a job, unless its transport or destination is left alone: then says why. */
    Reason offer(Job job, boolean flush) {
        Lane lane = job.lane;
        Destination destination = lane.destination(job.key);
        if (flush) {
            lane.deadReason = null;
            revive(destination, destination.deadReason);
        }
        Reason dead = lane.deadReason != null ? lane.deadReason : destination.deadReason;
        if (dead != null) {
            job.state = Job.State.OVER;
            lane.tidy(destination);
            return dead;
        }
        destination.add(job);
        lane.selection.stirred(destination);
        return null;
    }

    /** Starts what may start in this lane; the first job is left to the caller where it has none yet. */
    Job pump(Lane lane, Job first) {
        Job mine = first;
        while (lane.hasRoom()) {
            Job job = lane.selection.next();
            if (job == null) {
                break;
            }
            lane.running++;
            if (mine == null) {
                mine = job;
            } else {
                starter.accept(job);
            }
        }
        return mine;
    }

    private void start(Lane lane) {
        Job job = pump(lane, null);
        if (job != null) {
            starter.accept(job);
        }
    }

    /** Takes a waiting job back. */
    void cancel(Job job) {
        job.state = Job.State.OVER;
        job.destination.cancelled();
        job.lane.tidy(job.destination);
    }

    /** What the end of a delivery means for its destination and transport. @return jobs that are not to be tried now */
    List<Held> conclude(Job job, Work.Attempt attempt, Generation generation) {
        Lane lane = job.lane;
        Destination destination = job.destination;
        LaneLimits limits = lane.limits();
        List<Held> held = List.of();
        job.state = Job.State.OVER;
        lane.running--;
        if (attempt.transportDown() != null) {
            held = transportDown(lane, attempt.transportDown(), read(generation.main(), QmgrParameters.TRANSPORT_RETRY_TIME));
        } else if (attempt.siteDown() != null) {
            if (destination.window.failed(limits)) {
                held = siteDown(destination, attempt.siteDown(), read(generation.main(), QmgrParameters.MINIMAL_BACKOFF_TIME));
            }
        } else {
            destination.window.succeeded(limits, destination.busy());
            destination.deadReason = null;
        }
        destination.ended();
        if (limits.rateDelay().isPositive()) {
            destination.paused = true;
            later.accept(limits.rateDelay(), () -> resume(destination));
        }
        if (limits.transportRateDelay().isPositive()) {
            lane.paused = true;
            later.accept(limits.transportRateDelay(), () -> resume(lane));
        }
        lane.selection.stirred(destination);
        lane.tidy(destination);
        return held;
    }

    /**
     * A value that nobody can read, which a server is started with in spite of its fatal line, counts as the default: an exception in here, with a delivery half accounted for, would leave
     * its message in the active queue for ever.
     */
    private static Duration read(Settings settings, Parameter<Duration> parameter) {
        try {
            return settings.get(parameter);
        } catch (BadValueException e) {
            return parameter.read(parameter.defaultText());
        }
    }

    private List<Held> siteDown(Destination destination, Reason why, Duration rest) {
        var reason = new Reason(why.status(), "delivery temporarily suspended: " + why.text(), why.remoteMta(), why.diagnosticType(), why.diagnostic());
        destination.deadReason = reason;
        later.accept(rest, () -> {
            revive(destination, reason);
            destination.lane.tidy(destination);
        });
        return hold(destination.drain(), reason);
    }

    private List<Held> transportDown(Lane lane, Reason reason, Duration rest) {
        var held = new ArrayList<Held>();
        if (lane.deadReason == null) {
            lane.deadReason = reason;
            later.accept(rest, () -> {
                if (lane.deadReason == reason) {
                    lane.deadReason = null;
                }
            });
        }
        for (Destination each : List.copyOf(lane.destinations.values())) {
            held.addAll(hold(each.drain(), reason));
            lane.tidy(each);
        }
        return held;
    }

    private static List<Held> hold(List<Job> jobs, Reason reason) {
        return jobs.stream().map(job -> new Held(job, reason)).toList();
    }

    private static void revive(Destination destination, Reason reason) {
        if (reason != null && destination.deadReason == reason) {
            destination.deadReason = null;
            destination.window.revive(destination.lane.limits(), destination.busy());
        }
    }

    private void resume(Destination destination) {
        destination.paused = false;
        destination.lane.selection.stirred(destination);
        start(destination.lane);
        destination.lane.tidy(destination);
    }

    private void resume(Lane lane) {
        lane.paused = false;
        start(lane);
    }

    /** One destination that fills the active queue is the classic way in which a mail server gets slow for everybody. */
    void warnOfClog(Destination destination, int limit, long now, Settings settings) {
        int size = destination.size();
        if (size <= limit / 5) {
            return;
        }
        Duration pause = read(settings, QmgrParameters.CLOG_WARN_TIME);
        if (pause.isPositive() && (destination.nextClogWarning == Long.MIN_VALUE || destination.nextClogWarning - now <= 0)) {
            destination.nextClogWarning = now + pause.toNanos();
            MailLog log = Told.qmgr(settings);
            log.warning("mail for " + destination.key + " is using up " + size + " of " + limit + " active queue entries");
            log.warning("you may need to increase the main.cf minimal_backoff_time and maximal_backoff_time");
            log.warning("so that Postfix wastes less time on undeliverable mail");
            log.warning("please avoid flushing the whole queue when you have lots of deferred mail, that is bad for performance");
            log.warning("to turn off these warnings specify: qmgr_clog_warn_time = 0");
        }
    }

    /** postqueue -f: every transport and destination gets another chance. */
    void forgetTheDead() {
        for (Lane lane : lanes.values()) {
            lane.deadReason = null;
            for (Destination destination : List.copyOf(lane.destinations.values())) {
                revive(destination, destination.deadReason);
                lane.tidy(destination);
            }
        }
    }

    /** A transport program has come: whoever was left alone for lack of it is tried again. */
    void transportCame(Set<String> programs) {
        for (Lane lane : lanes.values()) {
            if (programs.contains(lane.config().program())) {
                lane.deadReason = null;
            }
        }
    }
}
