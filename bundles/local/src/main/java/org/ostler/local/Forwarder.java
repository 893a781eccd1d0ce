// SPDX-License-Identifier: Apache-2.0
package org.ostler.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.QueueException;
import org.ostler.mailbox.MailboxException;

/** Sends mail to an alias's targets as one new message: durable when it returns, so the alias itself is settled. */
final class Forwarder {

    private final Leased<Cleanup> cleanup;

    Forwarder(Leased<Cleanup> cleanup) {
        this.cleanup = cleanup;
    }

    /** @return text for the log */
    String forward(Delivery delivery, Recipient recipient, Address sender, List<Address> targets) throws MailboxException {
        Settings settings = delivery.settings();
        Envelope envelope = delivery.message().envelope();
        var received = new Origin.ReceivedFrom("", settings.text("myhostname"), "", List.of());
        try (Leased<Cleanup>.Lease lease = cleanup.acquire();
                Submission submission = lease.service().open(new Origin(Origin.Source.FORWARD, envelope.attributes(), Optional.of(received), true), settings)) {
            submission.sender(sender, envelope.ret(), envelope.envelopeId(), envelope.body(), envelope.smtpUtf8());
            submission.tls(envelope.tls());
            for (Address target : targets) {
                submission.recipient(new Recipient(target, recipient.original(), recipient.dsnOriginal(), recipient.dsnNotify()));
            }
            byte[] header = ("Delivered-To: " + recipient.address() + "\r\n").getBytes(StandardCharsets.UTF_8);
            submission.content(header, 0, header.length);
            copy(delivery, submission);
            return switch (submission.finish()) {
                case Submission.Result.Queued queued -> "forwarded as " + queued.id();
                case Submission.Result.Discarded discarded -> "discarded as " + discarded.id();
                case Submission.Result.Refused refused -> throw new MailboxException(refused.reply().status().map(Object::toString)
                        .orElse(refused.reply().isPermanent() ? "5.0.0" : "4.3.0"), "cannot forward: " + refused.reply().text());
            };
        } catch (UnavailableException | QueueException e) {
            throw new MailboxException("4.3.0", "cannot forward: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new MailboxException("4.3.0", "cannot read the message: " + e.getMessage(), e);
        }
    }

    private static void copy(Delivery delivery, Submission submission) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        try (InputStream in = delivery.message().content().open()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                submission.content(buffer, 0, n);
            }
        }
    }
}
