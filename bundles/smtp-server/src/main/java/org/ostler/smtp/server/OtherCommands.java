// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.util.Optional;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.mail.queue.QueueException;
import org.ostler.smtp.grammar.Command;

/**
 * VRFY, ETRN, XCLIENT and XFORWARD: commands beside the mail transaction.
 *
 * <p><b>Threads</b> the session's. <b>Blocking</b> tables; ETRN the queue manager.
 *
 * <h2>Standards</h2> RFC 5321 section 3.5, RFC 1985; XCLIENT_README, XFORWARD_README
 */
final class OtherCommands {

    private final Session session;
    private final Profile profile;
    private final Greeting greeting;
    private final MailCommands mail;

    OtherCommands(Session session, Profile profile, Greeting greeting, MailCommands mail) {
        this.session = session;
        this.profile = profile;
        this.greeting = greeting;
        this.mail = mail;
    }

    Answered refused(String where, Verdict.Refuse no, Optional<Address> to) {
        profile.log.info(session.reject(where, no.logText().isEmpty() ? no.reply().toString() : no.logText(), mail.current().map(Transaction::sender), to));
        if (no.disconnect()) {
            session.hangUp();
        }
        return Answered.bad(no.reply());
    }

    Answered vrfy(Command.Vrfy vrfy) {
        if (profile.vrfyDisabled) {
            return Answered.bad(Replies.VRFY_DISABLED);
        }
        if (session.gate().vrfy(vrfy.address()) instanceof Verdict.Refuse no) {
            return refused("VRFY", no, Optional.of(vrfy.address()));
        }
        return Answered.good(Reply.of(252, "2.0.0", vrfy.text()));
    }

    Answered etrn(String domain) {
        if (session.gate().etrn(domain) instanceof Verdict.Refuse no) {
            return refused("ETRN", no, Optional.empty());
        }
        return switch (profile.flushDomains.match(domain)) {
            case Answer.NotFound _ -> {
                profile.log.warning("reject: ETRN " + domain + "... from " + session.peer().label());
                yield Answered.bad(Reply.of(459, "<" + domain + ">: service unavailable"));
            }
            case Answer.Unavailable unavailable -> {
                profile.log.warning(unavailable.reason());
                yield Answered.bad(Replies.ETRN_UNABLE);
            }
            case Answer.Found _ -> flush(domain);
        };
    }

    private Answered flush(String domain) {
        try {
            session.neighbours().queue().call(queue -> queue.flushSite(domain));
            return Answered.good(Replies.ETRN_STARTED);
        } catch (QueueException | UnavailableException e) {
            profile.log.warning("ETRN " + domain + ": " + e.getMessage());
            return Answered.bad(Replies.ETRN_UNABLE);
        }
    }

    Answered xforward(Command.Attributes command) {
        if (!greeting.mayXforward()) {
            return Answered.bad(Replies.NOT_AUTHORIZED);
        }
        try {
            session.peer().forwarded(ClientAttributes.xforward(command.words(), session.peer().forwarded(), profile));
            return Answered.good(Replies.OK);
        } catch (ClientAttributes.Bad e) {
            return Answered.bad(e.reply());
        }
    }

    /** XCLIENT: from here on another client. The answer is a greeting, from the client restrictions. */
    Answered xclient(Command.Attributes command) {
        if (!greeting.mayXclient()) {
            return Answered.bad(Replies.NOT_AUTHORIZED);
        }
        try {
            var posed = ClientAttributes.xclient(command.words(), session.peer().client(), profile);
            Peer peer = session.peer();
            peer.client(posed.client());
            peer.helo(posed.helo().orElse(Optional.empty()), posed.extended().orElse(peer.isExtended()));
            greeting.forget();
            session.gate().client(posed.client());
            posed.login().ifPresent(login -> {
                session.gate().attribute("sasl_username", login);
                session.gate().attribute("sasl_method", login.isEmpty() ? "" : "XCLIENT");
            });
            Reply welcome = session.welcome();
            peer.helo().ifPresent(session.gate()::helo);
            return new Answered(welcome, Answered.Mark.GOOD);
        } catch (ClientAttributes.Bad e) {
            return Answered.bad(e.reply());
        }
    }
}
