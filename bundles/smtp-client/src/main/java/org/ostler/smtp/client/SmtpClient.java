// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.delivery.spi.Program;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.TlsReports;
import org.ostler.mail.tls.spi.TlsPolicySource;

/**
 * Delivers mail by SMTP: the program {@code smtp} of master.cf, behind the rows {@code smtp}, {@code relay} and whatever else names it.
 *
 * <p><b>Description</b> The next hop is a domain (mail exchangers by DNS), {@code host:port}, {@code [host]} or {@code [host]:port} (no mail exchangers), or several of these. Hosts are tried by preference until every
 * recipient is settled. Connections are used again for mail to the same next hop.
 *
 * <p><b>Security</b> Replies are untrusted: bounded in length and number, control characters replaced before they reach a log or report.
 *
 * <p><b>Standards</b> RFC 5321, RFC 2920, RFC 1870, RFC 6152, RFC 6531, RFC 3461, RFC 3207, RFC 7505, RFC 7672, RFC 8461.
 *
 * <p><b>Diagnostics</b> Reasons in the words of Postfix: {@code connect to x[y]:25: Connection refused}, {@code host x[y] said: 550 ... (in reply to RCPT TO command)}.
 *
 * <p><b>Bugs</b> No SASL authentication (mail for a server in {@code smtp_sasl_password_maps} waits), no header checks, no generic maps, no PIX workarounds in this version.
 *
 * <p><b>See also</b> {@link Courier}, {@link FailurePolicy}; smtp(8).
 */
@Component(name = "smtp", service = Transport.class, immediate = true)
@Program("smtp")
public final class SmtpClient extends Client {

    /** Null in plain wiring, where nothing leaves. */
    private final BundleContext context;

    /** OSGi; neighbours come by bind. */
    @Activate
    public SmtpClient(BundleContext context) {
        super(false);
        this.context = context;
        neighbours.policySources.expecting(Installed.offering(TlsPolicySource.class, context));
    }

    /** Plain wiring. */
    public SmtpClient(Dns dns, TlsProvider tls, Tables tables) {
        super(false, dns, tls, tables);
        this.context = null;
    }

    @Reference(service = TlsPolicySource.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindPolicySource(TlsPolicySource service, ServiceReference<TlsPolicySource> ref) {
        neighbours.policySources.bind(service, ref, provider(ref), Installed.goneFrom(context, (Long) ref.getProperty("service.bundleid")));
    }

    void unbindPolicySource(TlsPolicySource service, ServiceReference<TlsPolicySource> ref) {
        neighbours.policySources.unbind(service, ref);
    }

    /** What stays the same when a bundle is replaced. */
    private static String provider(ServiceReference<?> ref) {
        Object component = ref.getProperty("component.name");
        return component == null ? "bundle " + ref.getProperty("service.bundleid") : component.toString();
    }

    @Reference(service = TlsReports.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindReports(TlsReports service, ServiceReference<TlsReports> ref) {
        neighbours.reports.bind(service, ref);
    }

    void unbindReports(TlsReports service, ServiceReference<TlsReports> ref) {
        neighbours.reports.unbind(service, ref);
    }
}
