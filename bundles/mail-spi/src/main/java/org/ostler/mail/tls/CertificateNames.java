// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.ostler.mail.log.MailLog;

/**
 * Host names in certificates, compared as Postfix compares them (RFC 6125, RFC 7672 section 3.2.3).
 *
 * <p>Pure functions over hostile input: a name with a byte that no host name has is left out, so that {@code good.example\0.evil.example} matches nothing.
 */
public final class CertificateNames {

    private static final int DNS_NAME = 2;
    /** More names than any honest certificate has; the rest is not looked at. */
    private static final int MOST = 10_000;

    private CertificateNames() {}

    /** The DNS names that a certificate is for, in lower case; common names only where the certificate has no DNS name at all, and then all of them, as with OpenSSL. */
    public static List<String> of(X509Certificate certificate) {
        return names(certificate, true);
    }

    /** The same without the common name: what MTA-STS counts (RFC 8461 sections 3.3 and 4.2). */
    public static List<String> alternatives(X509Certificate certificate) {
        return names(certificate, false);
    }

    private static List<String> names(X509Certificate certificate, boolean orCommon) {
        var names = new ArrayList<String>();
        boolean typed = false;
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            for (List<?> entry : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (entry.get(0) instanceof Integer type && type == DNS_NAME) {
                    typed = true;
                    add(names, String.valueOf(entry.get(1)));
                }
            }
        } catch (CertificateParsingException _) {
            return List.of(); // names that nobody can read match nothing
        }
        if (!typed && orCommon) {
            parts(certificate.getSubjectX500Principal().getName(), "CN").forEach(name -> add(names, name));
        }
        return names;
    }

    /** The last common name of the subject, for logs too. */
    public static java.util.Optional<String> commonName(X509Certificate certificate) {
        return commonName(certificate.getSubjectX500Principal().getName());
    }

    /** Who signed it, for logs: the issuer's common name, or the organisation where it has none. */
    public static java.util.Optional<String> issuerName(X509Certificate certificate) {
        String issuer = certificate.getIssuerX500Principal().getName();
        return commonName(issuer).or(() -> part(issuer, "O"));
    }

    /** A whole name as OpenSSL writes it in one line, for logs: {@code /O=Example/CN=client.example.org}. */
    public static String oneLine(X500Principal name) {
        var out = new StringBuilder();
        try {
            new LdapName(name.getName()).getRdns().forEach(part -> out.append('/').append(part.getType()).append('=').append(part.getValue()));
        } catch (InvalidNameException _) {
            out.append(name.getName());
        }
        return MailLog.printable(out.toString());
    }

    static java.util.Optional<String> commonName(String distinguished) {
        return part(distinguished, "CN");
    }

    private static java.util.Optional<String> part(String distinguished, String type) {
        List<String> all = parts(distinguished, type);
        return all.isEmpty() ? java.util.Optional.empty() : java.util.Optional.of(all.getLast());
    }

    /** In the order of the certificate. */
    private static List<String> parts(String distinguished, String type) {
        var found = new ArrayList<String>();
        try {
            for (Rdn part : new LdapName(distinguished).getRdns()) {
                if (part.getType().equalsIgnoreCase(type) && part.getValue() instanceof String text) {
                    found.add(text);
                }
            }
        } catch (InvalidNameException _) {
            // a name that cannot be read is none
        }
        return found;
    }

    private static void add(List<String> names, String name) {
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (names.size() < MOST && !plain.isEmpty() && plain.chars().allMatch(CertificateNames::isOfHostNames)) {
            names.add(plain.toLowerCase(Locale.ROOT));
        }
    }

    private static boolean isOfHostNames(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '*';
    }

    /**
     * Whether one of a certificate's names is the one asked for.
     *
     * @param reference  host name in A-label form; with a leading dot: any name below it
     * @param names      of the certificate, {@link #of}
     * @param multiLabel a wildcard stands for several labels too: {@code tls_wildcard_matches_multiple_labels}
     */
    public static boolean match(String reference, List<String> names, boolean multiLabel) {
        return matching(reference, names, multiLabel).isPresent();
    }

    /** As {@link #match}: the certificate's name that does. */
    public static java.util.Optional<String> matching(String reference, List<String> names, boolean multiLabel) {
        String wanted = reference.toLowerCase(Locale.ROOT);
        return names.stream().filter(name -> wanted.startsWith(".") ? name.length() > wanted.length() && name.endsWith(wanted)
                : name.equals(wanted) || matchesWildcard(wanted, name, multiLabel)).findFirst();
    }

    /** {@code *.example.org}: the star is the whole first label, and two more labels follow at least, as OpenSSL has it: a certificate for {@code *.org} is for nobody. */
    private static boolean matchesWildcard(String wanted, String name, boolean multiLabel) {
        int dot = wanted.indexOf('.');
        if (!name.startsWith("*.") || name.indexOf('.', 2) < 0 || name.indexOf('*', 1) >= 0 || dot <= 0) {
            return false;
        }
        String tail = name.substring(1);
        return multiLabel ? wanted.length() > tail.length() && wanted.endsWith(tail) : wanted.substring(dot).equals(tail);
    }
}
