// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.smtp.client.Scenario.told;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.tck.Zone;

/** LMTP: a reply per recipient behind the end of the message; unix-domain sockets. */
@Timeout(60)
class LmtpTest {

    private static final String HELLO = """
            S: 220 store LMTP
            C: LHLO me.example.test
            S: 250-store
            S: 250 PIPELINING
            """;
    private static final String THREE = HELLO + """
            C: MAIL *
            C: RCPT TO:<a@*
            C: RCPT TO:<b@*
            C: RCPT TO:<c@*
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 550 5.1.1 who
            S: 250 ok
            S: 354 go
            CONTENT
            S: 250 2.0.0 a has it
            S: 452 4.2.2 c is full
            C: QUIT
            """;

    /** Short, because a unix-domain name has room for a hundred characters. */
    private Path dir;

    @BeforeEach
    void make() throws Exception {
        dir = Files.createTempDirectory(Path.of("/tmp"), "lmtp");
    }

    @AfterEach
    void clear() throws Exception {
        Files.deleteIfExists(dir.resolve("socket"));
        Files.delete(dir);
    }

    private static Scenario lmtp() {
        var scenario = Scenario.happy().to("a@example.test", "b@example.test", "c@example.test");
        scenario.lmtp = true;
        return scenario;
    }

    @Test
    void each_recipient_has_its_own_end() throws Exception {
        try (var server = FakeServer.unix(dir.resolve("socket"), THREE); var scenario = lmtp().set("queue_directory", dir.toString())) {
            DeliveryResult result = scenario.deliver("unix:socket");
            String host = "me.example.test[" + dir + "/socket]";
            assertThat(told(result)).containsExactly("sent 2.0.0 (250 2.0.0 a has it)",
                    "bounced 5.1.1 (host " + host + " said: 550 5.1.1 who (in reply to RCPT TO command))",
                    "deferred 4.2.2 (host " + host + " said: 452 4.2.2 c is full (in reply to end of DATA command))");
            assertThat(result.outcomes().getFirst().relay()).isEqualTo(host);
            server.verify();
        }
    }

    @Test
    void a_store_that_leaves_in_the_middle_of_its_replies_keeps_what_it_took() throws Exception {
        try (var server = FakeServer.start(THREE.replace("S: 452 4.2.2 c is full\nC: QUIT", "DROP")); var scenario = lmtp()) {
            DeliveryResult result = scenario.deliver("inet:127.0.0.1:" + server.port());
            assertThat(told(result)).satisfiesExactly(a -> assertThat(a).startsWith("sent"), b -> assertThat(b).startsWith("bounced"),
                    c -> assertThat(c).startsWith("deferred 4.4.2").contains("message may be sent more than once"));
        }
    }

    /** How many replies follow the end of a message without recipients is nobody's rule, so nothing may be read after it. */
    @Test
    void a_connection_on_which_nobody_was_taken_but_content_was_wanted_is_not_used_again() throws Exception {
        String nobody = HELLO + """
            C: MAIL *
            C: RCPT TO:<a@*
            C: DATA
            S: 250 ok
            S: 550 5.1.1 who
            S: 354 go
            C: .
            S: 503 5.5.1 no recipients
            """;
        String one = """
            C: MAIL *
            C: RCPT TO:<b@*
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 354 go
            CONTENT
            S: 250 2.0.0 b has it
            C: QUIT
            """;
        try (var server = FakeServer.start(nobody, HELLO + one);
                var scenario = lmtp().to("a@example.test").set("lmtp_connection_cache_destinations", "127.0.0.1").set("lmtp_connection_cache_time_limit", "20s")) {
            assertThat(told(scenario.deliver("inet:127.0.0.1:" + server.port()))).allMatch(line -> line.startsWith("bounced 5.1.1"));
            assertThat(scenario.courier().waiting()).isZero();
            scenario.to("b@example.test");
            assertThat(told(scenario.deliver("inet:127.0.0.1:" + server.port()))).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_socket_that_is_not_there_holds_mail_back() throws Exception {
        try (var scenario = lmtp().to("a@example.test")) {
            assertThat(told(scenario.deliver("unix:" + dir + "/none")))
                    .containsExactly("deferred 4.4.1 (connect to me.example.test[" + dir + "/none]: No such file or directory)");
        }
    }

    @Test
    void a_domain_s_exchangers_are_not_for_LMTP() throws Exception {
        try (var server = FakeServer.start(THREE); var scenario = lmtp()) {
            scenario.dns = Zone.of("example.test").mx(10, "nowhere").a("@", "127.0.0.1");
            assertThat(told(scenario.deliver("inet:example.test:" + server.port()))).anyMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_store_that_never_answers_is_ended() throws Exception {
        try (var server = FakeServer.unix(dir.resolve("socket"), "STALL"); var scenario = lmtp().to("a@example.test").set("lmtp_lhlo_timeout", "1s")) {
            assertThat(told(scenario.deliver("unix:" + dir + "/socket"))).allMatch(line -> line.startsWith("deferred 4.4.2 (conversation with")
                    && line.endsWith("timed out while receiving the initial server greeting)"));
            assertThat(server.connections()).isEqualTo(1);
        }
    }
}
