// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.finger;

import java.io.PrintStream;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.smtp.client.FingerEvent;
import org.ostler.smtp.client.FingerEvent.Target;

/**
 * What happens, in the lines of posttls-finger(1), on standard output as there. Lines of our own tell of the policy and of TLSA records before the connection is made.
 *
 * <p><b>Threads</b> one.
 */
public final class FingerText implements FingerTeller {

    /**
     * @param destination as given
     * @param chat        show the SMTP dialogue
     * @param chain       show the certificates
     * @param verbose     show DNS answers
     * @param daneOnly    say where level secure stands in
     * @param logging     of {@link FingerOptions}
     * @param digest      of certificates
     */
    public record Wish(String destination, boolean chat, boolean chain, boolean verbose, boolean daneOnly, Set<String> logging, String digest) {}

    private static final Set<String> CERTIFICATE = Set.of("certmatch", "peercert", "verbose");

    private final String name;
    private final PrintStream out;
    private final Wish wish;
    private final List<WatchedDns.Heard> tlsa = new ArrayList<>();
    private TlsProvider.Session session;
    private boolean isFirst = true;

    /** @param name of the program */
    public FingerText(String name, PrintStream out, Wish wish) {
        this.name = name;
        this.out = out;
        this.wish = wish;
    }

    @Override
    public void info(String text) {
        out.print(name + ": " + Certificates.printable(text) + "\n");
        out.flush();
    }

    @Override
    public void warning(String text) {
        info("warning: " + text);
    }

    @Override
    public Consumer<WatchedDns.Heard> dns() {
        return heard -> {
            if (wish.verbose) {
                info(heard.text());
            }
            if (heard.type().equals("TLSA")) {
                tlsa.add(heard);
            }
        };
    }

    @Override
    public void nextPass() {
        isFirst = false;
    }

    @Override
    public void end() {
        out.flush();
    }

    @Override
    public void accept(FingerEvent event) {
        switch (event) {
            case FingerEvent.Unreadable(String why) -> info("fatal: " + why);
            case FingerEvent.NoHost(String why) -> info("Destination address lookup failed: " + why);
            case FingerEvent.Decided decided -> decided(decided);
            case FingerEvent.Skipped(Target target, String why, String detail) -> skipped(target, why, detail);
            case FingerEvent.Connected(Target target) -> chat("Connected to " + target.text());
            case FingerEvent.Sent(String line) -> chat("> " + line);
            case FingerEvent.Received(String line) -> chat("< " + line);
            case FingerEvent.Encrypted encrypted -> encrypted(encrypted);
            case FingerEvent.Settled _ -> settled();
            case FingerEvent.Broken(String why) -> info(why);
        }
    }

    private void chat(String line) {
        if (wish.chat && isFirst) {
            info(line);
        }
    }

    private void skipped(Target target, String why, String detail) {
        if (!detail.isEmpty() && !detail.equals(why)) {
            warning(tlsa.isEmpty() ? detail : "DANE TLSA lookup problem: " + detail);
        }
        tlsa.clear();
        String via = target.port() == 0 ? "" : " via " + target.name() + ":" + target.port();
        info("Failed to establish session to " + wish.destination + via + ": " + why);
    }

    // --- Policy --------------------------------------------------------------------------------------------------

    private void decided(FingerEvent.Decided decided) {
        if (!wish.logging.isEmpty()) {
            records(decided);
            info(decided.target().text() + ": TLS policy: " + policy(decided));
        }
        tlsa.clear();
        if (!decided.note().isEmpty() && (wish.daneOnly || wish.verbose || !decided.note().endsWith("\"secure\""))) {
            info(decided.note());
        }
    }

