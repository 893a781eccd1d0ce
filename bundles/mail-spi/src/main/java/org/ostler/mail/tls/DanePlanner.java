// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Tlsa;

/**
 * Which questions the DNS must be asked for DANE with one host, and what the answers amount to (RFC 7672 sections 2.1 and 2.2). The service of {@code dane-verifier}.
 *
 * <p>The caller asks {@link #next} until it gets a {@link Decision}, and puts each answer into {@link Facts}. Nothing is looked up here, so every rule can be tested as a value.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never. <b>Errors</b> none: trouble is {@link Failed}. <b>Nulls</b> none. At most four questions are asked for a host.
 */
@ProviderType
public interface DanePlanner {

    Step next(Facts facts);

    /**
     * What is known of one host before connecting. Names in A-label form, lower case, no final dot.
     *
     * @param host      as the MX record or the next hop names it
     * @param port      to connect to
     * @param canonical name after CNAMEs; the host where there are none
     * @param secure    one of its address record sets, CNAMEs included, is proved (RFC 7672 section 2.2.2)
     * @param domain    the next hop's domain, or the host that was configured as next hop: a reference identifier for usage 2; empty where the MX record set is not secure
     * @param insist    ask for TLSA records though no address is proved: {@code smtp_tls_force_insecure_host_tlsa_lookup}
     * @param digests   of {@code tls_dane_digests}, the preferred first
     * @param cnames    what {@link AskCname} brought, by name
     * @param tlsa      what {@link AskTlsa} brought, by owner
     */
    record Facts(String host, int port, String canonical, boolean secure, String domain, boolean insist, List<String> digests,
            Map<String, DnsAnswer<String>> cnames, Map<String, DnsAnswer<Tlsa>> tlsa) {
        public Facts {
            digests = List.copyOf(digests);
            cnames = Map.copyOf(cnames);
            tlsa = Map.copyOf(tlsa);
        }
    }

    sealed interface Step {}

    /** Ask for the CNAME record of a name, not followed, as a secure question. */
    record AskCname(String name) implements Step {}

    /** Ask for TLSA records. @param owner {@code _25._tcp.mx.example.org} */
    record AskTlsa(String owner) implements Step {}

    sealed interface Decision extends Step {}

    /**
     * Go on with DANE.
     *
     * @param proof      usable records and names
     * @param baseDomain name to send as SNI
     * @param notes      for the log at a higher level: what was left out and why
     */
    record Use(Proof.Dane proof, String baseDomain, List<String> notes) implements Decision {}

    /** There are records and none can be used: TLS without authentication, no cleartext. @param why for the log */
    record Unusable(String baseDomain, String why) implements Decision {}

    /** There are provably, or for all that an unsigned zone can say, no records: no DANE for this host. */
    record Absent(String why) implements Decision {}

    /** Nobody can tell: this host is skipped and mail waits. @param result for reports; empty where it is mere trouble with asking */
    record Failed(String why, Optional<TlsResult> result) implements Decision {}
}
