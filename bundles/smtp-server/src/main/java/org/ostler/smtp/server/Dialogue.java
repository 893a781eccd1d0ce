// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.model.Reply;
import org.ostler.smtp.grammar.BareNewline;
import org.ostler.smtp.grammar.Command;
import org.ostler.smtp.grammar.CommandLine;
import org.ostler.smtp.grammar.CommandParser;
import org.ostler.smtp.grammar.Verb;
import org.ostler.smtp.grammar.WireInput;

/**
 * From a command line to its answer: what is a command at all, what may come now, what may be pipelined, and who does it.
 *
 * <p><b>Threads</b> the session's. <b>Errors</b> {@link IOException} of the connection; a bug in a command ends the session with 421.
 *
 * <h2>Standards</h2> RFC 5321 section 4.1, RFC 2920 section 3.1 (what must be the last of a group)
 */
final class Dialogue {

    private final Session session;
    private final Profile profile;
    private final MailCommands mail;
    private final Greeting greeting;
    private final OtherCommands others;
    private final Tally tally = new Tally();
    private Sequence.State state = Sequence.IDLE;
    private Optional<CommandParser> parser = Optional.empty();

    Dialogue(Session session, Profile profile) {
        this.session = session;
        this.profile = profile;
        this.mail = new MailCommands(session, profile);
        this.greeting = new Greeting(profile, session.peer());
        this.others = new OtherCommands(session, profile, greeting, mail);
    }

    boolean isIdle() {
        return state instanceof Sequence.Idle;
    }

    String tally() {
        return tally.toString();
    }

    String queueId() {
        return mail.current().map(Transaction::id).orElse("NOQUEUE");
    }

    long contentSize() {
        return mail.current().map(Transaction::size).orElse(0L);
    }

    /** The session is over. */
    void end() {
        mail.reset();
    }

    void command(WireInput.Line line) throws IOException {
        if (line.tooLong()) {
            refuse(Replies.commandTooLong(profile.myhostname));
            return;
        }
        if (line.bareLf() && session.bareNewline() != BareNewline.ALLOW) {
            session.noteBareLf();
            if (session.bareNewline() == BareNewline.REJECT) {
                profile.log.info(session.reject("UNKNOWN", "bare <LF> received", Optional.empty(), Optional.empty()));
                refuse(Replies.bareNewline(session.bareNewlineCode(), profile.myhostname));
                session.hangUp();
                return;
            }
        }
        if (line.badUtf8() && profile.smtpUtf8) {
            refuse(Replies.BAD_UTF8);
            return;
        }
        CommandLine words = CommandLine.of(line.text());
        if (words.word().isEmpty()) {
            refuse(Replies.BAD_SYNTAX);
            return;
        }
        if (!profile.noopCommands.isEmpty() && profile.noopCommands.stream().anyMatch(words.word()::equalsIgnoreCase)) {
            session.junk();
            session.say(Replies.OK);
            return;
        }
        Optional<Verb> verb = Verb.of(words.word());
        if (verb.isEmpty()) {
            unknown(words);
        } else {
            known(verb.get(), words);
        }
    }

    private void refuse(Reply reply) throws IOException {
        session.error();
        session.say(reply);
    }

    private void unknown(CommandLine words) throws IOException {
        tally.unknown();
        session.at("UNKNOWN");
        if (words.isHeader() || isForbidden(words.word())) {
            String text = words.text();
            profile.log.warning("non-SMTP command from " + session.peer().label() + ": " + (text.length() > 100 ? text.substring(0, 100) : text));
            session.say(Replies.GOODBYE);
            session.hangUp();
            return;
        }
        refuse(session.isAccessDenied() ? denied() : Replies.UNKNOWN);
    }

    private boolean isForbidden(String word) {
        for (String each : profile.forbiddenCommands) {
            boolean hit = each.indexOf(':') > 0
                    ? profile.tables.open(each, "smtpd_forbidden_commands").find(word) instanceof Answer.Found
                    : each.equalsIgnoreCase(word);
            if (hit) {
                return true;
            }
        }
        return false;
    }

    private Reply denied() {
        return Reply.of(503, "5.7.0", "Error: access denied for " + session.peer().label());
    }

