// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ostler.core.queue.Work.Attempt;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.slf4j.LoggerFactory;

/**
 * Hands one job to its transport and makes sure that every recipient has exactly one outcome.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as long as the transport takes. <b>Errors</b> of a transport defer the recipients of this job.
 */
final class Agent {

    private final Clocks clocks;
    private final Transports transports;
    private final Told told;

    Agent(Clocks clocks, Transports transports, Told told) {
        this.clocks = clocks;
        this.transports = transports;
        this.told = told;
    }

    /** The thread goes on with other mail: an interrupt that a transport, or a reporter before it, has left on it is not meant for that. */
    Attempt deliver(Job job) {
        Thread.interrupted();
        try {
            return attempt(job);
        } finally {
            Thread.interrupted();
        }
    }

    private Attempt attempt(Job job) {
        Lane.Config config = job.lane.config();
        if (config.row().isEmpty()) {
            return unavailable(job, config, "connect to transport private/" + job.lane.name + ": No such file or directory");
        }
        long handoff = clocks.nanos();
        try (Leased<Transport>.Lease lease = transports.of(config.program()).acquire()) {
            var delivery = new Delivery(job.message.stored, job.lane.name, job.nextHop, job.recipients, job.addresses, config.settings(), config.row());
            DeliveryResult result = lease.service().deliver(delivery);
            List<Outcome> outcomes = complete(job, result.outcomes());
            log(job, outcomes, handoff, config);
            return new Attempt(outcomes, result.siteDown().orElse(null), null);
        } catch (UnavailableException e) {
            return unavailable(job, config, "connect to transport private/" + job.lane.name + ": " + e.getMessage());
        } catch (InterruptedException | RuntimeException | LinkageError | StackOverflowError e) {
            // A bundle that is being replaced can fail in many ways; and one message that trips a bug must not stop the others.
            return trouble(job, config, handoff, e);
        }
    }

    /** What was delivered stays delivered, whatever happens to the line about it. */
    private void log(Job job, List<Outcome> outcomes, long handoff, Lane.Config config) {
        try {
            told.delivered(job, outcomes, handoff, config);
        } catch (RuntimeException | LinkageError e) {
            LoggerFactory.getLogger(Agent.class).warn("{}: result of transport {}", job.message.id(), job.lane.name, e);
        }
    }

    private Attempt unavailable(Job job, Lane.Config config, String warning) {
        Told.qmgr(config.generation().main()).warning(warning);
        return new Attempt(told.suspended(job, Reasons.NO_TRANSPORT, config.generation().main()), null, Reasons.NO_TRANSPORT);
    }

    private Attempt trouble(Job job, Lane.Config config, long handoff, Throwable cause) {
        LoggerFactory.getLogger(Agent.class).warn("transport {}: {}", job.lane.name, job.message.id(), cause);
        config.log().warning(job.message.id() + ": transport " + job.lane.name + " failure: " + cause);
        List<Outcome> outcomes = complete(job, List.of());
        log(job, outcomes, handoff, config);
        return new Attempt(outcomes, null, null);
    }

    /** Outcomes for all recipients and no others: whoever was forgotten is deferred. */
    private static List<Outcome> complete(Job job, List<Outcome> given) {
        if (given.size() == 1 && job.recipients.size() == 1 && given.getFirst().recipient() == job.recipients.getFirst()) {
            return given;
        }
        Set<Integer> missing = new HashSet<>(job.recipients);
        var outcomes = new ArrayList<Outcome>(job.recipients.size());
        for (Outcome outcome : given) {
            if (missing.remove(outcome.recipient())) {
                outcomes.add(outcome);
            }
        }
        for (int number : job.recipients) {
            if (missing.contains(number)) {
                outcomes.add(new Outcome.Deferred(number, Reasons.TROUBLE, "none", Outcome.Timing.NONE));
            }
        }
        return outcomes;
    }
}
