// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.tls.DanePlanner;
import org.ostler.mail.tls.DanePlanner.AskCname;
import org.ostler.mail.tls.DanePlanner.AskTlsa;
import org.ostler.mail.tls.DanePlanner.Facts;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsResult;

/**
 * What DANE says of one host, before connecting (RFC 7672): the preconditions, the security of the MX records, and the questions that a {@link DanePlanner} wants asked.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> DNS, at most {@value #MOST_QUESTIONS} questions. <b>Errors</b> {@link Failed}; never an answer that is weaker than the truth.
 */
final class DaneLookup {

    sealed interface Found {}

    /** @param half the MX records that led to the host are not secure: proved is the host, not that it is the right one */
    record Records(Proof.Dane proof, String baseDomain, boolean half, List<String> notes) implements Found {}

    /** TLS without authentication. */
    record CannotAuthenticate(String baseDomain, String why, boolean unusable) implements Found {}

    /** No DANE for this host. */
    record NotPublished(String why) implements Found {}

    /** DANE is not to be had here, as configured. @param always at any level */
    record Precondition(String why, boolean always) implements Found {}

    /** The name servers prove nothing, for the time being. */
    record Unprovable(String why) implements Found {}

    record Failed(String why, Optional<TlsResult> result) implements Found {}

    /** The planner asks four. */
    private static final int MOST_QUESTIONS = 8;

    private final Neighbours neighbours;
    private final Profile profile;
    private final TlsLevel level;

    /** @param level dane or dane-only */
    DaneLookup(Neighbours neighbours, Profile profile, TlsLevel level) {
        this.neighbours = neighbours;
        this.profile = profile;
        this.level = level;
    }

    Found find(Site site, Host host) {
        if (!(site instanceof Site.Inet inet) || host.isUnix()) {
            return new Precondition(site.text() + ": the \"dane\" security level is invalid for delivery via unix-domain sockets", true);
        }
        try {
            Optional<String> missing = missing(site.text());
            if (missing.isPresent()) {
                return new Precondition(missing.get(), false);
            }
            Optional<String> trouble = neighbours.dns.call(Dns::dnssecTrouble);
            if (trouble.isPresent()) {
                return new Unprovable(site.text() + ": " + level.text() + " configured, but DNS answers cannot be proved: " + trouble.get());
            }
            Host.Origin origin = host.origin();
            if (origin.unproved()) {
                // Proofs have come back since: what looks insecure may be signed, and the next look will tell.
                return new Failed("the host was looked up while DNS answers could not be proved", Optional.empty());
            }
            boolean insecureMx = origin.byMx() && !origin.mxSecure();
            if (insecureMx && (level == TlsLevel.DANE_ONLY || profile.tls.insecureMx == TlsLevel.MAY)) {
                return new NotPublished("non DNSSEC destination");
            }
            return HostNames.isAddress(host.name()) ? new NotPublished("no TLSA records found") : ask(inet, host, insecureMx);
        } catch (UnavailableException e) {
            return new Failed(e.getMessage(), Optional.empty());
        }
    }

    /** What the configuration lacks (TLS_README, "DANE TLS authentication"). */
    private Optional<String> missing(String destination) {
        if (!profile.lookupDns || !profile.dnssec) {
            return Optional.of(destination + ": " + level.text() + " configured with dnssec lookups disabled");
        }
        if (profile.ignoreMxError && !profile.lmtp) {
            return Optional.of(destination + ": " + level.text() + " configured with MX lookup errors ignored");
        }
        if (profile.resolverOptions.contains("res_defnames") || profile.resolverOptions.contains("res_dnssrch")) {
            return Optional.of(destination + ": dns resolver options incompatible with " + level.text() + " TLS");
        }
        return Optional.empty();
    }

    private Found ask(Site.Inet site, Host host, boolean insecureMx) throws UnavailableException {
        String name = HostNames.plain(host.name());
        Host.Origin origin = host.origin();
        // Who configured a host configured its name: it counts beside the one behind its aliases, where a host that an MX record names is known by the latter only (RFC 7672 section 3.2.2).
        String domain = !origin.byMx() || origin.mxSecure() ? HostNames.plain(site.name()) : "";
        String canonical = origin.canonical().isEmpty() ? name : origin.canonical();
        Map<String, DnsAnswer<String>> cnames = new HashMap<>();
        Map<String, DnsAnswer<Tlsa>> records = new HashMap<>();
        for (int i = 0; i < MOST_QUESTIONS; i++) {
            var facts = new Facts(name, host.port(), canonical, origin.secure(), domain, profile.tls.insistOnTlsa, profile.tls.digests, cnames, records);
            switch (neighbours.planner.call(planner -> planner.next(facts))) {
                case AskCname(String owner) -> cnames.put(owner, neighbours.dns.call(dns -> dns.cname(owner, true)));
                case AskTlsa(String owner) -> records.put(owner, neighbours.dns.call(dns -> dns.tlsa(owner)));
                case DanePlanner.Decision decision -> {
                    return decided(decision, origin, domain, insecureMx);
                }
            }
        }
        throw new IllegalStateException("the DANE planner asks for ever");
    }

    private Found decided(DanePlanner.Decision decision, Host.Origin origin, String domain, boolean insecureMx) {
        return switch (decision) {
            case DanePlanner.Failed(String why, Optional<TlsResult> result) -> new Failed(why, result);
            case DanePlanner.Absent _ -> new NotPublished("no TLSA records found");
            case DanePlanner.Unusable(String base, String why) -> new CannotAuthenticate(base, "TLSA records unusable: " + why, true);
            case DanePlanner.Use(Proof.Dane proof, String base, List<String> notes) -> insecureMx && profile.tls.insecureMx == TlsLevel.ENCRYPT
                    ? new CannotAuthenticate(base, "Verification not possible, MX RRset is insecure", false)
                    : new Records(named(proof, origin.mxOwner(), domain), base, insecureMx, notes);
        };
    }

    /** Where the domain is an alias, the name that has the MX records counts as well as the domain. */
    private static Proof.Dane named(Proof.Dane proof, String owner, String domain) {
        if (domain.isEmpty() || owner.isEmpty() || proof.names().contains(owner)) {
            return proof;
        }
        var names = new ArrayList<>(proof.names());
        names.add(owner);
        return new Proof.Dane(proof.records(), names);
    }
}
