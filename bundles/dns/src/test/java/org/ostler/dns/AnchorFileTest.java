// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.dns.SignedTree;

/** {@code dnssec_trust_anchor_file} changes under a running service: a key of the root is rolled by putting the new one into the file, before the old one goes. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnchorFileTest {

    @TempDir Path dir;
    private SignedTree tree;
    private String right;
    private Path file;
    private DnsService dns;
    private final AtomicLong nanos = new AtomicLong();
    private long date = 1_700_000_000_000L;

    @BeforeAll
    void plant() throws IOException {
        tree = SignedTree.of(Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").a("other", "127.0.0.2").signed());
        right = Files.readString(tree.trustAnchor());
    }

    @AfterAll
    void fell() throws IOException {
        if (tree != null) {
            tree.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        file = dir.resolve("root.key");
        write(right);
        var mainCf = new HashMap<>(tree.ownValidation());
        mainCf.put("dnssec_trust_anchor_file", file.toString());
        dns = new DnsService(() -> Settings.of(mainCf), Path.of("/dev/null"), Path.of("/dev/null"), host -> {
            throw new UnknownHostException(host);
        }, new DnsService.Time(Clock.systemUTC(), nanos::get));
    }

    @AfterEach
    void stop() {
        dns.close();
    }

    /** Each state of the file has a date of its own, however quick the test is. */
    private void write(String text) throws IOException {
        date += 1000;
        write(file, text);
        aSecondLater();
    }

    private void write(Path where, String text) throws IOException {
        Files.writeString(where, text);
        Files.setLastModifiedTime(where, FileTime.fromMillis(date));
    }

    private void aSecondLater() {
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    }

    /** The same tag and algorithm, and the digest of no key at all. */
    private String wrong() {
        return right.stripTrailing().replaceAll("[0-9a-fA-F]{64}\\s*$", "00".repeat(32)) + "\n";
    }

    private void assertBogus(DnsAnswer<?> answer) {
        assertThat(answer).isInstanceOfSatisfying(DnsAnswer.Failed.class, failed -> assertThat(failed.bogus()).as(failed.reason()).isTrue());
    }

    @Test
    void another_key_counts_at_once_and_what_the_old_one_proved_is_not_remembered() throws IOException {
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
        write(wrong());
        assertBogus(dns.mx("example.test", true));
        write(wrong() + right);
        assertThat(dns.mx("example.test", true).isSecure()).as("both, while one takes over from the other").isTrue();
        write(right);
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
    }

    @Test
    void a_file_of_the_same_date_and_another_size_is_another_file() throws IOException {
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
        date -= 1000;
        write("; no longer\n" + wrong());
        assertBogus(dns.mx("example.test", true));
    }

    @Test
    void a_file_put_in_place_by_a_rename_is_another_though_date_and_size_are_the_same() throws IOException {
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
        String wrong = wrong();
        write(dir.resolve("new.key"), wrong + " ".repeat(Math.max(0, right.length() - wrong.length())));
        assertThat(Files.size(dir.resolve("new.key"))).isEqualTo(Files.size(file));
        Files.move(dir.resolve("new.key"), file, StandardCopyOption.ATOMIC_MOVE);
        aSecondLater();
        assertBogus(dns.mx("example.test", true));
    }

    @Test
    void answers_that_are_remembered_ask_the_file_system_once_a_second() throws IOException {
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
        date += 1000;
        write(file, wrong());
        assertThat(dns.mx("example.test", true).isSecure()).as("the same second").isTrue();
        aSecondLater();
        assertBogus(dns.mx("example.test", true));
    }

    @Test
    void a_file_that_says_nothing_makes_mail_wait_until_it_is_put_right() throws IOException {
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
        write("this is no anchor\n");
        assertThat(dns.addresses("mx.example.test", Family.IPV4, true)).isInstanceOfSatisfying(DnsAnswer.Failed.class, failed -> {
            assertThat(failed.bogus()).isFalse();
            assertThat(failed.reason()).contains(file.toString());
        });
        write(right + "\n");
        assertThat(dns.addresses("other.example.test", Family.IPV4, true).isSecure()).isTrue();
    }

    @Test
    void the_same_anchors_ask_nothing_again() throws IOException {
        dns.mx("example.test", true);
        tree.forwarder().forget();
        dns.mx("example.test", true);
        assertThat(tree.forwarder().questions()).isEmpty();
    }
}
