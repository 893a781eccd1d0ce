// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Reply;
import org.ostler.smtp.client.Failure.Leaving;
import org.ostler.smtp.client.Failure.MessageFailure;
import org.ostler.smtp.client.Failure.RecipientFailure;
import org.ostler.smtp.client.FailurePolicy.Situation;
import org.ostler.smtp.grammar.ReplyReader.BadReplyException;

/**
 * One message to one server: MAIL, RCPT, DATA, content, end.
 *
 * <p><b>Description</b> With PIPELINING the commands go out in one write and replies are read in order; without, one by one. When no recipient was taken but the server already waits for the message, it gets
 * an empty one, which goes to nobody (RFC 2920 section 3.1). A recipient is settled when its fate is known: refused for good at once, delivered at the reply to the end. LMTP has a reply per recipient
 * there (RFC 2033 section 4.2).
 *
 * <p><b>Threads</b> one. <b>Blocking</b> bounded by the peer's deadline at every stage. <b>Errors</b> recipients are settled or left; what concerns all that are left comes back as a {@link Failure}.
 */
final class Transaction {

    /** Commands in flight: enough to hide any round trip, little enough that neither side's buffers fill up while nobody reads. */
    private static final int MOST_IN_FLIGHT = 50;
    private static final int MOST_BYTES = 12_000;

    /** What was sent, in Postfix's words. */
    private enum Stage {
        RSET("sending RSET probe", "RSET command"),
        XFORWARD("sending XFORWARD name/address", "XFORWARD name/address command"),
        MAIL("sending MAIL FROM", "MAIL FROM command"),
        RCPT("sending RCPT TO", "RCPT TO command"),
        DATA("sending DATA command", "DATA command"),
        END("sending end of data -- message may be sent more than once", "end of DATA command");

        final String where;
        final String command;

        Stage(String where, String command) {
            this.where = where;
            this.command = command;
        }
    }

    /** Ends the transaction from inside: the failure concerns all recipients that are left. */
    private static final class Over extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Failure failure;

