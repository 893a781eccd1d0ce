// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.ClientTls.Terms;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.smtp.client.PolicyTable.Entry;
import org.ostler.smtp.client.TlsDecision.Hold;
import org.ostler.smtp.client.TlsDecision.Plan;
import org.ostler.smtp.client.TlsDecision.Reported;
import org.ostler.smtp.grammar.DomainSyntax;

/**
 * Makes a plan of a level: names, digests, authorities, terms and SNI, from a table's entry or else from parameters.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> never, but for a look at files of anchors. <b>Errors</b> {@link Hold}: what cannot be read is not left out, because leaving it out would change what is demanded.
 */
final class PlanMaker {

    private final Profile profile;
    private final TlsSettings tls;
    private final Site site;
    private final Host host;
    private final Entry entry;

    PlanMaker(Profile profile, Site site, Host host, Entry entry) {
        this.profile = profile;
        this.tls = profile.tls;
        this.site = site;
        this.host = host;
        this.entry = entry;
    }

    /** What {@code nexthop} stands for; for a socket on this machine its own name. */
    private String nextHop() {
        return site instanceof Site.Inet inet ? inet.name() : profile.myHostname;
    }

    /** A level that needs no look at the DNS. */
    TlsDecision byEntry(TlsLevel level) {
        return switch (level) {
            case NONE -> new Plan(TlsLevel.NONE, Optional.empty(), true, noPolicy(), "");
            case FINGERPRINT -> fingerprints();
            case VERIFY, SECURE -> authority(level);
            case MAY, ENCRYPT, HALF_DANE, DANE, DANE_ONLY -> external(named(level, Proof.NONE));
        };
    }

    Reported noPolicy() {
        return Reported.none(HostNames.plain(nextHop()));
    }

    Reported reported(Kind kind, String domain, List<String> strings) {
        return Reported.of(kind, domain, strings, List.of());
    }

    private TlsDecision named(TlsLevel level, Proof proof) {
        String name = entry.serverName().orElse(tls.serverName);
        if (!name.isEmpty() && !DomainSyntax.isHostname(name)) {
            return Hold.misconfigured("\"" + tls.name("tls_servername") + " = " + name + "\" specifies an invalid hostname");
        }
        String sni = switch (name) {
            case "hostname" -> host.name();
            case "nexthop" -> nextHop();
            default -> name;
        };
        return plan(level, proof, sni, noPolicy());
    }

    /** @param sni name to send; empty: none */
    TlsDecision plan(TlsLevel level, Proof proof, String sni, Reported reported) {
        if (host.isUnix()) {
            return Hold.misconfigured(site.text() + ": TLS over unix-domain sockets is not supported");
        }
        Terms terms;
        try {
            terms = tls.terms(level, entry);
        } catch (IllegalArgumentException e) {
            return Hold.misconfigured(destination() + ": " + e.getMessage());
        }
        String name = sni.isEmpty() || HostNames.isAddress(sni) ? "" : HostNames.plain(sni);
        var how = new ClientTls(level, HostNames.plain(host.name()), name, profile.protocol(), terms, proof);
        return new Plan(level, Optional.of(how), entry.reuse().orElse(tls.reuse), reported, "");
    }

    private String destination() {
        return TlsPolicies.destination(site);
    }

    private TlsDecision fingerprints() {
        var digests = new ArrayList<String>();
        for (String text : entry.match().isEmpty() ? tls.fingerprints : entry.match()) {
            CertificateDigest.normal(text).ifPresentOrElse(digests::add, () -> tls.warnOnce(destination() + ": malformed fingerprint value: " + text));
        }
        if (!CertificateDigest.isKnown(tls.fingerprintDigest)) {
            return Hold.misconfigured(tls.name("tls_fingerprint_digest") + ": unknown message digest \"" + tls.fingerprintDigest + "\"");
        }
        if (digests.isEmpty()) {
            return Hold.misconfigured("nexthop domain " + destination() + ": configured at fingerprint security level, but with no fingerprints to match.");
        }
        return named(TlsLevel.FINGERPRINT, new Proof.Fingerprints(tls.fingerprintDigest, digests));
    }

    private TlsDecision authority(TlsLevel level) {
        List<String> patterns = entry.match().isEmpty() ? level == TlsLevel.VERIFY ? tls.verifyMatch : tls.secureMatch : entry.match();
        boolean hostsOnly = entry.hasPatterns() && tls.enforceStsPatterns;
        List<String> files = entry.anchorFiles().isEmpty() ? tls.anchorFiles : entry.anchorFiles();
        for (String file : files) {
            if (!Files.isReadable(Path.of(file))) {
                return Hold.misconfigured(destination() + ": cannot read trust anchor file " + file);
            }
        }
        return external(named(level, new Proof.Authority(names(hostsOnly ? List.of("hostname") : patterns), files, false)));
    }

    private List<String> names(List<String> patterns) {
        var names = new ArrayList<String>();
        for (String pattern : patterns) {
            String name = switch (pattern) {
                case "hostname" -> host.name();
                case "nexthop" -> nextHop();
                case "dot-nexthop" -> "." + nextHop();
                default -> pattern;
            };
            if (name.equals(".")) {
                tls.warnOnce(destination() + ": ignoring invalid match name: \".\"");
            } else {
                names.add(name.startsWith(".") ? "." + HostNames.plain(name.substring(1)) : HostNames.plain(name));
            }
        }
        return names.stream().distinct().toList();
    }

    /** A policy that another program put into the table: who may be connected to, and what reports say. */
    private TlsDecision external(TlsDecision made) {
        if (entry.external().isEmpty() || !(made instanceof Plan plan)) {
            return made;
        }
        PolicyTable.External external = entry.external().get();
        String domain = external.domain().isEmpty() ? HostNames.plain(nextHop()) : external.domain();
        Reported reported = external.sts() ? Reported.of(Kind.STS, domain, external.strings(), external.patterns()) : noPolicy();
        boolean listed = new TlsPolicySource.Published(true, external.patterns(), external.strings()).allows(HostNames.plain(host.name()));
        if (entry.hasPatterns() && tls.enforceStsPatterns && !listed) {
            String text = "MX host " + host.name() + " is not in the MTA-STS policy of " + domain;
            return new Hold(Failure.local("4.7.5", text), "MX name '" + host.name() + "' does not match STS MX pattern for '" + domain + "'",
                    Optional.of(reported.flawed(TlsResult.VALIDATION_FAILURE, text)));
        }
        if (external.failure().isEmpty()) {
            return plan.with(reported);
        }
        Reported flawed = reported.flawed(external.failure().get(), "external policy failure");
        // What the program could not find out cannot be proved by any certificate.
        return plan.mustMatch() ? new Hold(Failure.local("4.7.5", "Server certificate not verified"),
                "certificate verification failed for " + host.withPort() + ": external policy failure (" + external.failure().get().text() + ")", Optional.of(flawed))
                : plan.with(flawed).doubted("MTA-STS policy of " + domain + ": " + external.failure().get().text());
    }
}