    private void known(Verb verb, CommandLine words) throws IOException {
        tally.tried(verb);
        if (session.isAccessDenied() && verb != Verb.QUIT) {
            refuse(denied());
            return;
        }
        if (profile.tls == Profile.TlsLevel.ENCRYPT && session.peer().tls().isEmpty() && needsTls(verb)) {
            refuse(Replies.STARTTLS_FIRST);
            return;
        }
        session.at(verb.name());
        if (isJunk(verb) && !(state instanceof Sequence.Open)) {
            session.junk();
        }
        boolean mustWait = isLastOfGroup(verb) || !session.peer().isExtended() && verb != Verb.QUIT;
        if (mustWait && session.isAhead()) {
            if (profile.forbidPipelining) {
                session.logAhead(verb.name());
                session.say(Replies.OUT_OF_STEP);
                session.hangUp();
                return;
            }
            session.gate().attribute("improper_pipelining", "yes");
        }
        try {
            Command command = parser().parse(verb, words);
            if (verb == Verb.STARTTLS) {
                starttls(command);
            } else {
                answer(verb, command, words);
            }
        } catch (TableDown e) {
            profile.log.warning(e.getMessage());
            session.say(Replies.dataError(profile.myhostname));
            session.hangUp();
        }
    }

    private static boolean needsTls(Verb verb) {
        return switch (verb) {
            case HELO, EHLO, STARTTLS, XCLIENT, NOOP, QUIT, HELP -> false;
            case MAIL, RCPT, DATA, BDAT, RSET, VRFY, ETRN, XFORWARD, AUTH -> true;
        };
    }

    private static boolean isJunk(Verb verb) {
        return switch (verb) {
            case HELO, EHLO, RSET, NOOP, VRFY, ETRN -> true;
            case STARTTLS, XCLIENT, XFORWARD, AUTH, MAIL, RCPT, DATA, BDAT, QUIT, HELP -> false;
        };
    }

    /** Commands whose reply a client must await. STARTTLS is not here: what follows it in clear is thrown away. */
    private static boolean isLastOfGroup(Verb verb) {
        return switch (verb) {
            case HELO, EHLO, DATA, VRFY, NOOP, AUTH -> true;
            case MAIL, RCPT, BDAT, RSET, ETRN, QUIT, HELP, STARTTLS, XCLIENT, XFORWARD -> false;
        };
    }

    private CommandParser parser() {
        if (parser.isEmpty()) {
            Set<Ehlo> hidden = greeting.discarded();
            parser = Optional.of(new CommandParser(new CommandParser.Options(profile.strictEnvelopes, profile.allowMinUser, !hidden.contains(Ehlo.DSN),
                    profile.smtpUtf8 && !hidden.contains(Ehlo.SMTPUTF8),
                    profile.requireTls && session.peer().tls().isPresent() && !hidden.contains(Ehlo.REQUIRETLS))));
        }
        return parser.get();
    }

    private void answer(Verb verb, Command command, CommandLine words) throws IOException {
        Answered answered;
        try {
            answered = verb == Verb.BDAT ? bdat(command) : step(verb, command, words);
        } catch (TableDown e) {
            throw e;
        } catch (RuntimeException | LinkageError | StackOverflowError | OutOfMemoryError e) {
            // A bundle that is being replaced fails in such ways, too; the client is told to come again.
            org.slf4j.LoggerFactory.getLogger(Dialogue.class).error("{}", verb, e);
            profile.log.error(queueId() + ": " + verb + " from " + session.peer().label() + ": " + e);
            answered = Answered.bad(Replies.serverError(profile.myhostname));
        }
        if (answered.mark() == Answered.Mark.BAD) {
            session.error();
        } else if (verb != Verb.XCLIENT) {
            // Postfix does not count XCLIENT as done, and log readers know that.
            tally.done(verb);
        }
        session.say(answered.reply());
        if (state instanceof Sequence.Closed) {
            session.hangUp();
        }
    }

    private Answered step(Verb verb, Command command, CommandLine words) throws IOException {
        boolean needsHello = profile.heloRequired && session.peer().helo().isEmpty();
        return switch (Sequence.step(state, verb, needsHello)) {
            case Sequence.Refused(var reply, var next) -> {
                state = next;
                yield Answered.bad(reply);
            }
            case Sequence.May(var next) -> {
                Answered answered = command instanceof Command.Malformed(_, var reply) ? malformed(verb, reply, words) : run(command);
                if (answered.isGood()) {
                    state = next;
                } else if (verb == Verb.DATA && mail.current().isEmpty()) {
                    // The message was read and refused: its transaction is over all the same.
                    state = next;
                }
                yield answered;
            }
        };
    }

