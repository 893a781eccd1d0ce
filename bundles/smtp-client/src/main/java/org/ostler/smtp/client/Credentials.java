// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;

/**
 * Servers that are to be logged in to, by {@code smtp_sasl_password_maps}.
 *
 * <p>Authentication comes with a later issue. Until then such a server is not spoken to at all: without it the server would refuse all mail for good, and a configuration brought along from Postfix would send every
 * message back to its sender instead of keeping it until somebody has read the log.
 *
 * <p><b>Threads</b> any; immutable. <b>Blocking</b> table lookups. <b>Errors</b> a {@link Failure} as value, always temporary.
 */
final class Credentials {

    private final boolean bySender;
    private final TableList passwords;

    Credentials(Profile profile, Tables tables) {
        String prefix = profile.protocol();
        boolean enabled = profile.settings.isYes(prefix + "_sasl_auth_enable");
        this.bySender = profile.settings.isYes("smtp_sender_dependent_authentication");
        this.passwords = tables.open(enabled ? profile.settings.text(prefix + "_sasl_password_maps") : "", prefix + "_sasl_password_maps");
    }

    /** Why a host cannot be used: it wants a password, or nobody knows whether it does. Keys are those of Postfix: sender, host, next hop as written. */
    Optional<Failure> missing(Mail mail, Site site, Host host) {
        if (passwords.isEmpty()) {
            return Optional.empty();
        }
        List<String> keys = new ArrayList<>(List.of(host.name(), TlsPolicies.destination(site)));
        if (bySender && !mail.delivery.message().envelope().sender().isNull()) {
            keys.addFirst(mail.delivery.message().envelope().sender().text());
        }
        for (String key : keys) {
            switch (passwords.find(key)) {
                case Answer.NotFound _ -> { /* perhaps under the next key */ }
                case Answer.Found _ -> {
                    return failure("4.7.0", "SASL authentication with " + host.named() + " is configured and not supported yet: mail waits");
                }
                case Answer.Unavailable(String reason) -> {
                    return failure("4.3.0", "password lookup error: " + reason);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Failure> failure(String status, String text) {
        return Optional.of(new Failure.PolicyFailure(Failure.local(status, text)));
    }
}
