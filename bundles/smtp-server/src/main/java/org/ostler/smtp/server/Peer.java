// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.net.Inet6Address;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.tls.TlsProvider;

/**
 * What is known of the client: address and names, HELO, protocol, encryption, and what XFORWARD said of the client behind it.
 *
 * <p><b>Threads</b> the session's.
 */
final class Peer {

    private final Profile profile;
    /** Who is really connected: local_header_rewrite_clients means this one, whatever XCLIENT says. */
    private final ClientInfo connected;
    private ClientInfo client;
    private Optional<String> helo = Optional.empty();
    private boolean extended;
    private Optional<TlsProvider.Session> tls = Optional.empty();
    private Map<String, String> forwarded = Map.of();
    private String label;
    /** Attributes of the next message; worked out again when something has changed. */
    private Optional<Map<String, String>> attributes = Optional.empty();
    private Optional<Boolean> local = Optional.empty();

    Peer(Profile profile, ClientInfo client) {
        this.profile = profile;
        this.connected = client;
        client(client);
    }

    ClientInfo client() {
        return client;
    }

    /** XCLIENT: another client. */
    void client(ClientInfo next) {
        client = next;
        label = next.name() + "[" + next.addressText() + "]" + (profile.logPort ? ":" + next.port() : "");
        forwarded = Map.of();
        changed();
    }

    /** {@code localhost[127.0.0.1]}, in log lines and replies. */
    String label() {
        return label;
    }

    Optional<String> helo() {
        return helo;
    }

    void helo(Optional<String> name, boolean isExtended) {
        helo = name;
        extended = isExtended;
        changed();
    }

    /** Whether the client said EHLO. */
    boolean isExtended() {
        return extended;
    }

    /** SMTP or ESMTP. */
    String protocol() {
        return extended ? "ESMTP" : "SMTP";
    }

    Optional<TlsProvider.Session> tls() {
        return tls;
    }

    void encrypted(TlsProvider.Session session) {
        tls = Optional.of(session);
        local = Optional.empty(); // a certificate may make it one
        changed();
    }

    Map<String, String> forwarded() {
        return forwarded;
    }

    /** Attributes by XFORWARD, under Postfix's {@code log_} names. Empty at the end of a transaction. */
    void forwarded(Map<String, String> next) {
        if (!next.equals(forwarded)) {
            forwarded = Map.copyOf(next);
            changed();
        }
    }

    private void changed() {
        attributes = Optional.empty();
    }

    /** Where the next message comes from. */
    Origin origin(boolean smtpUtf8) {
        if (attributes.isEmpty()) {
            attributes = Optional.of(attributes());
        }
        return new Origin(Origin.Source.SMTPD, attributes.get(), Optional.of(received(smtpUtf8)), isLocal());
    }

    private Map<String, String> attributes() {
        var out = new HashMap<String, String>();
        out.put("client_name", client.name());
        out.put("reverse_client_name", client.reverseName());
        out.put("client_address", client.addressText());
        out.put("client_port", Integer.toString(client.port()));
        out.put("server_address", AddressText.of(client.serverAddress()));
        out.put("server_port", Integer.toString(client.serverPort()));
        out.put("protocol_name", protocol());
        out.put("rewrite_context", isLocal() ? "local" : "remote");
        helo.ifPresent(name -> out.put("helo_name", name));
        out.putAll(forwarded);
        return Map.copyOf(out);
    }

    /** Whether the client's headers are completed (local_header_rewrite_clients). @throws TableDown where a table of that list cannot answer */
    private boolean isLocal() {
        if ("remote".equals(forwarded.get("log_message_origin"))) {
            return false;
        }
        if (local.isEmpty()) {
            local = Optional.of(profile.localClients.stream().anyMatch(this::permits));
        }
        return local.get();
    }

    private boolean permits(String word) {
        Answer answer = switch (word) {
            case "permit_inet_interfaces" -> profile.own.isInterface(connected.address());
            case "permit_mynetworks" -> profile.mynetworks.match(connected.name(), connected.address());
            case "permit_tls_all_clientcerts" -> tls.isPresent() ? trusted(tls.get(), word) : Answer.NOT_FOUND;
            // By the fingerprint of the certificate or of its key, whoever signed it.
            case "permit_tls_clientcerts" -> tls.isPresent() ? profile.relayCertificates.findFirst(tls.get().fingerprints(profile.tlsDigest)) : Answer.NOT_FOUND;
            case "check_address_map", "permit_sasl_authenticated" -> Answer.NOT_FOUND;
            default -> word.indexOf(':') > 0 ? profile.tables.open(word, "local_header_rewrite_clients").find(connected.addressText()) : Answer.NOT_FOUND;
        };
        if (answer instanceof Answer.Unavailable unavailable) {
            throw new TableDown("local_header_rewrite_clients", unavailable.reason());
        }
        return answer instanceof Answer.Found;
    }

    private static Answer trusted(TlsProvider.Session session, String word) {
        return Credentials.isTrusted(session) ? Answer.found(word) : Credentials.isUnjudged(session) ? Answer.unavailable("the client's certificate could not be judged") : Answer.NOT_FOUND;
    }

    /** RFC 5321 section 4.4, RFC 3848 (ESMTPS), RFC 6531 section 4.3 (UTF8SMTP). */
    private Origin.ReceivedFrom received(boolean smtpUtf8) {
        String address = client.address() instanceof Inet6Address ? "IPv6:" + client.addressText() : client.addressText();
        String from = profile.hideClient ? "" : helo.orElse(client.name()) + " (" + client.name() + " [" + address + "])";
        String secure = tls.isPresent() ? "S" : "";
        String protocol = !extended ? "SMTP" : (smtpUtf8 ? "UTF8SMTP" : "ESMTP") + secure;
        return new Origin.ReceivedFrom(from, profile.myhostname, protocol, comments());
    }

    private List<String> comments() {
        if (tls.isEmpty() || !profile.tlsReceived) {
            return List.of();
        }
        return Credentials.received(tls.get(), profile.tlsAskCertificate);
    }
}
