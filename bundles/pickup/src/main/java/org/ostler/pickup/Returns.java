// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.notify.Reporter.Failure;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;

/**
 * Tells the sender of a local submission that it was refused for good: there is no client that a reply would reach, and the file must not lie in the maildrop for ever.
 *
 * <p><b>Threads</b> pickup's. <b>Blocking</b> until the report is durable. <b>Errors</b> {@link QueueException}: the file stays and is tried again.
 */
final class Returns {

    /** As much of the header as a report shows. */
    private static final int MOST_HEADER = 64 * 1024;

    private final Leased<Reporter> reporter;

    Returns(Leased<Reporter> reporter) {
        this.reporter = reporter;
    }

    void tell(QueueId id, MaildropFile mail, Path file, Reply refusal, Settings settings) throws IOException, UnavailableException, QueueException {
        List<Recipient> recipients = mail.recipients().stream().map(Address::of).map(a -> new Recipient(a, a, "", mail.dsnNotify())).toList();
        var envelope = new Envelope(mail.senderAddress(), recipients, Ret.HDRS, mail.envelopeId(), org.ostler.mail.model.Body.UNSPECIFIED, false, mail.tls(), Map.of());
        var message = new StoredMessage(id, QueueName.INCOMING, envelope, Collections.nCopies(recipients.size(), RecipientState.FRESH), Instant.now(), Instant.EPOCH, false,
                new Content.InMemory(header(file)));
        Reason reason = Reason.local(refusal.status().orElse(EnhancedStatus.of("5.0.0")), refusal.text().replaceFirst("^Error: ", ""));
        var failures = new ArrayList<Failure>(recipients.size());
        for (int i = 0; i < recipients.size(); i++) {
            failures.add(new Failure(i, reason));
        }
        try (Leased<Reporter>.Lease lease = reporter.acquire()) {
            lease.service().failed(message, failures, settings);
        }
    }

    private static byte[] header(Path file) throws IOException {
        var out = new ByteArrayOutputStream();
        try (MaildropFile.Opened opened = MaildropFile.open(file)) {
            InputStream in = opened.content();
            int line = 0;
            for (int b = in.read(); b >= 0 && out.size() < MOST_HEADER; b = in.read()) {
                if (b == '\n') {
                    out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
                    if (line == 0) {
                        break;
                    }
                    line = 0;
                } else if (b != '\r') {
                    out.write(b);
                    line++;
                }
            }
        }
        return out.toByteArray();
    }
}
