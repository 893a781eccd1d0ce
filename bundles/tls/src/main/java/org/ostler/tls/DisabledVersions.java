// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.ParameterSet.Finding;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsLevel;

/** TLS versions that Java's {@code jdk.tls.disabledAlgorithms} switches off, whatever parameters say; Bouncy Castle's engine keeps to it too. <b>Threads</b> any. */
final class DisabledVersions {

    private static final String POLICY = "jdk.tls.disabledAlgorithms";
    private static final List<String> NAMES = List.of("smtpd_tls_protocols", "smtpd_tls_mandatory_protocols", "smtp_tls_protocols", "smtp_tls_mandatory_protocols",
            "lmtp_tls_protocols", "lmtp_tls_mandatory_protocols");

    /** Once, as the JDK's TLS reads it. */
    private static final Set<String> DISABLED = read();

    private DisabledVersions() {}

    /** A warning and no more: mail in the clear and mail by other rows goes on, and waits where TLS is a must. */
    static List<Finding> findings(Settings settings) {
        var findings = new ArrayList<Finding>();
        for (String name : NAMES) {
            try {
                List<String> wanted = settings.get(name, ServerTlsParameters.SMTPD_TLS_PROTOCOLS).enabled();
                trouble(wanted).ifPresent(why -> findings.add(new Finding(name, name + " = " + settings.text(name) + ": " + why, false)));
            } catch (BadValueException _) {
                // said already, by whoever reads every parameter before asking for findings
            }
        }
        return findings;
    }

    /** Of the attribute {@code protocols} in an entry of a policy table. One that has it twice is refused by the client, whatever stands there. */
    static Optional<String> mistake(String entry) {
        List<String> words = Lists.split(entry);
        if (words.isEmpty() || TlsLevel.of(words.getFirst()).filter(TlsLevel.NONE::equals).isPresent()) {
            return Optional.empty(); // TLS is not spoken
        }
        for (String word : words) {
            String[] pair = Lists.unbrace(word).split("=", 2);
            if (pair.length == 2 && pair[0].strip().equalsIgnoreCase("protocols")) {
                try {
                    return trouble(Protocols.parse(pair[1]).enabled()).map(why -> pair[0].strip() + "=" + pair[1].strip() + ": " + why);
                } catch (IllegalArgumentException _) {
                    return Optional.empty(); // no version at all: whose table it is says so
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> trouble(List<String> wanted) {
        List<String> usable = without(Protocols.parse("").enabled());
        return without(wanted).isEmpty() ? Optional.of("no TLS handshake can succeed: Java has " + String.join(", ", wanted) + " switched off (" + POLICY + "); left are: "
                + (usable.isEmpty() ? "none" : String.join(", ", usable))) : Optional.empty();
    }

    /** Those of the versions that can be spoken. */
    static List<String> without(List<String> versions) {
        return versions.stream().filter(version -> !DISABLED.contains(version)).toList();
    }

    private static Set<String> read() {
        String policy = Security.getProperty(POLICY);
        var names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (String word : policy == null ? new String[0] : policy.split(",")) {
            names.add(word.strip());
        }
        return names;
    }
}
