// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ostler.mail.tls.CertificateNames;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.smtp.grammar.Xtext;

/**
 * An encrypted session and the certificate that the client showed, in Postfix's words: for the Received header, and for whoever decides what the client may do. Pure functions.
 *
 * <p><b>Security</b> Names in certificates are what a stranger wrote there: control characters and what would end a comment are replaced.
 */
final class Credentials {

    private Credentials() {}

    static boolean isTrusted(TlsProvider.Session session) {
        return session.verdict() instanceof PeerVerdict.Trusted || session.verdict() instanceof PeerVerdict.Verified;
    }

    /** Trouble of ours, a file that cannot be read or a verifier that broke, is no verdict on the client: it should come again. */
    static boolean isUnjudged(TlsProvider.Session session) {
        return session.verdict() instanceof PeerVerdict.Unjudged;
    }

    /** The common name; empty where there is no certificate, or none in it. */
    static String name(TlsProvider.Session session) {
        return session.chain().isEmpty() ? "" : CertificateNames.commonName(session.chain().getFirst()).orElse("");
    }

    private static String issuer(TlsProvider.Session session) {
        return session.chain().isEmpty() ? "" : CertificateNames.issuerName(session.chain().getFirst()).orElse("");
    }

    /** Comments of the Received header, a line each. @param asked whether clients are asked for certificates */
    static List<String> received(TlsProvider.Session session, boolean asked) {
        var lines = new ArrayList<String>();
        lines.add("(using " + session.protocol() + " with cipher " + session.cipher() + " (" + session.bits() + "/" + session.algorithmBits() + " bits)");
        TlsProvider.Handshake handshake = session.handshake();
        String ours = (handshake.keyExchange() + " " + handshake.serverSignature()).strip();
        if (!ours.isEmpty()) {
            lines.add(" " + ours);
        }
        if (!handshake.clientSignature().isEmpty()) {
            lines.add(" " + handshake.clientSignature());
        }
        lines.add(lines.removeLast() + ")");
        if (!session.chain().isEmpty()) {
            lines.add("(Client CN \"" + comment(name(session)) + "\", Issuer \"" + comment(issuer(session)) + "\" (" + (isTrusted(session) ? "verified OK" : "not verified") + "))");
        } else {
            lines.add(asked ? "(Client did not present a certificate)" : "(No client certificate requested)");
        }
        return lines;
    }

    /** Text that can stand in a comment (RFC 5322 section 3.2.2): printable US-ASCII without backslashes, with as many closing as opening parentheses. */
    static String comment(String text) {
        var out = new StringBuilder();
        int depth = 0;
        for (byte c : text.getBytes(StandardCharsets.UTF_8)) {
            boolean good = c >= ' ' && c < 127 && c != '\\' && (c != ')' || depth > 0);
            depth += c == '(' ? 1 : c == ')' && depth > 0 ? -1 : 0;
            out.append(good ? (char) c : '?');
        }
        return out.append(")".repeat(depth)).toString();
    }

    /** What access rules and policy services may know, under the names of SMTPD_POLICY_README and of {@code AccessSession}. */
    static Map<String, String> attributes(TlsProvider.Session session, String digest) {
        var out = new LinkedHashMap<String, String>();
        out.put("encryption_protocol", session.protocol());
        out.put("encryption_cipher", session.cipher());
        out.put("encryption_keysize", Integer.toString(session.bits()));
        out.put("tls_sni", session.handshake().serverName());
        boolean trusted = isTrusted(session);
        List<String> prints = session.fingerprints(digest);
        out.put("ccert_fingerprint", prints.isEmpty() ? "" : prints.getFirst());
        out.put("ccert_pubkey_fingerprint", prints.isEmpty() ? "" : prints.getLast());
        out.put("ccert_trusted", trusted ? "yes" : isUnjudged(session) ? "unknown" : "");
        out.put("ccert_name", name(session));
        // Names that nobody vouches for are not for policy services.
        out.put("ccert_subject", trusted ? Xtext.encode(name(session)) : "");
        out.put("ccert_issuer", trusted ? Xtext.encode(issuer(session)) : "");
        return out;
    }
}
