// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.TlsReports;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.mail.tls.spi.TlsPolicySource.DomainPolicy;
import org.ostler.mail.tls.spi.TlsPolicySource.None;
import org.ostler.mail.tls.spi.TlsPolicySource.Published;

// size: one policy host for all sentences
/** From a domain to the policy that holds (RFC 8461 sections 3.3 and 5.1): a zone, a policy host, a clock, and one thing that changes. */
class StsSourceTest {

    private static final String D = "example.test";

    @TempDir
    private Path directory;
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-06-01T12:00:00Z"));
    private final List<String> log = java.util.Collections.synchronizedList(new ArrayList<>());
    private final List<StsSource> open = new ArrayList<>();
    private AutoCloseable sink;
    private PolicyHost host;
    private Settings settings;

    @BeforeEach
    void start() throws Exception {
        sink = MailLog.attach((_, severity, _, text) -> log.add(severity.prefix() + text));
        host = PolicyHost.happy();
        settings = Settings.of(Map.of("data_directory", directory.toString(), "sts_timeout", "20s"));
    }

    @AfterEach
    void stop() throws Exception {
        for (StsSource source : open) {
            source.deactivate();
        }
        host.close();
        sink.close();
    }

    private StsSource source(Zone zone) throws Exception {
        StsSource source = new StsSource(host.fetch(), now::get).with(zone, 0);
        open.add(source);
        return source;
    }

    private static Zone zone(String... ids) {
        Zone zone = Zone.of(D).a("www", "127.0.0.1");
        for (String id : ids) {
            zone.txt("_mta-sts", "v=STSv1; id=" + id + ";");
        }
        return zone;
    }

    private DomainPolicy ask(StsSource source) {
        return source.policy(D, settings);
    }

    private void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    private static void assertEnforced(DomainPolicy policy) {
        assertThat(policy).isInstanceOfSatisfying(Published.class, published -> {
            assertThat(published.enforce()).isTrue();
            assertThat(published.mx()).containsExactly("mx.example.test", "*.mail.example.test");
            assertThat(published.allows("mx.example.test")).isTrue();
            assertThat(published.allows("MX1.mail.example.test")).isTrue();
            assertThat(published.allows("a.b.mail.example.test")).isFalse();
            assertThat(published.allows("mail.example.test")).isFalse();
        });
    }

    @Test
    void aPolicyIsFetchedOnceAndRemembered() throws Exception {
        StsSource source = source(zone("1"));
        assertEnforced(ask(source));
        assertEnforced(ask(source));
        assertThat(host.requests).hasSize(1);
        assertThat(((Published) ask(source)).strings()).containsExactly("version: STSv1", "mode: enforce", "mx: mx.example.test", "mx: *.mail.example.test", "max_age: 604800");
        assertThat(log).contains("MTA-STS policy of example.test: mode enforce, id 1, max_age 604800");
    }

    @Test
    void withoutARecordNobodyAsksTheWeb() throws Exception {
        assertThat(ask(source(zone()))).isEqualTo(TlsPolicySource.NO_POLICY);
        assertThat(ask(source(zone("1", "2")))).as("two records").isEqualTo(TlsPolicySource.NO_POLICY);
        assertThat(ask(source(zone("bad-id")))).isEqualTo(TlsPolicySource.NO_POLICY);
        assertThat(host.requests).isEmpty();
    }

