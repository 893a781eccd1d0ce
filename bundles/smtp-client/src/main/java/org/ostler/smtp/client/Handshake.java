// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;
import java.util.Optional;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.model.Reply;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsLogLevel;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.TlsResult;
import org.ostler.smtp.client.Failure.DemandFailure;
import org.ostler.smtp.client.Failure.HostFailure;
import org.ostler.smtp.client.TlsDecision.Plan;
import org.ostler.smtp.grammar.ReplyReader.BadReplyException;

/**
 * The beginning of a session: greeting, EHLO or HELO or LHLO, STARTTLS and EHLO again; then what the server proved is held against what was decided.
 *
 * <p><b>Description</b> At TLS level {@code may} a server that refuses STARTTLS is spoken to in the clear. A handshake that fails puts mail off; it is tried in the clear only by a message that has been
 * waiting for {@code minimal_backoff_time}, as Postfix does, so that an attacker has to break the connection for longer than a moment. No other level ever falls back. A TLS engine of ours that is not there is
 * waited for, and then mail waits, at level {@code may} too, and be it that none ever came.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> bounded by the peer's deadline. <b>Errors</b> a {@link Failure} as value.
 */
final class Handshake {

    /**
     * @param site      for messages
     * @param plan      what was decided for the host
     * @param plainOnly TLS failed before and the message may go without it; counts at level may only
     * @param loopCheck a server that calls itself by our name is us
     * @param demand    how far REQUIRETLS is insisted on; with TLS as a must nothing goes in the clear, whatever the level
     */
    record Task(Site site, Plan plan, boolean plainOnly, boolean loopCheck, RequireTls demand) {}

    private final Peer peer;
    private final Optional<Socket> socket;
    /** Asked while the socket is open. */
    private final Optional<InetAddress> local;
    private final Profile profile;
    private final Task task;
    private final Leased<TlsProvider> tls;
    private final TlsNotes notes;
    private final TlsLevel level;
    /** Nothing is said in the clear. */
    private final boolean must;
    /** For {@code tls=}: the level that was decided, what became of it, or that nobody knows. */
    private String word;
    /** The same for REQUIRETLS, behind it. */
    private String demandWord;
    private boolean resumed;
    private String where = "receiving the initial server greeting";

    Handshake(Connector.Opened opened, Profile profile, Neighbours neighbours, Task task) {
        this.peer = opened.peer();
        this.socket = opened.socket();
        this.local = socket.map(Socket::getLocalAddress);
        this.profile = profile;
        this.task = task;
        this.tls = neighbours.tls;
        this.notes = new TlsNotes(neighbours.reports, profile, task.site);
        peer.fallback = task.plainOnly && task.plan.level() == TlsLevel.MAY;
        this.level = peer.fallback ? TlsLevel.NONE : task.plan.level();
        this.must = level.isMandatory() || task.demand.needsTls();
        this.word = task.plan.level().text() + "?";
        this.demandWord = task.demand.undecided();
        peer.demand = task.demand;
        peer.site = task.site;
        peer.plan = task.plan;
    }

    /** What {@code tls=} says now. */
    String word() {
        return word + demandWord;
    }

    /** Nothing where mail can be sent now. */
    Optional<Failure> run() {
        try {
            Optional<Failure> failure = begin();
            peer.replies = 0;
            if (failure.isEmpty() && !peer.encrypted) {
                lowered(TlsLevel.NONE);
            }
            if (failure.isEmpty()) {
                demandWord = task.demand.word(peer);
            }
            peer.tls = profile.tls.status ? word() : "";
            return failure;
        } catch (BadReplyException e) {
            return Optional.of(peer.nonsense(e.getMessage()));
        } catch (IOException _) {
            return Optional.of(peer.lost(where, false));
        }
    }

    private void lowered(TlsLevel to) {
        String wanted = task.plan.level().text();
        word = to == task.plan.level() ? wanted : wanted + ":" + to.text();
    }

    private void violated() {
        word = "!" + task.plan.level().text();
    }

    private Optional<Failure> begin() throws IOException {
        if (profile.tls.wrapper && socket.isPresent()) {
            Optional<Failure> failure = encrypt();
            if (failure.isPresent()) {
                return failure;
            }
        }
        peer.deadline.in(profile.heloTimeout);
        Reply greeting = peer.reply();
        if (greeting.code() / 100 != 2) {
            return Optional.of(new HostFailure(Failure.refused(peer.host, greeting, profile.skip5xxGreeting || !greeting.isPermanent())));
        }
        boolean esmtp = !profile.neverEhlo && (profile.alwaysEhlo || greeting.text().toUpperCase(Locale.ROOT).contains("ESMTP"));
        Optional<Failure> failure = hello(esmtp);
        return failure.isPresent() || peer.encrypted ? failure : startTls(esmtp);
    }

