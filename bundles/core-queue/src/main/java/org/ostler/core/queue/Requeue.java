// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

/**
 * Sends a message through cleanup again: postsuper -r, after tables or settings have changed.
 *
 * <p>The new message has the recipients that are not settled. The caller removes the old one once this has returned: at every moment at least one of them is
 * in the store. <b>Threads</b> any. <b>Blocking</b> until the new message is durable.
 */
final class Requeue {

    private final Leased<Cleanup> cleanup;
    private final BooleanSupplier over;

    /** @param over whether this manager has given all claims back */
    Requeue(Leased<Cleanup> cleanup, BooleanSupplier over) {
        this.cleanup = cleanup;
        this.over = over;
    }

    QueueId resubmit(StoredMessage message, Settings settings) throws QueueException {
        Envelope envelope = message.envelope();
        var from = new Origin.ReceivedFrom("", settings.text("myhostname"), "", List.of("(" + settings.text("mail_name") + ", from userid " + uid() + ")"));
        var origin = new Origin(Origin.Source.PICKUP, without(envelope.attributes(), "queue_id"), Optional.of(from), true);
        try (Leased<Cleanup>.Lease lease = cleanup.acquire(); Submission submission = lease.service().open(origin, settings)) {
            submission.sender(envelope.sender(), envelope.ret(), envelope.envelopeId(), envelope.body(), envelope.smtpUtf8());
            submission.tls(envelope.tls());
            for (int i = 0; i < message.states().size(); i++) {
                if (!(message.states().get(i) instanceof RecipientState.Done)) {
                    submission.recipient(envelope.recipients().get(i));
                }
            }
            copy(message, submission);
            if (over.getAsBoolean()) {
                // The old one is another manager's by now, who delivers it.
                throw new QueueException(QueueException.Kind.UNAVAILABLE, message.id() + ": queue manager is stopping");
            }
            return switch (submission.finish()) {
                case Submission.Result.Queued queued -> queued(message, queued.id(), settings);
                case Submission.Result.Discarded discarded -> queued(message, discarded.id(), settings);
                case Submission.Result.Refused(var reply, var detail) ->
                    throw new QueueException(QueueException.Kind.UNAVAILABLE, message.id() + ": " + reply + " " + detail);
            };
        } catch (UnavailableException | IOException e) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, message.id() + ": " + e.getMessage(), e);
        }
    }

    private static void copy(StoredMessage message, Submission submission) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        try (InputStream in = message.content().open()) {
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                submission.content(buffer, 0, n);
            }
        }
    }

    private static QueueId queued(StoredMessage old, QueueId id, Settings settings) {
        MailLog.of(settings.text("syslog_name") + "/postsuper").info(old.id() + ": requeued");
        return id;
    }

    private static Map<String, String> without(Map<String, String> attributes, String name) {
        var rest = new java.util.HashMap<>(attributes);
        rest.remove(name);
        return rest;
    }

    private static Object uid() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException | UnsupportedOperationException e) {
            return 0;
        }
    }
}
