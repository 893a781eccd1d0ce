// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import java.util.List;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.tls.DanePlanner;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsResult;

/**
 * Which TLSA records hold for a host.
 *
 * <h2>Description</h2>
 * <pre>
 *   addresses secure          TLSA at the name behind all CNAMEs, then, where the host is a CNAME, at the host's own name
 *   addresses not secure,
 *     the host is no CNAME    no DANE: asking for TLSA would only give trouble with servers that fail at it (1)
 *     the host is a CNAME     is the CNAME record itself secure? then TLSA at the host's own name, else no DANE (2)
 *   TLSA secure               the records, or "unusable" where none can be used
 *   TLSA absent, or insecure  the next candidate; no DANE after the last
 *   any question fails        this host is out of the question (3)
 * </pre>
 * (1) RFC 7672 section 2.2.2, a SHOULD NOT: done all the same with {@code smtp_tls_force_insecure_host_tlsa_lookup}. (2) RFC 7672 section 2.2.2, third case, with the question of section 2.1.3. (3) RFC 7672
 * section 2.1.2: a downgrade by a broken answer must not be possible.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never.
 */
@Component(name = "dane-planner", service = DanePlanner.class)
public final class Planner implements DanePlanner {

    @Override
    public Step next(Facts facts) {
        boolean alias = !facts.canonical().equals(facts.host());
        if (facts.secure()) {
            return candidates(facts, alias ? List.of(facts.canonical(), facts.host()) : List.of(facts.host()));
        }
        if (alias) {
            DnsAnswer<String> cname = facts.cnames().get(facts.host());
            if (cname == null) {
                return new AskCname(facts.host());
            }
            if (cname instanceof DnsAnswer.Failed<String> failed) {
                return failed("CNAME", facts.host(), failed);
            }
            if (cname instanceof DnsAnswer.Records<String> && cname.isSecure()) {
                return candidates(facts, List.of(facts.host()));
            }
        }
        return facts.insist() ? candidates(facts, List.of(facts.host())) : new Absent("addresses of " + facts.host() + " are not secure");
    }

    /** The first base domain with secure records decides. */
    private static Step candidates(Facts facts, List<String> bases) {
        for (String base : bases) {
            String owner = "_" + facts.port() + "._tcp." + base;
            DnsAnswer<Tlsa> answer = facts.tlsa().get(owner);
            if (answer == null) {
                return new AskTlsa(owner);
            }
            if (answer instanceof DnsAnswer.Failed<Tlsa> failed) {
                return failed("TLSA", owner, failed);
            }
            if (answer instanceof DnsAnswer.Records<Tlsa>(List<Tlsa> records, _, _, _) && answer.isSecure()) {
                return decided(facts, base, records);
            }
        }
        return new Absent("no secure TLSA records for " + facts.host());
    }

    private static Decision decided(Facts facts, String base, List<Tlsa> records) {
        Usable usable = Usable.of(records, facts.digests());
        if (usable.records().isEmpty()) {
            return new Unusable(base, String.join("; ", usable.notes()));
        }
        // The name that has the records, and the next hop; where that name is behind an alias that an MX record names, the alias is none (RFC 7672 section 3.2.2).
        boolean both = !facts.domain().isEmpty() && !facts.domain().equals(base);
        return new Use(new Proof.Dane(usable.records(), both ? List.of(base, facts.domain()) : List.of(base)), base, usable.notes());
    }

    private static Failed failed(String type, String name, DnsAnswer.Failed<?> failure) {
        String text = type + " lookup error for " + name + (failure.reason().isEmpty() ? "" : ": " + failure.reason());
        return new Failed(text, failure.bogus() ? Optional.of(TlsResult.DNSSEC_INVALID) : Optional.empty());
    }
}
