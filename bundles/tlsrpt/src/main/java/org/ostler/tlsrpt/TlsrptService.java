// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tls.TlsReports;

/**
 * Counts how sessions went and tells the domains that ask for it, once a day (RFC 8460).
 *
 * <h2>Description</h2>
 * Outcomes are counted in memory, written to the day's file every half minute and at the end, and reported when the day (UTC) is over: at a time between midnight and {@code tlsrpt_delay} later, to each place that the domain names. What
 * is not taken is offered again after 10, 20, 40 minutes and so on, for 24 hours (section 5.5); mail is in the hands of the queue as soon as it is taken.
 *
 * <h2>Standards</h2> RFC 8460, RFC 7493
 * <h2>Diagnostics</h2> {@code TLS reports of 2026-06-01: 12 sent}, {@code ...: 12 sent, 3 domains waiting: CAUSE}
 * <h2>Configuration</h2> {@link TlsrptParameters}
 *
 * <p><b>Threads</b> {@link #note} any; two virtual threads of its own, asleep nearly always. <b>Blocking</b> {@link #note} never.
 */
@Component(name = "tlsrpt", service = TlsReports.class, immediate = true)
public final class TlsrptService implements TlsReports {

    private static final Duration FLUSH = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMinutes(1);
    /** After midnight at the earliest, when the last counts of the day are in the file. */
    private static final Duration EARLIEST = Duration.ofMinutes(5);
    private static final Duration FIRST_PAUSE = Duration.ofMinutes(10);
    /** From when a report was due. */
    private static final Duration PATIENCE = Duration.ofHours(24);

    /** Rounds that a day had in this process, and when the next one is due. */
    private record Progress(int rounds, Instant next) {}

    private final Leased<Dns> dns = new Leased<>("dns");
    private final Leased<Cleanup> cleanup = new Leased<>("cleanup");
    private final Map<Configuration, AutoCloseable> listening = new ConcurrentHashMap<>();
    private final Tally tally = new Tally();
    private final InstantSource clock;
    private final Rounds rounds;
    private final Semaphore wake = new Semaphore(0);
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** Of the sending thread. */
    private final Map<LocalDate, Progress> progress = new HashMap<>();
    private volatile Settings settings = Settings.of(Map.of());
    private volatile boolean enabled;
    private Thread writer;
    /** What follows is not private for tests only. */
    Thread sender;
    Duration look = LOOK;
    /** Of a stop with reports that are being handed over; they go on after that, each to its own deadline, and are noted. */
    Duration patience = Duration.ofSeconds(10);

    public TlsrptService() {
        this(WebPost.standard(), InstantSource.system());
    }

    /** Tests and plain wiring. */
    TlsrptService(WebPost web, InstantSource clock) {
        this.clock = clock;
        this.rounds = new Rounds(dns, cleanup, web);
    }

    /** Without a container; nothing runs by itself. */
    TlsrptService with(Dns names, Cleanup mail, Settings fixed) {
        dns.bind(names, 0);
        cleanup.bind(mail, 0);
        use(fixed);
        return this;
    }

