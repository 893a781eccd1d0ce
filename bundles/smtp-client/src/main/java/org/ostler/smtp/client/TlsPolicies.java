// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.List;
import java.util.Optional;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.smtp.client.PolicyTable.Entry;
import org.ostler.smtp.client.TlsDecision.Hold;
import org.ostler.smtp.client.TlsDecision.Plan;
import org.ostler.smtp.client.TlsDecision.Reported;

/**
 * How TLS is spoken with a host, decided before connecting.
 *
 * <h2>Description</h2>
 * <pre>
 *   1  smtp_tls_policy_maps (or smtp_tls_per_site)   what the operator says of this destination; nobody else is asked then
 *   2  DANE, where the level is dane or dane-only    records: held to. Unusable: TLS is a must. A question that fails: this host is skipped. None: level may, or skipped
 *   3  MTA-STS, where DANE did not settle it         enforce: level secure, with the host's own name, by the authorities of the web; only hosts that match a pattern
 *   4  smtp_tls_security_level
 * </pre>
 * A message with {@code TLS-Required: no} (RFC 8689 section 4.2.2) asks none of these: it goes at level may at most, in wrapper mode at encrypt.
 * A DANE that fails is never repaired by MTA-STS (RFC 8461 section 2): the host is skipped before MTA-STS is asked. Where the TLSA records are good but the MX records that led to them are not secure ("half-dane"),
 * MTA-STS still says which hosts may be used: without it, whoever forges MX records could lead mail to a host with TLSA records of his own.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> tables, DNS, policy sources. <b>Errors</b> {@link Hold}.
 */
final class TlsPolicies {

    private final Neighbours neighbours;

    TlsPolicies(Neighbours neighbours) {
        this.neighbours = neighbours;
    }

    TlsDecision decide(Profile profile, Site site, Host host) {
        return decide(profile, site, host, TlsRequest.UNSPECIFIED);
    }

    /** @param request of the sender, as far as it is obeyed */
    TlsDecision decide(Profile profile, Site site, Host host, TlsRequest request) {
        TlsSettings tls = profile.tls;
        if (tls.level.isEmpty()) {
            return Hold.misconfigured("invalid " + tls.name("tls_security_level"));
        }
        if (request == TlsRequest.NOT_REQUIRED) {
            return waived(profile, site, host, tls.level.get());
        }
        String destination = destination(site);
        TlsLevel general = tls.level.get();
        Entry entry = Entry.of(general);
        boolean explicit = false;
        if (!tls.policies.isEmpty()) {
            switch (PolicyTable.find(tls.policies, tls.name("tls_policy_maps"), destination, tls::warnOnce)) {
                case PolicyTable.Bad(String why) -> {
                    return Hold.misconfigured(why);
                }
                case PolicyTable.Nothing _ -> { /* parameters */ }
                case Entry found -> {
                    entry = found;
                    explicit = true;
                }
            }
        } else if (!tls.perSite.isEmpty()) {
            switch (PerSite.find(tls.perSite, tls.name("tls_per_site"), destination, host.name(), general)) {
                case PerSite.Trouble(String status, String text, String why) -> {
                    return new Hold(Failure.local(status, text), why, Optional.empty());
                }
                case PerSite.Said(Optional<TlsLevel> level) -> {
                    entry = level.map(Entry::of).orElse(entry);
                    explicit = level.isPresent();
                }
            }
        }
        TlsDecision decision = new Making(profile, site, host, entry, request == TlsRequest.REQUIRED).decide(explicit);
        return host.isUnix() ? decision : wrapped(decision, tls);
    }

    private TlsDecision waived(Profile profile, Site site, Host host, TlsLevel general) {
        TlsLevel most = profile.tls.wrapper && !host.isUnix() ? TlsLevel.ENCRYPT : TlsLevel.MAY;
        TlsLevel level = general.compareTo(most) > 0 ? most : general;
        var maker = new PlanMaker(profile, site, host, Entry.of(level));
        TlsDecision decision = maker.byEntry(unencryptedSocket(host, level));
        decision = decision instanceof Plan plan ? plan.with(Reported.SILENT) : decision;
        return host.isUnix() ? decision : wrapped(decision, profile.tls);
    }

