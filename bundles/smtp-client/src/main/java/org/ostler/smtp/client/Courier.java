// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.ostler.mail.config.PerSettings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.smtp.client.Failure.NoHost;
import org.ostler.smtp.client.FailurePolicy.Aftermath;
import org.ostler.smtp.client.FailurePolicy.Situation;
import org.ostler.smtp.client.HostFinder.Plan;
import org.ostler.smtp.client.TlsDecision.Hold;
import org.slf4j.LoggerFactory;

/**
 * Carries one message to a next hop: tries a waiting connection first, then the hosts of each next hop in turn until no recipient is left.
 *
 * <p><b>Threads</b> any number of deliveries at once, each on its caller's thread. <b>Blocking</b> every wait has a deadline; the number of hosts is bounded by {@code smtp_mx_address_limit}, of sessions by
 * {@code smtp_mx_session_limit}. <b>Errors</b> outcomes. An interrupt puts off the recipients that are left.
 */
final class Courier {

    /** Own addresses and names among the hosts mean a loop on this port only; elsewhere they are a content filter. */
    static final int LOOP_PORT = 25;

    private final Neighbours neighbours;
    private final PerSettings<Profile> profiles;
    private final Deadlines deadlines = new Deadlines();
    private final Connector connector = new Connector(deadlines);
    private final TlsPolicies policies;
    private final IdlePeers idle = new IdlePeers();
    private final InstantSource clock;
    private final int loopPort;

    Courier(boolean lmtp, Neighbours neighbours, InstantSource clock, int loopPort) {
        this.neighbours = neighbours;
        this.policies = new TlsPolicies(neighbours);
        this.profiles = new PerSettings<>(settings -> new Profile(settings, lmtp, neighbours.lists()));
        this.clock = clock;
        this.loopPort = loopPort;
    }

    DeliveryResult deliver(Delivery delivery) {
        Profile profile = profiles.of(delivery.settings());
        var mail = new Mail(delivery);
        var key = new IdlePeers.Key(profile, delivery.nextHop(), profile.obeyed(delivery.message().envelope().tls()));
        idle.begin(key);
        try {
            new Round(mail, profile, key).run();
        } catch (RuntimeException | Error e) {
            // Whoever has the mail by now must not get it again because something broke behind him.
            if (mail.isUntouched()) {
                throw e;
            }
            LoggerFactory.getLogger(Courier.class).error("{}", mail.id(), e);
            profile.log.error(mail.id() + ": " + e + "; the recipients that are left are deferred");
            mail.deferAll(Failure.local("4.3.0", "unknown mail transport error"));
        } finally {
            idle.end(key);
        }
        return mail.result();
    }

    /** Ends waiting connections; deliveries under way end theirs themselves. */
    void close() {
        idle.close();
    }

    int waiting() {
        return idle.size();
    }

    /** The state of one delivery's walk over next hops and hosts. */
    private final class Round {
        private final Mail mail;
        private final Profile profile;
        private final IdlePeers.Key key;
        /** Hosts that had their say through a connection from the cache. */
        private final Set<String> spent = new HashSet<>();
        private Optional<Failure> last = Optional.empty();
        /** Some host could not be asked: what the others lack is no reason to return mail. */
        private boolean unsure;
        /** Another next hop can be tried after this one. */
        private boolean othersBehind;
        /** The hosts are those of a relay that the operator named. */
        private boolean ownChoice;
        /** With servers that did as asked, up to and with the handshake: {@code smtp_mx_session_limit} counts no others (postconf(5)). */
        private int sessions;

        Round(Mail mail, Profile profile, IdlePeers.Key key) {
            this.mail = mail;
            this.profile = profile;
            this.key = key;
        }

        void run() {
            reuse();
            if (mail.isDone()) {
                return;
            }
            List<Site> sites = new ArrayList<>(Site.parse(mail.delivery.nextHop(), profile));
            int own = sites.size();
            sites.addAll(fallbacks());
            boolean mayFallBack = true;
            for (int i = 0; i < sites.size() && !mail.isDone() && !interrupted(); i++) {
                boolean fallback = i >= own;
                if (fallback && !mayFallBack) {
                    break;
                }
                boolean sitesLeft = i + 1 < sites.size();
                sessions = i > 0 ? 0 : sessions; // each next hop has its own number, as in Postfix; a connection used again counts for the first
                mayFallBack &= site(sites.get(i), sitesLeft, fallback);
            }
            if (!mail.isDone()) {
                leftOver();
            }
        }

