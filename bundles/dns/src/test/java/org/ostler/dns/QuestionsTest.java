// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.Zone.Denial;
import org.ostler.mail.tck.dns.SignedTree;
import org.ostler.mail.tck.dns.Tap;

/** How many questions a delivery costs upstream, beside Unbound as a validating forwarder over the same server. */
@Timeout(60)
class QuestionsTest {

    private static final int ROOM_PERCENT = 20;

    private static Zone mail(String origin) {
        return Zone.of(origin).mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", "3 1 1 " + "00ff".repeat(16)).tlsa("_25._tcp.mail", "3 1 1 " + "00ff".repeat(16));
    }

    /** The lookups of a DANE delivery. */
    private static void deliver(Dns dns, String domain) {
        dns.mx(domain, true);
        dns.addresses("mx." + domain, Family.IPV4, true);
        dns.addresses("mx." + domain, Family.IPV6, true);
        if (dns.addresses("mx." + domain, Family.IPV4, true).isSecure()) {
            dns.tlsa("_25._tcp.mx." + domain);
        }
    }

    private static int cost(Dns dns, Tap tap, String domain) {
        tap.forget();
        deliver(dns, domain);
        return tap.questions().size();
    }

    @Test
    void a_cold_domain_costs_no_more_than_unbound_and_a_warm_one_nothing() throws IOException {
        var report = new StringBuilder("| Delivery to | Ostler | Unbound |\n|---|---|---|\n");
        try (var tree = SignedTree.of(mail("first.test").signed(), mail("second.test").signed(), mail("third.test").signed().denial(Denial.NSEC3), mail("plain.test"), mail("nsec3.test").signed().denial(Denial.NSEC3));
                var own = ProofTest.service(tree.ownValidation(), Clock.systemUTC());
                var client = ProofTest.service(tree.resolverValidation(), Clock.systemUTC())) {
            own.dnssecTrouble();
            client.dnssecTrouble();
            for (String domain : List.of("first.test", "second.test", "third.test", "plain.test")) {
                int ours = cost(own, tree.forwarder(), domain);
                int theirs = cost(client, tree.authority(), domain);
                report.append("| ").append(domain).append(" | ").append(ours).append(" | ").append(theirs).append(" |\n");
                assertThat(ours).as(domain).isLessThanOrEqualTo(theirs * (100 + ROOM_PERCENT) / 100);
                assertThat(cost(own, tree.forwarder(), domain)).as(domain + " once more").isZero();
            }
        }
        Path file = Path.of("target/report.txt");
        if (Files.isDirectory(file.getParent())) {
            Files.writeString(file, report, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        }
    }

    @Test
    void many_deliveries_at_once_to_cold_domains_ask_for_each_key_once() throws Exception {
        try (var tree = SignedTree.of(mail("first.test").signed(), mail("second.test").signed());
                var own = ProofTest.service(tree.ownValidation(), Clock.systemUTC());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            own.dnssecTrouble();
            tree.forwarder().forget();
            var all = IntStream.range(0, 50).mapToObj(i -> threads.submit(() -> deliver(own, i % 2 == 0 ? "first.test" : "second.test"))).toList();
            for (var one : all) {
                one.get();
            }
            assertThat(tree.forwarder().questions()).doesNotHaveDuplicates();
        }
    }
}
