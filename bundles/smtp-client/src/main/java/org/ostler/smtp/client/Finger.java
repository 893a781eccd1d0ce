// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Reply;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.DanePlanner;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.smtp.client.TlsDecision.Hold;
import org.ostler.smtp.client.TlsDecision.Plan;

/**
 * Looks at how TLS with a destination would go, as the mail server itself would speak it: the same search for hosts, the same policy, the same handshake; no mail is sent. The engine of posttls-finger(1).
 *
 * <p><b>Description</b> Hosts are tried in order until one can be connected to. Everything that happens is told as a {@link FingerEvent}. Options of the program are parameters over main.cf, so nothing but
 * {@link Settings} says how to speak.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> every wait has the deadline of its parameter; the number of hosts is bounded by {@code smtp_mx_address_limit}. <b>Errors</b> events.
 */
public final class Finger {

    /** Replies are of strangers, and shown. */
    private static final int MOST_LINES = 1000;

    /**
     * @param sources of policies that domains publish; empty: none is asked
     */
    public record Services(Dns dns, TlsProvider tls, Tables tables, DanePlanner planner, List<TlsPolicySource> sources) {}

    /**
     * @param destination as the next hop of a transport
     * @param lmtp        the parameters of lmtp(8) count
     * @param daneOrElse  at level dane: where DANE does not apply to a host it is held to level secure, as posttls-finger(1) has it, and not to may
     */
    public record Request(String destination, boolean lmtp, Settings settings, boolean daneOrElse) {}

    /**
     * @param readable  the destination makes sense
     * @param satisfied mail would be sent
     * @param hello     what the server calls itself
     * @param resumed   an earlier TLS session went on
     */
    public record Outcome(boolean readable, boolean connected, boolean encrypted, boolean satisfied, String hello, boolean resumed) {
        static final Outcome UNREADABLE = new Outcome(false, false, false, false, "", false);
        static final Outcome NOTHING = new Outcome(true, false, false, false, "", false);
    }

    private final Neighbours neighbours = new Neighbours(Duration.ZERO);
    private final TlsPolicies policies = new TlsPolicies(neighbours);
    private final Connector connector = new Connector(new Deadlines());
    private final Consumer<FingerEvent> teller;
    private final Request request;
    private final Profile profile;
    /** The host that was spoken to, and how: a second session is with the same. */
    private Optional<Handshake.Task> task = Optional.empty();
    private Host host;

    public Finger(Services services, Request request, Consumer<FingerEvent> teller) {
        neighbours.dns.bind(services.dns, 0);
        neighbours.tls.bind(services.tls, 0);
        neighbours.tables.bind(services.tables, 0);
        neighbours.planner.bind(services.planner, 0);
        for (int i = 0; i < services.sources.size(); i++) {
            neighbours.policySources.bind(services.sources.get(i), -i, "source " + i);
        }
        this.request = request;
        this.profile = new Profile(request.settings, request.lmtp, neighbours.lists());
        this.teller = teller;
    }

    /** Finds a host and has a session with it. */
    public Outcome first() {
        List<Site> sites = Site.parse(request.destination, profile);
        if (sites.size() != 1) {
            teller.accept(new FingerEvent.Unreadable("one destination is wanted: " + request.destination));
            return Outcome.UNREADABLE;
        }
        Site site = sites.getFirst();
        return switch (site) {
            case Site.Unreadable(_, String problem) -> {
                teller.accept(new FingerEvent.Unreadable(problem));
                yield Outcome.UNREADABLE;
            }
            case Site.Unix(_, String path) -> visit(site, List.of(Host.unix(profile.myHostname, path)));
            // Own addresses are no loop here: an operator looks at his own server too.
            case Site.Inet inet -> switch (new HostFinder(neighbours.dns, profile, -1).find(inet)) {
                case HostFinder.Plan.Hosts(List<Host> hosts, _, _) -> visit(site, hosts);
                case HostFinder.Plan.None(Failure.NoHost failure, _) -> {
                    teller.accept(new FingerEvent.NoHost(failure.reason().text()));
                    yield Outcome.NOTHING;
                }
            };
        };
    }

    /** Another session with the same host, under the same policy. */
    public Outcome again() {
        return task.isEmpty() ? Outcome.NOTHING : call(host, task.get()).orElse(Outcome.NOTHING);
    }

    private Outcome visit(Site site, List<Host> hosts) {
        int most = profile.mxAddressLimit > 0 ? Math.min(hosts.size(), profile.mxAddressLimit) : hosts.size();
        for (Host each : hosts.subList(0, most)) {
            switch (decide(site, each)) {
                case Hold hold -> teller.accept(new FingerEvent.Skipped(FingerEvent.Target.of(each), hold.reason().text(), hold.why()));
                case Plan plan -> {
                    Optional<Outcome> outcome = call(each, new Handshake.Task(site, plan, false, false, RequireTls.OFF));
                    if (outcome.isPresent()) {
                        return outcome.get();
                    }
                }
            }
        }
        return Outcome.NOTHING;
    }

    // --- Policy --------------------------------------------------------------------------------------------------