    private Optional<Failure> hello(boolean esmtp) throws IOException {
        Reply reply;
        if (profile.lmtp) {
            where = "performing the LHLO handshake";
            reply = peer.ask("LHLO " + profile.heloName, profile.heloTimeout);
            if (reply.code() / 100 != 2) {
                return Optional.of(new HostFailure(Failure.refused(peer.host, reply, !reply.isPermanent())));
            }
            return offered(reply);
        }
        if (esmtp) {
            where = "performing the EHLO handshake";
            reply = peer.ask("EHLO " + profile.heloName, profile.heloTimeout);
            if (reply.code() / 100 == 2) {
                return offered(reply);
            }
            if (reply.code() == 421) {
                return Optional.of(new HostFailure(Failure.refused(peer.host, reply, true)));
            }
        }
        where = "performing the HELO handshake";
        reply = peer.ask("HELO " + profile.heloName, profile.heloTimeout);
        if (reply.code() / 100 != 2) {
            return Optional.of(new HostFailure(Failure.refused(peer.host, reply, !reply.isPermanent())));
        }
        peer.features = Features.NONE;
        return Optional.empty();
    }

    private Optional<Failure> offered(Reply reply) {
        if (!profile.discardedKeywords.isEmpty()) {
            profile.log.info("discarding EHLO keywords: " + String.join(", ", profile.discardedKeywords).toUpperCase(Locale.ROOT));
        }
        peer.features = Features.of(reply, profile.discardedKeywords, peer.encrypted);
        peer.hello = peer.features.name();
        return profile.lmtp ? Optional.empty() : loops();
    }

    /** The last guard against a loop that the addresses did not show: behind address translation, for instance. */
    private Optional<Failure> loops() {
        if (!task.loopCheck || !peer.features.name().equalsIgnoreCase(profile.myHostname)) {
            return Optional.empty();
        }
        profile.log.warning("host " + peer.host.withPort() + " replied to HELO/EHLO with my own hostname " + profile.myHostname);
        return fail(peer.host.bestMx() ? "5.4.6" : "4.4.6", "mail for " + task.site.text() + " loops back to myself");
    }

    private Optional<Failure> startTls(boolean esmtp) throws IOException {
        if (level == TlsLevel.NONE) {
            if (profile.tls.noteOffer && peer.features.startTls() && !peer.fallback) {
                profile.log.info("Host offered STARTTLS: [" + peer.host.name() + "]");
            }
            return Optional.empty();
        }
        if (!peer.features.startTls()) {
            return notOffered();
        }
        where = "receiving the STARTTLS response";
        Reply reply = peer.ask("STARTTLS", profile.starttlsTimeout);
        if (reply.code() / 100 != 2) {
            return refused(reply);
        }
        Optional<Failure> failure = encrypt();
        return failure.isPresent() ? failure : hello(esmtp);
    }

    private Optional<Failure> notOffered() {
        if (must || task.plan.isTest()) {
            note(Optional.of(TlsResult.STARTTLS_NOT_SUPPORTED), "");
        }
        if (!must) {
            return Optional.empty();
        }
        if (level.isMandatory()) {
            violated();
        }
        if (task.demand.needsTls()) {
            demandWord = task.demand.violated("nostarttls");
            return Optional.of(RequireTls.notOffered(peer.host));
        }
        return fail("4.7.4", "TLS is required, but was not offered by host " + peer.host.named());
    }

    private Optional<Failure> refused(Reply reply) {
        note(Optional.of(TlsResult.STARTTLS_NOT_SUPPORTED), Failure.text(reply));
        if (!must) {
            return Optional.empty();
        }
        if (level.isMandatory()) {
            violated();
        }
        Reason reason = Failure.remote(peer.host, reply, "TLS is required, but host " + peer.host.named() + " refused to start TLS: " + Failure.text(reply), Failure.text(reply));
        return Optional.of(task.demand.needsTls() ? new DemandFailure(reason) : new HostFailure(reason));
    }

    /** Everything that was known of the server before counts no more (RFC 3207 section 4.2). */
    private Optional<Failure> encrypt() {
        peer.deadline.in(profile.starttlsTimeout);
        int logLevel = profile.tls.log.of(peer.host.name(), peer.host.isUnix() ? peer.host.path() : AddressText.of(peer.host.address()));
        if (logLevel >= TlsLogLevel.DETAILS) {
            profile.log.info("setting up TLS connection to " + peer.host.withPort());
        }
        TlsProvider.Session session;
        try (Leased<TlsProvider>.Lease lease = tls.acquire()) {
            session = lease.service().client(socket.orElseThrow(), task.plan.tls().orElseThrow(), profile.settings);
            peer.streams(session.socket().getInputStream(), session.socket().getOutputStream());
            resumed = session.resumed();
        } catch (UnavailableException e) {
            return Optional.of(new Failure.LocalFailure(ourTrouble(e)));
        } catch (IOException e) {
            if (e.getCause() instanceof UnavailableException ours) {
                return Optional.of(new Failure.OwnTlsFailure(ourTrouble(ours)));
            }
            String why = broke(e);
            profile.log.info("SSL_connect error to " + peer.host.withPort() + ": " + why);
            note(Optional.of(TlsResult.VALIDATION_FAILURE), "handshake failure: " + why);
            return Optional.of(new Failure.TlsFailure(Failure.local("4.7.5", "Cannot start TLS: handshake failure"), level == TlsLevel.MAY));
        }
        peer.features = Features.NONE;
        peer.encrypted = true;
        Judgement judgement = Judgement.of(task.plan, session.verdict());
        log(session, judgement, logLevel);
        return judged(judgement);
    }

