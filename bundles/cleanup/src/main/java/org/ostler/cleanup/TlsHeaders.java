// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.util.Optional;
import java.util.function.Supplier;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.TlsRequest;

/**
 * What the header of one message says of TLS.
 *
 * <pre>
 *   TLS-Required: no          RFC 8689 section 3; obeyed only where it stands alone: another value, or a second line of the name, says nothing that could be relied on
 *   Require-TLS-ESMTP: yes    Postfix's own: REQUIRETLS of MAIL FROM on its way through a content filter that is no program of ours, and back
 * </pre>
 *
 * <p><b>Threads</b> one. <b>Standards</b> RFC 8689 sections 3 and 4.1.
 */
final class TlsHeaders {

    private static final String TLS_REQUIRED = "tls-required";
    private static final String ESMTP = "require-tls-esmtp";

    private static final int MOST_SHOWN = 100;

    private final Supplier<MailLog> log;
    private final boolean enabled;
    private final boolean header;
    private final boolean optOut;
    private int waivers;
    private boolean waived;
    private boolean asked;

    TlsHeaders(Settings settings, Supplier<MailLog> log) {
        this.log = log;
        enabled = settings.get(CleanupParameters.REQUIRETLS_ENABLE);
        header = settings.get(CleanupParameters.REQUIRETLS_ESMTP_HEADER);
        optOut = settings.get(CleanupParameters.TLS_REQUIRED_ENABLE);
    }

    /** @param name in lower case */
    void see(String name, String line) {
        if (name.equals(TLS_REQUIRED)) {
            waivers++;
            waived = value(line).equalsIgnoreCase("no");
            if (optOut && (!waived || waivers == 2)) {
                log.get().warning("ignoring " + (waived ? "multiple headers" : "malformed header") + ": '" + shown(line) + "'");
            }
        } else if (name.equals(ESMTP)) {
            asked |= value(line).equalsIgnoreCase("yes");
        }
    }

    private static String shown(String line) {
        return MailLog.printable(line.length() > MOST_SHOWN ? line.substring(0, MOST_SHOWN) : line);
    }

    private static String value(String line) {
        return line.substring(line.indexOf(':') + 1).strip();
    }

    /** The envelope's word and the header's together: who asks for more wins (RFC 8689 section 4.1). */
    TlsRequest together(TlsRequest envelope) {
        if (envelope == TlsRequest.REQUIRED || enabled && header && asked) {
            return TlsRequest.REQUIRED;
        }
        return optOut && waivers == 1 && waived ? TlsRequest.NOT_REQUIRED : envelope;
    }

    /** The header line to add, so that a content filter hands the request on. */
    Optional<String> missing(TlsRequest request) {
        return request == TlsRequest.REQUIRED && enabled && header && !asked ? Optional.of("Require-TLS-ESMTP: yes") : Optional.empty();
    }
}
