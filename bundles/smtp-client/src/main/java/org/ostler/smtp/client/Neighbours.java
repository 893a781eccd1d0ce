// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.TlsProvider;

/** The services that both transports use, each leased per call. */
final class Neighbours {

    final Leased<Dns> dns = new Leased<>("name service");
    final Leased<TlsProvider> tls = new Leased<>("TLS engine");
    final Leased<Tables> tables = new Leased<>("lookup tables");

    Tables lists() {
        return new LeasedTables(tables);
    }
}
