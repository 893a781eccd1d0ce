// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.smtp.client.Scenario.told;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.queue.Content;

/** The conversation with one server. */
@Timeout(60)
class DialogueTest {

    private static final String HELLO = """
            S: 220 mx.example.test ESMTP
            C: EHLO me.example.test
            S: 250-mx.example.test
            S: 250-PIPELINING
            S: 250-SIZE 10240000
            S: 250-8BITMIME
            S: 250-DSN
            S: 250 SMTPUTF8
            """;
    private static final String PLAIN = """
            S: 220 mx.example.test ESMTP
            C: EHLO me.example.test
            S: 250 mx.example.test
            """;
    private static final String SENT = """
            S: 354 go
            CONTENT
            S: 250 2.0.0 Ok: queued as 4711
            C: QUIT
            S: 221 Bye
            """;

    private static DeliveryResult play(Scenario scenario, String... scripts) throws Exception {
        try (var server = FakeServer.start(scripts); scenario) {
            DeliveryResult result = scenario.deliver(server.nextHop());
            server.verify();
            return result;
        }
    }

    @Test
    void a_message_is_delivered_with_the_words_of_the_server() throws Exception {
        try (var server = FakeServer.start(HELLO + """
                C: MAIL FROM:<sender@example.test> SIZE=27
                C: RCPT TO:<bob@example.test> ORCPT=rfc822;bob@example.test
                C: DATA
                S: 250 2.1.0 Ok
                S: 250 2.1.5 Ok
                """ + SENT); var scenario = Scenario.happy()) {
            DeliveryResult result = scenario.deliver(server.nextHop());
            assertThat(told(result)).containsExactly("sent 2.0.0 (250 2.0.0 Ok: queued as 4711)");
            assertThat(result.siteDown()).isEmpty();
            assertThat(result.outcomes().getFirst().relay()).isEqualTo("127.0.0.1[127.0.0.1]:" + server.port());
            assertThat(((Outcome.Delivered) result.outcomes().getFirst()).relayed()).isTrue();
            server.verify();
            assertThat(server.contents()).containsExactly("Subject: hello\n\nHi Bob.");
        }
    }

    @Test
    void without_pipelining_each_command_waits_for_its_reply() throws Exception {
        assertThat(told(play(Scenario.happy(), PLAIN + """
                C: MAIL FROM:<sender@example.test>
                S: 250 ok
                C: RCPT TO:<bob@example.test>
                S: 250 ok
                C: DATA
                """ + SENT))).containsExactly("sent 2.0.0 (250 2.0.0 Ok: queued as 4711)");
    }

    @Test
    void without_pipelining_nothing_follows_a_refused_sender() throws Exception {
        assertThat(told(play(Scenario.happy(), PLAIN + """
                C: MAIL FROM:<sender@example.test>
                S: 550 5.7.1 go away
                C: QUIT
                """))).containsExactly("bounced 5.7.1 (host 127.0.0.1[127.0.0.1] said: 550 5.7.1 go away (in reply to MAIL FROM command))");
    }

    @Test
    void HELO_follows_where_EHLO_is_refused() throws Exception {
        assertThat(told(play(Scenario.happy(), """
                S: 220 old
                C: EHLO me.example.test
                S: 502 what
                C: HELO me.example.test
                S: 250 old
                C: MAIL FROM:<sender@example.test>
                S: 250 ok
                C: RCPT TO:<bob@example.test>
                S: 250 ok
                C: DATA
                """ + SENT))).allMatch(line -> line.startsWith("sent"));
    }

    @Test
    void HELO_is_the_first_word_where_EHLO_is_not_wanted() throws Exception {
        assertThat(told(play(Scenario.happy().set("smtp_never_send_ehlo", "yes"), """
                S: 220 old ESMTP
                C: HELO me.example.test
                S: 250 old
                C: MAIL *
                S: 451 4.3.0 later
                C: QUIT
                """))).containsExactly("deferred 4.3.0 (host 127.0.0.1[127.0.0.1] said: 451 4.3.0 later (in reply to MAIL FROM command))");
    }

