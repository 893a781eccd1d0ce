// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.access.AccessPolicy;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.config.PerSettings;
import org.ostler.mail.delivery.spi.Program;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.listen.Connection;
import org.ostler.mail.listen.spi.ConnectionHandler;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.smtp.grammar.WireOutput;

/**
 * The program {@code smtpd}: serves the connections of inet rows.
 *
 * <p>Without {@code access} or {@code cleanup} mail is refused with 4xx after the lease's patience; without {@code tls} STARTTLS is; without {@code dns} clients are unknown;
 * without a queue manager ETRN says that it cannot.
 *
 * <p><b>Threads</b> any number of sessions, each on its own. <b>Memory</b> see {@link BufferPool}.
 */
@Component(name = "smtpd", service = ConnectionHandler.class, immediate = true)
@Program("smtpd")
public final class SmtpdService implements ConnectionHandler {

    // A client waits behind these; half a minute would look like a dead server.
    private static final Duration SHORT = Duration.ofSeconds(3);

    private final Leased<AccessPolicy> access = new Leased<>("access policy");
    private final Leased<Cleanup> cleanup = new Leased<>("cleanup service");
    private final Leased<TlsProvider> tls = new Leased<>("TLS", SHORT);
    private final Leased<Dns> dns = new Leased<>("DNS resolver", SHORT);
    private final Leased<QueueManager> queue = new Leased<>("queue manager", SHORT);
    private final Leased<Tables> tables = new Leased<>("lookup tables", SHORT);
    private final Neighbours neighbours = new Neighbours(access, cleanup, tls, dns, queue, new LeasedTables(tables));
    private final PerSettings<Profile> profiles = new PerSettings<>(settings -> new Profile(settings, "smtpd", neighbours.tables()));
    private final BufferPool buffers = BufferPool.forThisProcess();

    /** Neighbours come by bind. */
    public SmtpdService() {}

    @Override
    public void serve(Connection connection) {
        Profile profile = profiles.of(connection.settings());
        Optional<BufferPool.Buffers> mine = buffers.take();
        if (mine.isEmpty()) {
            refuse(connection, profile);
            return;
        }
        try {
            var client = ClientNames.of(connection.socket(), profile.lookupNames, dns, profile.log);
            new Session(connection, profile, neighbours, mine.get(), new Peer(profile, client)).run();
        } catch (IOException e) {
            // The socket was closed before the session began; nobody is there to be told.
            profile.log.info("NOQUEUE: lost connection after CONNECT from unknown[" + org.ostler.mail.lookup.AddressText.of(connection.socket().getInetAddress()) + "]");
        } finally {
            buffers.give(mine.get());
        }
    }

    private static void refuse(Connection connection, Profile profile) {
        profile.log.warning("out of session buffers: refusing a connection");
        connection.deadline(Duration.ofSeconds(5).toNanos());
        try {
            var out = new WireOutput(connection.socket().getOutputStream(), new byte[256]);
            out.reply(Replies.serviceUnavailable(profile.myhostname));
            out.flush();
        } catch (IOException e) {
            profile.log.info("NOQUEUE: lost connection after CONNECT");
        }
    }

    @Reference(service = AccessPolicy.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindAccess(AccessPolicy service, ServiceReference<AccessPolicy> ref) {
        access.bind(service, ref);
    }

    public void unbindAccess(AccessPolicy service, ServiceReference<AccessPolicy> ref) {
        access.unbind(service, ref);
    }

    @Reference(service = Cleanup.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindCleanup(Cleanup service, ServiceReference<Cleanup> ref) {
        cleanup.bind(service, ref);
    }

    public void unbindCleanup(Cleanup service, ServiceReference<Cleanup> ref) {
        cleanup.unbind(service, ref);
    }

    @Reference(service = TlsProvider.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindTls(TlsProvider service, ServiceReference<TlsProvider> ref) {
        tls.bind(service, ref);
    }

    public void unbindTls(TlsProvider service, ServiceReference<TlsProvider> ref) {
        tls.unbind(service, ref);
    }

    @Reference(service = Dns.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindDns(Dns service, ServiceReference<Dns> ref) {
        dns.bind(service, ref);
    }

    public void unbindDns(Dns service, ServiceReference<Dns> ref) {
        dns.unbind(service, ref);
    }

    @Reference(service = QueueManager.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindQueue(QueueManager service, ServiceReference<QueueManager> ref) {
        queue.bind(service, ref);
    }

    public void unbindQueue(QueueManager service, ServiceReference<QueueManager> ref) {
        queue.unbind(service, ref);
    }

    @Reference(service = Tables.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindTables(Tables service, ServiceReference<Tables> ref) {
        tables.bind(service, ref);
    }

    public void unbindTables(Tables service, ServiceReference<Tables> ref) {
        tables.unbind(service, ref);
    }

    /** Without OSGi: the neighbours are bound once. */
    public SmtpdService(AccessPolicy access, Cleanup cleanup, Optional<TlsProvider> tls, Optional<Dns> dns, Optional<QueueManager> queue, Tables tables) {
        this.access.bind(access, 0);
        this.cleanup.bind(cleanup, 0);
        tls.ifPresent(service -> this.tls.bind(service, 0));
        dns.ifPresent(service -> this.dns.bind(service, 0));
        queue.ifPresent(service -> this.queue.bind(service, 0));
        this.tables.bind(tables, 0);
    }
}
