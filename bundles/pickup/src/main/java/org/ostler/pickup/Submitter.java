// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.QueueException;

/**
 * Brings one claimed file into the queue.
 *
 * <p><b>Threads</b> pickup's. <b>Blocking</b> until the message is on stable storage. <b>Errors</b> of neighbours, and {@link IOException}: the file stays and is tried again, unless its message is queued.
 */
final class Submitter {

    private final Leased<Cleanup> cleanup;
    private final Returns returns;
    private final MailLog log;
    /** Queued already, but the file could not be deleted: not to be queued again every minute. */
    private final Set<Path> taken = new HashSet<>();

    Submitter(Leased<Cleanup> cleanup, Returns returns, MailLog log) {
        this.cleanup = cleanup;
        this.returns = returns;
        this.log = log;
    }

    /** As the log has it. */
    static String name(Path file) {
        return file.getParent().getFileName() + "/" + file.getFileName();
    }

    /** Removes what can be no message. @return whose it is otherwise */
    OptionalInt owner(Path file) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(file, "unix:isRegularFile,nlink,uid", LinkOption.NOFOLLOW_LINKS);
        if ((Boolean) attributes.get("isRegularFile") && (Integer) attributes.get("nlink") == 1) {
            return OptionalInt.of((Integer) attributes.get("uid"));
        }
        log.warning("uid=" + attributes.get("uid") + ": not a regular file with one link: " + name(file));
        Files.delete(file);
        return OptionalInt.empty();
    }

    /** @param file where nobody else reaches it; only now is what a look at it tells still true when it is opened */
    void take(Path file, Settings settings) throws IOException, UnavailableException, QueueException {
        OptionalInt owner = owner(file);
        if (owner.isEmpty()) {
            return;
        }
        try (FileChannel held = Claims.hold(file)) {
            if (taken.contains(file)) {
                remove(file);
            } else {
                read(file, owner.getAsInt(), settings);
            }
        }
    }

    private void read(Path file, int uid, Settings settings) throws IOException, UnavailableException, QueueException {
        MaildropFile.Opened opened;
        try {
            opened = MaildropFile.open(file);
        } catch (MaildropFile.FormException | IllegalArgumentException e) {
            log.warning("uid=" + uid + ": " + name(file) + ": " + e.getMessage() + "; removed");
            Files.delete(file);
            return;
        }
        try (opened) {
            submit(file, opened.envelope(), opened.content(), uid, settings);
        } finally {
            // Whatever closing has met with: what is queued must not be queued again.
            if (taken.contains(file)) {
                remove(file);
            }
        }
    }

    private void remove(Path file) throws IOException {
        Files.delete(file);
        taken.remove(file);
    }

    private void submit(Path file, MaildropFile mail, InputStream content, int uid, Settings settings) throws IOException, UnavailableException, QueueException {
        var received = new Origin.ReceivedFrom("", settings.text("myhostname"), "", List.of("(" + settings.text("mail_name") + ", from userid " + uid + ")"));
        Map<String, String> attributes = mail.fullName().isEmpty() ? Map.of("rewrite_context", "local") : Map.of("rewrite_context", "local", "sender_fullname", mail.fullName());
        try (Leased<Cleanup>.Lease lease = cleanup.acquire();
                Submission submission = lease.service().open(new Origin(Origin.Source.PICKUP, attributes, Optional.of(received), true), settings)) {
            MailLog.of(settings.text("syslog_name") + "/pickup").info(submission.id() + ": uid=" + uid + " from=<" + mail.sender() + ">");
            submission.sender(mail.senderAddress(), mail.ret(), mail.envelopeId(), Body.UNSPECIFIED, false);
            submission.tls(mail.tls());
            for (String recipient : mail.recipients()) {
                Address address = Address.of(recipient);
                submission.recipient(new Recipient(address, address, "rfc822;" + recipient, mail.dsnNotify()));
            }
            LineEnds.copy(content, submission);
            if (submission.finish() instanceof Submission.Result.Refused refused) {
                if (!refused.reply().isPermanent()) {
                    throw new QueueException(QueueException.Kind.UNAVAILABLE, refused.reply() + " (" + refused.detail() + ")");
                }
                // Too large, looping and the like.
                log.warning(name(file) + ": " + refused.reply() + " (" + refused.detail() + "); returned to sender");
                returns.tell(submission.id(), mail, file, refused.reply(), settings);
            }
            taken.add(file);
        }
    }
}