    private void records(FingerEvent.Decided decided) {
        List<String> used = decided.tls().map(ClientTls::proof).filter(Proof.Dane.class::isInstance).map(proof -> ((Proof.Dane) proof).records().stream().map(Tlsa::toString).toList())
                .orElse(List.of());
        for (WatchedDns.Heard heard : tlsa) {
            if (heard.records().isEmpty()) {
                info("no DANE RR: " + heard.name() + " IN TLSA: " + heard.status());
            }
            for (String record : heard.records()) {
                boolean isUsed = heard.status().equals("secure") && used.contains(record);
                String word = isUsed ? "using" : heard.status().equals("secure") ? "unusable" : "ignoring " + heard.status();
                info(word + " DANE RR: " + heard.name() + " IN TLSA " + record.toUpperCase(java.util.Locale.ROOT));
            }
        }
    }

    static String policy(FingerEvent.Decided decided) {
        var out = new StringBuilder(decided.level().text());
        decided.tls().ifPresent(tls -> {
            out.append(names(tls.proof()));
            out.append(tls.serverName().isEmpty() ? "" : ", SNI " + tls.serverName());
        });
        switch (decided.policy().kind()) {
            case TLSA -> out.append(", by DANE");
            case STS -> out.append(", by MTA-STS of ").append(decided.policy().domain()).append(" (").append(String.join("; ", decided.policy().strings())).append(')');
            case NO_POLICY_FOUND -> { /* the operator's own */ }
        }
        Target target = decided.target();
        if (decided.level() != TlsLevel.NONE && target.port() != 0) {
            out.append(target.byMx() ? ", MX " + word(target.mxSecure()) : "").append(target.name().equals(target.address()) ? "" : ", address " + word(target.secure()));
        }
        return out.toString();
    }

    private static String names(Proof proof) {
        return switch (proof) {
            case Proof.None _ -> "";
            case Proof.Authority authority -> ", names " + String.join(" ", authority.names());
            case Proof.Dane dane -> ", names " + String.join(" ", dane.names());
            case Proof.Fingerprints fingerprints -> ", " + fingerprints.digests().size() + " fingerprints";
        };
    }

    private static String word(boolean secure) {
        return secure ? "secure" : "not secure";
    }

    // --- Session -------------------------------------------------------------------------------------------------

    private void encrypted(FingerEvent.Encrypted encrypted) {
        session = encrypted.session();
        String where = encrypted.target().text();
        if (isFirst) {
            encrypted.flaw().ifPresent(why -> info("certificate verification failed for " + where + ": " + why));
            if (wish.logging.stream().anyMatch(CERTIFICATE::contains)) {
                certificate(where, encrypted);
            }
        } else if (session.resumed()) {
            info(where + ": Reusing old session");
        }
        if (wish.logging.contains("summary") || !isFirst) {
            info(encrypted.summary());
        }
    }

    private void certificate(String where, FingerEvent.Encrypted encrypted) {
        if (session.verdict() instanceof PeerVerdict.Verified(String how)) {
            how.lines().forEach(line -> info(where + ": " + line));
        }
        if (!session.chain().isEmpty()) {
            X509Certificate peer = session.chain().getFirst();
            info(where + ": subject_CN=" + Certificates.common(peer.getSubjectX500Principal(), "CN") + ", issuer_CN=" + Certificates.common(peer.getIssuerX500Principal(), "O")
                    + ", fingerprint=" + CertificateDigest.ofCertificate(peer, wish.digest) + ", pkey_fingerprint=" + CertificateDigest.ofKey(peer, wish.digest));
        }
    }

    private void settled() {
        if (!isFirst || session == null) {
            return;
        }
        if (session.chain().isEmpty()) {
            info("Server is anonymous");
        } else if (wish.chain) {
            out.print("\n---\nCertificate chain\n");
            for (int i = 0; i < session.chain().size(); i++) {
                X509Certificate each = session.chain().get(i);
                out.print(String.format("%2d subject: %s%n    issuer: %s%n   cert digest=%s%n   pkey digest=%s%n%s", i, Certificates.oneLine(each.getSubjectX500Principal()),
                        Certificates.oneLine(each.getIssuerX500Principal()), CertificateDigest.ofCertificate(each, wish.digest), CertificateDigest.ofKey(each, wish.digest), Certificates.pem(each)));
            }
            out.flush();
        }
    }
}