        private List<Site> fallbacks() {
            var all = new ArrayList<Site>();
            profile.fallbackRelays.forEach(text -> all.addAll(Site.parse(text, profile)));
            return all;
        }

        /** A waiting connection that turns out to be closed is no failure; one that works is worth a lookup and a handshake. */
        private void reuse() {
            for (Optional<Peer> waiting = idle.take(key); waiting.isPresent(); waiting = idle.take(key)) {
                Peer peer = waiting.get();
                if (!isStillAllowed(peer) || peer.demand.check(peer).isPresent() || Fitness.checkUtf8(mail, peer).isPresent() || Fitness.check(mail, peer).isPresent()) {
                    // Mail is returned only for what a server offers now, not for what it offered when the connection was made.
                    peer.quit(profile);
                    continue;
                }
                sessions = 1;
                Optional<Aftermath> after = session(peer, true, false);
                if (after.filter(a -> a == Aftermath.FRESH_CONNECTION).isEmpty()) {
                    spent.add(peer.host.withPort());
                    return;
                }
                sessions = 0;
            }
        }

        /** A connection carries mail only under the policy that it was made under, be the new one stricter or laxer. */
        private boolean isStillAllowed(Peer peer) {
            return demand(peer.site).equals(new RequireTlsPolicy.Level(peer.demand)) && policies.decide(profile, peer.site, peer.host, key.request()).equals(peer.plan);
        }

        /** A report that nobody can take back is not thrown away for the sake of a wish: to the null sender's mail REQUIRETLS is no more than that (RFC 8689 section 5). */
        private RequireTlsPolicy.Said demand(Site site) {
            if (key.request() != TlsRequest.REQUIRED) {
                return new RequireTlsPolicy.Level(RequireTls.OFF);
            }
            RequireTlsPolicy.Said said = profile.requireTlsPolicy().find(site);
            boolean lowered = mail.delivery.message().envelope().sender().isNull() && said instanceof RequireTlsPolicy.Level(RequireTls demand) && demand.needsTls();
            return lowered ? new RequireTlsPolicy.Level(RequireTls.OPPORTUNISTIC) : said;
        }

        /** @return whether a fallback relay may be tried after this next hop */
        private boolean site(Site site, boolean sitesLeft, boolean fallback) {
            ownChoice = fallback || !profile.relayHost.isEmpty() && profile.relayHost.contains(site.text());
            switch (site) {
                case Site.Unix(_, String path) -> hosts(site, List.of(Host.unix(profile.myHostname, path)), sitesLeft);
                case Site.Unreadable(_, String problem) -> {
                    profile.log.warning(problem);
                    fail(new NoHost(Failure.local("4.3.5", "Server configuration error")), new Situation(sitesLeft, false, false));
                }
                case Site.Inet inet -> {
                    switch (new HostFinder(neighbours.dns, profile, loopPort).find(inet)) {
                        case Plan.Hosts(var hosts, boolean iAmMx, boolean complete) -> {
                            unsure |= !complete;
                            hosts(site, hosts, sitesLeft && !iAmMx);
                            return !iAmMx;
                        }
                        case Plan.None(NoHost failure, boolean iAmMx) -> {
                            mail.nowhere();
                            fail(ownChoice && !failure.isTemporary() ? softened(failure, fallback) : failure,
                                    new Situation(sitesLeft && !iAmMx, false, false));
                            return !iAmMx;
                        }
                    }
                }
            }
            return true;
        }

        /** A relay that the operator named and that cannot be found is the operator's mistake, not the sender's. */
        private NoHost softened(NoHost failure, boolean fallback) {
            warnOfRelay(fallback);
            return new NoHost(Failure.as(failure.reason(), 4));
        }

        private void warnOfRelay(boolean fallback) {
            profile.log.warning((fallback ? profile.protocol() + "_fallback_relay" : "relayhost") + " configuration problem");
        }

