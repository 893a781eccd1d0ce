// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.ostler.mail.config.PerSettings;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsProvider.Session;
import org.ostler.mail.tls.spi.PeerVerifier;

/**
 * The server's handshakes: certificates by kind of key and by the name asked for, certificates of clients, tickets.
 *
 * <p>Contexts are kept by what parameters say, so a reload that changes nothing keeps sessions resumable.
 *
 * <p><b>Threads</b> any. <b>Errors</b> {@link IOException}.
 */
final class ServerSide {

    private static final int MOST_CONTEXTS = 64;
    private static final int MOST_SESSIONS = 2000;
    /** Options of OpenSSL that say what is so here in any case. */
    private static final Set<String> ALWAYS = Set.of("NO_RENEGOTIATION", "NO_COMPRESSION", "NO_TICKET");

    private final Judges judges;
    private final Engines engines;
    private final InstantSource clock;
    private final Leased<Tables> tables = new Leased<>("lookup tables");
    private final Contexts contexts;
    private final PerSettings<Plan> plans = new PerSettings<>(this::plan);

    ServerSide(Judges judges, Engines engines, InstantSource clock) {
        this.judges = judges;
        this.engines = engines;
        this.clock = clock;
        this.contexts = new Contexts(MOST_CONTEXTS, MOST_SESSIONS, clock);
    }

    Leased<Tables> tables() {
        return tables;
    }

    void forgetContexts(String engine) {
        contexts.forget(engine);
    }

    /** Certificates that cannot be loaded are known before a client is told to begin: it goes on in the clear then where it may (RFC 3207 section 4). */
    boolean isReady(Settings settings) {
        Plan plan = plans.of(settings);
        if (plan.wanted.filter(wanted -> !wanted.identity().isEmpty()).isEmpty() || !engines.isThere(settings.get(TlsParameters.TLS_PROVIDER))) {
            return false;
        }
        try {
            ready(plan, plan.wanted.get());
            return true;
        } catch (IOException _) {
            return false; // the log has it
        }
    }

    private Contexts.Ready ready(Plan plan, Contexts.Wanted wanted) throws IOException {
        return contexts.get(wanted, new Parts((Whose) wanted.whose(), plan.log), plan.log);
    }

    /** What settings come to; worked out once. @param wanted or what is wrong with it */
    private record Plan(Optional<Contexts.Wanted> wanted, String trouble, Protocols protocols, boolean ask, boolean ownOrder, MailLog log) {}

    /** Names and tables are part of what tells contexts apart. */
    private record Whose(String names, List<Path> issuers) {}

    private Plan plan(Settings settings) {
        MailLog log = MailLog.of(settings.text("syslog_name") + "/smtpd");
        String level = settings.text("smtpd_tls_security_level").strip();
        // In wrapper mode the level does not count: nobody speaks in clear there.
        boolean mandatory = settings.isYes("smtpd_tls_wrappermode") || level.equalsIgnoreCase("encrypt") || level.isEmpty() && settings.isYes("smtpd_enforce_tls");
        boolean required = settings.get(ServerTlsParameters.SMTPD_TLS_REQ_CCERT);
        boolean asked = settings.get(ServerTlsParameters.SMTPD_TLS_ASK_CCERT) || mandatory && required;
        if (required && !mandatory) {
            log.warning("Can't require client certs unless TLS is required");
        }
        Protocols protocols = settings.get(mandatory ? ServerTlsParameters.SMTPD_TLS_MANDATORY_PROTOCOLS : ServerTlsParameters.SMTPD_TLS_PROTOCOLS);
        boolean ownOrder = settings.get(TlsParameters.TLS_PREEMPT_CIPHERLIST);
        try {
            return new Plan(Optional.of(wanted(settings, mandatory, asked, log)), "", protocols, asked, ownOrder, log);
        } catch (IOException e) {
            log.warning(e.getMessage());
            return new Plan(Optional.empty(), e.getMessage(), protocols, asked, ownOrder, log);
        }
    }

