// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.ostler.mail.config.Settings;

/** From Postfix's words for ciphers and groups to lists: grades, exclusions, curves. Pure functions. */
final class Ciphers {

    private static final Map<String, String> GROUPS = Map.of("x25519", "x25519", "x448", "x448", "prime256v1", "secp256r1", "p-256", "secp256r1", "secp384r1", "secp384r1",
            "p-384", "secp384r1", "secp521r1", "secp521r1", "p-521", "secp521r1");

    /** Safe as long as one of its two halves is: X25519 and ML-KEM-768. */
    private static final String HYBRID = "X25519MLKEM768";

    private Ciphers() {}

    /**
     * The cipher list of a grade without what is excluded, as OpenSSL would read it.
     *
     * @param grade   empty: medium
     * @param exclude words as in {@code smtp_tls_exclude_ciphers}
     * @param authenticated certificates count, so ciphers without them do not
     * @throws IOException no such grade; nobody goes on without TLS for that
     */
    static String list(String grade, String exclude, boolean authenticated, Settings settings) throws IOException {
        var list = new StringBuilder(switch (grade.strip().toLowerCase(Locale.ROOT)) {
            case "high" -> settings.get(TlsParameters.TLS_HIGH_CIPHERLIST);
            // Postfix too has done away with the ciphers of the two weakest.
            case "", "medium", "low", "export" -> settings.get(TlsParameters.TLS_MEDIUM_CIPHERLIST);
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

    /** OpenSSL's names of the groups for key exchange, the preferred first. @param grade {@code auto} and so on, as in {@code smtpd_tls_eecdh_grade} */
    static List<String> groups(String grade, Settings settings) throws IOException {
        var groups = new ArrayList<String>();
        boolean engine = !settings.get(TlsParameters.TLS_PROVIDER).equals(Engines.JDK);
        if (engine && grade.equals("auto") && !settings.isSet("tls_eecdh_auto_curves")) {
            groups.add(HYBRID); // what another engine is chosen for; OpenSSL 3.5 has it in front too
        }
        switch (grade) {
            case "auto" -> groups.addAll(settings.get(TlsParameters.TLS_EECDH_AUTO_CURVES));
            case "strong" -> groups.add(settings.get(TlsParameters.TLS_EECDH_STRONG_CURVE));
            case "ultra" -> groups.add(settings.get(TlsParameters.TLS_EECDH_ULTRA_CURVE));
            case "none" -> { /* finite fields only */ }
            default -> throw new IOException("invalid EECDH grade: \"" + grade + "\"");
        }
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
