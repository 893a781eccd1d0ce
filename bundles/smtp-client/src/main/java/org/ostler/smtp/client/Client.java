// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.InstantSource;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.DanePlanner;
import org.ostler.mail.tls.TlsProvider;

/**
 * What the two transports have in common: a {@link Courier}, and the services that both lease. The annotations count for the components below it ({@code -dsannotations-options: inherit}).
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as {@link Courier}.
 */
abstract sealed class Client implements Transport, AutoCloseable permits SmtpClient, LmtpClient {

    final Neighbours neighbours = new Neighbours(Leased.PATIENCE);
    private final Courier courier;

    Client(boolean lmtp) {
        this.courier = new Courier(lmtp, neighbours, InstantSource.system(), Courier.LOOP_PORT);
    }

    /** Plain wiring. */
    Client(boolean lmtp, Dns dns, TlsProvider tls, Tables tables) {
        this(lmtp);
        neighbours.dns.bind(dns, 0);
        neighbours.tls.bind(tls, 0);
        neighbours.tables.bind(tables, 0);
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