    private static Contexts.Wanted wanted(Settings settings, boolean mandatory, boolean asked, MailLog log) throws IOException {
        String grade = settings.get(mandatory ? ServerTlsParameters.SMTPD_TLS_MANDATORY_CIPHERS : ServerTlsParameters.SMTPD_TLS_CIPHERS);
        String exclude = settings.get(ServerTlsParameters.SMTPD_TLS_EXCLUDE_CIPHERS) + (mandatory ? " " + settings.get(ServerTlsParameters.SMTPD_TLS_MANDATORY_EXCLUDE_CIPHERS) : "");
        List<String> options = settings.get(TlsParameters.TLS_SSL_OPTIONS).stream().map(option -> option.toUpperCase(Locale.ROOT)).toList();
        var odd = new ArrayList<>(options);
        odd.removeAll(ALWAYS);
        if (!odd.isEmpty()) {
            log.warning("tls_ssl_options: no counterpart here: " + String.join(", ", odd));
        }
        Duration sessions = options.contains("NO_TICKET") ? Duration.ZERO : settings.get(ServerTlsParameters.SMTPD_TLS_SESSION_CACHE_TIMEOUT);
        var whose = new Whose(settings.get(TlsParameters.TLS_SERVER_SNI_MAPS), asked ? issuers(settings) : List.of());
        return new Contexts.Wanted(whose, Identities.Source.of(settings), sessions, settings.get(TlsParameters.TLS_PROVIDER), Ciphers.list(grade, exclude, asked, settings),
                Ciphers.groups(settings));
    }

    /** Only CAfile's names are sent to the client, as Postfix does: those of a directory may be many. */
    private static List<Path> issuers(Settings settings) {
        String file = settings.get(ServerTlsParameters.SMTPD_TLS_CAFILE);
        return file.isEmpty() ? List.of() : List.of(Path.of(file));
    }

    /** @param client for the log */
    Session handshake(Socket plain, String client, Settings settings) throws IOException {
        Plan plan = plans.of(settings);
        Contexts.Wanted wanted = plan.wanted.orElseThrow(() -> new IOException(plan.trouble));
        if (wanted.identity().isEmpty()) {
            throw new IOException("no server certificate is configured");
        }
        Contexts.Ready ready = ready(plan, wanted);
        long begin = clock.millis();
        try (Witness witness = Witness.start(plan.log, client)) {
            var socket = (SSLSocket) ready.context().getSocketFactory().createSocket(witness.watch(plain, true), (InputStream) null, true);
            socket.setUseClientMode(false);
            SSLParameters parameters = Negotiated.parameters(socket, plan.protocols, ready);
            parameters.setUseCipherSuitesOrder(plan.ownOrder);
            parameters.setWantClientAuth(plan.ask);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            List<X509Certificate> chain = plan.ask ? Negotiated.peer(socket.getSession(), wanted.engine()) : List.of();
            PeerVerdict verdict = judges.unasked(chain, new PeerVerifier.Context("smtpd", settings, clock.instant()));
            if (wanted.sessions().isZero()) {
                socket.getSession().invalidate();
            }
            boolean resumed = socket.getSession().getCreationTime() < begin;
            return Negotiated.session(socket, new Negotiated.Peer(verdict, chain, resumed), witness, true);
        }
    }

    private final class Parts implements Contexts.Parts {

        private final Whose whose;
        private final MailLog log;

        Parts(Whose whose, MailLog log) {
            this.whose = whose;
            this.log = log;
        }

        @Override
        public SSLContext engine(String name) throws GeneralSecurityException, IOException {
            return engines.context(name);
        }

        @Override
        public Optional<ServerNames> names() {
            return whose.names.isEmpty() ? Optional.empty() : Optional.of(new ServerNames(new LeasedTables(tables).open(whose.names, "tls_server_sni_maps"), log));
        }

        @Override
        public List<X509Certificate> issuers() throws IOException {
            var all = new ArrayList<X509Certificate>();
            for (Path file : whose.issuers) {
                all.addAll(Authorities.certificates(file));
            }
            return all;
        }

        @Override
        public List<Path> issuerFiles() {
            return whose.issuers;
        }
    }
}
