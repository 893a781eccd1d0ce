// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.mail.queue.QueueException;
import org.ostler.smtp.grammar.BareNewline;
import org.ostler.smtp.grammar.ChunkReader;
import org.ostler.smtp.grammar.Command;
import org.ostler.smtp.grammar.DataReader;

/**
 * MAIL, RCPT, DATA and BDAT: the mail transaction. The sequence has allowed the command; here policy is asked and the work done.
 *
 * <p><b>Threads</b> the session's. <b>Blocking</b> tables, DNS, disk, the client. <b>Errors</b> {@link IOException} of the connection passes through; all else is a reply.
 *
 * <h2>Standards</h2> RFC 5321 sections 3.3 and 4.1.1, RFC 1870 section 6, RFC 3030 section 2, RFC 6531 section 3
 */
final class MailCommands {

    private final Session session;
    private final Profile profile;
    private Optional<Transaction> current = Optional.empty();

    MailCommands(Session session, Profile profile) {
        this.session = session;
        this.profile = profile;
    }

    /** The transaction in progress. */
    Optional<Transaction> current() {
        return current;
    }

    /** RSET, HELO, the end of a message or of the session: nothing of the transaction remains. */
    void reset() {
        boolean was = current.isPresent();
        try {
            current.ifPresent(Transaction::close);
        } catch (RuntimeException | LinkageError e) {
            profile.log.warning(current.map(Transaction::id).orElse("NOQUEUE") + ": dropping the message: " + e);
        }
        current = Optional.empty();
        if (was) {
            session.gate().reset();
            session.peer().forwarded(java.util.Map.of());
        }
    }

    Answered mail(Command.Mail mail) {
        Address from = mail.from();
        if (hasUndeclaredDomain(from, mail.options().smtpUtf8())) {
            return Answered.bad(Replies.BAD_SENDER);
        }
        if (profile.messageSize > 0 && mail.options().size() > profile.messageSize) {
            return refused("MAIL", Replies.SIZE_EXCEEDED, from, Address.NULL);
        }
        if (needsUtf8(from, mail.options().smtpUtf8())) {
            return Answered.bad(Replies.MUST_DECLARE_UTF8);
        }
        Verdict verdict = session.gate().mail(from, mail.options().size());
        if (verdict instanceof Verdict.Refuse no) {
            session.gate().reset();
            return refused("MAIL", no, from, Address.NULL);
        }
        if (!hasRoom()) {
            session.gate().reset();
            return Answered.bad(Replies.NO_SPACE);
        }
        var transaction = new Transaction(mail, profile.messageSize);
        current = Optional.of(transaction);
        if (!profile.delayOpen) {
            Optional<Reply> trouble = open(transaction);
            if (trouble.isPresent()) {
                reset();
                return Answered.bad(trouble.get());
            }
        }
        return Answered.good(Replies.SENDER_OK);
    }

    private boolean hasRoom() {
        try (Leased<Cleanup>.Lease lease = session.neighbours().cleanup().acquire(Duration.ZERO)) {
            boolean room = lease.service().hasRoom();
            if (!room) {
                profile.log.warning("NOQUEUE: not enough free space in mail queue");
            }
            return room;
        } catch (UnavailableException | RuntimeException e) {
            // Whoever does not answer is asked again where the message begins.
            return true;
        }
    }

    private boolean needsUtf8(Address address, boolean declared) {
        return profile.strictSmtpUtf8 && !declared && address.isInternationalized();
    }

    /** A domain outside US-ASCII is no domain to a client that did not say SMTPUTF8; a local part may be, as ever. */
    static boolean hasUndeclaredDomain(Address address, boolean declared) {
        return !declared && address.domain().chars().anyMatch(c -> c > 0x7f);
    }