    @Test
    void each_recipient_has_its_own_reply() throws Exception {
        DeliveryResult result = play(Scenario.happy().to("a@example.test", "b@example.test", "c@example.test"), HELLO + """
                C: MAIL *
                C: RCPT TO:<a@*
                C: RCPT TO:<b@*
                C: RCPT TO:<c@*
                C: DATA
                S: 250 ok
                S: 250 ok
                S: 550-5.1.1 no such
                S: 550 5.1.1 user
                S: 450 4.2.1 busy
                """ + SENT);
        assertThat(told(result)).containsExactly("sent 2.0.0 (250 2.0.0 Ok: queued as 4711)",
                "bounced 5.1.1 (host 127.0.0.1[127.0.0.1] said: 550-5.1.1 no such 550 5.1.1 user (in reply to RCPT TO command))",
                "deferred 4.2.1 (host 127.0.0.1[127.0.0.1] said: 450 4.2.1 busy (in reply to RCPT TO command))");
        assertThat(result.siteDown()).isEmpty();
        Outcome.Bounced bounced = (Outcome.Bounced) result.outcomes().get(1);
        assertThat(bounced.reason().remoteMta()).isEqualTo("127.0.0.1");
        assertThat(bounced.reason().diagnosticType()).isEqualTo("smtp");
        assertThat(bounced.reason().diagnostic()).isEqualTo("550-5.1.1 no such 550 5.1.1 user");
    }

    @Test
    void a_server_that_waits_for_a_message_to_nobody_gets_an_empty_one() throws Exception {
        try (var server = FakeServer.start(HELLO + """
                C: MAIL *
                C: RCPT *
                C: DATA
                S: 250 ok
                S: 550 5.1.1 no
                S: 354 go
                CONTENT
                S: 250 ok
                C: QUIT
                """); var scenario = Scenario.happy()) {
            assertThat(told(scenario.deliver(server.nextHop()))).allMatch(line -> line.startsWith("bounced 5.1.1"));
            server.verify();
            assertThat(server.contents()).containsExactly("");
        }
    }

    @Test
    void a_refused_message_is_the_message_s_fault_and_not_the_site_s() throws Exception {
        DeliveryResult result = play(Scenario.happy(), HELLO + """
                C: MAIL *
                C: RCPT *
                C: DATA
                S: 250 ok
                S: 250 ok
                S: 354 go
                CONTENT
                S: 554 5.6.0 I do not like it
                C: QUIT
                """);
        assertThat(told(result)).containsExactly("bounced 5.6.0 (host 127.0.0.1[127.0.0.1] said: 554 5.6.0 I do not like it (in reply to end of DATA command))");
        assertThat(result.siteDown()).isEmpty();
    }

    @Test
    void dots_are_doubled_and_long_lines_continued() throws Exception {
        try (var server = FakeServer.start(PLAIN + """
                C: MAIL *
                S: 250 ok
                C: RCPT *
                S: 250 ok
                C: DATA
                """ + SENT); var scenario = Scenario.happy().set("smtp_line_length_limit", "20")) {
            scenario.content = "Subject: dots\r\n\r\n.\r\n.hidden\r\n12345678901234567890tail\r\nlast".getBytes(StandardCharsets.US_ASCII);
            scenario.deliver(server.nextHop());
            server.verify();
            assertThat(server.contents()).containsExactly("Subject: dots\n\n..\n..hidden\n12345678901234567890\n tail\nlast");
        }
    }