        private void hosts(Site site, List<Host> all, boolean sitesLeft) {
            List<Host> hosts = all.stream().filter(host -> !spent.contains(host.withPort())).toList();
            int count = profile.mxAddressLimit > 0 ? Math.min(hosts.size(), profile.mxAddressLimit) : hosts.size();
            othersBehind = sitesLeft;
            boolean plainOnly = false;
            for (int i = 0; i < count && !mail.isDone() && !interrupted(); i++) {
                Host host = hosts.get(i);
                Optional<Aftermath> after = host(site, host, i + 1 < count || sitesLeft, plainOnly);
                plainOnly = after.isPresent() && after.get() == Aftermath.WITHOUT_TLS;
                if (plainOnly) {
                    i--;
                } else if (isSessionLimit()) {
                    unsure |= i + 1 < count; // the limit is ours: nobody knows what those behind it would do
                    return;
                }
            }
        }

        private boolean isSessionLimit() {
            return profile.mxSessionLimit > 0 && sessions >= profile.mxSessionLimit;
        }

        private Optional<Aftermath> host(Site site, Host host, boolean hostsLeft, boolean plainOnly) {
            Optional<Failure> noPassword = profile.credentials.missing(mail, site, host);
            if (noPassword.isPresent()) {
                mail.trying("");
                profile.log.warning(mail.id() + ": " + noPassword.get().reason().text());
                return Optional.of(fail(noPassword.get(), new Situation(hostsLeft, false, false)));
            }
            return switch (demand(site)) {
                case RequireTlsPolicy.Trouble(String what, String why) -> {
                    mail.trying(status("unknown?" + RequireTls.ENFORCE.undecided()));
                    if (!why.isEmpty()) {
                        profile.log.warning(why);
                    }
                    yield Optional.of(unmet(site, host, RequireTls.undecided(what, host), hostsLeft));
                }
                case RequireTlsPolicy.Level(RequireTls demand) -> host(site, host, hostsLeft, plainOnly, demand);
            };
        }

        // size: what is tried, and how
        private Optional<Aftermath> host(Site site, Host host, boolean hostsLeft, boolean plainOnly, RequireTls demand) {
            return switch (policies.decide(profile, site, host, key.request())) {
                case Hold hold -> {
                    mail.trying(status("unknown?" + demand.undecided()));
                    yield Optional.of(hold(site, host, hold, hostsLeft));
                }
                case TlsDecision.Plan plan -> {
                    Optional<String> lacking = demand.lacking(plan);
                    mail.trying(status(plan.level().text() + "?" + lacking.map(demand::violated).orElseGet(demand::undecided)));
                    if (lacking.isPresent() && !plan.doubt().isEmpty()) {
                        profile.log.warning(mail.id() + ": REQUIRETLS mail waits: " + plan.doubt());
                    }
                    yield lacking.isPresent() ? Optional.of(unmet(site, host, RequireTls.weakPlan(plan, lacking.get(), host), hostsLeft))
                            : host(new Handshake.Task(site, plan, plainOnly, host.port() == loopPort && !profile.lmtp, demand), host, hostsLeft);
                }
            };
        }

        private String status(String word) {
            return profile.tls.status ? word : "";
        }

        /** No connection is made, for the configuration does not ask of the host what the sender does. A relay that the operator named is his to put right. */
        private Aftermath unmet(Site site, Host host, Failure.DemandFailure failure, boolean hostsLeft) {
            profile.log.warning("TLS policy lookup for " + TlsPolicies.destination(site) + "/" + host.name() + ": " + failure.reason().text());
            Failure told = failure;
            if (ownChoice && !failure.isTemporary()) {
                warnOfRelay(!profile.relayHost.contains(site.text()));
                told = new Failure.DemandFailure(Failure.local("4.3.5", failure.reason().text()));
            }
            return fail(told, new Situation(hostsLeft, false, false));
        }

        private Aftermath hold(Site site, Host host, Hold hold, boolean hostsLeft) {
            profile.log.warning("TLS policy lookup for " + TlsPolicies.destination(site) + "/" + host.name() + ": " + hold.why());
            hold.report().ifPresent(reported -> new TlsNotes(neighbours.reports, profile, site).held(host, reported));
            return fail(new Failure.PolicyFailure(hold.reason()), new Situation(hostsLeft, false, false));
        }

