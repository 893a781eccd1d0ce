// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.InstantSource;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.spi.Program;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.DanePlanner;
import org.ostler.mail.tls.TlsProvider;

/**
 * Delivers mail by LMTP: the program {@code lmtp} of master.cf.
 *
 * <p><b>Description</b> The next hop is {@code unix:path}, {@code inet:host}, {@code inet:host:port} or {@code inet:[host]:port}, the word {@code inet:} being optional; never a domain with mail exchangers. A relative path
 * counts from {@code queue_directory}. The server answers for each recipient at the end of the message.
 *
 * <p><b>Standards</b> RFC 2033.
 *
 * <p><b>See also</b> {@link SmtpClient}, {@link Courier}; lmtp(8).
 */
@Component(name = "lmtp", service = Transport.class, immediate = true)
@Program("lmtp")
public final class LmtpClient implements Transport, AutoCloseable {

    private final Neighbours neighbours = new Neighbours();
    private final Courier courier;

    /** OSGi; neighbours come by bind. */
    @Activate
    public LmtpClient() {
        this(InstantSource.system(), Courier.LOOP_PORT);
    }

    /** Plain wiring. */
    public LmtpClient(Dns dns, TlsProvider tls, Tables tables) {
        this();
        neighbours.dns.bind(dns, 0);
        neighbours.tls.bind(tls, 0);
        neighbours.tables.bind(tables, 0);
    }

    private LmtpClient(InstantSource clock, int loopPort) {
        this.courier = new Courier(true, neighbours, clock, loopPort);
    }

    @Override
    public DeliveryResult deliver(Delivery delivery) {
        return courier.deliver(delivery);
    }

    @Deactivate
    @Override
    public void close() {
        courier.close();
    }

    @Reference(service = Dns.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindDns(Dns service, ServiceReference<Dns> ref) {
        neighbours.dns.bind(service, ref);
    }

    void unbindDns(Dns service, ServiceReference<Dns> ref) {
        neighbours.dns.unbind(service, ref);
    }

    @Reference(service = TlsProvider.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindTls(TlsProvider service, ServiceReference<TlsProvider> ref) {
        neighbours.tls.bind(service, ref);
    }

    void unbindTls(TlsProvider service, ServiceReference<TlsProvider> ref) {
        neighbours.tls.unbind(service, ref);
    }

    @Reference(service = Tables.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindTables(Tables service, ServiceReference<Tables> ref) {
        neighbours.tables.bind(service, ref);
    }

    void unbindTables(Tables service, ServiceReference<Tables> ref) {
        neighbours.tables.unbind(service, ref);
    }

    @Reference(service = DanePlanner.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindPlanner(DanePlanner service, ServiceReference<DanePlanner> ref) {
        neighbours.planner.bind(service, ref);
    }

    void unbindPlanner(DanePlanner service, ServiceReference<DanePlanner> ref) {
        neighbours.planner.unbind(service, ref);
    }
}