    @Reference(service = Dns.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindDns(Dns service, ServiceReference<Dns> ref) {
        dns.bind(service, ref);
    }

    void unbindDns(Dns service, ServiceReference<Dns> ref) {
        dns.unbind(service, ref);
    }

    @Reference(service = Cleanup.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindCleanup(Cleanup service, ServiceReference<Cleanup> ref) {
        cleanup.bind(service, ref);
    }

    void unbindCleanup(Cleanup service, ServiceReference<Cleanup> ref) {
        cleanup.unbind(service, ref);
    }

    @Reference(service = Configuration.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindConfiguration(Configuration service) {
        listening.put(service, service.onChange(generation -> use(generation.main())));
    }

    void unbindConfiguration(Configuration service) throws Exception {
        listening.remove(service).close();
    }

    private void use(Settings current) {
        settings = current;
        enabled = current.get(TlsrptParameters.TLSRPT_ENABLE);
    }

    @Activate
    void activate() {
        writer = Thread.ofVirtual().name("tlsrpt-counts").start(this::keepCounts);
        sender = Thread.ofVirtual().name("tlsrpt-reports").start(this::keepReporting);
    }

    @Deactivate
    void deactivate() throws InterruptedException {
        stopped.countDown();
        wake.release();
        // Nothing is interrupted: who is while a report is being handed over does not learn whether it was taken, and would hand it over again.
        rounds.stop();
        writer.join(Duration.ofSeconds(5));
        sender.join(patience);
        flush();
    }

    @Override
    public void note(Attempt attempt) {
        if (enabled && tally.add(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC), attempt) && wake.availablePermits() == 0) {
            wake.release();
        }
    }

    private void keepCounts() {
        try {
            while (stopped.getCount() > 0) {
                wake.tryAcquire(FLUSH.toSeconds(), TimeUnit.SECONDS);
                wake.drainPermits();
                flush();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes down what was counted. Only one caller at a time. */
    void flush() {
        if (tally.isEmpty()) {
            return;
        }
        Map<LocalDate, List<Tally.Count>> days = tally.drain().stream().collect(Collectors.groupingBy(Tally.Count::day, TreeMap::new, Collectors.toList()));
        days.forEach((day, counts) -> {
            long sessions = counts.stream().mapToLong(Tally.Count::times).sum();
            try {
                if (!files().append(day, counts)) {
                    log().warning("TLS reports of " + day + ": " + sessions + " sessions are not counted: the file is full");
                }
            } catch (IOException e) {
                log().warning("TLS reports of " + day + ": " + sessions + " sessions are not counted: " + reason(e));
            }
        });
        long lost = tally.lost();
        if (lost > 0) {
            log().warning("TLS reports: " + lost + " sessions are not counted: more than " + Tally.MOST + " different outcomes at once");
        }
    }

    private void keepReporting() {
        try {
            while (!stopped.await(look.toNanos(), TimeUnit.NANOSECONDS)) {
                report();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends what is due. Only one caller at a time. */
    void report() throws InterruptedException {
        if (!enabled) {
            return;
        }
        DayFiles files = files();
        try {
            for (LocalDate day : files.days()) {
                if (stopped.getCount() > 0) {
                    report(day, files);
                }
            }
        } catch (IOException e) {
            log().warning("TLS reports: " + reason(e));
        }
    }

    private void report(LocalDate day, DayFiles files) throws IOException, InterruptedException {
        Instant now = clock.instant();
        Instant due = due(day);
        if (now.isAfter(due.plus(PATIENCE))) {
            log().warning("TLS reports of " + day + ": given up, " + PATIENCE.toHours() + " hours after they were due");
            forget(day, files);
            return;
        }
        Progress before = progress.getOrDefault(day, new Progress(0, due));
        if (now.isBefore(before.next)) {
            return;
        }
        progress.put(day, new Progress(before.rounds + 1, now.plus(FIRST_PAUSE.multipliedBy(1L << Math.min(before.rounds, 10)))));
        Rounds.Outcome outcome = rounds.run(day, files, settings);
        String sent = "TLS reports of " + day + ": " + outcome.sent() + " sent";
        if (outcome.waiting() > 0) {
            log().warning(sent + ", " + outcome.waiting() + " domains waiting: " + outcome.trouble());
        } else {
            log().info(sent);
            forget(day, files);
        }
    }

    private void forget(LocalDate day, DayFiles files) throws IOException {
        progress.remove(day);
        files.delete(day);
    }

    /** The same for a day and a host after every restart, and another for each. */
    Instant due(LocalDate day) {
        long longest = Math.max(EARLIEST.toSeconds() + 1, settings.get(TlsrptParameters.TLSRPT_DELAY).toSeconds());
        long seed = (day + settings.text("myhostname")).hashCode();
        long delay = new SplittableRandom(seed).nextLong(EARLIEST.toSeconds(), longest);
        return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().plusSeconds(delay);
    }

    private DayFiles files() {
        return new DayFiles(Path.of(settings.text("data_directory")).resolve("tlsrpt"));
    }

    private MailLog log() {
        return MailLog.of(settings.text("syslog_name") + "/tlsrpt");
    }

    private static String reason(IOException e) {
        return e instanceof java.nio.file.FileSystemException ? e.getClass().getSimpleName() + " " + e.getMessage() : e.getMessage();
    }
}