        private Optional<Aftermath> host(Handshake.Task task, Host host, boolean hostsLeft) {
            boolean plainToo = task.plan().level() == TlsLevel.MAY && !task.plainOnly() && !task.demand().needsTls() && hasWaited();
            Connector.Opened opened;
            try {
                opened = connector.open(host, profile);
            } catch (Connector.Refused e) {
                profile.log.info(e.failure().reason().text());
                return Optional.of(fail(e.failure(), new Situation(hostsLeft, false, false)));
            }
            mail.connected(host);
            Peer peer = opened.peer();
            var handshake = new Handshake(opened, profile, neighbours, task);
            Optional<Failure> failure = guarded(peer, handshake::run);
            if (failure.isPresent()) {
                if (failure.get() instanceof Failure.HostFailure || failure.get() instanceof Failure.DemandFailure) {
                    peer.quit(profile);
                } else {
                    peer.drop();
                }
                mail.tls(status(handshake.word()));
                boolean byTls = failure.get() instanceof Failure.TlsFailure || peer.encrypted;
                return Optional.of(fail(failure.get(), new Situation(hostsLeft, false, plainToo && byTls)));
            }
            Optional<Failure> unmet = peer.demand.check(peer);
            unmet.ifPresent(_ -> mail.tls(peer.tls)); // of a message that does not fit Postfix says no more than before
            Optional<Failure> unfit = unmet.or(() -> Fitness.checkUtf8(mail, peer));
            if (unfit.isPresent()) {
                peer.quit(profile);
                return Optional.of(fail(unfit.get(), new Situation(hostsLeft, false, false)));
            }
            sessions++;
            return session(peer, hostsLeft && (othersBehind || !isSessionLimit()), plainToo && peer.encrypted);
        }

        /** @param peer fit for the message */
        private Optional<Aftermath> session(Peer peer, boolean hostsLeft, boolean plainToo) {
            mail.talking(peer);
            Optional<Failure> failure = guarded(peer, new Transaction(mail, peer, profile, hostsLeft)::run);
            Optional<Aftermath> after = Optional.empty();
            if (failure.isPresent()) {
                int said = failure.get() instanceof Failure.Leaving ? 1 : 0;
                boolean stale = peer.uses > 0 && peer.replies <= said;
                after = Optional.of(fail(failure.get(), new Situation(hostsLeft, stale, plainToo)));
            }
            idle.give(key, peer);
            return after;
        }

        /** A connection in which something broke is closed: nobody would ever do so. */
        private static <T> T guarded(Peer peer, Supplier<T> work) {
            try {
                return work.get();
            } catch (RuntimeException | Error e) {
                peer.drop();
                throw e;
            }
        }

        private Aftermath fail(Failure given, Situation now) {
            Failure failure = given instanceof Failure.DemandFailure && unsure ? new Failure.DemandFailure(Failure.as(given.reason(), 4)) : given;
            Aftermath after = FailurePolicy.after(failure, now);
            // A connection from the cache that was closed is no host that could not be asked.
            unsure |= failure.isTemporary() && after != Aftermath.FRESH_CONNECTION;
            switch (after) {
                case FRESH_CONNECTION -> { /* nothing has happened */ }
                case NEXT_HOST, WITHOUT_TLS -> {
                    last = Optional.of(failure);
                    if (!(failure instanceof Failure.NoConnection)) {
                        profile.log.info(mail.id() + ": " + failure.reason().text());
                    }
                }
                case DEFER_DOWN -> {
                    mail.deferAll(failure.reason());
                    mail.down(Failure.as(failure.reason(), 4));
                }
                case DEFER -> mail.deferAll(failure.reason());
                case BOUNCE -> {
                    if (failure instanceof Failure.DemandFailure) {
                        // A host that does what was asked has put them off: another that does not is no reason to return them.
                        mail.settlePutOff();
                    }
                    mail.bounceAll(failure.reason());
                }
            }
            return after;
        }

        /** No host is left, some recipients are: what was said last holds for them. */
        private void leftOver() {
            mail.nowhere();
            if (interrupted()) {
                mail.deferAll(Failure.local("4.3.2", "delivery was interrupted"));
                return;
            }
            mail.settlePutOffHere();
            if (last.isEmpty()) {
                mail.settlePutOff();
                mail.deferAll(Failure.local("4.3.0", "server unavailable or unable to receive mail"));
                return;
            }
            fail(last.get(), new Situation(false, false, false));
        }

        private boolean hasWaited() {
            Instant arrival = mail.delivery.message().arrival();
            return Duration.between(arrival, clock.instant()).compareTo(profile.minimalBackoff) >= 0;
        }

        private static boolean interrupted() {
            return Thread.currentThread().isInterrupted();
        }
    }
}
