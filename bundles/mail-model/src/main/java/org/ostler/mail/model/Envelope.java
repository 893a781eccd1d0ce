// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Everything that travels with a message outside of its content.
 *
 * @param sender     reverse-path, {@link Address#NULL} for reports
 * @param recipients in the order in which they were added; a recipient's place in this list is its number for life
 * @param ret        DSN RET
 * @param envelopeId DSN ENVID, decoded; empty when there is none
 * @param body       BODY option
 * @param smtpUtf8   SMTPUTF8 was requested, so only a peer that offers it may get the message (RFC 6531)
 * @param tls        what the sender asked of TLS (RFC 8689)
 * @param attributes what is known of the origin under Postfix's names ({@code client_name}, {@code client_address}, {@code client_port}, {@code helo_name},
 *                   {@code protocol_name}, {@code log_ident}, {@code rewrite_context} ...); few and short. Keys beginning with {@code x_} belong to plugins
 */
public record Envelope(Address sender, List<Recipient> recipients, Ret ret, String envelopeId, Body body, boolean smtpUtf8,
                       TlsRequest tls, Map<String, String> attributes) {

    public Envelope {
        Objects.requireNonNull(sender);
        recipients = List.copyOf(recipients);
        Objects.requireNonNull(ret);
        Objects.requireNonNull(envelopeId);
        Objects.requireNonNull(body);
        Objects.requireNonNull(tls);
        attributes = Map.copyOf(attributes);
    }

    /** Of a sender who asked nothing of DSN, SMTPUTF8 or TLS. */
    public static Envelope of(Address sender, List<Recipient> recipients) {
        return new Envelope(sender, recipients, Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false, TlsRequest.UNSPECIFIED, Map.of());
    }

    public String attribute(String name) {
        return attributes.getOrDefault(name, "");
    }
}
