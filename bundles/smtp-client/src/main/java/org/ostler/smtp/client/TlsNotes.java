// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.tls.TlsReports;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.TlsResult;
import org.ostler.smtp.client.TlsDecision.Plan;
import org.ostler.smtp.client.TlsDecision.Reported;

/**
 * Tells {@link TlsReports} how sessions with one next hop went. Mail never waits for it: where nobody takes reports, nothing happens.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> never. <b>Errors</b> none.
 */
final class TlsNotes {

    private final Leased<TlsReports> reports;
    private final Profile profile;
    private final String domain;

    TlsNotes(Leased<TlsReports> reports, Profile profile, Site site) {
        this.reports = reports;
        this.profile = profile;
        this.domain = site instanceof Site.Inet inet && !profile.lmtp && !HostNames.isAddress(inet.name()) ? HostNames.plain(inet.name()) : "";
    }

    /** A host was left out before connecting. */
    void held(Host host, Reported reported) {
        note(new Attempt(domain, reported.policy(), reported.flaw(), reported.detail(), "", HostNames.plain(host.name()), "", ""));
    }

    /** @param local our address @param failure empty: the session stands; what is wrong with the policy itself is told in any case */
    void session(Plan plan, Peer peer, InetAddress local, Optional<TlsResult> failure, String detail) {
        boolean flawed = failure.isEmpty() && plan.reported().flaw().isPresent();
        note(new Attempt(domain, plan.reported().policy(), flawed ? plan.reported().flaw() : failure, flawed ? plan.reported().detail() : detail,
                AddressText.of(local), HostNames.plain(peer.host.name()), AddressText.of(peer.host.address()), peer.hello));
    }

    private void note(Attempt attempt) {
        if (domain.isEmpty() || attempt.policy().domain().isEmpty() || !reports.isBound()) {
            return;
        }
        try (Leased<TlsReports>.Lease lease = reports.acquire(Duration.ZERO)) {
            lease.service().note(attempt);
        } catch (UnavailableException _) {
            // it went away between the two lines: a session less in the report
        } catch (RuntimeException e) {
            profile.log.warning("TLS report for " + domain + ": " + e);
        }
    }
}
