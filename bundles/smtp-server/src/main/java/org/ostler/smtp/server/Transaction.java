// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.access.AccessSession;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.TlsRequest;
import org.ostler.smtp.grammar.ChunkReader;
import org.ostler.smtp.grammar.ChunkSink;
import org.ostler.smtp.grammar.Command;
import org.ostler.smtp.grammar.WireInput;

/**
 * One mail transaction: from an accepted MAIL to the message in the queue, or to nothing.
 *
 * <p>{@link #close} drops what was not finished; it may be called at any time and more than once. Content beyond the size limit is counted but not passed on.
 *
 * <p><b>Threads</b> the session's. <b>Blocking</b> as {@link Submission}.
 */
final class Transaction implements AutoCloseable {

    private final Command.Mail mail;
    private final long sizeLimit;
    private Optional<Submission> submission = Optional.empty();
    private Optional<ChunkReader> chunks = Optional.empty();
    private Optional<FirstLine> firstLine = Optional.empty();
    private Address firstRecipient = Address.NULL;
    private int recipients;
    private int overshoot;
    private int actionsPassed;
    private long size;

    /** @param sizeLimit 0 for none */
    Transaction(Command.Mail mail, long sizeLimit) {
        this.mail = mail;
        this.sizeLimit = sizeLimit;
    }

    Address sender() {
        return mail.from();
    }

    Command.MailOptions options() {
        return mail.options();
    }

    boolean isOpen() {
        return submission.isPresent();
    }

    /** Queue id for the log, {@code NOQUEUE} while there is none. */
    String id() {
        return submission.map(s -> s.id().text()).orElse("NOQUEUE");
    }

    void open(Submission opened) {
        submission = Optional.of(opened);
        Command.MailOptions o = mail.options();
        opened.sender(mail.from(), o.ret(), o.envelopeId(), o.body(), o.smtpUtf8());
        opened.tls(o.requireTls() ? TlsRequest.REQUIRED : TlsRequest.UNSPECIFIED);
    }

    int recipients() {
        return recipients;
    }

    /** The only recipient, for log lines; the null address where there are more. */
    Address onlyRecipient() {
        return recipients == 1 ? firstRecipient : Address.NULL;
    }

    /** The null address where there is none yet. */
    Address firstRecipient() {
        return firstRecipient;
    }

    void recipient(Command.Rcpt rcpt) {
        if (recipients++ == 0) {
            firstRecipient = rcpt.to();
        }
        submission.orElseThrow().recipient(new Recipient(rcpt.to(), rcpt.to(), rcpt.original(), rcpt.dsnNotify()));
    }

    /** @return recipients refused for their number, this one included */
    int overshoot() {
        return ++overshoot;
    }

    /** Passes access actions on that have not been passed yet. */
    void actions(List<AccessSession.Action> actions) {
        for (; actionsPassed < actions.size(); actionsPassed++) {
            AccessSession.Action action = actions.get(actionsPassed);
            submission.orElseThrow().action(action.name(), action.argument());
        }
    }

    /** Where content goes, over all chunks. */
    ChunkSink sink() {
        if (firstLine.isEmpty()) {
            Submission to = submission.orElseThrow();
            firstLine = Optional.of(new FirstLine((bytes, offset, length) -> {
                size += length;
                if (!isTooLarge()) {
                    to.content(bytes, offset, length);
                }
            }));
        }
        return firstLine.get();
    }

    /** Whether a chunk was taken already. */
    boolean isChunked() {
        return chunks.isPresent();
    }

    ChunkReader chunks(WireInput in) {
        if (chunks.isEmpty()) {
            chunks = Optional.of(new ChunkReader(in));
        }
        return chunks.get();
    }

    /** Bytes of content so far, in the form in which they are stored. */
    long size() {
        return size;
    }

    boolean isTooLarge() {
        return sizeLimit > 0 && size > sizeLimit;
    }

    void endContent() throws IOException {
        if (firstLine.isPresent()) {
            firstLine.get().finish();
        }
    }

    Submission.Result finish() {
        return submission.orElseThrow().finish();
    }

    @Override
    public void close() {
        submission.ifPresent(Submission::close);
        submission = Optional.empty();
    }
}