    private TlsDecision decide(Site site, Host each) {
        // TLS over a socket file there is none: what the server says of itself is all there is to see.
        TlsDecision decision = policies.decide(request.daneOrElse && each.isUnix() ? atLevel("may") : profile, site, each);
        String note = "";
        if (request.daneOrElse && decision instanceof Plan plan && plan.level() != TlsLevel.NONE) {
            boolean insecureMx = each.origin().byMx() && !each.origin().mxSecure();
            boolean unusable = plan.reported().flaw().isPresent();
            note = switch (plan.level()) {
                case HALF_DANE -> "MX RRset insecure: log verified as trusted";
                case MAY -> insecureMx && profile.tls.insecureMx == TlsLevel.MAY ? "MX RRset is insecure: try to encrypt" : "no TLSA records found, resorting to \"secure\"";
                case ENCRYPT -> unusable ? "no usable TLSA records found, resorting to \"secure\"" : "TLSA RRs found, MX RRset insecure: just encrypt";
                default -> "";
            };
            if (note.endsWith("\"secure\"")) {
                decision = policies.decide(atLevel("secure"), site, each);
            }
        }
        if (decision instanceof Plan(TlsLevel level, Optional<ClientTls> tls, _, TlsDecision.Reported reported, _)) {
            teller.accept(new FingerEvent.Decided(FingerEvent.Target.of(each), level, tls, reported.policy(), note));
        }
        return decision;
    }

    private Profile atLevel(String level) {
        return new Profile(profile.settings.with(Map.of(profile.protocol() + "_tls_security_level", level)), profile.lmtp, neighbours.lists());
    }

    // --- One session ---------------------------------------------------------------------------------------------

    /** Empty where the host cannot be connected to. */
    private Optional<Outcome> call(Host to, Handshake.Task how) {
        FingerEvent.Target target = FingerEvent.Target.of(to);
        Connector.Opened opened;
        try {
            opened = connector.open(to, profile);
        } catch (Connector.Refused e) {
            teller.accept(new FingerEvent.Skipped(target, e.failure().reason().text(), ""));
            return Optional.empty();
        }
        host = to;
        task = Optional.of(how);
        teller.accept(new FingerEvent.Connected(target));
        Peer peer = opened.peer();
        try {
            return Optional.of(new Talk(target, peer).run(new Handshake(opened, profile, neighbours, how)));
        } finally {
            peer.drop();
        }
    }

    /** One conversation, and what an onlooker makes of it. */
    private final class Talk implements Onlooker {
        private final FingerEvent.Target target;
        private final Peer peer;
        private String verb = "";
        private Optional<Reply> last = Optional.empty();
        private boolean resumed;
        private boolean hasGreeted;

        Talk(FingerEvent.Target target, Peer peer) {
            this.target = target;
            this.peer = peer;
            peer.onlooker = this;
        }

        @Override
        public void sent(String command) {
            verb = command.indexOf(' ') < 0 ? command : command.substring(0, command.indexOf(' '));
            last = Optional.empty();
            teller.accept(new FingerEvent.Sent(command));
        }

        @Override
        public void received(Reply reply) {
            last = Optional.of(reply);
            hasGreeted = true;
            lines(reply).forEach(line -> teller.accept(new FingerEvent.Received(line)));
        }

        @Override
        public boolean tells(Plan plan, TlsProvider.Session session) {
            resumed = session.resumed();
            teller.accept(new FingerEvent.Encrypted(target, session, Handshake.summary(plan, session, host), Judgement.of(plan, session.verdict()).flaw(plan)));
            return true;
        }

        Outcome run(Handshake handshake) {
            Optional<Failure> failure = handshake.run();
            boolean whole = failure.isEmpty() || failure.get() instanceof Failure.HostFailure;
            if (!whole) {
                teller.accept(new FingerEvent.Broken(words(failure.get())));
                return new Outcome(true, true, peer.encrypted, false, peer.hello, resumed);
            }
            boolean isFlaw = failure.isPresent() && peer.encrypted;
            if (failure.isPresent() && !isFlaw) {
                teller.accept(new FingerEvent.Broken(words(failure.get())));
            }
            try {
                if (isFlaw) {
                    hello();
                }
                teller.accept(new FingerEvent.Settled(failure.isEmpty()));
                peer.ask("QUIT", profile.quitTimeout);
            } catch (IOException _) {
                teller.accept(new FingerEvent.Broken(words(peer.lost("", false))));
            }
            return new Outcome(true, true, peer.encrypted, failure.isEmpty(), peer.hello, resumed);
        }

        /** Mail would end here. What the server has to say is shown all the same. */
        private void hello() throws IOException {
            if (!hasGreeted) {
                peer.deadline.in(profile.heloTimeout);
                peer.reply();
            }
            peer.ask((profile.lmtp ? "LHLO " : "EHLO ") + profile.heloName, profile.heloTimeout);
        }

        private String words(Failure failure) {
            if (failure instanceof Failure.SessionLost(_, boolean timedOut, _)) {
                return (timedOut ? "timeout" : "lost connection") + (verb.isEmpty() ? " while reading server greeting" : " while sending " + verb);
            }
            String reply = last.filter(r -> r.code() / 100 != 2).map(Failure::text).orElse("");
            if (failure instanceof Failure.TlsFailure || reply.isEmpty()) {
                return failure.reason().text();
            }
            return (verb.isEmpty() ? "SMTP service not available: " : verb + " rejected: ") + reply;
        }
    }

    /** As they came, but for blanks. */
    private static List<String> lines(Reply reply) {
        var out = new ArrayList<String>();
        int left = reply.lines().size();
        for (String line : reply.lines().subList(0, Math.min(left, MOST_LINES))) {
            out.add(reply.code() + (--left > 0 ? "-" : " ") + reply.status().map(s -> s + " ").orElse("") + line);
        }
        return out;
    }
}
