// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.ArrayList;
import java.util.List;
import org.ostler.core.queue.DeliveryLog.Delays;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.smtp.grammar.AddressSyntax;

/** Writes the mail log of deliveries. <b>Threads</b> any. */
final class Told {

    private final Clocks clocks;

    Told(Clocks clocks) {
        this.clocks = clocks;
    }

    static MailLog qmgr(Settings settings) {
        return MailLog.of(settings.text("syslog_name") + "/qmgr");
    }

    /** A message enters the active queue. */
    void active(ActiveMessage message, Settings settings) {
        var out = new StringBuilder(96).append(message.id()).append(": from=<").append(AddressSyntax.quote(message.stored.envelope().sender()));
        out.append(">, size=").append(message.stored.content().size()).append(", nrcpt=").append(message.recipients()).append(" (queue active)");
        qmgr(settings).info(out.toString());
    }

    /** What a delivery agent answered. @param handoff when it got the job */
    void delivered(Job job, List<Outcome> outcomes, long handoff, Lane.Config config) {
        long took = clocks.nanos() - handoff;
        for (Outcome outcome : outcomes) {
            Outcome.Timing timing = outcome.timing();
            boolean network = timing.connectNanos() > 0 || timing.transmitNanos() > 0;
            var delays = new Delays(job.message.waitedNanos, handoff - job.message.activeSince,
                    network ? timing.connectNanos() : 0, network ? timing.transmitNanos() : took);
            Recipient recipient = job.addresses.get(job.recipients.indexOf(outcome.recipient()));
            line(config.log(), job.message, recipient, outcome, delays, config.settings());
        }
    }

    /** Outcomes without a delivery; Postfix hands these to its error agent. */
    void notTried(ActiveMessage message, List<Outcome> outcomes, Settings settings) {
        if (outcomes.isEmpty()) {
            return;
        }
        String name = settings.text("syslog_name");
        for (Outcome outcome : outcomes) {
            MailLog log = MailLog.of(name + (outcome instanceof Outcome.Delivered ? "/qmgr" : "/error"));
            Recipient recipient = message.stored.envelope().recipients().get(outcome.recipient());
            line(log, message, recipient, outcome, new Delays(message.waitedNanos, clocks.nanos() - message.activeSince, 0, 0), settings);
        }
    }

    /** A job that is not tried now. */
    List<Outcome> suspended(Job job, Reason reason, Settings settings) {
        var outcomes = new ArrayList<Outcome>(job.recipients.size());
        for (int number : job.recipients) {
            outcomes.add(new Outcome.Deferred(number, reason, "none", Outcome.Timing.NONE));
        }
        notTried(job.message, outcomes, settings);
        return outcomes;
    }

    private static void line(MailLog log, ActiveMessage message, Recipient recipient, Outcome outcome, Delays delays, Settings settings) {
        boolean soft = outcome instanceof Outcome.Bounced && settings.get(QmgrParameters.SOFT_BOUNCE);
        String text = switch (outcome) {
            case Outcome.Delivered d -> d.text();
            case Outcome.Deferred d -> d.reason().text();
            case Outcome.Bounced b -> b.reason().text();
        };
        String dsn = switch (outcome) {
            case Outcome.Delivered d -> d.status().toString();
            case Outcome.Deferred d -> d.reason().status().toString();
            case Outcome.Bounced b -> b.reason().status().toString();
        };
        log.info(DeliveryLog.line(message.id().text(), recipient, outcome.relay(), outcome.timing(), delays, dsn, DeliveryLog.status(outcome, soft),
                text, settings.get(QmgrParameters.DELAY_DIGITS)));
    }
}