    Answered rcpt(Command.Rcpt rcpt) {
        Transaction transaction = current.orElseThrow();
        if (transaction.recipients() >= profile.recipients) {
            boolean error = transaction.overshoot() > profile.overshoot;
            return error ? Answered.bad(Replies.TOO_MANY_RECIPIENTS) : Answered.neutral(Replies.TOO_MANY_RECIPIENTS);
        }
        if (hasUndeclaredDomain(rcpt.to(), transaction.options().smtpUtf8())) {
            return Answered.bad(Replies.BAD_RECIPIENT);
        }
        if (needsUtf8(rcpt.to(), transaction.options().smtpUtf8())) {
            return Answered.bad(Replies.MUST_DECLARE_UTF8);
        }
        Verdict verdict = session.gate().rcpt(rcpt.to());
        if (verdict instanceof Verdict.Refuse no) {
            return refused("RCPT", no, transaction.sender(), rcpt.to());
        }
        if (!transaction.isOpen()) {
            Optional<Reply> trouble = open(transaction);
            if (trouble.isPresent()) {
                return Answered.bad(trouble.get());
            }
        }
        transaction.recipient(rcpt);
        return Answered.good(Replies.RECIPIENT_OK);
    }

    /** Begins the message at cleanup. @return what to say where that is not possible now */
    private Optional<Reply> open(Transaction transaction) {
        try {
            var origin = session.peer().origin(transaction.options().smtpUtf8());
            transaction.open(session.neighbours().cleanup().call(cleanup -> cleanup.open(origin, session.settings())));
            session.gate().attribute("queue_id", transaction.id());
            logClient(transaction);
            return Optional.empty();
        } catch (QueueException e) {
            profile.log.warning("NOQUEUE: " + e.getMessage());
            return Optional.of(e.kind() == QueueException.Kind.FULL ? Replies.NO_SPACE : Replies.QUEUE_TROUBLE);
        } catch (TableDown e) {
            profile.log.warning("NOQUEUE: " + e.getMessage());
            return Optional.of(Replies.LOOKUP_TROUBLE);
        } catch (UnavailableException | RuntimeException e) {
            profile.log.warning("NOQUEUE: " + e.getMessage());
            return Optional.of(Replies.QUEUE_TROUBLE);
        }
    }

    private void logClient(Transaction transaction) {
        var text = new StringBuilder(transaction.id()).append(": client=").append(session.peer().label());
        var forwarded = session.peer().forwarded();
        if (forwarded.containsKey("log_ident")) {
            text.append(", orig_queue_id=").append(forwarded.get("log_ident"));
        }
        if (forwarded.containsKey("log_client_name") || forwarded.containsKey("log_client_address")) {
            text.append(", orig_client=").append(forwarded.getOrDefault("log_client_name", "unknown")).append('[')
                    .append(forwarded.getOrDefault("log_client_address", "unknown")).append(']');
        }
        profile.log.info(text.toString());
    }

    Answered data() throws IOException {
        Transaction transaction = current.orElseThrow();
        session.gate().attribute("recipient_count", Integer.toString(transaction.recipients()));
        Verdict verdict = session.gate().data();
        if (verdict instanceof Verdict.Refuse no) {
            return refused("DATA", no, transaction.sender(), transaction.onlyRecipient());
        }
        transaction.actions(session.gate().actions());
        session.say(Replies.START_DATA);
        var reader = new DataReader(session.input(), session.bareNewline());
        session.content(true);
        reader.read(transaction.sink());
        session.content(false);
        transaction.endContent();
        return finish(transaction, reader.sawBareLf(), Optional.empty());
    }

