// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.notify.Reporter.Failure;
import org.ostler.mail.notify.Reporter.Success;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.slf4j.LoggerFactory;

/** Asks the reporter to tell senders; every kind of trouble is "not told". <b>Threads</b> any. <b>Blocking</b> until the report is durable. */
final class Reports {

    @FunctionalInterface
    private interface Call {
        void on(Reporter reporter) throws QueueException;
    }

    private static final String AGAIN = "; will be tried again";
    private static final String NEVER = "; the sender will not be told that the message was delivered";

    private final Patient<Reporter> reporter;

    Reports(Patient<Reporter> reporter) {
        this.reporter = reporter;
    }

    boolean failed(StoredMessage message, List<Failure> failures, Settings settings) {
        return told(message, settings, () -> AGAIN, r -> r.failed(message, failures, settings));
    }

    boolean delayed(StoredMessage message, List<Failure> failures, Settings settings) {
        return told(message, settings, () -> AGAIN, r -> r.delayed(message, failures, settings));
    }

    /** @param again asked where it could not be queued: whether there will be another attempt */
    boolean delivered(StoredMessage message, List<Success> successes, Settings settings, BooleanSupplier again) {
        return successes.isEmpty() || told(message, settings, () -> again.getAsBoolean() ? AGAIN : NEVER, r -> r.delivered(message, successes, settings));
    }

    private boolean told(StoredMessage message, Settings settings, Supplier<String> next, Call call) {
        try (Leased<Reporter>.Lease lease = reporter.acquire()) {
            call.on(lease.service());
            return true;
        } catch (QueueException | UnavailableException | RuntimeException | LinkageError e) {
            LoggerFactory.getLogger(Reports.class).debug("report for {}", message.id(), e);
            Told.qmgr(settings).warning(message.id() + ": delivery status notification not queued: " + e.getMessage() + next.get());
            return false;
        }
    }
}
