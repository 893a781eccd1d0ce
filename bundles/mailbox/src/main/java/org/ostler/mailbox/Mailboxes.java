// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.RecipientState.Reason;

/**
 * What {@code local} and {@code virtual} have in common: a message goes to a path, on a platform thread, and the result becomes an outcome.
 *
 * <p>File I/O would hold the carriers of virtual threads, so it runs on the executor that the caller owns. <b>Threads</b> any. <b>Blocking</b> until the mailbox is flushed, at most {@link #PATIENCE}.
 */
public final class Mailboxes {

    /** A disk that does not answer for so long defers the mail; the write may still end well, which costs a duplicate. */
    public static final Duration PATIENCE = Duration.ofHours(1);

    private static final EnhancedStatus DELIVERED = EnhancedStatus.of("2.0.0");

    /**
     * @param base    directory that must be there already and is never made; empty where none is known
     * @param mailbox a Maildir where it ends in a slash, else an mbox file
     * @param limit   most bytes, 0 for none
     * @param locking of an mbox file
     * @param log     for trouble that is no reason to try again
     */
    // size: all that configuration says of one mailbox
    public record Target(String base, String mailbox, Owner owner, long limit, Mbox.Locking locking, MailLog log) {}

    private Mailboxes() {}

    /** @return the text for the log */
    public static String write(ExecutorService disk, Target to, Address sender, String header, Content content, String host) throws MailboxException, InterruptedException {
        if (to.limit > 0 && content.size() > to.limit) {
            throw new MailboxException("5.2.2", "message size " + content.size() + " exceeds the mailbox limit of " + to.limit);
        }
        boolean maildir = to.mailbox.endsWith("/");
        Future<?> done = disk.submit(() -> {
            if (maildir) {
                Maildir.deliver(new Maildir.Place(Path.of(to.base), Path.of(to.mailbox), to.log), to.owner, header, content, host);
            } else {
                Mbox.deliver(new Mbox.Place(Path.of(to.mailbox), to.limit, to.locking, to.log), to.owner, sender, header, content);
            }
            return null;
        });
        try {
            done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MailboxException trouble) {
                throw trouble;
            }
            throw new MailboxException("4.3.0", "delivery to " + to.mailbox + " failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            done.cancel(false);
            throw e;
        } catch (TimeoutException e) {
            // One that has not begun must not be delivered later: the mail is tried again by then.
            done.cancel(false);
            throw new MailboxException("4.3.0", "delivery to " + to.mailbox + " takes too long", e);
        }
        return maildir ? "delivered to maildir" : "delivered to mailbox";
    }

    public static Outcome delivered(int recipient, String text, String relay, long startNanos) {
        return new Outcome.Delivered(recipient, DELIVERED, text, false, relay, timing(startNanos));
    }

    /** Deferred or bounced, as the status says. */
    public static Outcome failed(int recipient, MailboxException e, String relay, long startNanos) {
        var reason = new Reason(e.status(), e.getMessage(), "", "X-Postfix", e.getMessage());
        return e.status().isPermanent() ? new Outcome.Bounced(recipient, reason, relay, timing(startNanos)) : new Outcome.Deferred(recipient, reason, relay, timing(startNanos));
    }

    private static Outcome.Timing timing(long startNanos) {
        return new Outcome.Timing(0, System.nanoTime() - startNanos, 0);
    }
}
