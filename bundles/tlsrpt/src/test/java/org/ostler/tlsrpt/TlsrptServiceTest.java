// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.model.TlsRequest;

/** From sessions to reports (RFC 8460): a zone, a clock, a cleanup that keeps what it gets, a real HTTPS server. */
class TlsrptServiceTest {

    private static final String D = "company-y.test";
    private static final LocalDate DAY = LocalDate.of(2026, 6, 1);

    @TempDir
    private Path directory;
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-06-01T12:00:00Z"));
    private final List<String> log = java.util.Collections.synchronizedList(new ArrayList<>());
    private final FakeCleanup cleanup = new FakeCleanup();
    private AutoCloseable sink;
    private ReportHost host;
    private Settings settings;

    @BeforeEach
    void start() throws Exception {
        sink = MailLog.attach((_, severity, _, text) -> log.add(severity.prefix() + text));
        host = new ReportHost(Certificates.server("reports.test"));
        settings = Settings.of(Map.of("data_directory", directory.toString(), "tlsrpt_enable", "yes", "tlsrpt_organization_name", "Company-X", "tlsrpt_contact", "sts@company-x.test",
                "tlsrpt_sender", "noreply@company-x.test", "myhostname", "mail.company-x.test"));
    }

    @AfterEach
    void stop() throws Exception {
        host.close();
        sink.close();
    }

    private TlsrptService service(Zone zone) {
        return new TlsrptService(host.post(Duration.ofSeconds(20)), now::get).with(zone, cleanup, settings);
    }

    private Zone zone(String... places) {
        return Zone.of(D).a("www", "127.0.0.1").txt("_smtp._tls", "v=TLSRPTv1; rua=" + String.join(",", places));
    }

    private String web() {
        return "https://reports.test:" + host.port() + "/v1/tlsrpt";
    }

    private static TlsrptService counted(TlsrptService service) {
        for (int i = 0; i < 3; i++) {
            service.note(Samples.good(D, Samples.STS));
        }
        service.note(Samples.bad(D, Samples.STS, TlsResult.CERTIFICATE_EXPIRED, "mx1.mail.company-y.test"));
        service.flush();
        return service;
    }

    /** When the reports of the day are due, to the second. */
    private void passTo(TlsrptService service, Duration after) {
        now.set(service.due(DAY).plus(after));
    }

