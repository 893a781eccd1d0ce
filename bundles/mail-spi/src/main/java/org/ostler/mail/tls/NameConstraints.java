// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.io.IOException;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The names that a trust anchor may speak for (RFC 5280 sections 4.2.1.10 and 6.1.4). The JDK's validator minds the constraints of every authority below the anchor, and refuses a path whose anchor has any itself.
 *
 * <p>Pure function over hostile input: constraints that cannot be read, or are of a kind that the JDK does not know, allow nothing.
 */
public final class NameConstraints {

    private static final String EXTENSION = "2.5.29.30";
    private static final int OCTET_STRING = 4;

    private NameConstraints() {}

    /**
     * What of a path the anchor may not speak for.
     *
     * @param path from the peer's certificate upwards, without the anchor
     * @return what is wrong, for logs; empty where nothing is
     */
    public static Optional<String> flaw(List<X509Certificate> path, X509Certificate anchor) {
        byte[] extension = anchor.getExtensionValue(EXTENSION);
        if (extension == null) {
            return Optional.empty();
        }
        var within = new X509CertSelector();
        try {
            within.setNameConstraints(value(extension));
        } catch (IOException e) {
            return Optional.of(name(anchor) + ": the name constraints cannot be read: " + e.getMessage());
        }
        return path.stream().filter(certificate -> (certificate == path.getFirst() || !isSelfIssued(certificate)) && !matches(within, certificate)).findFirst()
                .map(outside -> name(outside) + " has a name that " + name(anchor) + " may not speak for");
    }

    /** The JDK throws where both speak of a kind of name that it cannot compare, as a user's in Microsoft's form (otherName). Nobody knows such names to be allowed. */
    private static boolean matches(X509CertSelector within, X509Certificate certificate) {
        try {
            return within.match(certificate);
        } catch (UnsupportedOperationException _) {
            return false;
        }
    }

    /** The JDK hands out the octet string around an extension's value (X.690 sections 8.1.3 and 8.7). */
    private static byte[] value(byte[] der) throws IOException {
        int first = der.length < 2 || der[0] != OCTET_STRING ? 0x80 : der[1] & 0xff;
        int start = first < 0x80 ? 2 : 2 + (first & 0x7f);
        if (first == 0x80 || start >= der.length) {
            throw new IOException("not an octet string");
        }
        return Arrays.copyOfRange(der, start, der.length);
    }

    /** An authority that gave itself a new key. */
    private static boolean isSelfIssued(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }
}