        Over(Failure failure) {
            super(failure.reason().text(), null, false, false);
            this.failure = failure;
        }
    }

    private final Mail mail;
    private final Peer peer;
    private final Profile profile;
    private final boolean hostsLeft;
    private final Envelope envelope;
    private final ArrayDeque<Stage> owed = new ArrayDeque<>();
    private final List<Integer> asked;
    private final List<Integer> accepted = new ArrayList<>();
    private int rcptReplies;
    private Optional<Failure> refused = Optional.empty();
    private boolean dataOpen;
    private String where = Stage.MAIL.where;
    private boolean ended;
    /** The server answers MAIL before it got it. */
    private boolean early;

    Transaction(Mail mail, Peer peer, Profile profile, boolean hostsLeft) {
        this.mail = mail;
        this.peer = peer;
        this.profile = profile;
        this.hostsLeft = hostsLeft;
        this.envelope = mail.delivery.message().envelope();
        this.asked = new ArrayList<>(mail.count());
    }

    /** @return what went wrong for all recipients that are left; nothing where each has its own reason or none is left */
    Optional<Failure> run() {
        try {
            Optional<Failure> unfit = Fitness.check(mail, peer);
            if (unfit.isPresent()) {
                return unfit; // nothing was said: the connection is as good as before
            }
            commands();
            if (dataOpen) {
                content();
            }
            return refused;
        } catch (Over e) {
            peer.spoilt = true;
            return Optional.of(e.failure);
        } catch (ContentSender.UnreadableException e) {
            // The end was not sent: the server drops what it has when the connection goes.
            peer.spoilt = true;
            profile.log.warning(mail.id() + ": " + e.getMessage());
            return Optional.of(new Failure.LocalFailure(Failure.local("4.3.0", "unreadable mail queue entry")));
        } catch (BadReplyException e) {
            peer.spoilt = true;
            return Optional.of(ended ? peer.lost(where, true) : peer.nonsense(e.getMessage()));
        } catch (IOException _) {
            peer.spoilt = true;
            return Optional.of(peer.lost(where, ended));
        }
    }

    private void commands() throws IOException, Over {
        if (peer.needsReset) {
            send(Stage.RSET, "RSET");
        }
        if (profile.sendXforward && !peer.features.xforward().isEmpty()) {
            for (String line : Commands.xforward(envelope.attributes(), mail.delivery.message().id(), peer.features.xforward())) {
                send(Stage.XFORWARD, line);
            }
            drain();
        }
        early = profile.tls.blockEarlyReply && peer.encrypted && peer.hasSpoken();
        send(Stage.MAIL, Commands.mail(envelope, mail.delivery.message().content().size(), peer.features, profile.quoteEnvelope, peer.demand));
        for (int i = 0; i < mail.count() && refused.isEmpty(); i++) {
            if (!mail.isLeft(i)) {
                continue;
            }
            if (!Commands.isSendable(mail.recipient(i).address())) {
                mail.bounced(i, Failure.local("5.1.3", "bad address syntax"));
                continue;
            }
            asked.add(i);
            send(Stage.RCPT, Commands.rcpt(mail.recipient(i), envelope, peer.features, profile.quoteEnvelope));
        }
        boolean allKnown = owed.isEmpty();
        if (refused.isEmpty() && !asked.isEmpty() && !(allKnown && accepted.isEmpty())) {
            send(Stage.DATA, "DATA");
        }
        drain();
        if (!dataOpen) {
            peer.needsReset = true;
        }
    }

    private void send(Stage stage, String line) throws IOException, Over {
        where = stage.where;
        peer.out().line(line);
        owed.add(stage);
        if (!peer.features.pipelining() || owed.size() >= MOST_IN_FLIGHT || peer.out().buffered() >= MOST_BYTES) {
            drain();
        }
    }

    /** Sends what waits and reads every reply that is due. */
    private void drain() throws IOException, Over {
        while (!owed.isEmpty()) {
            Stage stage = owed.poll();
            where = stage.where;
            peer.deadline.in(switch (stage) {
                case RSET -> profile.rsetTimeout;
                case XFORWARD -> profile.xforwardTimeout;
                case MAIL -> profile.mailTimeout;
                case RCPT -> profile.rcptTimeout;
                case DATA -> profile.dataInitTimeout;
                case END -> profile.dataDoneTimeout;
            });
            take(stage, peer.reply());
        }
    }

    private void take(Stage stage, Reply reply) throws Over {
        boolean good = reply.code() / 100 == (stage == Stage.DATA ? 3 : 2);
        if (reply.code() == 421) {
            throw new Over(new Leaving(Failure.said(peer.host, reply, stage.command)));
        }
        switch (stage) {
            case RSET -> {
                if (!good) {
                    throw new Over(new Leaving(Failure.as(Failure.said(peer.host, reply, stage.command), 4)));
                }
                peer.needsReset = false;
            }
            case XFORWARD, MAIL -> {
                if (good && early && stage == Stage.MAIL) {
                    profile.log.warning("server " + peer.host.named() + " violates " + profile.tls.name("tls_block_early_mail_reply") + " policy");
                    throw new Over(new Failure.HostFailure(Failure.local("4.7.0", "unexpected server message")));
                }
                if (!good && refused.isEmpty()) {
                    refused = Optional.of(new MessageFailure(Failure.said(peer.host, reply, stage.command)));
                }
            }
            case RCPT -> recipient(asked.get(rcptReplies++), reply, good);
            case DATA -> {
                dataOpen = good;
                if (!good && refused.isEmpty() && !accepted.isEmpty()) {
                    refused = Optional.of(new MessageFailure(Failure.said(peer.host, reply, stage.command)));
                }
            }
            case END -> throw new IllegalStateException("the end is read where it is sent");
        }
    }

    private void recipient(int i, Reply reply, boolean good) {
        if (refused.isPresent()) {
            return; // MAIL was refused: what is said of recipients behind it means nothing
        }
        if (good) {
            accepted.add(i);
        } else {
            refuse(i, new RecipientFailure(Failure.said(peer.host, reply, Stage.RCPT.command)));
        }
    }

    private void refuse(int i, RecipientFailure failure) {
        switch (FailurePolicy.after(failure, new Situation(hostsLeft, false, false))) {
            case BOUNCE -> mail.bounced(i, failure.reason());
            case DEFER, DEFER_DOWN -> mail.deferred(i, failure.reason());
            case NEXT_HOST, FRESH_CONNECTION, WITHOUT_TLS -> {
                mail.putOff(i, failure.reason());
                profile.log.info(mail.id() + ": " + failure.reason().text());
            }
        }
    }

    private void content() throws IOException, Over {
        boolean wanted = refused.isEmpty() && !accepted.isEmpty();
        if (wanted) {
            where = "sending message body";
            ContentSender.send(mail.id(), mail.delivery.message().content(), peer, profile, envelope);
        } else {
            peer.out().line(".");
        }
        where = Stage.END.where;
        ended = wanted;
        // Without recipients nobody knows how many replies an LMTP server sends: one too many would be read as the answers to the next message.
        peer.spoilt |= profile.lmtp && !wanted;
        peer.deadline.in(profile.dataDoneTimeout);
        if (profile.lmtp) {
            // One reply for each recipient that was taken (RFC 2033 section 4.2), whether or not we want to know.
            for (int i : accepted) {
                finish(i, peer.reply(), wanted);
            }
        } else {
            Reply reply = peer.reply();
            if (wanted) {
                finishAll(reply);
            }
        }
        peer.needsReset = false;
        peer.deadline.none();
    }

    private void finish(int i, Reply reply, boolean wanted) {
        if (!wanted) {
            return;
        }
        peer.deadline.in(profile.dataDoneTimeout);
        if (reply.code() / 100 == 2) {
            mail.delivered(i, reply, peer.features.dsn());
        } else {
            refuse(i, new RecipientFailure(Failure.said(peer.host, reply, Stage.END.command)));
        }
    }

    private void finishAll(Reply reply) {
        if (reply.code() / 100 == 2) {
            for (int i : accepted) {
                mail.delivered(i, reply, peer.features.dsn());
            }
        } else {
            refused = Optional.of(new MessageFailure(Failure.said(peer.host, reply, Stage.END.command)));
        }
    }
}