    /** A chunk that the sequence has allowed. The answer is good where the transaction goes on or was completed. */
    Answered bdat(Command.Bdat bdat) throws IOException {
        Transaction transaction = current.orElseThrow();
        boolean first = !transaction.isChunked();
        if (profile.messageSize > 0 && bdat.size() > profile.messageSize) {
            return chunkRefused(bdat, Replies.CHUNK_TOO_BIG);
        }
        if (first) {
            session.gate().attribute("recipient_count", Integer.toString(transaction.recipients()));
        }
        if (first && session.gate().data() instanceof Verdict.Refuse no) {
            Answered answer = refused("BDAT", no, transaction.sender(), transaction.onlyRecipient());
            skip(bdat);
            reset();
            return answer;
        }
        transaction.actions(session.gate().actions());
        ChunkReader chunks = transaction.chunks(session.input());
        session.content(true);
        chunks.read(bdat.size(), transaction.sink());
        session.content(false);
        if (!bdat.last()) {
            if (session.bareNewline() == BareNewline.REJECT && chunks.sawBareLf()) {
                reset();
                return Answered.bad(logBareNewline(transaction));
            }
            return Answered.good(Reply.of(250, "2.0.0", "Ok: " + bdat.size() + " bytes"));
        }
        chunks.finish(transaction.sink());
        transaction.endContent();
        return finish(transaction, chunks.sawBareLf(), Optional.of(transaction.size()));
    }

    private Answered chunkRefused(Command.Bdat bdat, Reply reply) throws IOException {
        skip(bdat);
        reset();
        return Answered.bad(reply);
    }

    /** Reads a refused chunk away. */
    void skip(Command.Bdat bdat) throws IOException {
        session.content(true);
        ChunkReader.skip(session.input(), bdat.size());
        session.content(false);
    }

    /** The content has been read: the last questions, then durable storage, then 250. */
    private Answered finish(Transaction transaction, boolean bareLf, Optional<Long> bytes) {
        if (bareLf) {
            session.noteBareLf();
            if (session.bareNewline() == BareNewline.REJECT) {
                Reply reply = logBareNewline(transaction);
                reset();
                return Answered.bad(reply);
            }
        }
        if (transaction.isTooLarge()) {
            profile.log.warning(transaction.id() + ": queue file size limit exceeded");
            reset();
            return Answered.bad(Replies.TOO_BIG);
        }
        Verdict verdict = session.gate().endOfData(transaction.size());
        if (verdict instanceof Verdict.Refuse no) {
            Answered answer = refused("END-OF-MESSAGE", no, transaction.sender(), transaction.onlyRecipient());
            reset();
            return answer;
        }
        Answered answer = store(transaction, bytes);
        reset();
        return answer;
    }

    private Answered store(Transaction transaction, Optional<Long> bytes) {
        try {
            transaction.actions(session.gate().actions());
            return switch (transaction.finish()) {
                case Submission.Result.Queued queued -> queued(queued.id().text(), bytes);
                case Submission.Result.Discarded discarded -> queued(discarded.id().text(), bytes);
                case Submission.Result.Refused refused -> {
                    if (!refused.detail().isEmpty()) {
                        profile.log.warning(transaction.id() + ": " + refused.detail());
                    }
                    yield Answered.bad(refused.reply());
                }
            };
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            // Nothing is known of the message, so the client must keep it; at worst it comes twice.
            profile.log.warning(transaction.id() + ": " + e);
            return Answered.bad(Replies.QUEUE_TROUBLE);
        }
    }

    private Answered queued(String id, Optional<Long> bytes) {
        session.forgive();
        return Answered.good(Reply.of(250, "2.0.0", bytes.map(n -> "Ok: " + n + " bytes queued as ").orElse("Ok: queued as ") + id));
    }

    private Reply logBareNewline(Transaction transaction) {
        profile.log.info(session.reject("END-OF-MESSAGE", "bare <LF> received", transaction.sender(), transaction.onlyRecipient()));
        return Replies.bareNewline(session.bareNewlineCode(), profile.myhostname);
    }

    private Answered refused(String where, Verdict.Refuse no, Address from, Address to) {
        profile.log.info(session.reject(where, no.logText().isEmpty() ? no.reply().toString() : no.logText(), from, to));
        if (no.disconnect()) {
            session.hangUp();
        }
        return Answered.bad(no.reply());
    }

    private Answered refused(String where, Reply reply, Address from, Address to) {
        profile.log.info(session.reject(where, reply.toString(), from, to));
        return Answered.bad(reply);
    }
}
