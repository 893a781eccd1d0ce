// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import org.ostler.mail.model.Reply;
import org.ostler.smtp.grammar.Verb;

/**
 * Which SMTP command may follow which.
 *
 * <h2>Description</h2>
 * Pure sequencing: no I/O, no policy, no clock. {@link #step} answers "may this come now": {@link May} with the state behind it, to be taken over when the command was done, or
 * {@link Refused} with the reply. A command that policy or syntax refuses leaves the state as it was.
 * <pre>
 *              Idle         HasSender       HasRecipients   Chunking          Skipping
 *   HELO EHLO  Idle         Idle *          Idle *          Idle *            Idle
 *   MAIL       HasSender    503 nested      503 nested      503 nested        503 after BDAT
 *   RCPT       503 need     HasRecipients   HasRecipients   503 after BDAT    503 need MAIL
 *   DATA       503 need     554 (1)         Idle (2)        503 after BDAT    503 after BDAT
 *   BDAT       503 (3)      554 (3)         Chunking        Chunking          551 (3)
 *   BDAT LAST  503          554             Idle (2)        Idle (2)          551, then Idle
 *   RSET       Idle         Idle *          Idle *          Idle *            Idle
 *   ETRN       unchanged    503             503             503               unchanged
 *   XCLIENT    Idle         503             503             503               Idle
 *   XFORWARD   unchanged    503             503             503               unchanged
 *   STARTTLS   Idle         Idle *          Idle *          Idle *            Idle
 *   NOOP VRFY HELP          unchanged everywhere
 *   QUIT       Closed everywhere
 *                                           * the open transaction is dropped
 * </pre>
 * (1) Not a protocol error: a pipelining client may send DATA before it learns that every RCPT was refused (RFC 2920 section 3.1).
 * (2) After the message has been read, whatever became of it.
 * (3) The chunk is read and thrown away, the transaction with it; further chunks go the same way (Skipping) until LAST, RSET or EHLO.
 *
 * <p>With {@code smtpd_helo_required}, MAIL and ETRN want HELO or EHLO first.
 *
 * <h2>Standards</h2> RFC 5321 section 4.1.4 (order of commands), section 3.3 (transactions); RFC 3030 section 2 (BDAT)
 * <h2>Elsewhere</h2> Is the sender welcome: {@code access}. May the command be pipelined: {@link Session}.
 */
final class Sequence {

    /** What is true of the mail transaction. */
    sealed interface State permits Idle, Open, Skipping, Closed {}

    /** A sender has been accepted. */
    sealed interface Open extends State permits HasSender, HasRecipients, Chunking {}

    /** No transaction. */
    record Idle() implements State {}

    record HasSender() implements Open {}

    /** The recipients themselves live in the transaction; sequencing needs only "at least one". */
    record HasRecipients() implements Open {}

    /** Content has come by BDAT, and more will. */
    record Chunking() implements Open {}

    /** A chunk was refused; those behind it are thrown away. */
    record Skipping() implements State {}

    record Closed() implements State {}

    sealed interface Step {}

    /** The command may be done; {@code next} holds once it was done with success. */
    record May(State next) implements Step {}

    /** It may not; {@code next} holds at once. */
    record Refused(Reply reply, State next) implements Step {}

    static final State IDLE = new Idle();
    private static final State HAS_SENDER = new HasSender();
    private static final State HAS_RECIPIENTS = new HasRecipients();
    private static final State CHUNKING = new Chunking();
    private static final State SKIPPING = new Skipping();
    private static final State CLOSED = new Closed();

    private static final Step MAY_IDLE = new May(IDLE);