    /** In Postfix's words where nobody said anything: engines put it differently, and take our own deadline for the other side's doing. */
    private String broke(IOException trouble) {
        return peer.deadline.hasPassed() ? "Connection timed out" : trouble.getCause() instanceof EOFException ? "lost connection" : trouble.getMessage();
    }

    /** Our own engine or verifier is away or broken, or cannot read what it judges by, which says nothing of the host: mail waits, and none goes in the clear for it however old it is. */
    private Reason ourTrouble(UnavailableException trouble) {
        profile.log.warning("TLS with " + peer.host.withPort() + ": " + trouble.getMessage());
        return Failure.local("4.7.5", (must ? "TLS is required, but our" : "Cannot start TLS: our") + " TLS engine is unavailable");
    }

    /** The lines that Postfix writes. Half-dane is never "Verified": the right host may be another. */
    private void log(TlsProvider.Session session, Judgement judgement, int logLevel) {
        if (peer.onlooker.tells(task.plan, session)) {
            return;
        }
        judgement.flaw(task.plan).ifPresent(why -> profile.log.info("certificate verification failed for " + peer.host.withPort() + ": " + why));
        if (logLevel < TlsLogLevel.SUMMARY) {
            return;
        }
        if (logLevel >= TlsLogLevel.DETAILS) {
            if (session.verdict() instanceof PeerVerdict.Verified(String how)) {
                how.lines().forEach(line -> profile.log.info(peer.host.withPort() + ": " + line));
            }
            if (!session.chain().isEmpty()) {
                profile.log.info(peer.host.withPort() + ": " + session.certificate(CertificateDigest.isKnown(profile.tls.fingerprintDigest) ? profile.tls.fingerprintDigest : "sha256"));
            }
        }
        profile.log.info(summary(task.plan, session, peer.host));
    }

    /** {@code Verified TLS connection established to mx.example.org[192.0.2.1]:25: TLSv1.3 with cipher ...}. */
    static String summary(Plan plan, TlsProvider.Session session, Host host) {
        boolean proved = session.verdict() instanceof PeerVerdict.Verified;
        String trust = proved && (plan.level() == TlsLevel.HALF_DANE || !plan.mustMatch()) ? "Trusted" : session.trust();
        return trust + " TLS connection established to " + host.withPort() + ": " + session.summary();
    }

    private Optional<Failure> judged(Judgement judgement) {
        return switch (judgement) {
            case Judgement.Proved _ -> {
                peer.proved = task.plan.level().isAuthenticated();
                yield good(level, Optional.empty(), "");
            }
            case Judgement.Lowered(String why) when task.demand != RequireTls.ENFORCE -> {
                profile.log.warning(peer.host.withPort() + ": all TLSA records unusable, fallback to unauthenticated TLS: " + why);
                yield good(TlsLevel.ENCRYPT, Optional.of(TlsResult.TLSA_INVALID), why);
            }
            case Judgement.Lowered(String why) -> unproved(TlsResult.TLSA_INVALID, why);
            case Judgement.Unproved(String why, TlsResult result) -> unproved(result, why);
            case Judgement.Unjudged(String why) -> unjudged(why);
        };
    }

    /** The host is not to be blamed for it, in a report no more than in a reason. */
    private Optional<Failure> unjudged(String why) {
        if (task.plan.mustMatch()) {
            return Optional.of(new Failure.OwnTlsFailure(ourTrouble(new UnavailableException(why))));
        }
        if (task.plan.isTest()) {
            lowered(level); // and to be praised for it neither
            return Optional.empty();
        }
        return good(level, Optional.empty(), "");
    }

    private Optional<Failure> unproved(TlsResult result, String why) {
        if (!task.plan.mustMatch()) {
            return good(level, task.plan.isTest() ? Optional.of(result) : Optional.empty(), task.plan.isTest() ? why : "");
        }
        note(Optional.of(result), why);
        violated();
        if (task.demand == RequireTls.ENFORCE) {
            demandWord = task.demand.violated("nocertmatch");
            return Optional.of(RequireTls.notProved(peer.host));
        }
        return fail("4.7.5", "Server certificate not verified");
    }

    private Optional<Failure> good(TlsLevel reached, Optional<TlsResult> flaw, String why) {
        lowered(reached);
        note(flaw, why);
        return Optional.empty();
    }

    private void note(Optional<TlsResult> result, String detail) {
        if (resumed && profile.settings.get(SmtpTlsParameters.SMTP_TLSRPT_SKIP_REUSED_HANDSHAKES)) {
            return;
        }
        local.ifPresent(address -> notes.session(task.plan, peer, address, result, detail));
    }

    private static Optional<Failure> fail(String status, String text) {
        return Optional.of(new HostFailure(Failure.local(status, text)));
    }
}
