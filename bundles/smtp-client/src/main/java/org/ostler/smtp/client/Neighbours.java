// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.Duration;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.DanePlanner;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.TlsReports;

/** The services that both transports use, each leased per call. */
final class Neighbours {

    final Leased<Dns> dns = new Leased<>("name service");
    final Leased<TlsProvider> tls = new Leased<>("TLS engine");
    final Leased<Tables> tables = new Leased<>("lookup tables");
    final Leased<DanePlanner> planner = new Leased<>("DANE verifier");
    /** May be absent: then nothing is reported. */
    final Leased<TlsReports> reports = new Leased<>("TLS reports");
    /** May be absent: then domains have no policy but DANE. */
    final PolicySources policySources;

    /** @param start how long a source of policies that has not come yet is waited for */
    Neighbours(Duration start) {
        policySources = new PolicySources(start);
    }

    Tables lists() {
        return new LeasedTables(tables);
    }
}