    @Test
    void eight_bit_content_is_converted_for_a_server_that_does_not_take_it() throws Exception {
        String dialogue = PLAIN + """
                C: MAIL FROM:<sender@example.test>
                S: 250 ok
                C: RCPT *
                S: 250 ok
                C: DATA
                """ + SENT;
        byte[] eight = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nna\u00efve\r\n".getBytes(StandardCharsets.UTF_8);
        try (var server = FakeServer.start(dialogue); var scenario = Scenario.happy()) {
            scenario.content = eight;
            scenario.deliver(server.nextHop());
            server.verify();
            assertThat(server.contents().getFirst()).contains("Content-Transfer-Encoding: quoted-printable").endsWith("na=C3=AFve");
        }
        try (var server = FakeServer.start(dialogue); var scenario = Scenario.happy().set("disable_mime_output_conversion", "yes")) {
            scenario.content = eight;
            scenario.deliver(server.nextHop());
            server.verify();
            assertThat(server.contents().getFirst()).contains("Content-Transfer-Encoding: 8bit").endsWith("na\u00efve");
        }
    }

    @Test
    void what_the_client_said_of_reports_is_passed_on() throws Exception {
        var scenario = Scenario.happy();
        scenario.ret = Ret.HDRS;
        scenario.envelopeId = "id+1";
        scenario.body = Body.EIGHT_BIT_MIME;
        scenario.recipients = List.of(new Recipient(Address.of("john doe@example.test"), Address.of("jd@example.test"), "rfc822;j=d@example.test", new Notify(true, true, true, false)));
        assertThat(told(play(scenario, HELLO + """
                C: MAIL FROM:<sender@example.test> SIZE=27 BODY=8BITMIME ENVID=id+2B1 RET=HDRS
                C: RCPT TO:<"john doe"@example.test> ORCPT=rfc822;j+3Dd@example.test NOTIFY=SUCCESS,FAILURE
                C: DATA
                S: 250 ok
                S: 250 ok
                """ + SENT))).hasSize(1);
    }

    @Test
    void a_message_too_large_for_the_server_is_not_even_offered() throws Exception {
        var scenario = Scenario.happy();
        scenario.content = new byte[2000];
        assertThat(told(play(scenario, """
                S: 220 mx ESMTP
                C: EHLO *
                S: 250-mx
                S: 250 SIZE 1000
                C: QUIT
                """))).containsExactly("bounced 5.3.4 (message size 2000 exceeds size limit 1000 of server 127.0.0.1[127.0.0.1])");
    }

    @Test
    void SMTPUTF8_that_is_needed_and_not_offered_bounces() throws Exception {
        var scenario = Scenario.happy().to("j\u00f8rgen@example.test");
        scenario.smtpUtf8 = true;
        assertThat(told(play(scenario, PLAIN + "C: QUIT")))
                .containsExactly("bounced 5.6.7 (message requires SMTPUTF8, but no server was found that supports SMTPUTF8. The last attempted server was 127.0.0.1[127.0.0.1])");
    }

