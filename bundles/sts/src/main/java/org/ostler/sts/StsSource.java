// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tls.TlsReports;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.TlsPolicySource;

/**
 * The MTA-STS policy of a domain (RFC 8461 sections 3.3 and 5.1).
 *
 * <h2>Description</h2>
 * <pre>
 *   remembered         TXT record          what is done                                   answer
 *   none               none                nothing                                        no policy
 *   none               no answer           nothing                                        no policy, and why
 *   none               an id               fetch and wait                                 what came; no policy, and why, where nothing came
 *   one                none, or no answer  nothing: who can hide a record proves nothing  the remembered one
 *   one, same id       that id             fetch behind the answer's back when it is due  the remembered one
 *   one, other id      another id          fetch and wait                                 what came, or else the remembered one
 * </pre>
 * A fetch that failed is not tried again for that id within {@code sts_retry_delay}. While mail is idle, remembered policies that are in use are fetched again when they are due. A policy of mode
 * {@code none} is remembered like any other and answers "no policy".
 *
 * <h2>Security</h2> The first contact with a domain can be spoiled by whoever controls its DNS answers; no later one can, until {@code max_age} is over (section 10). The DNS answers need not be proved.
 * <h2>Standards</h2> RFC 8461
 * <h2>Diagnostics</h2> {@code MTA-STS policy of example.org: mode enforce, id 20260101, max_age 604800}; each failure with its cause
 * <h2>Configuration</h2> {@link StsParameters}
 *
 * <p><b>Threads</b> any number of callers; one virtual thread of its own, asleep while nothing is due, and one for each fetch. <b>Blocking</b> for DNS, and for {@code sts_timeout} as the table says.
 */
@Component(name = "sts", service = TlsPolicySource.class, immediate = true)
public final class StsSource implements TlsPolicySource {

    /** A domain that nobody has sent to for this long keeps its policy until it is over, but is not asked any more. */
    private static final Duration IN_USE = Duration.ofDays(30);
    /** How long changes gather before the file is written. */
    private static final Duration SETTLE = Duration.ofSeconds(5);
    /** Least time between two attempts to fetch a remembered policy again. */
    private static final Duration CALM = Duration.ofHours(1);
    private static final Duration LOOK = Duration.ofMinutes(5);
    private static final int MOST_TOLD = 1000;
    private static final String FILE = "sts-policies";

