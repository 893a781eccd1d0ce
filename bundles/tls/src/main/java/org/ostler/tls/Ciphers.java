// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.ostler.mail.config.ParameterSet.Finding;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.ClientTls;

/** From Postfix's words for ciphers and groups to lists: grades, exclusions, curves. Pure functions. */
final class Ciphers {

    private static final Map<String, String> GROUPS = Map.of("x25519", "x25519", "x448", "x448", "prime256v1", "secp256r1", "p-256", "secp256r1", "secp384r1", "secp384r1",
            "p-384", "secp384r1", "secp521r1", "secp521r1", "p-521", "secp521r1");

    /** Safe as long as one of its two halves is: X25519 and ML-KEM-768. */
    private static final String HYBRID = "X25519MLKEM768";

    private static final List<String> GRADED = Stream.of("smtpd", "smtp", "lmtp").flatMap(side -> Stream.of(side + "_tls_ciphers", side + "_tls_mandatory_ciphers")).toList();

    private Ciphers() {}

    /** Parameters that name a grade which does not exist. */
    static List<Finding> findings(Settings settings) {
        return GRADED.stream().filter(name -> !ClientTls.Terms.isGrade(settings.text(name)))
                .map(name -> new Finding(name, name + " = " + settings.text(name) + ": no TLS handshake can succeed: the grades are high, medium, low, export and null", false)).toList();
    }

    /**
     * The cipher list of a grade without what is excluded, as OpenSSL would read it.
     *
     * @param grade   one of {@link ClientTls.Terms#GRADES}, in any case
     * @param exclude words as in {@code smtp_tls_exclude_ciphers}
     * @param authenticated certificates count, so ciphers without them do not
     * @throws IOException no such grade; nobody goes on without TLS for that
     */
    static String list(String grade, String exclude, boolean authenticated, Settings settings) throws IOException {
        var list = new StringBuilder(switch (grade.strip().toLowerCase(Locale.ROOT)) {
            case "high" -> settings.get(TlsParameters.TLS_HIGH_CIPHERLIST);
            // Postfix too has done away with the ciphers of the two weakest.
            case "medium", "low", "export" -> settings.get(TlsParameters.TLS_MEDIUM_CIPHERLIST);
            case "null" -> settings.get(TlsParameters.TLS_NULL_CIPHERLIST);
            default -> throw new IOException("invalid TLS cipher grade: \"" + grade + "\"");
        });
        for (String word : exclude.strip().split("[\\s:,]+")) {
            if (!word.isEmpty()) {
                list.append(":!").append(word);
            }
        }
        return list + (authenticated ? ":!aNULL" : "");
    }

    /** OpenSSL's names of the groups for key exchange, the preferred first. {@code smtpd_tls_eecdh_grade} is ignored, as by Postfix since 3.6. */
    static List<String> groups(Settings settings) {
        var groups = new ArrayList<String>();
        boolean engine = !settings.get(TlsParameters.TLS_PROVIDER).equals(Engines.JDK);
        if (engine && !settings.isSet("tls_eecdh_auto_curves")) {
            groups.add(HYBRID); // what another engine is chosen for; OpenSSL 3.5 has it in front too
        }
        groups.addAll(settings.get(TlsParameters.TLS_EECDH_AUTO_CURVES));
        groups.addAll(settings.get(TlsParameters.TLS_FFDHE_AUTO_GROUPS));
        return groups;
    }

    /** JSSE's name of a group. */
    static Optional<String> jsseGroup(String openssl) {
        String name = openssl.strip().toLowerCase(Locale.ROOT);
        if (name.startsWith("ffdhe")) {
            return Optional.of(name);
        }
        // The hybrid ones are an engine's; it knows them by the names of their registration.
        return name.contains("mlkem") ? Optional.of(openssl.strip()) : Optional.ofNullable(GROUPS.get(name));
    }
}
