// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.finger;

import java.io.PrintStream;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.json.Json;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.CertificateNames;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.smtp.client.FingerEvent;
import org.ostler.smtp.client.FingerEvent.Target;

/**
 * What happens, as one JSON object on one line at the end ({@code -j}); its keys are described in the README of {@code cli}.
 *
 * <p><b>Threads</b> one, but for lines of the log.
 */
public final class FingerJson implements FingerTeller {

    private final PrintStream out;
    private final String digest;
    private final Map<String, Object> all = new LinkedHashMap<>();
    private final List<Object> dns = new ArrayList<>();
    private final List<Object> hosts = new ArrayList<>();
    private final List<Object> sessions = new ArrayList<>();
    private final List<Object> log = new ArrayList<>();
    private Map<String, Object> host = new LinkedHashMap<>();
    private Map<String, Object> session = new LinkedHashMap<>();
    private final List<Object> chat = new ArrayList<>();

    /** @param digest of certificates */
    public FingerJson(PrintStream out, String destination, boolean lmtp, String digest) {
        this.out = out;
        this.digest = digest;
        all.put("destination", destination);
        all.put("protocol", lmtp ? "lmtp" : "smtp");
        all.put("satisfied", false);
        all.put("error", "");
        all.put("dns", dns);
        all.put("hosts", hosts);
        all.put("sessions", sessions);
        all.put("chat", chat);
        all.put("log", log);
    }

    @Override
    public synchronized void info(String text) {
        log.add(text);
    }

    @Override
    public synchronized void warning(String text) {
        log.add("warning: " + text);
    }

    @Override
    public Consumer<WatchedDns.Heard> dns() {
        return heard -> dns.add(map("type", heard.type(), "name", heard.name(), "status", heard.status(), "ttl", heard.ttl().toSeconds(), "records", heard.records(), "error", heard.why()));
    }

    @Override
    public void nextPass() {
        all.put("satisfied", false);
    }

    @Override
    public void end() {
        out.print(Json.of(all) + "\n");
        out.flush();
    }

    @Override
    public void accept(FingerEvent event) {
        switch (event) {
            case FingerEvent.Unreadable(String why) -> all.put("error", why);
            case FingerEvent.NoHost(String why) -> all.put("error", why);
            case FingerEvent.Decided decided -> decided(decided);
            case FingerEvent.Skipped(Target target, String why, String detail) -> {
                at(target);
                host.put("error", why);
                host.put("detail", detail);
                all.put("error", why);
            }
            case FingerEvent.Connected(Target target) -> {
                at(target);
                session = map("host", target.name(), "address", target.address(), "port", target.port(), "tls", false, "error", "");
                sessions.add(session);
                all.put("error", "");
            }
            case FingerEvent.Sent(String line) -> chat.add("> " + line);
            case FingerEvent.Received(String line) -> chat.add("< " + line);
            case FingerEvent.Encrypted encrypted -> encrypted(encrypted);
            case FingerEvent.Settled(boolean satisfied) -> all.put("satisfied", satisfied);
            case FingerEvent.Broken(String why) -> {
                session.put("error", why);
                all.put("error", why);
            }
        }
    }

    /** The host that is spoken of: a policy and what became of it are one entry. */
    private void at(Target target) {
        boolean same = target.text().equals(host.get("text"));
        if (same) {
            return;
        }
        host = map("text", target.text(), "host", target.name(), "address", target.address(), "port", target.port(), "preference", target.preference(),
                "mx", target.byMx() ? target.mxSecure() ? "secure" : "insecure" : "none", "address_status", target.secure() ? "secure" : "insecure", "error", "", "detail", "");
        hosts.add(host);
    }

    private void decided(FingerEvent.Decided decided) {
        at(decided.target());
        host.put("level", decided.level().text());
        host.put("policy", map("type", decided.policy().kind().name().toLowerCase(Locale.ROOT).replace('_', '-'), "domain", decided.policy().domain(), "strings", decided.policy().strings(), "mx", decided.policy().mx()));
        host.put("note", decided.note());
        decided.tls().ifPresent(this::how);
    }

    private void how(ClientTls tls) {
        host.put("sni", tls.serverName());
        host.put("protocols", tls.terms().protocols().enabled());
        host.put("ciphers", tls.terms().grade());
        switch (tls.proof()) {
            case Proof.None _ -> { /* nothing is asked */ }
            case Proof.Authority authority -> {
                host.put("names", authority.names());
                host.put("trust_anchor_files", authority.anchorFiles());
                host.put("web_authorities", authority.webPki());
            }
            case Proof.Dane dane -> {
                host.put("names", dane.names());
                host.put("tlsa", dane.records().stream().map(Tlsa::toString).toList());
            }
            case Proof.Fingerprints fingerprints -> host.put("fingerprints", fingerprints.digests());
        }
    }

    private void encrypted(FingerEvent.Encrypted encrypted) {
        TlsProvider.Session tls = encrypted.session();
        session.put("tls", true);
        session.put("protocol", tls.protocol());
        session.put("cipher", tls.cipher());
        session.put("bits", tls.bits());
        session.put("algorithm_bits", tls.algorithmBits());
        session.put("details", tls.details());
        session.put("resumed", tls.resumed());
        session.put("trust", encrypted.summary().substring(0, encrypted.summary().indexOf(' ')));
        session.put("matched", tls.verdict() instanceof PeerVerdict.Verified(String how) ? how.lines().toList() : List.of());
        session.put("error", encrypted.flaw().map(why -> "certificate verification failed: " + why).orElse(""));
        session.put("certificates", tls.chain().stream().map(this::certificate).toList());
        all.put("error", session.get("error"));
    }

    private Object certificate(X509Certificate each) {
        return map("subject", Certificates.oneLine(each.getSubjectX500Principal()), "issuer", Certificates.oneLine(each.getIssuerX500Principal()), "names", CertificateNames.of(each),
                "not_before", each.getNotBefore().toInstant().toString(), "not_after", each.getNotAfter().toInstant().toString(),
                "digest", digest, "cert_digest", CertificateDigest.ofCertificate(each, digest), "pkey_digest", CertificateDigest.ofKey(each, digest), "pem", Certificates.pem(each));
    }

    private static Map<String, Object> map(Object... pairs) {
        var out = new LinkedHashMap<String, Object>();
        for (int i = 0; i < pairs.length; i += 2) {
            out.put((String) pairs[i], pairs[i + 1]);
        }
        return out;
    }
}
