// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.net.Socket;
import java.util.Locale;
import java.util.Optional;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Reply;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.smtp.client.Failure.HostFailure;
import org.ostler.smtp.client.Profile.TlsLevel;
import org.ostler.smtp.grammar.ReplyReader.BadReplyException;

/**
 * The beginning of a session: greeting, EHLO or HELO or LHLO, STARTTLS and EHLO again.
 *
 * <p><b>Description</b> At TLS level {@code may} a server that refuses STARTTLS is spoken to in the clear. A handshake that fails puts mail off; it is tried in the clear only by a message that has been
 * waiting for {@code minimal_backoff_time}, as Postfix does, so that an attacker has to break the connection for longer than a moment. Level {@code encrypt} never falls back.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> bounded by the peer's deadline. <b>Errors</b> a {@link Failure} as value.
 */
final class Handshake {

    private final Peer peer;
    private final Optional<Socket> socket;
    private final Profile profile;
    private final Site site;
    private final Leased<TlsProvider> tls;
    private final boolean loopCheck;
    private TlsLevel level;
    private String where = "receiving the initial server greeting";

    /**
     * @param plainOnly TLS failed before and the message may go without it
     * @param loopCheck a server that calls itself by our name is us
     */
    Handshake(Connector.Opened opened, Profile profile, Site site, Leased<TlsProvider> tls, boolean plainOnly, boolean loopCheck) {
        this.peer = opened.peer();
        this.socket = opened.socket();
        this.profile = profile;
        this.site = site;
        this.tls = tls;
        this.loopCheck = loopCheck;
        this.level = socket.isEmpty() || plainOnly ? TlsLevel.NONE : profile.tlsLevel;
    }

    /** Nothing where mail can be sent now. */
    Optional<Failure> run() {
        try {
            Optional<Failure> failure = begin();
            peer.replies = 0;
            if (profile.tlsStatus) {
                peer.tls = peer.encrypted ? level.name().toLowerCase(Locale.ROOT) : "none";
            }
            return failure;
        } catch (BadReplyException e) {
            return Optional.of(peer.nonsense(e.getMessage()));
        } catch (IOException _) {
            return Optional.of(peer.lost(where, false));
        }
    }

    private Optional<Failure> begin() throws IOException {
        if (level == TlsLevel.UNSUPPORTED) {
            return fail("4.7.5", "client TLS configuration problem");
        }
        if (profile.tlsWrapper && socket.isPresent()) {
            if (level != TlsLevel.ENCRYPT) {
                profile.log.warning(profile.protocol() + "_tls_wrappermode requires \"" + profile.protocol() + "_tls_security_level = encrypt\" (or stronger)");
                return fail("4.7.5", "client TLS configuration problem");
            }
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
        peer.features = Features.of(reply, profile.discardedKeywords);
        return profile.lmtp ? Optional.empty() : loops();
    }

    /** The last guard against a loop that the addresses did not show: behind address translation, for instance. */
    private Optional<Failure> loops() {
        if (!loopCheck || !peer.features.name().equalsIgnoreCase(profile.myHostname)) {
            return Optional.empty();
        }
        profile.log.warning("host " + peer.host.withPort() + " replied to HELO/EHLO with my own hostname " + profile.myHostname);
        return fail(peer.host.bestMx() ? "5.4.6" : "4.4.6", "mail for " + site.text() + " loops back to myself");
    }

    private Optional<Failure> startTls(boolean esmtp) throws IOException {
        if (level == TlsLevel.NONE) {
            return Optional.empty();
        }
        if (!peer.features.startTls()) {
            return level == TlsLevel.ENCRYPT ? fail("4.7.4", "TLS is required, but was not offered by host " + peer.host.named()) : Optional.empty();
        }
        if (!tls.isBound() && level == TlsLevel.MAY) {
            return Optional.empty();
        }
        where = "receiving the STARTTLS response";
        Reply reply = peer.ask("STARTTLS", profile.starttlsTimeout);
        if (reply.code() / 100 != 2) {
            return level == TlsLevel.ENCRYPT
                    ? Optional.of(new HostFailure(Failure.remote(peer.host, reply,
                            "TLS is required, but host " + peer.host.named() + " refused to start TLS: " + Failure.text(reply), Failure.text(reply))))
                    : Optional.empty();
        }
        Optional<Failure> failure = encrypt();
        return failure.isPresent() ? failure : hello(esmtp);
    }

    /** Everything that was known of the server before counts no more (RFC 3207 section 4.2). */
    private Optional<Failure> encrypt() {
        peer.deadline.in(profile.starttlsTimeout);
        try (Leased<TlsProvider>.Lease lease = tls.acquire()) {
            var policy = new ClientTls(level == TlsLevel.MAY ? org.ostler.mail.tls.TlsLevel.MAY : org.ostler.mail.tls.TlsLevel.ENCRYPT, peer.host.name(), serverName(),
                    profile.protocol(), level == TlsLevel.MAY ? profile.tlsTerms : profile.tlsMandatoryTerms, Proof.NONE);
            TlsProvider.Session session = lease.service().client(socket.orElseThrow(), policy, profile.settings);
            peer.streams(session.socket().getInputStream(), session.socket().getOutputStream());
            peer.features = Features.NONE;
            peer.encrypted = true;
            if (profile.tlsLogLevel > 0) {
                profile.log.info(session.trust() + " TLS connection established to " + peer.host.withPort() + ": " + session.protocol() + " with cipher "
                        + session.cipher() + " (" + session.bits() + "/" + session.algorithmBits() + " bits)"
                        + (session.details().isEmpty() ? "" : " " + session.details()));
            }
            return Optional.empty();
        } catch (UnavailableException e) {
            return fail("4.7.5", "TLS is required, but our TLS engine is unavailable");
        } catch (IOException e) {
            profile.log.info("SSL_connect error to " + peer.host.withPort() + ": " + e.getMessage());
            return Optional.of(new Failure.TlsFailure(Failure.local("4.7.5", "Cannot start TLS: handshake failure")));
        }
    }

    private String serverName() {
        return switch (profile.tlsServerName) {
            case "hostname" -> peer.host.name();
            case "nexthop" -> site instanceof Site.Inet inet ? inet.name() : site.text();
            default -> profile.tlsServerName;
        };
    }

    private static Optional<Failure> fail(String status, String text) {
        return Optional.of(new HostFailure(Failure.local(status, text)));
    }
}