    @Test
    void aDnsThatDoesNotAnswerIsTroubleAndNotTheLackOfAPolicy() throws Exception {
        None trouble = new None("no answer for _mta-sts.example.test", Optional.empty());
        assertThat(ask(source(zone("1").servfail("_mta-sts")))).isEqualTo(trouble);
        StsSource alone = new StsSource(host.fetch(), now::get);
        open.add(alone);
        // Who is interrupted does not wait for a DNS to come.
        Thread.currentThread().interrupt();
        try {
            assertThat(ask(alone)).isEqualTo(trouble);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(host.requests).isEmpty();
    }

    @Test
    void theRecordMayBeAnAlias() throws Exception {
        assertEnforced(ask(source(Zone.of(D).cname("_mta-sts", "policy.other.test.").and(Zone.of("other.test").txt("policy", "v=STSv1; id=1;")))));
    }

    @Test
    void policiesAreNotTakenFromParentDomains() throws Exception {
        assertThat(source(zone("1")).policy("sub.example.test", settings)).isEqualTo(TlsPolicySource.NO_POLICY);
    }

    @Test
    void modesTestingAndNone() throws Exception {
        host.handler = PolicyHost.text(PolicyHost.POLICY.replace("enforce", "testing"));
        assertThat(ask(source(zone("1")))).isInstanceOfSatisfying(Published.class, policy -> assertThat(policy.enforce()).isFalse());
        stop();
        Files.deleteIfExists(directory.resolve("sts-policies"));
        start();
        host.handler = PolicyHost.text(PolicyHost.POLICY.replace("enforce", "none"));
        StsSource source = source(zone("1"));
        assertThat(ask(source)).isEqualTo(TlsPolicySource.NO_POLICY);
        assertThat(ask(source)).isEqualTo(TlsPolicySource.NO_POLICY);
        assertThat(host.requests).hasSize(1);
    }

    @Test
    void anotherIdIsAnotherPolicy() throws Exception {
        assertEnforced(ask(source(zone("1"))));
        stopAndStart();
        host.handler = PolicyHost.text("version: STSv1\nmode: testing\nmx: new.example.test\nmax_age: 86400\n");
        assertThat(ask(source(zone("2")))).isEqualTo(new Published(false, List.of("new.example.test"),
                List.of("version: STSv1", "mode: testing", "mx: new.example.test", "max_age: 86400")));
    }

    /** The file is all that stays. */
    private void stopAndStart() throws Exception {
        for (StsSource source : open) {
            source.deactivate();
        }
        open.clear();
        host.requests.clear();
    }

    @Test
    void aRememberedPolicyHoldsWhateverTheDnsSays() throws Exception {
        assertEnforced(ask(source(zone("1"))));
        for (Zone lie : List.of(zone(), zone("1", "2"), zone("1").servfail("_mta-sts"), Zone.of(D).txt("_mta-sts", "v=STSv1; broken"))) {
            stopAndStart();
            StsSource source = source(lie);
            assertEnforced(ask(source));
            pass(Duration.ofHours(30));
            assertEnforced(ask(source));
            assertThat(host.requests).isEmpty();
        }
        pass(Duration.ofDays(7));
        assertThat(ask(source(zone()))).as("its time is over").isEqualTo(TlsPolicySource.NO_POLICY);
    }

    @Test
    void aRememberedPolicyHoldsWhateverTheWebSays() throws Exception {
        assertEnforced(ask(source(zone("1"))));
        stopAndStart();
        host.handler = PolicyHost.answer(404, "text/plain", "gone");
        StsSource source = source(zone("2"));
        assertEnforced(ask(source));
        assertThat(log).anyMatch(line -> line.startsWith("warning: MTA-STS policy of example.test cannot be had: mta-sts.example.test answers with HTTP status 404; the one with id 1 holds until "));
        host.handler = PolicyHost.text("version: STSv1\nmode: none\n"); // not valid
        pass(Duration.ofMinutes(6));
        assertEnforced(ask(source));
        pass(Duration.ofDays(7));
        assertThat(ask(source)).isInstanceOfSatisfying(None.class, none -> assertThat(none.result()).contains(TlsResult.STS_POLICY_INVALID));
    }

    /** RFC 8461 section 6: a policy that holds and cannot be had any more is a failure of its own, told once for each fetch, unless it says "none". */
    @Test
    void aPolicyThatHoldsAndCannotBeHadIsReported() throws Exception {
        var told = new ArrayList<TlsReports.Attempt>();
        StsSource source = source(zone("1")).reporting(told::add);
        assertEnforced(ask(source));
        host.handler = PolicyHost.answer(500, "text/plain", "");
        source.with(zone("2"), 1);
        assertEnforced(ask(source));
        assertEnforced(ask(source));
        assertThat(told).singleElement().satisfies(attempt -> {
            assertThat(attempt.recipientDomain()).isEqualTo(D);
            assertThat(attempt.failure()).contains(TlsResult.STS_POLICY_FETCH_ERROR);
            assertThat(attempt.policy().mx()).containsExactly("mx.example.test", "*.mail.example.test");
            assertThat(attempt.detail()).isEqualTo("mta-sts.example.test answers with HTTP status 500");
        });
    }

    @Test
    void aPolicyOfNoneThatCannotBeHadIsNoNews() throws Exception {
        var told = new ArrayList<TlsReports.Attempt>();
        host.handler = PolicyHost.text("version: STSv1\nmode: none\nmax_age: 86400\n");
        StsSource source = source(zone("1")).reporting(told::add);
        ask(source);
        host.handler = PolicyHost.answer(500, "text/plain", "");
        source.with(zone("2"), 1);
        assertThat(ask(source)).isEqualTo(TlsPolicySource.NO_POLICY);
        assertThat(told).isEmpty();
    }

    @Test
    void aGuestKnowsWhatIsRememberedAndWritesNothing() throws Exception {
        assertEnforced(ask(source(zone("1"))));
        stopAndStart();
        Path file = directory.resolve("sts-policies");
        byte[] before = java.nio.file.Files.readAllBytes(file);
        StsSource guest = StsSource.reading(zone(), now::get);
        open.add(guest);
        assertEnforced(ask(guest));
        guest.deactivate();
        assertThat(java.nio.file.Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void whatCannotBeHadIsNoPolicyAndNotAskedForAgainForAWhile() throws Exception {
        host.handler = PolicyHost.answer(500, "text/plain", "");
        Zone zone = zone("1");
        StsSource source = source(zone);
        None none = None.because("mta-sts.example.test answers with HTTP status 500", TlsResult.STS_POLICY_FETCH_ERROR);
        assertThat(ask(source)).isEqualTo(none);
        pass(Duration.ofMinutes(4));
        host.handler = PolicyHost.text(PolicyHost.POLICY);
        assertThat(ask(source)).isEqualTo(none);
        assertThat(host.requests).hasSize(1);
        pass(Duration.ofMinutes(2));
        assertEnforced(ask(source));
    }

    @Test
    void anotherIdIsAskedForAtOnce() throws Exception {
        host.handler = PolicyHost.answer(500, "text/plain", "");
        StsSource source = source(zone("1"));
        ask(source);
        host.handler = PolicyHost.text(PolicyHost.POLICY);
        source.with(zone("2"), 1);
        assertEnforced(ask(source));
    }

    @Test
    void aTextThatIsNoPolicyIsTold() throws Exception {
        host.handler = PolicyHost.text("<html>");
        assertThat(ask(source(zone("1")))).isInstanceOfSatisfying(None.class, none -> {
            assertThat(none.result()).contains(TlsResult.STS_POLICY_INVALID);
            assertThat(none.trouble()).startsWith("policy of mta-sts.example.test is not valid: ");
        });
    }

    @Test
    void whoAsksTogetherWaitsForOneFetch() throws Exception {
        var asked = new CountDownLatch(1);
        var answer = new CountDownLatch(1);
        host.handler = exchange -> {
            asked.countDown();
            try {
                assertThat(answer.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            PolicyHost.text(PolicyHost.POLICY).handle(exchange);
        };
        StsSource source = source(zone("1"));
        var answers = new java.util.concurrent.ConcurrentLinkedQueue<DomainPolicy>();
        var first = Thread.ofVirtual().start(() -> answers.add(ask(source)));
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        List<Thread> others = java.util.stream.Stream.generate(() -> Thread.ofVirtual().start(() -> answers.add(ask(source)))).limit(20).toList();
        var interrupted = Thread.ofVirtual().start(() -> ask(source));
        interrupted.interrupt();
        assertThat(interrupted.join(Duration.ofSeconds(20))).as("whoever is wanted elsewhere does not wait").isTrue();
        answer.countDown();
        first.join(Duration.ofSeconds(20));
        for (Thread other : others) {
            other.join(Duration.ofSeconds(20));
        }
        assertThat(answers).hasSize(21).allSatisfy(StsSourceTest::assertEnforced);
        assertThat(host.requests).hasSize(1);
    }

    @Test
    void beforeItRunsOutItIsFetchedAgain() throws Exception {
        StsSource source = source(zone("1"));
        ask(source);
        pass(Duration.ofHours(23));
        source.refresh();
        assertThat(host.requests).hasSize(1);
        pass(Duration.ofHours(2));
        source.refresh();
        assertThat(host.requests).hasSize(2);
        source.with(zone(), 1); // from here on nobody fetches anything
        pass(Duration.ofDays(6).plusHours(12));
        assertEnforced(ask(source));
        pass(Duration.ofDays(1));
        assertThat(ask(source)).isEqualTo(TlsPolicySource.NO_POLICY);
    }

    @Test
    void anOldPolicyIsFetchedAgainBehindTheAnswersBack() throws Exception {
        StsSource source = source(zone("1"));
        ask(source);
        var asked = new CountDownLatch(1);
        host.handler = exchange -> asked.countDown(); // and never answers
        pass(Duration.ofDays(2));
        assertEnforced(ask(source));
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        assertEnforced(ask(source));
    }

    @Test
    void aRefreshThatFailsIsToldOnceAnHourAndTheOldOneHolds() throws Exception {
        StsSource source = source(zone("1"));
        ask(source);
        host.handler = PolicyHost.answer(503, "text/plain", "");
        pass(Duration.ofDays(2));
        source.refresh();
        pass(Duration.ofMinutes(30));
        source.refresh();
        assertThat(log).filteredOn(line -> line.startsWith("warning: ")).hasSize(1);
        pass(Duration.ofMinutes(31));
        source.refresh();
        assertThat(log).filteredOn(line -> line.startsWith("warning: ")).hasSize(2);
        assertEnforced(ask(source));
    }

    /** While it held there was no hurry; now every session goes without. */
    @Test
    void aRefreshThatFailedShortlyBeforeTheEndKeepsNobodyFromAskingBehindIt() throws Exception {
        StsSource source = source(zone("1"));
        ask(source);
        host.handler = PolicyHost.answer(503, "text/plain", "");
        pass(Duration.ofDays(7).minusMinutes(10));
        source.refresh();
        assertThat(host.requests).hasSize(2);
        host.handler = PolicyHost.text(PolicyHost.POLICY);
        pass(Duration.ofMinutes(9));
        assertEnforced(ask(source));
        assertThat(host.requests).as("it holds: an hour between two attempts").hasSize(2);
        pass(Duration.ofMinutes(2));
        assertEnforced(ask(source));
        assertThat(host.requests).hasSize(3);
    }

    @Test
    void aRecordThatHasGoneIsToldOnceADay() throws Exception {
        StsSource source = source(zone("1"));
        ask(source);
        source.with(zone(), 1);
        for (int hours = 0; hours < 72; hours++) {
            pass(Duration.ofHours(1));
            source.refresh();
        }
        assertThat(log).filteredOn(line -> line.startsWith("warning: ")).hasSize(3)
                .allMatch(line -> line.equals("warning: MTA-STS policy of example.test cannot be refreshed: no valid TXT record at _mta-sts.example.test; the one with id 1 holds until 2026-06-08T12:00:00Z"));
        assertThat(host.requests).hasSize(1);
    }

    @Test
    void aModeNoneThatCannotBeRefreshedIsNoNews() throws Exception {
        host.handler = PolicyHost.text("version: STSv1\nmode: none\nmax_age: 604800\n");
        StsSource source = source(zone("1"));
        ask(source);
        host.handler = PolicyHost.answer(404, "text/plain", "");
        pass(Duration.ofDays(2));
        source.refresh();
        assertThat(host.requests).hasSize(2);
        assertThat(log).noneMatch(line -> line.startsWith("warning: "));
    }

    @Test
    void aBrokenFileIsNamedAndBegunAnew() throws Exception {
        Path file = directory.resolve("sts-policies");
        Files.writeString(file, "ostler-sts 1\ngarbage\n");
        StsSource source = source(zone("1"));
        assertEnforced(ask(source));
        assertThat(log).anyMatch(line -> line.startsWith("warning: " + file + ": ") && line.endsWith("; starting with no MTA-STS policies"));
        stopAndStart();
        assertThat(Files.readString(file)).contains("mx: mx.example.test");
    }

    @Test
    void aDirectoryThatCannotBeWrittenCostsOnlyTheMemory() throws Exception {
        settings = settings.with(Map.of("data_directory", directory.resolve("missing").toString()));
        StsSource source = source(zone("1"));
        assertEnforced(ask(source));
        source.save();
        assertThat(log).anyMatch(line -> line.startsWith("warning: ") && line.contains("cannot be written: NoSuchFileException"));
        assertEnforced(ask(source));
    }
}