    private static String json(byte[] gzip) throws Exception {
        return new String(new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void assertTheReport(byte[] gzip) throws Exception {
        String json = json(gzip);
        assertThat(Schema.errors(json)).isEmpty();
        assertThat(json).startsWith("{\"organization-name\": \"Company-X\", \"date-range\": {\"start-datetime\": \"2026-06-01T00:00:00Z\", \"end-datetime\": \"2026-06-01T23:59:59Z\"}, \"contact-info\": \"sts@company-x.test\", "
                + "\"report-id\": \"20260601.company-y.test@company-x.test\", ").contains("\"total-successful-session-count\": 3, \"total-failure-session-count\": 1");
    }

    @Test
    void aReportGoesByMail() throws Exception {
        TlsrptService service = counted(service(zone("mailto:tls@company-y.test")));
        passTo(service, Duration.ZERO);
        service.report();
        assertThat(cleanup.submitted).hasSize(1);
        FakeCleanup.Submitted mail = cleanup.submitted.getFirst();
        assertThat(mail.tls()).as("the trouble that it tells of must not keep it back").isEqualTo(TlsRequest.NOT_REQUIRED);
        assertThat(mail.sender().text()).isEqualTo("noreply@company-x.test");
        assertThat(mail.recipient().text()).isEqualTo("tls@company-y.test");
        String file = "company-x.test!company-y.test!1780272000!1780358399.json.gz";
        String boundary = "tlsrpt.20260601.company-y.test.company-x.test";
        String head = """
            From: noreply@company-x.test
            To: tls@company-y.test
            Subject: Report Domain: company-y.test
            \tSubmitter: company-x.test
            \tReport-ID: <20260601.company-y.test@company-x.test>
            TLS-Report-Domain: company-y.test
            TLS-Report-Submitter: company-x.test
            TLS-Required: No
            Auto-Submitted: auto-generated
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type="tlsrpt";
            \tboundary="%s"

            This is a multi-part message in MIME format.

            --%s
            Content-Type: text/plain; charset=us-ascii

            This is a TLS report from Company-X
            about sessions with the mail servers of company-y.test
            on 2026-06-01 (UTC).

            --%s
            Content-Type: application/tlsrpt+gzip
            Content-Transfer-Encoding: base64
            Content-Disposition: attachment;
            \tfilename="%s"

            """.formatted(boundary, boundary, boundary, file).replace("\n", "\r\n");
        String tail = "\r\n\r\n--" + boundary + "--\r\n";
        assertThat(mail.text()).startsWith(head).endsWith(tail).doesNotContainPattern("[^\r]\n").doesNotContainPattern("[^\r\n]{79}");
        assertTheReport(Base64.getMimeDecoder().decode(mail.text().substring(head.length(), mail.text().length() - tail.length())));
        assertThat(log).containsExactly("TLS reports of 2026-06-01: 1 sent");
        assertThat(Files.list(directory.resolve("tlsrpt"))).as("the day is done with").isEmpty();
    }

    /** RFC 8460 sections 5.1 and 5.3: the submitter is the domain of the contact address, whoever sends the mail. */
    @Test
    void theSubmitterIsTheDomainOfTheContact() throws Exception {
        settings = settings.with(Map.of("tlsrpt_sender", "noreply@mailer.test"));
        TlsrptService service = counted(service(zone("mailto:tls@company-y.test")));
        passTo(service, Duration.ZERO);
        service.report();
        FakeCleanup.Submitted mail = cleanup.submitted.getFirst();
        assertThat(mail.sender().text()).isEqualTo("noreply@mailer.test");
        assertThat(mail.text()).contains("From: noreply@mailer.test\r\n", "TLS-Report-Submitter: company-x.test\r\n", "\tSubmitter: company-x.test\r\n", "filename=\"company-x.test!");
    }

    @Test
    void aReportGoesByHttps() throws Exception {
        TlsrptService service = counted(service(zone(web())));
        passTo(service, Duration.ZERO);
        service.report();
        assertThat(host.posted).hasSize(1);
        assertThat(host.posted.getFirst().path()).isEqualTo("/v1/tlsrpt");
        assertThat(host.posted.getFirst().type()).isEqualTo("application/tlsrpt+gzip");
        assertTheReport(host.posted.getFirst().body());
    }

    @Test
    void nothingGoesBeforeTheDayIsOverAndTheDelayHasPassed() throws Exception {
        TlsrptService service = counted(service(zone(web())));
        service.report();
        passTo(service, Duration.ofSeconds(-1));
        service.report();
        assertThat(host.posted).isEmpty();
        Instant midnight = Instant.parse("2026-06-02T00:00:00Z");
        assertThat(service.due(DAY)).isBetween(midnight.plusSeconds(300), midnight.plus(Duration.ofHours(4)));
        assertThat(java.util.stream.IntStream.range(0, 50).mapToObj(i -> Duration.between(DAY.plusDays(i).atStartOfDay(java.time.ZoneOffset.UTC), service.due(DAY.plusDays(i)).atOffset(java.time.ZoneOffset.UTC))).distinct())
                .hasSizeGreaterThan(40);
    }

    @Test
    void countsSurviveARestartAndDaysAreUtc() throws Exception {
        counted(service(zone(web())));
        TlsrptService next = counted(service(zone(web())));
        now.set(Instant.parse("2026-06-02T00:00:00Z"));
        next.note(Samples.good(D, Samples.STS)); // belongs to the next report
        next.flush();
        passTo(next, Duration.ZERO);
        next.report();
        assertThat(json(host.posted.getFirst().body())).contains("\"total-successful-session-count\": 6, \"total-failure-session-count\": 2");
        assertThat(Files.list(directory.resolve("tlsrpt"))).extracting(path -> path.getFileName().toString()).containsExactly("2026-06-02.counts");
    }

    @Test
    void everyPlaceGetsItAndOneThatFailsIsTriedAgainAlone() throws Exception {
        host.status = 503;
        TlsrptService service = counted(service(zone(web(), "mailto:tls@company-y.test")));
        passTo(service, Duration.ZERO);
        service.report();
        assertThat(host.posted).hasSize(1);
        assertThat(cleanup.submitted).hasSize(1);
        assertThat(log).containsExactly("warning: TLS reports of 2026-06-01: 1 sent, 1 domains waiting: company-y.test: " + web() + ": HTTP status 503");
        passTo(service, Duration.ofMinutes(9));
        service.report();
        assertThat(host.posted).hasSize(1);
        host.status = 200;
        TlsrptService restarted = service(zone(web(), "mailto:tls@company-y.test"));
        restarted.report();
        assertThat(host.posted).hasSize(2);
        assertThat(json(host.posted.get(1).body())).as("the same report, not another one").isEqualTo(json(host.posted.get(0).body()));
        assertThat(cleanup.submitted).hasSize(1);
        assertThat(Files.list(directory.resolve("tlsrpt"))).isEmpty();
    }

    @Test
    void attemptsGrowRarerAndEndAfterADay() throws Exception {
        host.status = 500;
        TlsrptService service = counted(service(zone(web())));
        passTo(service, Duration.ZERO);
        Instant due = now.get();
        var attempts = new ArrayList<Long>();
        for (int minute = 0; minute < 26 * 60; minute += 5) {
            now.set(due.plus(Duration.ofMinutes(minute)));
            int before = host.posted.size();
            service.report();
            if (host.posted.size() > before) {
                attempts.add((long) minute);
            }
        }
        assertThat(attempts).containsExactly(0L, 10L, 30L, 70L, 150L, 310L, 630L, 1270L);
        assertThat(log.getLast()).isEqualTo("warning: TLS reports of 2026-06-01: given up, 24 hours after they were due");
        assertThat(Files.list(directory.resolve("tlsrpt"))).isEmpty();
    }

    @Test
    void whatIsRefusedForNowIsOfferedAgain() throws Exception {
        cleanup.refuses = true;
        TlsrptService service = counted(service(zone("mailto:tls@company-y.test")));
        passTo(service, Duration.ZERO);
        service.report();
        assertThat(log).containsExactly("warning: TLS reports of 2026-06-01: 0 sent, 1 domains waiting: company-y.test: mailto:tls@company-y.test: 451 4.3.0 Error: queue file write error");
        cleanup.refuses = false;
        passTo(service, Duration.ofMinutes(10));
        service.report();
        assertThat(cleanup.submitted).hasSize(1);
    }

    @Test
    void whoDoesNotAskGetsNothing() throws Exception {
        for (Zone zone : List.of(Zone.of(D).a("www", "127.0.0.1"), zone(web()).txt("_smtp._tls", "v=TLSRPTv1; rua=mailto:second@company-y.test"), zone("ftp://company-y.test/"), Zone.of("other.test"))) {
            TlsrptService service = counted(service(zone));
            passTo(service, Duration.ZERO);
            service.report();
            assertThat(log.getLast()).isEqualTo("TLS reports of 2026-06-01: 0 sent");
            now.set(Instant.parse("2026-06-01T12:00:00Z"));
        }
        assertThat(host.posted).isEmpty();
        assertThat(cleanup.submitted).isEmpty();
    }

    @Test
    void aNameServerThatDoesNotAnswerIsAskedAgain() throws Exception {
        TlsrptService service = counted(service(zone(web()).servfail("_smtp._tls")));
        passTo(service, Duration.ZERO);
        service.report();
        assertThat(log.getLast()).startsWith("warning: TLS reports of 2026-06-01: 0 sent, 1 domains waiting: company-y.test: TXT record of _smtp._tls.company-y.test: ");
        TlsrptService restarted = service(zone(web()));
        restarted.report();
        assertThat(host.posted).hasSize(1);
    }

    @Test
    void domainsAreReportedEachByItself() throws Exception {
        Zone zone = Zone.of("many.test");
        TlsrptService service = service(zone);
        for (int i = 0; i < 100; i++) {
            zone.txt("_smtp._tls.d" + i, "v=TLSRPTv1; rua=mailto:tls@d" + i + ".many.test");
            service.note(Samples.bad("d" + i + ".many.test", Samples.none("d" + i + ".many.test"), TlsResult.STARTTLS_NOT_SUPPORTED, "mx"));
        }
        service.note(Samples.good("not a\r\nBcc: domain", Samples.STS));
        service.flush();
        passTo(service, Duration.ZERO);
        service.report();
        assertThat(cleanup.submitted).hasSize(100).allSatisfy(mail -> assertThat(mail.text()).contains("TLS-Report-Domain: " + mail.recipient().domain() + "\r\n"));
        assertThat(log).containsExactly("TLS reports of 2026-06-01: 100 sent");
    }

    /** Whoever waits for the disk and is interrupted does not learn whether the report is queued. */
    @Test
    @Timeout(60)
    void aStopBreaksIntoNoReportAndBeginsNoOther() throws Exception {
        Zone zone = Zone.of("many.test");
        TlsrptService service = service(zone);
        for (int i = 0; i < 100; i++) {
            zone.txt("_smtp._tls.d" + i, "v=TLSRPTv1; rua=mailto:tls@d" + i + ".many.test");
            service.note(Samples.good("d" + i + ".many.test", Samples.none("d" + i + ".many.test")));
        }
        service.flush();
        passTo(service, Duration.ZERO);
        var inHand = new CountDownLatch(16);
        var disk = new CountDownLatch(1);
        var interrupted = new AtomicBoolean();
        cleanup.whenFinished = () -> {
            inHand.countDown();
            try {
                disk.await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        };
        service.look = Duration.ofMillis(1);
        service.activate();
        inHand.await();
        service.patience = Duration.ofMillis(1);
        service.deactivate();
        disk.countDown();
        assertThat(service.sender.join(Duration.ofSeconds(20))).as("ended by itself").isTrue();
        assertThat(interrupted).isFalse();
        assertThat(cleanup.submitted).hasSize(16);
        assertThat(log.getFirst()).startsWith("warning: TLS reports of 2026-06-01: 16 sent, 84 domains waiting: ").endsWith(": the server stops");
        service(zone).report();
        assertThat(cleanup.submitted).extracting(mail -> mail.recipient().text()).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void hostsThatAreNotTheirsRedirectOrNeverAnswerGetNothingMore() throws Exception {
        TlsrptService wrongName = counted(service(zone("https://elsewhere.test:" + host.port() + "/")));
        passTo(wrongName, Duration.ZERO);
        wrongName.report();
        assertThat(host.posted).isEmpty();
        assertThat(log.getLast()).contains("elsewhere.test");
        host.status = 302;
        service(zone(web())).report();
        assertThat(host.posted).hasSize(1);
        assertThat(log.getLast()).endsWith("HTTP status 302");
        host.status = 0;
        new TlsrptService(host.post(Duration.ofMillis(500)), now::get).with(zone(web()), cleanup, settings).report();
        assertThat(log.getLast()).endsWith("no complete answer within 0.5 s");
    }

    @Test
    void offIsOff() throws Exception {
        settings = settings.with(Map.of("tlsrpt_enable", "no"));
        TlsrptService service = counted(service(zone(web())));
        passTo(service, Duration.ZERO);
        service.report();
        assertThat(Files.list(directory)).isEmpty();
        assertThat(host.posted).isEmpty();
    }

    @Test
    void aDirectoryThatCannotBeWrittenCostsCountsAndSaysSo() throws Exception {
        Files.writeString(directory.resolve("tlsrpt"), "a file in the way");
        TlsrptService service = counted(service(zone(web())));
        assertThat(log).hasSize(1).first().asString().startsWith("warning: TLS reports of 2026-06-01: 4 sessions are not counted: ");
        passTo(service, Duration.ZERO);
        service.report();
        assertThat(log.getLast()).startsWith("warning: TLS reports: ");
    }

    @Test
    void theEndOfTheProcessWritesDownWhatWasCounted() throws Exception {
        TlsrptService service = service(zone(web()));
        service.activate();
        service.note(Samples.good(D, Samples.STS));
        service.deactivate();
        assertThat(Files.readString(directory.resolve("tlsrpt/2026-06-01.counts"))).startsWith("1\tcompany-y.test\tSTS\t");
    }
}
