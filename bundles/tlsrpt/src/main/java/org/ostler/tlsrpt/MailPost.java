// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.QueueException;

/**
 * Sends a report as a mail message (RFC 8460 section 5.3). {@code TLS-Required: No} (RFC 8689 section 3) asks every server, our own client first, on the way to deliver it in spite of trouble with TLS, for it may be that very trouble that it tells of.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until the message is on stable storage; from there on the queue sees to it.
 */
final class MailPost {

    private final Leased<Cleanup> cleanup;

    MailPost(Leased<Cleanup> cleanup) {
        this.cleanup = cleanup;
    }

    /** @return why it was not taken; empty where it was */
    Optional<String> send(Address to, ReportText report, Settings settings) {
        byte[] message = message(to, report, settings).getBytes(StandardCharsets.US_ASCII);
        try (Leased<Cleanup>.Lease lease = cleanup.acquire();
                Submission submission = lease.service().open(new Origin(Origin.Source.NOTIFY, Map.of(), Optional.empty(), true), settings)) {
            submission.sender(sender(settings), Ret.UNSPECIFIED, "", Body.SEVEN_BIT, false);
            submission.tls(TlsRequest.NOT_REQUIRED);
            submission.recipient(Recipient.of(to));
            submission.content(message, 0, message.length);
            return submission.finish() instanceof Submission.Result.Refused(var reply, var detail) ? Optional.of(reply + (detail.isEmpty() ? "" : " (" + detail + ")")) : Optional.empty();
        } catch (UnavailableException | QueueException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    static Address sender(Settings settings) {
        Address sender = Address.of(settings.get(TlsrptParameters.TLSRPT_SENDER));
        return sender.hasDomain() ? sender : sender.withDomain(settings.text("myorigin"));
    }

    /** Who reports, in all places alike: the domain of the address that the report names (RFC 8460 sections 5.1 and 5.3). */
    static String submitter(Settings settings) {
        Address contact = Address.of(settings.get(TlsrptParameters.TLSRPT_CONTACT));
        return contact.hasDomain() ? contact.domain() : settings.text("myorigin");
    }

    private static String message(Address to, ReportText report, Settings settings) {
        String boundary = "tlsrpt." + report.id().replace('@', '.');
        String note = "This is a TLS report from " + report.organization() + "\nabout sessions with the mail servers of " + report.domain() + "\non " + report.day() + " (UTC).";
        String text = """
            From: %s
            To: %s
            Subject: Report Domain: %s
            \tSubmitter: %s
            \tReport-ID: <%s>
            TLS-Report-Domain: %s
            TLS-Report-Submitter: %s
            TLS-Required: No
            Auto-Submitted: auto-generated
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type="tlsrpt";
            \tboundary="%s"

            This is a multi-part message in MIME format.

            --%s
            Content-Type: text/plain; charset=us-ascii

            %s

            --%s
            Content-Type: application/tlsrpt+gzip
            Content-Transfer-Encoding: base64
            Content-Disposition: attachment;
            \tfilename="%s"

            %s

            --%s--
            """.formatted(sender(settings).text(), to.text(), report.domain(), report.submitter(), report.id(), report.domain(), report.submitter(), boundary, boundary, plain(note), boundary, report.fileName(),
                Base64.getMimeEncoder(76, new byte[] {'\n'}).encodeToString(report.gzip()), boundary);
        return text.replace("\n", "\r\n");
    }

    /** What is not US-ASCII, for people only, becomes a question mark; control characters too. */
    private static String plain(String text) {
        return text.replaceAll("[^\\x20-\\x7e\\n]", "?");
    }
}
