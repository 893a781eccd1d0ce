// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.config.Settings;
import org.ostler.mail.listen.Connection;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.smtp.grammar.AddressSyntax;
import org.ostler.smtp.grammar.BareNewline;
import org.ostler.smtp.grammar.WireInput;
import org.ostler.smtp.grammar.WireOutput;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SMTP session: the loop of commands and replies, its limits, its log lines.
 *
 * <h2>Description</h2>
 * Reads a line, lets {@link Dialogue} find the answer, sends it. Ends at QUIT, at too many errors, when the time is over, when the client leaves, and, between two
 * transactions, when this version of the program is to go ({@link Connection#isDraining}).
 *
 * <h2>Security</h2>
 * All input is hostile. Bounds: line length, session buffers (pooled), time (see {@link Pace}), errors, junk commands, recipients, message size. Client text reaches log and
 * replies only through checked values or with control characters replaced.
 *
 * <h2>Diagnostics</h2>
 * {@code connect from}, {@code disconnect from}, {@code lost connection after}, {@code timeout after}, {@code too many errors after}, {@code reject:} as Postfix logs them.
 *
 * <p><b>Threads</b> one virtual thread, which calls {@link #run} once; everything here is confined to it.
 *
 * <h2>Standards</h2> RFC 5321, RFC 2920
 */
final class Session {

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final long GOODBYE = TimeUnit.SECONDS.toNanos(2);
    /** Reads of input that comes behind our last word. */
    private static final int MOST_UNWANTED = 64;

    private final Connection connection;
    private final Settings settings;
    private final Profile profile;
    private final Neighbours neighbours;
    private final BufferPool.Buffers buffers;
    private final Pace pace;
    private final Peer peer;
    private final Gatekeeper gate;
    private final Dialogue dialogue;
    private final BareNewline bareNewline;
    private final int bareNewlineCode;
    private Socket socket;
    private WireInput in;
    private WireOutput out;

    private String where = "CONNECT";
    private boolean inContent;
    private boolean hangUp;
    /** Answered to the next command, whatever it is; the end of the session. */
    private Optional<Reply> lastWord = Optional.empty();
    private boolean accessDenied;
    private boolean sawBareLf;
    private int errors;
    private int junk;

    Session(Connection connection, Profile profile, Neighbours neighbours, BufferPool.Buffers buffers, Peer peer) throws IOException {
        this.connection = connection;
        this.settings = connection.settings();
        this.profile = profile;
        this.neighbours = neighbours;
        this.buffers = buffers;
        this.peer = peer;
        this.pace = new Pace(connection, profile.timeout, profile.contentNanosPerByte);
        this.gate = new Gatekeeper(neighbours.access(), settings, peer.client(), profile.log);
        Answer excluded = profile.bareNewline == BareNewline.ALLOW ? Answer.NOT_FOUND : profile.bareNewlineExclusions.match(peer.client().name(), peer.client().address());
        this.bareNewline = excluded instanceof Answer.Found ? BareNewline.ALLOW : profile.bareNewline;
        // Nobody knows whether this client is to be refused: later, then.
        this.bareNewlineCode = excluded instanceof Answer.Unavailable ? 451 : profile.bareNewlineCode;
        attach(connection.socket());
        this.dialogue = new Dialogue(this, profile);
    }

    private void attach(Socket next) throws IOException {
        socket = next;
        out = new WireOutput(pace.output(socket.getOutputStream()), buffers.output());
        in = new WireInput(pace.input(socket.getInputStream(), out), buffers.input());
    }

    void run() {
        profile.log.info("connect from " + peer.label());
        try {
            if (!profile.tlsWrapper || Encryption.wrap(this, profile, connection.row().name())) {
                greet();
                commands();
            }
            out.flush();
            goodbye();
        } catch (SocketTimeoutException e) {
            ended("timeout");
            farewell(Replies.timeout(profile.myhostname));
        } catch (IOException e) {
            lost();
        } finally {
            dialogue.end();
            profile.log.info("disconnect from " + peer.label() + dialogue.tally() + (sawBareLf && profile.bareNewline == BareNewline.NOTE ? " notes=bare_lf" : ""));
        }
    }

    private void greet() throws IOException {
        if (lastWord.isPresent()) {
            say(lastWord.get());
            return;
        }
        int count = connection.clientConnections();
        if (profile.connections > 0 && count > profile.connections && !isExcepted()) {
            profile.log.warning("Connection concurrency limit exceeded: " + count + " from " + peer.label() + " for service " + connection.row().name());
            say(Replies.tooManyConnections(profile.myhostname, peer.label()));
            return;
        }
        say(welcome());
    }

    private boolean isExcepted() {
        return profile.connectionExceptions.match(peer.client().name(), peer.client().address()) instanceof Answer.Found;
    }

    /** The greeting, or what the client restrictions say instead. At the start, and after XCLIENT. */
    Reply welcome() {
        Verdict verdict = gate.connect();
        if (verdict instanceof Verdict.Refuse no && Gatekeeper.isTrouble(no)) {
            // A greeting can only be 220, 554 or 421 (RFC 5321 section 3.1): this client shall come again.
            return Replies.serviceUnavailable(profile.myhostname);
        }
        accessDenied = verdict instanceof Verdict.Refuse;
        if (verdict instanceof Verdict.Refuse no) {
            profile.log.info(reject("CONNECT", no.logText().isEmpty() ? no.reply().toString() : no.logText(), Optional.empty(), Optional.empty()));
            hangUp |= no.disconnect();
            return no.reply();
        }
        return Reply.of(220, profile.banner);
    }

    private void commands() throws IOException {
        while (!hangUp) {
            if (errors >= profile.hardErrors) {
                ended("too many errors");
                say(Replies.tooManyErrors(profile.myhostname));
                return;
            }
            Optional<WireInput.Line> line = nextLine();
            if (line.isEmpty()) {
                say(Replies.leaving(profile.myhostname));
                return;
            }
            if (lastWord.isPresent()) {
                say(lastWord.get());
                return;
            }
            dialogue.command(line.get());
        }
    }

    /** The next command line, whose CR counts towards line_length_limit; empty when the session is to end between two transactions. */
    private Optional<WireInput.Line> nextLine() throws IOException {
        boolean boundary = dialogue.isIdle();
        pace.request();
        if (!boundary) {
            return Optional.of(in.readLine(profile.lineLength - 1));
        }
        if (connection.isDraining()) {
            return Optional.empty();
        }
        connection.atBoundary(true);
        try {
            return Optional.of(in.readLine(profile.lineLength - 1));
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            if (connection.isDraining()) {
                return Optional.empty();
            }
            throw e;
        } finally {
            connection.atBoundary(false);
        }
    }

    /** Sends a reply, late to clients that make errors. 421 and 521 end the session. */
    void say(Reply reply) throws IOException {
        if (errors >= profile.softErrors && profile.errorSleep > 0) {
            out.flush();
            LockSupport.parkNanos(profile.errorSleep);
        }
        out.reply(Footer.on(reply, profile.footer, this::footerNames));
        if (reply.code() == 421 || reply.code() == 521) {
            hangUp = true;
        }
    }

    private Map<String, String> footerNames() {
        return Map.of("client", peer.label(), "client_address", peer.client().addressText(), "client_name", peer.client().name(),
                "client_port", Integer.toString(peer.client().port()), "reverse_client_name", peer.client().reverseName(),
                "helo_name", peer.helo().orElse(""), "server_name", profile.myhostname);
    }

    private void farewell(Reply reply) {
        pace.hurry(GOODBYE);
        try {
            out.reply(Footer.on(reply, profile.footer, this::footerNames));
            out.flush();
            goodbye();
        } catch (IOException e) {
            // The log has its line; that the client did not read either adds nothing.
            LOG.debug("421 was not taken", e);
        }
    }

    /**
     * Closes so that the client gets our last reply: what it has sent and we did not read would make the kernel reset the connection and drop the reply. So our side is
     * closed first, and the client has a moment to see that. Over TLS the close carries a close_notify.
     */
    private void goodbye() throws IOException {
        pace.limit(GOODBYE);
        if (peer.tls().isPresent()) {
            socket.close();
        } else if (in.isPending()) {
            socket.shutdownOutput();
            in.discard();
            byte[] unwanted = buffers.input();
            for (int i = 0; i < MOST_UNWANTED && socket.getInputStream().read(unwanted) >= 0; i++) {
                LOG.trace("unwanted input");
            }
        }
    }

    private void lost() {
        if (!connection.isDraining() || !dialogue.isIdle()) {
            ended("lost connection");
        }
    }

    /** {@code NOQUEUE: lost connection after DATA (123 bytes) from localhost[127.0.0.1]}. */
    private void ended(String reason) {
        String place = inContent ? where + " (" + dialogue.contentSize() + " bytes)" : where;
        profile.log.info(dialogue.queueId() + ": " + reason + " after " + place + " from " + peer.label());
    }

    /** STARTTLS: what was sent in clear is forgotten (RFC 3207 section 4.2), the session goes on over the encrypted socket. */
    TlsProvider.Session encrypt(TlsProvider tls) throws IOException {
        out.flush();
        in.discard();
        pace.limit(profile.starttlsTimeout);
        TlsProvider.Session session;
        try {
            session = tls.server(connection.socket(), peer.label(), settings);
        } catch (IOException e) {
            throw connection.isOverdue() ? new IOException("Connection timed out", e) : e;
        }
        pace.limit(0);
        attach(session.socket());
        peer.encrypted(session);
        return session;
    }

    // What commands see of the session.

    WireInput input() {
        return in;
    }

    Peer peer() {
        return peer;
    }

    Gatekeeper gate() {
        return gate;
    }

    Neighbours neighbours() {
        return neighbours;
    }

    Settings settings() {
        return settings;
    }

    BareNewline bareNewline() {
        return bareNewline;
    }

    /** Of the reply to a bare newline that is not taken. */
    int bareNewlineCode() {
        return bareNewlineCode;
    }

    boolean isAccessDenied() {
        return accessDenied;
    }

    /** Where the session is, for the log. */
    void at(String command) {
        where = command;
    }

    /** Message content begins or ends: another pace. */
    void content(boolean begins) {
        inContent = begins;
        if (begins) {
            pace.content();
        } else {
            where = "END-OF-MESSAGE";
        }
    }

    void noteBareLf() {
        sawBareLf = true;
    }

    void error() {
        errors++;
    }

    /** A junk command, outside of a transaction. */
    void junk() {
        if (junk++ > profile.junkCommands) {
            errors++;
        }
    }

    /** Mail came: what was before is forgiven. */
    void forgive() {
        errors = 0;
        junk = 0;
    }

    void hangUp() {
        hangUp = true;
    }

    /** The client is welcome no more: it hears why at its next command. */
    void sendAway(Reply why) {
        lastWord = Optional.of(why);
    }

    /** Whether more input has come than the client should have sent. */
    boolean isAhead() throws IOException {
        return in.isPending();
    }

    void logAhead(String command) {
        String ahead = new String(in.peek(100), StandardCharsets.ISO_8859_1).replace("\r", "\\r").replace("\n", "\\n");
        profile.log.info("improper command pipelining after " + command + " from " + peer.label() + ": " + ahead);
    }

    String reject(String command, String what, Address from, Address to) {
        return reject(command, what, Optional.of(from), to.isNull() ? Optional.empty() : Optional.of(to));
    }

    /** The text of a reject line: {@code NOQUEUE: reject: RCPT from ...: ...; from=<> to=<> proto=ESMTP helo=<>}. */
    String reject(String command, String what, Optional<Address> from, Optional<Address> to) {
        var text = new StringBuilder(160).append(dialogue.queueId()).append(": reject: ").append(command).append(" from ").append(peer.label())
                .append(": ").append(what).append(';');
        from.ifPresent(address -> text.append(" from=").append(AddressSyntax.path(address)));
        to.ifPresent(address -> text.append(" to=").append(AddressSyntax.path(address)));
        text.append(" proto=").append(peer.protocol());
        peer.helo().ifPresent(name -> text.append(" helo=<").append(name).append('>'));
        return text.toString();
    }
}
