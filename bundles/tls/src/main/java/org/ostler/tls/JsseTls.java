// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.spi.PeerVerifier;
import org.ostler.mail.tls.spi.TlsEngine;

/**
 * TLS by the JDK's interfaces, JSSE: by its own implementation, or by an engine that {@code tls_provider} names.
 *
 * <p><b>Description</b> The two sides are {@link ServerSide} and {@link ClientSide}. What a certificate proves is not decided in the handshake: every certificate passes, and afterwards the chain is handed
 * to the {@link PeerVerifier} of the kind of proof that the policy asks for. The verdict is part of the session; a resumed session's chain is judged again, because dates pass and policies change.
 *
 * <p><b>Security</b> Reads certificates and handshakes of strangers: at most {@value ChainSearch#MOST_CERTIFICATES} certificates and {@value ChainSearch#MOST_SIGNATURES} signatures of a chain are looked at; what
 * is taken at all is in {@link JsseBounds}. Clients cannot renegotiate.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> the handshake; whoever owns the session closes the plain socket at its deadline. <b>Errors</b> {@link IOException}; the plain socket is left to the caller then.
 */
@Component(name = "tls", service = TlsProvider.class, immediate = true)
public final class JsseTls implements TlsProvider {

    static {
        JsseBounds.set();
    }

    private final Judges judges;
    private final Engines engines;
    private final ServerSide server;
    private final ClientSide client;

    /** OSGi; neighbours come by bind. */
    @Activate
    public JsseTls() {
        this(InstantSource.system(), Leased.PATIENCE);
    }

    /** Plain wiring. @param verifiers by kind of proof @param engines by name */
    public JsseTls(Map<String, PeerVerifier> verifiers, Map<String, TlsEngine> engines) {
        this(InstantSource.system(), Leased.PATIENCE);
        verifiers.forEach((kind, verifier) -> bindVerifier(verifier, kind));
        engines.forEach((name, engine) -> bindEngine(engine, name));
    }

    /** Plain wiring. @param tables for {@code tls_server_sni_maps} */
    public JsseTls(Map<String, PeerVerifier> verifiers, Map<String, TlsEngine> engines, Tables tables) {
        this(verifiers, engines);
        bindTables(tables);
    }

    JsseTls(InstantSource clock, Duration patience) {
        this.judges = new Judges(patience);
        this.engines = new Engines(patience.compareTo(Engines.PATIENCE) < 0 ? patience : Engines.PATIENCE);
        this.server = new ServerSide(judges, engines, clock);
        this.client = new ClientSide(judges, engines, clock);
    }

    @Override
    public boolean hasServerCertificate(Settings settings) {
        return server.isReady(settings);
    }

    @Override
    public Session server(Socket plain, String client, Settings settings) throws IOException {
        return server.handshake(plain, client, settings);
    }

    @Override
    public Session client(Socket plain, ClientTls policy, Settings settings) throws IOException {
        return client.handshake(plain, policy, settings);
    }

    @Reference(service = PeerVerifier.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindVerifier(PeerVerifier service, ServiceReference<PeerVerifier> ref) {
        judges.of(String.valueOf(ref.getProperty("proof.kind"))).bind(service, ref);
    }

    void unbindVerifier(PeerVerifier service, ServiceReference<PeerVerifier> ref) {
        judges.of(String.valueOf(ref.getProperty("proof.kind"))).unbind(service, ref);
    }

    void bindVerifier(PeerVerifier service, String kind) {
        judges.of(kind).bind(service, kind);
    }

    @Reference(service = TlsEngine.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindEngine(TlsEngine service, ServiceReference<TlsEngine> ref) {
        String name = String.valueOf(ref.getProperty("tls.engine.name"));
        engines.of(name).bind(service, ref);
        forgetContexts(name);
    }

    void unbindEngine(TlsEngine service, ServiceReference<TlsEngine> ref) {
        String name = String.valueOf(ref.getProperty("tls.engine.name"));
        engines.of(name).unbind(service, ref);
        forgetContexts(name);
    }

    void bindEngine(TlsEngine service, String name) {
        engines.of(name).bind(service, name);
        forgetContexts(name);
    }

    void unbindEngine(TlsEngine service, String name) {
        engines.of(name).unbind(service, name);
        forgetContexts(name);
    }

    private void forgetContexts(String engine) {
        server.forgetContexts(engine);
        client.forgetContexts(engine);
    }

    @Reference(service = Tables.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindTables(Tables service, ServiceReference<Tables> ref) {
        server.tables().bind(service, ref);
    }

    void unbindTables(Tables service, ServiceReference<Tables> ref) {
        server.tables().unbind(service, ref);
    }

    void bindTables(Tables service) {
        server.tables().bind(service, 0);
    }
}