    private Answered malformed(Verb verb, Reply reply, CommandLine words) {
        if (reply.text().endsWith(" address syntax")) {
            profile.log.warning("Illegal address syntax from " + session.peer().label() + " in " + verb + " command: " + words.arguments().getLast());
        }
        return verb == Verb.VRFY && profile.vrfyDisabled ? Answered.bad(Replies.VRFY_DISABLED) : Answered.bad(reply);
    }

    private Answered run(Command command) throws IOException {
        return switch (command) {
            case Command.Hello hello -> hello(hello);
            case Command.Mail each -> mail.mail(each);
            case Command.Rcpt each -> mail.rcpt(each);
            case Command.Vrfy vrfy -> others.vrfy(vrfy);
            case Command.Etrn etrn -> others.etrn(etrn.domain());
            case Command.Attributes attributes -> attributes.verb() == Verb.XCLIENT ? xclient(attributes) : others.xforward(attributes);
            case Command.Simple(var verb) -> simple(verb);
            case Command.Bdat _, Command.Malformed _ -> throw new IllegalStateException("handled before: " + command);
        };
    }

    private Answered simple(Verb verb) throws IOException {
        return switch (verb) {
            case DATA -> mail.data();
            case RSET -> {
                mail.reset();
                yield Answered.good(Replies.OK);
            }
            case NOOP -> Answered.good(Replies.OK);
            case HELP -> Answered.good(Replies.HELP);
            case QUIT -> {
                mail.reset();
                yield Answered.good(Replies.BYE);
            }
            // Authentication comes with a later issue; until then this is a server on which it is not enabled.
            case AUTH -> Answered.bad(session.peer().helo().isEmpty() ? Replies.SEND_HELO_FIRST : Replies.NO_AUTHENTICATION);
            default -> throw new IllegalStateException("handled before: " + verb);
        };
    }

    private Answered hello(Command.Hello hello) {
        boolean extended = hello.verb() == Verb.EHLO;
        String name = printable(hello.name());
        Peer peer = session.peer();
        Optional<String> before = peer.helo();
        if (session.gate().helo(name) instanceof Verdict.Refuse no) {
            // As if it had not been said: name, protocol and transaction stay as they were. Only the log shows it.
            peer.helo(Optional.of(name), peer.isExtended());
            Answered refused = others.refused(hello.verb().name(), no, mail.current().map(Transaction::firstRecipient).filter(to -> !to.isNull()));
            peer.helo(before, peer.isExtended());
            return refused;
        }
        peer.helo(Optional.of(name), extended);
        mail.reset();
        session.gate().attribute("protocol_name", session.peer().protocol());
        return Answered.good(extended ? greeting.ehlo() : greeting.helo());
    }

    private static String printable(String text) {
        return org.ostler.mail.log.MailLog.printable(text);
    }

    private Answered xclient(Command.Attributes command) {
        // What this client is offered may differ from what the last one was.
        parser = Optional.empty();
        return others.xclient(command);
    }

    private Answered bdat(Command command) throws IOException {
        if (greeting.discarded().contains(Ehlo.CHUNKING)) {
            return Answered.bad(Replies.BDAT_NOT_IMPLEMENTED);
        }
        if (command instanceof Command.Malformed(_, var reply)) {
            return Answered.bad(reply);
        }
        var bdat = (Command.Bdat) command;
        return switch (Sequence.chunk(state, bdat.size(), bdat.last())) {
            case Sequence.Refused(var reply, var next) -> {
                mail.skip(bdat);
                mail.reset();
                state = next;
                yield Answered.bad(reply);
            }
            case Sequence.May(var next) -> {
                Answered answered = mail.bdat(bdat);
                state = answered.isGood() ? next : Sequence.chunkFailed(bdat.last());
                yield answered;
            }
        };
    }

    private void starttls(Command command) throws IOException {
        if (command instanceof Command.Malformed(_, var reply)) {
            refuse(reply);
        } else if (session.peer().tls().isPresent()) {
            refuse(Replies.TLS_ACTIVE);
        } else if (profile.tls == Profile.TlsLevel.NONE || greeting.discarded().contains(Ehlo.STARTTLS)) {
            refuse(Replies.NOT_IMPLEMENTED);
        } else if (Encryption.starttls(session, profile)) {
            tally.done(Verb.STARTTLS);
            // What was not served in the clear may be served now.
            parser = Optional.empty();
            mail.reset();
            // The name is forgotten; ESMTP it stays, as for Postfix, until another greeting.
            session.peer().helo(Optional.empty(), session.peer().isExtended());
            session.gate().forgetHelo();
            state = Sequence.IDLE;
        }
    }
}
