// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.util.Locale;

/** Why a session failed, in the words of TLS reports (RFC 8460 section 4.3). */
public enum TlsResult {

    STARTTLS_NOT_SUPPORTED,
    CERTIFICATE_HOST_MISMATCH,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_TRUSTED,
    VALIDATION_FAILURE,
    TLSA_INVALID,
    DNSSEC_INVALID,
    DANE_REQUIRED,
    STS_POLICY_FETCH_ERROR,
    STS_POLICY_INVALID,
    STS_WEBPKI_INVALID;

    /** {@code certificate-host-mismatch}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