    /** Encryption without authentication is of no use on this machine (lmtp(8)). */
    private static TlsLevel unencryptedSocket(Host host, TlsLevel level) {
        return host.isUnix() && level == TlsLevel.MAY ? TlsLevel.NONE : level;
    }

    /** TLS from the first byte cannot be done without. */
    private static TlsDecision wrapped(TlsDecision decision, TlsSettings tls) {
        boolean clear = decision instanceof Plan plan && tls.wrapper && !plan.level().isMandatory();
        return clear ? Hold.misconfigured(tls.name("tls_wrappermode") + " requires \"" + tls.name("tls_security_level") + " = encrypt\" (or stronger)") : decision;
    }

    /** Key of tables: the next hop as written; {@code inet:} and {@code unix:} are no part of it. */
    static String destination(Site site) {
        return switch (site) {
            case Site.Unix(_, String path) -> path;
            default -> site.text().startsWith("inet:") ? site.text().substring(5) : site.text();
        };
    }

    /** One decision under way. */
    private final class Making {
        private final Profile profile;
        private final Site site;
        private final Host host;
        private final Entry entry;
        private final PlanMaker maker;
        /** The sender asks for a server that was found by a way that nobody can forge (RFC 8689 section 4.2.1). */
        private final boolean required;

        Making(Profile profile, Site site, Host host, Entry entry, boolean required) {
            this.required = required;
            this.profile = profile;
            this.site = site;
            this.host = host;
            this.entry = entry;
            this.maker = new PlanMaker(profile, site, host, entry);
        }

        TlsDecision decide(boolean explicit) {
            TlsDecision first = switch (entry.level()) {
                case DANE, DANE_ONLY -> dane();
                case NONE, MAY, ENCRYPT, FINGERPRINT, HALF_DANE, VERIFY, SECURE -> maker.byEntry(unencryptedSocket(host, entry.level()));
            };
            boolean open = first instanceof Plan(TlsLevel level, _, _, _, _)
                    && (level == TlsLevel.MAY || level == TlsLevel.ENCRYPT || level == TlsLevel.HALF_DANE);
            boolean asked = open && !explicit && profile.tls.sts && site instanceof Site.Inet inet && inet.byMx() && !host.origin().bySrv() && !HostNames.isAddress(inet.name());
            return asked ? sts((Plan) first) : first;
        }

        private TlsDecision dane() {
            boolean only = entry.level() == TlsLevel.DANE_ONLY;
            return switch (new DaneLookup(neighbours, profile, entry.level()).find(site, host)) {
                case DaneLookup.Precondition(String why, boolean always) -> {
                    if (only || always) {
                        yield Hold.misconfigured(why);
                    }
                    profile.tls.warnOnce(why);
                    yield maker.byEntry(TlsLevel.MAY);
                }
                case DaneLookup.Unprovable(String why) when only -> Hold.misconfigured(why);
                case DaneLookup.Unprovable(String why) -> {
                    profile.tls.warnOnce(why);
                    TlsDecision lowered = maker.byEntry(TlsLevel.MAY);
                    yield lowered instanceof Plan plan ? doubted(plan, why) : lowered;
                }
                case DaneLookup.Failed(String why, Optional<TlsResult> result) -> {
                    String text = "TLSA lookup error for " + host.name() + ":" + host.port();
                    Hold hold = new Hold(Failure.local("4.7.5", text), text + ": " + why, Optional.empty());
                    yield result.map(r -> hold.told(maker.reported(Kind.TLSA, HostNames.plain(host.name()), List.of()).flawed(r, why))).orElse(hold);
                }
                case DaneLookup.NotPublished(String why) -> only
                        ? Hold.of(why).told(maker.noPolicy().flawed(TlsResult.DANE_REQUIRED, why))
                        : maker.byEntry(TlsLevel.MAY);
                case DaneLookup.CannotAuthenticate(String base, String why, boolean unusable) -> {
                    Reported reported = maker.reported(Kind.TLSA, base, List.of());
                    reported = unusable ? reported.flawed(TlsResult.TLSA_INVALID, why) : reported;
                    yield only ? Hold.of("TLSA records unusable").told(reported) : maker.plan(TlsLevel.ENCRYPT, Proof.NONE, base, reported);
                }
                case DaneLookup.Records(Proof.Dane proof, String base, boolean half, List<String> notes) -> {
                    if (profile.tls.logLevel > 1) {
                        notes.forEach(note -> profile.log.info(host.name() + ": " + note));
                    }
                    List<String> lines = proof.records().stream().map(Tlsa::toString).toList();
                    yield maker.plan(half ? TlsLevel.HALF_DANE : entry.level(), proof, base, maker.reported(Kind.TLSA, base, lines));
                }
            };
        }