    private final Leased<Dns> dns = new Leased<>("dns");
    /** May be absent: then nothing is reported. */
    private final Leased<TlsReports> reports = new Leased<>("TLS reports");
    private final PolicyCache cache = new PolicyCache();
    private final Fetches fetches;
    private final InstantSource clock;
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** Whose missing record the log has named, and when it may again; of the keeping thread. */
    private final Map<String, Instant> told = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > MOST_TOLD;
        }
    };
    /** The file is another's: nothing is written, and nothing refreshed. */
    private boolean isGuest;
    private Path file;
    private Thread keeper;
    private volatile Settings latest;

    @Activate
    public StsSource() {
        this(PolicyFetch.standard(), InstantSource.system());
    }

    /** Tests and plain wiring. */
    StsSource(PolicyFetch fetch, InstantSource clock) {
        this.clock = clock;
        this.fetches = new Fetches(fetch, clock);
    }

    @Reference(service = Dns.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindDns(Dns service, ServiceReference<Dns> ref) {
        dns.bind(service, ref);
    }

    void unbindDns(Dns service, ServiceReference<Dns> ref) {
        dns.unbind(service, ref);
    }

    @Reference(service = TlsReports.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindReports(TlsReports service, ServiceReference<TlsReports> ref) {
        reports.bind(service, ref);
    }

    void unbindReports(TlsReports service, ServiceReference<TlsReports> ref) {
        reports.unbind(service, ref);
    }

    /** Without a container. */
    StsSource reporting(TlsReports service) {
        reports.bind(service, 0);
        return this;
    }

    /** Without a container. @param rank the highest is asked */
    StsSource with(Dns service, int rank) {
        dns.bind(service, rank);
        return this;
    }

    /** For a command: it knows what a server remembers, and writes nothing. */
    public static StsSource reading(Dns dns) {
        return reading(dns, InstantSource.system());
    }

    static StsSource reading(Dns dns, InstantSource clock) {
        StsSource source = new StsSource(PolicyFetch.standard(), clock).with(dns, 0);
        source.isGuest = true;
        return source;
    }

    @Deactivate
    void deactivate() throws InterruptedException {
        stopped.countDown();
        fetches.close();
        Thread running;
        synchronized (this) {
            running = keeper;
        }
        if (running != null) {
            running.join(Duration.ofSeconds(5));
            save();
        }
    }

    @Override
    public DomainPolicy policy(String domain, Settings settings) {
        open(settings);
        Optional<PolicyCache.Entry> held = cache.get(domain, clock.instant());
        DnsAnswer<String> answer = record(domain);
        Optional<String> id = announced(answer);
        if (id.isEmpty()) {
            return held.map(entry -> published(entry.policy())).orElseGet(() -> unannounced(domain, answer));
        }
        if (held.isPresent() && held.get().id().equals(id.get())) {
            if (isDue(held.get(), settings)) {
                fetches.start(refreshing(domain, id.get(), settings), result -> took(domain, id.get(), result, settings));
            }
            return published(held.get().policy());
        }
        PolicyFetch.Result result = fetches.await(wanted(domain, id.get(), settings), fresh -> took(domain, id.get(), fresh, settings));
        return switch (result) {
            case PolicyFetch.Got(StsPolicy policy) -> published(policy);
            case PolicyFetch.Failed(String why, TlsResult kind) -> cache.get(domain, clock.instant()).<DomainPolicy>map(entry -> published(entry.policy()))
                    .orElseGet(() -> None.because(why, kind));
        };
    }

    private static Fetches.Wish wanted(String domain, String id, Settings settings) {
        return new Fetches.Wish(domain, id, settings.get(StsParameters.STS_TIMEOUT), settings.get(StsParameters.STS_RETRY_DELAY));
    }

    /** Where a policy holds meanwhile there is no hurry, and no need for a warning every five minutes. */
    private static Fetches.Wish refreshing(String domain, String id, Settings settings) {
        Duration pause = settings.get(StsParameters.STS_RETRY_DELAY);
        return new Fetches.Wish(domain, id, settings.get(StsParameters.STS_TIMEOUT), pause.compareTo(CALM) < 0 ? CALM : pause);
    }

    private boolean isDue(PolicyCache.Entry entry, Settings settings) {
        return !clock.instant().isBefore(entry.due(settings.get(StsParameters.STS_REFRESH_INTERVAL)));
    }

    private static DomainPolicy published(StsPolicy policy) {
        return policy.mode() == StsPolicy.Mode.NONE ? NO_POLICY : new Published(policy.mode() == StsPolicy.Mode.ENFORCE, policy.mx(), policy.lines());
    }

    private DnsAnswer<String> record(String domain) {
        try {
            return dns.call(service -> service.txt("_mta-sts." + domain, false));
        } catch (UnavailableException e) {
            return new DnsAnswer.Failed<>(e.getMessage(), false);
        }
    }

    /** The id of the policy that the domain says it has; a DNS that does not answer says nothing. */
    private static Optional<String> announced(DnsAnswer<String> answer) {
        return answer instanceof DnsAnswer.Records<String> records ? StsRecord.of(records.records()).map(StsRecord::id) : Optional.empty();
    }

    /** Silence binds nobody, but it is not "no policy": who asks for proof would rather wait. Most domains have none, so it is nothing to report of every good session either. */
    private static DomainPolicy unannounced(String domain, DnsAnswer<String> answer) {
        return answer instanceof DnsAnswer.Failed<String> ? new None("no answer for _mta-sts." + domain, Optional.empty()) : NO_POLICY;
    }

    /** Once for each fetch that was made, on its thread. */
    private void took(String domain, String id, PolicyFetch.Result result, Settings settings) {
        switch (result) {
            case PolicyFetch.Got(StsPolicy policy) -> {
                Instant now = clock.instant();
                boolean known = cache.get(domain, now).filter(before -> before.id().equals(id) && before.policy().equals(policy)).isPresent();
                cache.put(new PolicyCache.Entry(domain, id, policy, now, now), settings.get(StsParameters.STS_CACHE_SIZE));
                if (!known) {
                    log(settings).info("MTA-STS policy of " + domain + ": mode " + policy.mode().name().toLowerCase(java.util.Locale.ROOT) + ", id " + id + ", max_age " + policy.maxAge().toSeconds());
                }
            }
            case PolicyFetch.Failed(String why, TlsResult kind) -> {
                Optional<PolicyCache.Entry> held = cache.get(domain, clock.instant());
                held.ifPresent(entry -> tell(entry, kind, why));
                // Who has said "none" is on the way out; a missing policy is no news then (section 3.3).
                if (held.isEmpty() || held.get().policy().mode() != StsPolicy.Mode.NONE) {
                    log(settings).warning("MTA-STS policy of " + domain + " cannot be had: " + why
                            + held.map(entry -> "; the one with id " + entry.id() + " holds until " + entry.expires()).orElse(""));
                }
            }
        }
    }

    /** What is in the way of a policy that holds should be known before it runs out (RFC 8461 section 6). Once for each fetch; sessions are counted by themselves. */
    private void tell(PolicyCache.Entry entry, TlsResult result, String why) {
        StsPolicy policy = entry.policy();
        if (policy.mode() == StsPolicy.Mode.NONE || !reports.isBound()) {
            return;
        }
        try (Leased<TlsReports>.Lease lease = reports.acquire(Duration.ZERO)) {
            lease.service().note(new TlsReports.Attempt(entry.domain(), new TlsReports.Policy(TlsReports.Kind.STS, entry.domain(), policy.lines(), policy.mx()), Optional.of(result), why, "", "", "", ""));
        } catch (UnavailableException _) {
            // it went away between the two lines
        }
    }

    private static MailLog log(Settings settings) {
        return MailLog.of(settings.text("syslog_name") + "/sts");
    }

    // ---- the file, and policies nobody asks for at the moment

    private void open(Settings settings) {
        latest = settings;
        synchronized (this) {
            if (file != null || stopped.getCount() == 0) {
                return;
            }
            file = Path.of(settings.text("data_directory")).resolve(FILE);
            try {
                cache.load(file, clock.instant(), settings.get(StsParameters.STS_CACHE_SIZE));
            } catch (IOException e) {
                log(settings).warning(file + ": " + reason(e) + "; starting with no MTA-STS policies");
            }
            keeper = isGuest ? null : Thread.ofVirtual().name("sts").start(this::keep);
        }
    }

    private void keep() {
        try {
            while (!stopped.await(cache.isChanged() ? SETTLE.toSeconds() : LOOK.toSeconds(), TimeUnit.SECONDS)) {
                save();
                refresh();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Fetches what is due, one after the other: there is no hurry. */
    void refresh() {
        Settings settings = latest;
        for (PolicyCache.Entry entry : cache.due(clock.instant(), settings.get(StsParameters.STS_REFRESH_INTERVAL), IN_USE)) {
            if (stopped.getCount() == 0) {
                return;
            }
            announced(record(entry.domain())).ifPresentOrElse(id -> fetches.await(refreshing(entry.domain(), id, settings), result -> took(entry.domain(), id, result, settings)), () -> missed(entry, settings));
        }
    }

    /** A record that has gone is how somebody between us and the domain would make a policy run out; the operator should know (section 3.3). */
    private void missed(PolicyCache.Entry entry, Settings settings) {
        Instant now = clock.instant();
        if (entry.policy().mode() != StsPolicy.Mode.NONE && !now.isBefore(told.getOrDefault(entry.domain(), now))) {
            log(settings).warning("MTA-STS policy of " + entry.domain() + " cannot be refreshed: no valid TXT record at _mta-sts." + entry.domain() + "; the one with id " + entry.id() + " holds until " + entry.expires());
            told.put(entry.domain(), now.plus(Duration.ofDays(1)));
        }
    }

    void save() {
        Path to;
        synchronized (this) {
            to = file;
        }
        try {
            cache.save(to);
        } catch (IOException e) {
            log(latest).warning(to + ": cannot be written: " + reason(e));
        }
    }

    private static String reason(IOException e) {
        return e instanceof java.nio.file.FileSystemException ? e.getClass().getSimpleName() + " " + e.getMessage() : e.getMessage();
    }
}