    /** The header of a part, or of a message inside, is for the same reader as the first one. */
    @Test
    void SMTPUTF8_that_only_a_nested_header_needs_bounces_too() throws Exception {
        for (String inner : new String[] {"--b\r\nContent-Description: \u00fc\r\n\r\nx\r\n--b--\r\n", "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: \u00fc\r\n\r\nx\r\n--b--\r\n"}) {
            var scenario = Scenario.happy();
            scenario.smtpUtf8 = true;
            scenario.content = ("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + inner).getBytes(StandardCharsets.UTF_8);
            assertThat(told(play(scenario, PLAIN + "C: QUIT"))).singleElement().asString().startsWith("bounced 5.6.7 ");
        }
    }

    @Test
    void SMTPUTF8_that_was_asked_for_and_not_needed_goes_anywhere() throws Exception {
        var scenario = Scenario.happy();
        scenario.smtpUtf8 = true;
        assertThat(told(play(scenario, PLAIN + """
                C: MAIL FROM:<sender@example.test>
                S: 250 ok
                C: RCPT *
                S: 250 ok
                C: DATA
                """ + SENT))).allMatch(line -> line.startsWith("sent"));
    }

    @Test
    void SMTPUTF8_is_said_where_it_is_offered() throws Exception {
        var scenario = Scenario.happy().to("j\u00f8rgen@example.test");
        scenario.smtpUtf8 = true;
        assertThat(told(play(scenario, HELLO + """
                C: MAIL FROM:<sender@example.test> SIZE=27 SMTPUTF8
                C: RCPT TO:<j\u00f8rgen@example.test> ORCPT=utf-8;j\u00f8rgen@example.test
                C: DATA
                S: 250 ok
                S: 250 ok
                """ + SENT))).allMatch(line -> line.startsWith("sent"));
    }

    @Test
    void XFORWARD_tells_where_the_message_came_from() throws Exception {
        var scenario = Scenario.happy().set("smtp_send_xforward_command", "yes");
        scenario.attributes = Map.of("client_name", "spike.example.test", "client_address", "192.0.2.7", "helo_name", "a b", "protocol_name", "ESMTP");
        assertThat(told(play(scenario, """
                S: 220 mx ESMTP
                C: EHLO *
                S: 250-mx
                S: 250 XFORWARD NAME ADDR PORT PROTO HELO IDENT
                C: XFORWARD NAME=spike.example.test ADDR=192.0.2.7 PORT=[UNAVAILABLE]
                S: 250 ok
                C: XFORWARD PROTO=ESMTP HELO=a+20b IDENT=3Pt2mN2VXxznjll
                S: 250 ok
                C: MAIL *
                S: 250 ok
                C: RCPT *
                S: 250 ok
                C: DATA
                """ + SENT))).allMatch(line -> line.startsWith("sent"));
    }

    @Test
    void keywords_that_are_discarded_are_not_used() throws Exception {
        assertThat(told(play(Scenario.happy().set("smtp_discard_ehlo_keywords", "pipelining, dsn, size"), HELLO + """
                C: MAIL FROM:<sender@example.test>
                S: 250 ok
                C: RCPT TO:<bob@example.test>
                S: 250 ok
                C: DATA
                """ + SENT))).allMatch(line -> line.startsWith("sent"));
    }

    @Test
    void a_line_end_in_an_address_never_reaches_the_server() throws Exception {
        assertThat(told(play(Scenario.happy().to("a\r\nRCPT TO:<evil@example.test>@example.test", "b@example.test"), PLAIN + """
                C: MAIL FROM:<sender@example.test>
                S: 250 ok
                C: RCPT TO:<b@example.test>
                S: 250 ok
                C: DATA
                """ + SENT))).satisfiesExactly(a -> assertThat(a).startsWith("bounced 5.1.3"), b -> assertThat(b).startsWith("sent"));
    }

    @Test
    void a_copy_of_ours_that_cannot_be_read_is_never_ended_with_a_dot() throws Exception {
        var scenario = Scenario.happy();
        scenario.stored = new Content() {
            @Override
            public long size() {
                return 100;
            }

            @Override
            public InputStream open() {
                return new InputStream() {
                    private int given;

                    @Override
                    public int read() throws IOException {
                        if (given++ < 50) {
                            return 'x';
                        }
                        throw new IOException("disk trouble");
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        into[offset] = (byte) read();
                        return 1;
                    }
                };
            }
        };
        try (var server = FakeServer.start(PLAIN + """
                C: MAIL *
                S: 250 ok
                C: RCPT *
                S: 250 ok
                C: DATA
                S: 354 go
                CONTENT
                """); scenario) {
            assertThat(told(scenario.deliver(server.nextHop()))).containsExactly("deferred 4.3.0 (unreadable mail queue entry)");
            assertThat(server.contents()).isEmpty();
        }
    }

    @Test
    void a_thousand_recipients_fit_into_one_transaction() throws Exception {
        String[] all = java.util.stream.IntStream.range(0, 1000).mapToObj(i -> "r" + i + "@example.test").toArray(String[]::new);
        var script = new StringBuilder(HELLO).append("C: MAIL *\nS: 250 ok\n");
        for (int i = 0; i < all.length; i++) {
            script.append("C: RCPT TO:<r").append(i).append("@*\nS: 250 ok\n");
        }
        assertThat(told(play(Scenario.happy().to(all), script + "C: DATA\n" + SENT))).hasSize(1000).allMatch(line -> line.startsWith("sent"));
    }
}
