// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;

/**
 * Goes once through the domains of a day and sends what has not been sent: asks each for its wishes, makes its report, hands it over.
 *
 * <p><b>Threads</b> one caller; {@value #AT_ONCE} domains at a time, each on a virtual thread. <b>Blocking</b> until all have been tried; after {@link #stop} until those are over that are being handed over, each of which has its deadline. What was handed over
 * is written down at once, so that a crash repeats next to nothing; a report that is sent twice has the same id.
 */
final class Rounds {

    private static final int AT_ONCE = 16;
    private static final String NOBODY = "-";
    private static final String STOPPED = "the server stops";
    private static final Pattern DOMAIN = Pattern.compile("(?=.{1,240}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*");

    /** @param sent reports handed over in this round @param waiting domains to be tried again @param trouble why, for one of them */
    record Outcome(int sent, int waiting, String trouble) {}

    private final Leased<Dns> dns;
    private final MailPost mail;
    private final WebPost web;
    private volatile boolean stopping;

    Rounds(Leased<Dns> dns, Leased<Cleanup> cleanup, WebPost web) {
        this.dns = dns;
        this.mail = new MailPost(cleanup);
        this.web = web;
    }

    /** One round for one day; its state is its own. */
    private final class Round {
        private final LocalDate day;
        private final DayFiles files;
        private final Settings settings;
        private final Set<String> before;
        private final DayReport report = new DayReport();
        private final AtomicInteger sent = new AtomicInteger();
        private final AtomicInteger waiting = new AtomicInteger();
        private final AtomicReference<String> trouble = new AtomicReference<>("");

        Round(LocalDate day, DayFiles files, Settings settings) throws IOException {
            this.day = day;
            this.files = files;
            this.settings = settings;
            this.before = files.sent(day);
            files.read(day, report::add);
        }

        private void report(String domain) {
            Optional<String> why;
            try {
                why = deliver(domain);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                why = Optional.of("interrupted");
            } catch (IOException | RuntimeException e) {
                why = Optional.of(String.valueOf(e.getMessage()));
            }
            why.ifPresent(text -> {
                waiting.incrementAndGet();
                trouble.compareAndSet("", domain + ": " + text);
            });
        }

        /** @return why not everybody who wants the report has it */
        private Optional<String> deliver(String domain) throws IOException, InterruptedException {
            if (stopping) {
                return Optional.of(STOPPED);
            }
            if (before.contains(DayFiles.key(domain, NOBODY)) || !DOMAIN.matcher(domain).matches()) {
                return Optional.empty();
            }
            DnsAnswer<String> answer;
            try {
                answer = dns.call(service -> service.txt("_smtp._tls." + domain, false));
            } catch (UnavailableException e) {
                return Optional.of(e.getMessage());
            }
            if (answer instanceof DnsAnswer.Failed<String> failed) {
                return Optional.of("TXT record of _smtp._tls." + domain + ": " + failed.reason());
            }
            List<Wishes.Place> places = answer instanceof DnsAnswer.Records<String> records ? Wishes.of(records.records()) : List.of();
            if (places.isEmpty()) {
                files.sent(day, domain, NOBODY);
                return Optional.empty();
            }
            return deliver(domain, places);
        }

        private Optional<String> deliver(String domain, List<Wishes.Place> places) throws IOException, InterruptedException {
            Optional<String> failure = Optional.empty();
            var text = new ReportText(domain, day, MailPost.submitter(settings), settings.get(TlsrptParameters.TLSRPT_ORGANIZATION_NAME), settings.get(TlsrptParameters.TLSRPT_CONTACT),
                    report.policies(domain));
            for (Wishes.Place place : places) {
                if (stopping) {
                    return Optional.of(STOPPED);
                }
                if (before.contains(DayFiles.key(domain, place.text()))) {
                    continue;
                }
                Optional<String> why = switch (place) {
                    case Wishes.Mail to -> mail.send(to.address(), text, settings);
                    case Wishes.Web to -> web.send(to.uri(), text.gzip());
                };
                if (why.isEmpty()) {
                    sent.incrementAndGet();
                    files.sent(day, domain, place.text());
                } else {
                    failure = Optional.of(place.text() + ": " + why.get());
                }
            }
            return failure;
        }
    }

    /** Nothing more is handed over; what is on its way is not broken into. */
    void stop() {
        stopping = true;
    }

    Outcome run(LocalDate day, DayFiles files, Settings settings) throws IOException, InterruptedException {
        var round = new Round(day, files, settings);
        var turns = new Semaphore(AT_ONCE);
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("tlsrpt-report-", 0).factory())) {
            for (String domain : round.report.domains()) {
                turns.acquire();
                threads.execute(() -> {
                    try {
                        round.report(domain);
                    } finally {
                        turns.release();
                    }
                });
            }
        }
        return new Outcome(round.sent.get(), round.waiting.get(), round.trouble.get());
    }
}
