// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.delivery.spi.Program;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lookup.Tables;
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
public final class LmtpClient extends Client {

    /** OSGi; neighbours come by bind. */
    @Activate
    public LmtpClient() {
        super(true);
    }

    /** Plain wiring. */
    public LmtpClient(Dns dns, TlsProvider tls, Tables tables) {
        super(true, dns, tls, tables);
    }
}