        private TlsDecision sts(Plan plan) {
            String domain = HostNames.plain(((Site.Inet) site).name());
            try {
                return neighbours.policySources.ask(domain, profile.settings).<TlsDecision>map(policy -> switch (policy) {
                    case TlsPolicySource.None(String trouble, _) when trouble.isEmpty() -> plan;
                    case TlsPolicySource.None(String trouble, Optional<TlsResult> result) -> {
                        String why = "MTA-STS policy of " + domain + ": " + trouble;
                        result.ifPresent(_ -> profile.log.info(why));
                        yield doubted(result.map(flaw -> flawed(plan, domain, flaw, trouble)).orElse(plan), why);
                    }
                    case TlsPolicySource.Published published -> published.enforce() ? enforced(plan, domain, published) : tested(plan, domain, published);
                }).orElse(plan);
            } catch (UnavailableException e) {
                return Hold.of("MTA-STS policy of " + domain + " cannot be had: " + e.getMessage());
            }
        }

        /** What DANE found is reported rather than trouble with the other policy. */
        private Plan flawed(Plan plan, String domain, TlsResult result, String trouble) {
            return plan.reported().policy().kind() == Kind.TLSA ? plan : plan.with(maker.reported(Kind.STS, domain, List.of()).flawed(result, trouble));
        }

        /** Who asks for proof waits for what may show it; to others the level is good enough as it is, and a connection made without the doubt. */
        private Plan doubted(Plan plan, String why) {
            return required ? plan.doubted(why) : plan;
        }

        private TlsDecision enforced(Plan plan, String domain, TlsPolicySource.Published policy) {
            String name = HostNames.plain(host.name());
            Reported reported = Reported.of(Kind.STS, domain, policy.strings(), policy.mx());
            if (!policy.allows(name)) {
                return unlisted(domain, reported);
            }
            if (plan.level() == TlsLevel.HALF_DANE) {
                // The policy vouches for the host, and its records for the server: together they are as good as DANE.
                Optional<ClientTls> how = plan.tls().filter(_ -> required);
                return how.<TlsDecision>map(tls -> maker.plan(TlsLevel.DANE, tls.proof(), tls.serverName(), plan.reported())).orElse(plan);
            }
            return maker.plan(TlsLevel.SECURE, new Proof.Authority(List.of(name), List.of(), true), name, reported);
        }

        private Hold unlisted(String domain, Reported reported) {
            String text = "MX host " + host.name() + " is not in the MTA-STS policy of " + domain;
            return Hold.of(text).told(reported.flawed(TlsResult.VALIDATION_FAILURE, text));
        }

        /** Nothing depends on the policy; the server is judged for the report, unless DANE has a say already. */
        private TlsDecision tested(Plan plan, String domain, TlsPolicySource.Published policy) {
            if (plan.reported().policy().kind() == Kind.TLSA) {
                return plan;
            }
            String name = HostNames.plain(host.name());
            Reported reported = Reported.of(Kind.STS, domain, policy.strings(), policy.mx());
            if (!policy.allows(name)) {
                return plan.with(reported.flawed(TlsResult.VALIDATION_FAILURE, "MX host " + host.name() + " is not in the policy"));
            }
            TlsDecision judged = maker.plan(plan.level(), new Proof.Authority(List.of(name), List.of(), true), name, reported);
            return judged instanceof Plan made ? made.doubted(plan.doubt()) : judged;
        }
    }
}