    private static final Reply SEND_HELO = Reply.of(503, "5.5.1", "Error: send HELO/EHLO first");
    private static final Reply NESTED_MAIL = Reply.of(503, "5.5.1", "Error: nested MAIL command");
    private static final Reply NEED_MAIL = Reply.of(503, "5.5.1", "Error: need MAIL command");
    private static final Reply NEED_RCPT = Reply.of(503, "5.5.1", "Error: need RCPT command");
    private static final Reply NO_RECIPIENTS = Reply.of(554, "5.5.1", "Error: no valid recipients");
    private static final Reply IN_TRANSACTION = Reply.of(503, "5.5.1", "Error: MAIL transaction in progress");
    private static final Reply ETRN_IN_TRANSACTION = Reply.of(503, "Error: MAIL transaction in progress");
    private static final Reply ETRN_HELO = Reply.of(503, "Error: send HELO/EHLO first");

    private Sequence() {}

    /**
     * @param needsHello HELO or EHLO is required and has not come
     */
    static Step step(State state, Verb verb, boolean needsHello) {
        return switch (verb) {
            case HELO, EHLO, RSET, STARTTLS -> MAY_IDLE;
            case MAIL -> mail(state, needsHello);
            case RCPT -> rcpt(state);
            case DATA -> data(state);
            case BDAT -> throw new IllegalArgumentException("BDAT goes to chunk()");
            case ETRN -> etrn(state, needsHello);
            case XCLIENT -> state instanceof Open ? new Refused(IN_TRANSACTION, state) : MAY_IDLE;
            case XFORWARD -> state instanceof Open ? new Refused(IN_TRANSACTION, state) : new May(state);
            case NOOP, VRFY, HELP, AUTH -> new May(state);
            case QUIT -> new May(CLOSED);
        };
    }

    private static Step mail(State state, boolean needsHello) {
        if (needsHello) {
            return new Refused(SEND_HELO, state);
        }
        return switch (state) {
            case Idle _ -> new May(HAS_SENDER);
            case Open _ -> new Refused(NESTED_MAIL, state);
            case Skipping _ -> afterBdat(Verb.MAIL, state);
            case Closed _ -> throw closed();
        };
    }

    private static Step rcpt(State state) {
        return switch (state) {
            case Idle _, Skipping _ -> new Refused(NEED_MAIL, state);
            case HasSender _, HasRecipients _ -> new May(HAS_RECIPIENTS);
            case Chunking _ -> afterBdat(Verb.RCPT, state);
            case Closed _ -> throw closed();
        };
    }

    private static Step data(State state) {
        return switch (state) {
            case Idle _ -> new Refused(NEED_RCPT, state);
            case HasSender _ -> new Refused(NO_RECIPIENTS, state);
            case HasRecipients _ -> MAY_IDLE;
            case Chunking _, Skipping _ -> afterBdat(Verb.DATA, state);
            case Closed _ -> throw closed();
        };
    }

    /** BDAT. The chunk behind a refused one must still be read away. */
    static Step chunk(State state, long size, boolean last) {
        State behindRefusal = last ? IDLE : SKIPPING;
        if (size == 0 && !last) {
            // Abuse of empty chunks is the first thing looked for.
            return new Refused(Replies.NULL_CHUNK, behindRefusal);
        }
        return switch (state) {
            case Idle _ -> new Refused(NEED_RCPT, behindRefusal);
            case HasSender _ -> new Refused(NO_RECIPIENTS, behindRefusal);
            case HasRecipients _, Chunking _ -> new May(last ? IDLE : CHUNKING);
            case Skipping _ -> new Refused(Reply.of(551, "5.0.0", "Discarded " + size + " bytes after earlier error"), behindRefusal);
            case Closed _ -> throw closed();
        };
    }

    /** Where a chunk that was allowed has failed. */
    static State chunkFailed(boolean last) {
        return last ? IDLE : SKIPPING;
    }

    private static Step etrn(State state, boolean needsHello) {
        if (needsHello) {
            return new Refused(ETRN_HELO, state);
        }
        return state instanceof Open ? new Refused(ETRN_IN_TRANSACTION, state) : new May(state);
    }

    private static Step afterBdat(Verb verb, State state) {
        return new Refused(Reply.of(503, "5.5.1", "Error: " + verb + " after BDAT"), state);
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("a command behind QUIT");
    }
}
