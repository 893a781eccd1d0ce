// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.Zone.Denial;
import org.ostler.mail.tck.Zone.Signing;

/** The tree against a validator of another maker: Unbound says of every kind of zone what the literal says. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignedTreeTest {

    private SignedTree tree;

    @BeforeAll
    void start() throws IOException {
        tree = SignedTree.of(
                mail("example.test").signed().unsigned("inner").a("x.inner", "127.0.0.9").servfail("broken"),
                mail("nsec3.test").signed().denial(Denial.NSEC3), mail("optout.test").signed().denial(Denial.NSEC3_OPT_OUT),
                mail("rsa.test").signed().algorithm("RSASHA256"), mail("plain.test"), mail("island.test").island(),
                mail("alg.test").signing(Signing.UNKNOWN_ALGORITHM), mail("digest.test").signing(Signing.UNKNOWN_DIGEST),
                mail("old.test").expired(), mail("new.test").signing(Signing.NOT_YET_VALID), mail("bogus.test").bogus(),
                mail("key.test").signing(Signing.WRONG_KEY), mail("stripped.test").signing(Signing.STRIPPED));
    }

    @AfterAll
    void stop() throws IOException {
        if (tree != null) {
            tree.close();
        }
    }

    private static Zone mail(String origin) {
        return Zone.of(origin).mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", "3 1 1 " + "00ff".repeat(16)).a("broken", "127.0.0.1");
    }

    @Test
    void a_validating_resolver_proves_what_is_signed() throws IOException {
        assertThat(dig("example.test", "MX")).contains("NOERROR").contains(" ad").contains("10 mx.example.test.");
        assertThat(dig("nsec3.test", "MX")).contains(" ad");
        assertThat(dig("rsa.test", "MX")).contains(" ad");
        assertThat(dig("nowhere.nsec3.test", "MX")).contains("NXDOMAIN").contains(" ad");
        assertThat(dig("mx.example.test", "AAAA")).contains("NOERROR").contains(" ad");
        assertThat(dig("optout.test", "MX")).contains(" ad");
    }

    @Test
    void unsigned_zones_and_unknown_ways_of_signing_are_insecure() throws IOException {
        for (String zone : List.of("plain.test", "island.test", "alg.test", "digest.test")) {
            assertThat(dig(zone, "MX")).as(zone).contains("NOERROR").contains("10 mx." + zone).doesNotContain(" ad");
        }
        assertThat(dig("x.inner.example.test", "A")).contains("127.0.0.9").doesNotContain(" ad");
    }

    @Test
    void zones_that_lie_are_bogus_for_a_validator_and_plain_answers_for_a_forwarder() throws IOException {
        for (String zone : List.of("old.test", "new.test", "bogus.test", "key.test", "stripped.test")) {
            assertThat(dig(zone, "MX")).as(zone).contains("SERVFAIL");
            assertThat(ask(tree.forwarder(), zone, "MX")).as(zone).contains("NOERROR").contains("10 mx." + zone);
        }
    }

    @Test
    void a_failing_name_fails_alone() throws IOException {
        assertThat(dig("broken.example.test", "A")).contains("SERVFAIL");
    }

    @Test
    void a_tap_counts_and_plays_faults() throws IOException {
        try (var tap = new Tap(tree.authority().address())) {
            tap.fault((question, query, answer) -> Optional.of(question.protocol().equals("udp") ? Tap.truncated(query) : answer));
            assertThat(ask(tap, "example.test", "MX", "-t")).contains("10 mx.example.test.");
            assertThat(ask(tap, "example.test", "MX", "-u")).contains(" tc").doesNotContain("10 mx");
            assertThat(tap.questions()).containsExactly(new Tap.Question("tcp", "example.test", 15), new Tap.Question("udp", "example.test", 15));
        }
    }

    private String dig(String name, String type) throws IOException {
        return ask(tree.resolver(), name, type);
    }

    private static String ask(Tap server, String name, String type) throws IOException {
        return ask(server, name, type, "-D");
    }

    private static String ask(Tap server, String name, String type, String option) throws IOException {
        return Daemon.run(Path.of("."), List.of("drill", "-D", option, "-p", Integer.toString(server.address().getPort()), name, "@127.0.0.1", type));
    }
}
