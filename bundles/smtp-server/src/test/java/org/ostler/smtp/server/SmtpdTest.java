// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.access.AccessPolicy;
import org.ostler.mail.access.AccessSession;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.tck.Conversation;

/** What the recorded conversations do not show: the envelope that arrives, log lines, deadlines, draining, trouble of neighbours. */
@Timeout(120)
// size: one server and one set of neighbours for all sentences
class SmtpdTest {

    private static final String NAMES = "compatibility_level = 3.11\nmyhostname = mx.example.test\nmydestination = example.test\nmynetworks = 127.0.0.0/8\nlocal_recipient_maps =\n";
    private static final String MESSAGE = """
            S: 220 *
            C: EHLO client.example.test
            S: 250-*
            C: MAIL FROM:<sender@example.org>
            S: 250 2.1.0 Ok
            C: RCPT TO:<bob@example.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C: Subject: hello
            C:
            C: Hi.
            C: .
            """;

    @TempDir
    Path dir;
    private Server server;

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    private Server start(String mainCf) {
        server = new Server(NAMES + mainCf, dir);
        return server;
    }

    private Server start(String mainCf, AccessPolicy access, UnaryOperator<Cleanup> cleanup) {
        server = new Server(NAMES + mainCf, dir, access, cleanup);
        return server;
    }

    private void plays(String script) {
        Conversation.with(server.address()).plays(script);
    }

    // What arrives

    @Test
    void the_envelope_and_the_origin_of_a_message() {
        start("");
        plays("""
                S: 220 *
                C: EHLO client.example.test
                S: 250-*
                C: MAIL FROM:<"john doe"@example.org> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=a+2Bb SMTPUTF8
                S: 250 2.1.0 Ok
                C: RCPT TO:<bob@example.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob+40old.example
                S: 250 2.1.5 Ok
                C: DATA
                S: 354 *
                C: x
                C: .
                S: 250 2.0.0 Ok: queued as *
                """);
        FakeCleanup.Message message = server.cleanup.messages.getFirst();
        assertThat(message.sender()).isEqualTo(new Address("john doe", "example.org"));
        assertThat(message.ret()).isEqualTo(Ret.HDRS);
        assertThat(message.envelopeId()).isEqualTo("a+b");
        assertThat(message.body()).isEqualTo(Body.EIGHT_BIT_MIME);
        assertThat(message.smtpUtf8()).isTrue();
        Recipient bob = message.recipients().getFirst();
        assertThat(bob.address()).isEqualTo(Address.of("bob@example.test"));
        assertThat(bob.dsnOriginal()).isEqualTo("rfc822;Bob@old.example");
        assertThat(bob.dsnNotify()).hasToString("SUCCESS,DELAY");
        assertThat(message.content()).isEqualTo("x\r\n");
        Origin origin = message.origin();
        assertThat(origin.local()).isTrue();
        assertThat(origin.attributes()).containsEntry("client_name", "localhost").containsEntry("client_address", "127.0.0.1")
                .containsEntry("helo_name", "client.example.test").containsEntry("protocol_name", "ESMTP").containsEntry("rewrite_context", "local");
        assertThat(origin.received()).contains(new Origin.ReceivedFrom("client.example.test (localhost [127.0.0.1])", "mx.example.test", "UTF8SMTP", List.of()));
    }

    @Test
    void the_encryption_is_named_where_that_is_asked_for() throws IOException {
        start("smtpd_tls_security_level = may\nsmtpd_tls_received_header = yes\nsmtpd_tls_loglevel = 1\n" + certificate());
        Conversation.with(server.address()).plays("""
                S: 220 *
                C: EHLO client.example.test
                S: 250-*
                C: STARTTLS
                S: 220 *
                TLS
                C: EHLO client.example.test
                S: 250-*
                C: MAIL FROM:<sender@example.org>
                C: RCPT TO:<bob@example.test>
                C: DATA
                S: 250 2.1.0 Ok
                S: 250 2.1.5 Ok
                S: 354 *
                C: .
                S: 250 *
                C: QUIT
                S: 221 *
                GONE
                """);
        Origin.ReceivedFrom received = server.cleanup.messages.getFirst().origin().received().orElseThrow();
        assertThat(received.protocol()).isEqualTo("ESMTPS");
        assertThat(received.comments().getFirst()).startsWith("(using TLSv1.3 with cipher TLS_");
        assertThat(received.comments().getLast()).isEqualTo("(No client certificate requested)");
        assertThat(server.log).anyMatch(line -> line.startsWith("Anonymous TLS connection established from localhost[127.0.0.1]: TLSv1.3 with cipher "));
    }

    @Test
    void wrapper_mode_speaks_TLS_from_the_first_byte() throws Exception {
        start("smtpd_tls_wrappermode = yes\n" + certificate());
        var context = javax.net.ssl.SSLContext.getInstance("TLS");
        context.init(null, new javax.net.ssl.TrustManager[] {new AnyCertificate()}, null);
        try (var socket = context.getSocketFactory().createSocket(server.address().getAddress(), server.address().getPort())) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(in.readLine()).startsWith("220 ");
            socket.getOutputStream().write("EHLO x\r\n".getBytes(StandardCharsets.US_ASCII));
            String line = in.readLine();
            for (; line.startsWith("250-"); line = in.readLine()) {
                assertThat(line).doesNotContain("STARTTLS");
            }
            socket.getOutputStream().write("QUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(in.readLine()).startsWith("221 ");
            assertThat(in.readLine()).as("closed with close_notify").isNull();
        }
    }

    private static final class AnyCertificate extends javax.net.ssl.X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public java.security.cert.X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
        }
    }

    @Test
    void a_queue_file_may_begin_at_MAIL() throws InterruptedException {
        start("smtpd_delay_open_until_valid_rcpt = no");
        plays("S: 220 *\nC: HELO x\nS: 250 *\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: QUIT\nS: 221 *\nGONE\n");
        server.logged(": client=localhost[127.0.0.1]");
        server.logged("disconnect");
        assertThat(server.cleanup.open.get()).isZero();
    }

    private String certificate() throws IOException {
        return org.ostler.mail.tck.ScriptFile.load("starttls-may").mainCf(dir).lines().filter(line -> line.startsWith("smtpd_tls_cert") || line.startsWith("smtpd_tls_key"))
                .reduce("", (a, b) -> a + b + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"smtpd_authorized_xclient_hosts = fail:down", "smtpd_authorized_xforward_hosts = fail:down", "smtpd_discard_ehlo_keyword_address_maps = fail:down"})
    void a_table_behind_EHLO_that_cannot_answer_ends_the_session_for_now(String mainCf) throws InterruptedException {
        start(mainCf);
        plays("""
                S: 220 *
                C: EHLO client.example.test
                S: 421 4.3.0 mx.example.test Server local data error
                """);
        server.logged("warning: " + mainCf.substring(0, mainCf.indexOf(' ')) + ": ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"smtpd_authorized_xclient_hosts|XCLIENT NAME=spike.example.com", "smtpd_authorized_xforward_hosts|XFORWARD NAME=spike.example.com"})
    void a_proxy_is_not_refused_for_good_because_a_table_is_down(String parameterAndCommand) {
        String[] words = parameterAndCommand.split("\\|");
        start(words[0] + " = fail:down\n");
        plays("""
                S: 220 *
                C: %s
                S: 421 4.3.0 mx.example.test Server local data error
                """.formatted(words[1]));
    }

    @Test
    void whose_headers_are_to_be_completed_is_not_guessed_while_its_table_is_down() {
        start("local_header_rewrite_clients = fail:down\n");
        plays("""
                S: 220 *
                C: EHLO client.example.test
                S: 250-*
                C: MAIL FROM:<sender@example.org>
                S: 250 2.1.0 Ok
                C: RCPT TO:<bob@example.test>
                S: 451 4.3.0 Temporary lookup error
                C: QUIT
                S: 221 *
                """);
        assertThat(server.cleanup.messages).isEmpty();
    }

    @Test
    void XFORWARD_attributes_travel_with_one_message() throws InterruptedException {
        start("smtpd_authorized_xforward_hosts = 127.0.0.0/8");
        plays("""
                S: 220 *
                C: EHLO client.example.test
                S: 250-*
                C: XFORWARD NAME=spike.example.com ADDR=192.0.2.10 IDENT=4F1A SOURCE=REMOTE
                S: 250 2.0.0 Ok
                C: MAIL FROM:<sender@example.org>
                C: RCPT TO:<bob@example.test>
                C: DATA
                S: 250 2.1.0 Ok
                S: 250 2.1.5 Ok
                S: 354 *
                C: .
                S: 250 2.0.0 Ok: queued as *
                C: MAIL FROM:<sender@example.org>
                C: RCPT TO:<bob@example.test>
                C: DATA
                S: 250 2.1.0 Ok
                S: 250 2.1.5 Ok
                S: 354 *
                C: .
                S: 250 2.0.0 Ok: queued as *
                """);
        Origin first = server.cleanup.messages.getFirst().origin();
        assertThat(first.attributes()).containsEntry("log_client_name", "spike.example.com").containsEntry("log_client_address", "192.0.2.10").containsEntry("log_ident", "4F1A");
        assertThat(first.local()).isFalse();
        assertThat(server.cleanup.messages.get(1).origin().attributes()).doesNotContainKey("log_client_name");
        assertThat(server.cleanup.messages.get(1).origin().local()).isTrue();
        server.logged(": client=localhost[127.0.0.1], orig_queue_id=4F1A, orig_client=spike.example.com[192.0.2.10]");
    }

    @Test
    void access_actions_reach_the_submission() {
        start("", new FakeAccess() {
            @Override
            public AccessSession open(ClientInfo client, Settings settings) {
                return new Yes(settings) {
                    private final List<Action> actions = new java.util.ArrayList<>();

                    @Override
                    public Verdict rcpt(Address recipient) {
                        actions.add(new Action("PREPEND", "X-Y: z"));
                        return Verdict.OK;
                    }

                    @Override
                    public Verdict endOfData(long size) {
                        actions.add(new Action("HOLD", "look"));
                        return Verdict.OK;
                    }

                    @Override
                    public List<Action> actions() {
                        return actions;
                    }
                };
            }
        }, UnaryOperator.identity());
        plays(MESSAGE + "S: 250 2.0.0 Ok: queued as *\n");
        assertThat(server.cleanup.messages.getFirst().actions()).containsExactly("PREPEND X-Y: z", "HOLD look");
    }

    // Log lines

    @Test
    void the_log_of_a_message() throws InterruptedException {
        start("");
        plays(MESSAGE + "S: 250 2.0.0 Ok: queued as *\nC: QUIT\nS: 221 2.0.0 Bye\nGONE\n");
        String id = server.cleanup.messages.getFirst().id().text();
        server.logged("disconnect from");
        assertThat(server.log).containsExactly("connect from localhost[127.0.0.1]", id + ": client=localhost[127.0.0.1]",
                "disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5");
    }

    @Test
    void the_log_of_a_refused_recipient() throws InterruptedException {
        server = new Server(NAMES.replace("local_recipient_maps =", "local_recipient_maps = inline:{{bob=x}}"), dir);
        plays("""
                S: 220 *
                C: EHLO client.example.test
                S: 250-*
                C: MAIL FROM:<>
                S: 250 2.1.0 Ok
                C: RCPT TO:<nobody@example.test>
                S: 550 5.1.1 *
                C: QUIT
                S: 221 2.0.0 Bye
                GONE
                """);
        assertThat(server.logged("reject:")).isEqualTo("NOQUEUE: reject: RCPT from localhost[127.0.0.1]: 550 5.1.1 <nobody@example.test>: Recipient address rejected: "
                + "User unknown in local recipient table; from=<> to=<nobody@example.test> proto=ESMTP helo=<client.example.test>");
        assertThat(server.logged("disconnect")).endsWith(" ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4");
    }

    @Test
    void a_client_that_vanishes_is_logged_with_its_place() throws InterruptedException {
        start("");
        plays(MESSAGE.replace("C: .\n", "") + "DROP\n");
        assertThat(server.logged("lost connection")).matches("[0-9A-Za-z]+: lost connection after DATA \\(2[0-9] bytes\\) from localhost\\[127\\.0\\.0\\.1\\]");
        assertThat(server.logged("disconnect")).endsWith(" ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4");
        assertThat(server.cleanup.messages).isEmpty();
        assertThat(server.cleanup.open.get()).as("submissions left open").isZero();
    }

    @Test
    void too_many_errors_are_logged() throws InterruptedException {
        start("smtpd_hard_error_limit = 2\nsmtpd_error_sleep_time = 0");
        plays("S: 220 *\nC: FOO\nS: 500 *\nC: FOO\nS: 500 *\nS: 421 4.7.0 mx.example.test Error: too many errors\nGONE\n");
        server.logged("NOQUEUE: too many errors after UNKNOWN from localhost[127.0.0.1]");
    }

    /** Recorded from Postfix 3.12: golden/log. */
    @Test
    void the_log_of_clients_that_break_rules() throws InterruptedException {
        start("smtpd_forbid_bare_newline = note\nsmtpd_forbid_bare_newline_exclusions =\n");
        plays("S: 220 *\nC: GET / HTTP/1.0\nS: 221 *\nGONE\n");
        server.logged("warning: non-SMTP command from localhost[127.0.0.1]: GET / HTTP/1.0");
        server.logged("disconnect from localhost[127.0.0.1] unknown=0/1 commands=0/1");
        plays("S: 220 *\nC: EHLO client.example.test\nC: MAIL FROM:<sender@example.org>\nS: 554 *\nGONE\n");
        server.logged("improper command pipelining after EHLO from localhost[127.0.0.1]: MAIL FROM:<sender@example.org>\\r\\n");
        server.logged("disconnect from localhost[127.0.0.1] ehlo=0/1 commands=0/1");
        plays("S: 220 *\nC: EHLO client.example.test\nS: 250-*\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 250 *\nC: DATA\nS: 354 *\n"
                + "R: a\\nb\\r\\n.\\r\\n\nS: 250 *\nC: QUIT\nS: 221 *\nGONE\n");
        server.logged("disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5 notes=bare_lf");
    }

    @Test
    void without_a_policy_the_greeting_is_421() {
        start("", new FakeAccess() {
            @Override
            public AccessSession open(ClientInfo client, Settings settings) {
                throw new IllegalStateException("bundle is gone");
            }
        }, UnaryOperator.identity());
        plays("S: 421 4.3.0 mx.example.test Service unavailable - try again later\nGONE\n");
    }

    @Test
    void a_client_cannot_write_its_own_log_lines() throws InterruptedException {
        start("");
        plays("S: 220 *\nR: EHLO a\\x01b\\x7fc\\r\\n\nS: 250-*\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 250 *\nDROP\n");
        server.logged("disconnect");
        assertThat(server.log).noneMatch(line -> line.chars().anyMatch(Character::isISOControl));
    }

    // Deadlines and bounds

    @Test
    void a_client_that_sends_a_byte_now_and_then_is_ended() throws Exception {
        start("smtpd_timeout = 1s");
        try (var client = new RawClient(server)) {
            trickle(client.socket, "NOOP and no end");
        }
        server.logged("NOQUEUE: timeout after CONNECT from localhost[127.0.0.1]");
    }

    /** A client that closes in good order has not ended its message either. */
    @Test
    void a_message_whose_client_closes_in_the_middle_is_no_message() throws Exception {
        start("");
        for (String ending : List.of("text\r\n", "text", "text\r\n.", "text\r\n.\r")) {
            try (var client = RawClient.inMessage(server)) {
                client.send(ending).end();
                assertThat(client.reply()).as("a reply to %s", ending).isNull();
            }
        }
        try (var client = new RawClient(server)) {
            client.send("EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nBDAT 10 LAST\r\nnine byte").end();
            assertThat(client.replies()).noneMatch(line -> line.contains("queued"));
        }
        assertThat(server.cleanup.messages).isEmpty();
        assertThat(server.cleanup.open.get()).isZero();
    }

    /** What is too much is not passed on, so that half a message would be in the queue if it were accepted. */
    @Test
    void a_message_may_be_as_large_as_the_limit_and_not_a_byte_more() {
        start("message_size_limit = 100");
        String begin = "S: 220 *\nC: EHLO x\nS: 250-*\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 250 *\n";
        plays(begin + "C: DATA\nS: 354 *\nC: " + "x".repeat(98) + "\nC: .\nS: 250 2.0.0 Ok: queued as *\n");
        plays(begin + "C: DATA\nS: 354 *\nC: " + "x".repeat(99) + "\nC: .\nS: 552 5.3.4 *\nC: NOOP\nS: 250 *\n");
        plays(begin + "C: BDAT 60\nC: " + "x".repeat(58) + "\nS: 250 *\nC: BDAT 41 LAST\nC: " + "x".repeat(39) + "\nS: 552 5.3.4 *\nC: NOOP\nS: 250 *\n");
        assertThat(server.cleanup.messages).singleElement().satisfies(message -> assertThat(message.content()).hasSize(100));
        assertThat(server.cleanup.open.get()).isZero();
    }

    @Test
    void so_is_one_that_does_so_inside_a_message() throws Exception {
        start("smtpd_timeout = 1s");
        try (var client = RawClient.inMessage(server)) {
            trickle(client.socket, "a line of text, slowly");
        }
        server.logged(": timeout after DATA (");
        server.logged("disconnect");
        assertThat(server.cleanup.messages).isEmpty();
        assertThat(server.cleanup.open.get()).isZero();
    }

    /** Sends a byte every fifth of a second until the server has had enough; fails after a minute. */
    private static void trickle(Socket socket, String text) throws IOException, InterruptedException {
        for (int i = 0; i < 300; i++) {
            if (socket.getInputStream().available() > 0 && answers421(socket)) {
                return;
            }
            socket.getOutputStream().write(text.charAt(i % text.length()));
            Thread.sleep(200);
        }
        throw new AssertionError("still connected");
    }

    private static boolean answers421(Socket socket) throws IOException {
        byte[] reply = new byte[4096];
        int count = socket.getInputStream().read(reply);
        return new String(reply, 0, count, StandardCharsets.US_ASCII).contains("421 4.4.2 mx.example.test Error: timeout exceeded\r\n");
    }

    @Test
    void a_client_that_never_reads_is_ended() throws Exception {
        start("smtpd_timeout = 1s\nsmtpd_junk_command_limit = 1000000000");
        try (var client = new RawClient(server)) {
            client.reply();
            client.send("EHLO x\r\n");
            while (!client.reply().startsWith("250 ")) {
                assertThat(client.socket.isClosed()).isFalse();
            }
            byte[] much = "RSET\r\n".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        client.send(much);
                    }
                } catch (IOException e) {
                    // The server has closed: that is what the test is about.
                    return;
                }
            });
            server.logged("timeout after RSET from localhost[127.0.0.1]");
            server.logged("disconnect");
        }
    }

    @Test
    void a_message_is_never_in_memory_as_a_whole() throws Exception {
        var bytes = new AtomicLong();
        var largest = new AtomicInteger();
        start("message_size_limit = 0", new FakeAccess(), inner -> (origin, settings) -> new Wrapped(inner.open(origin, settings)) {
            @Override
            public void content(byte[] array, int offset, int length) {
                bytes.addAndGet(length);
                largest.accumulateAndGet(array.length, Math::max);
            }
        });
        long lines = 1_000_000;
        try (var client = RawClient.inMessage(server)) {
            byte[] block = ("x".repeat(62) + "\r\n").repeat(1000).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < lines / 1000; i++) {
                client.send(block);
            }
            assertThat(client.send(".\r\n").reply()).startsWith("250 2.0.0 Ok: queued as ");
        }
        assertThat(bytes.get()).isEqualTo(lines * 64);
        assertThat(largest.get()).isLessThanOrEqualTo(64 * 1024);
    }

    @Test
    void connections_of_one_client_are_limited() throws Exception {
        start("smtpd_client_connection_count_limit = 1\nsmtpd_client_event_limit_exceptions =");
        try (var first = new RawClient(server)) {
            assertThat(first.reply()).startsWith("2");
            plays("S: 421 4.7.0 mx.example.test Error: too many connections from localhost[127.0.0.1]\nGONE\n");
            server.logged("warning: Connection concurrency limit exceeded: 2 from localhost[127.0.0.1] for service 127.0.0.1:0");
        }
    }

    // Replacement of the program

    @Test
    void an_idle_session_is_told_that_the_program_goes() throws Exception {
        start("");
        try (var client = new RawClient(server)) {
            assertThat(client.reply()).startsWith("220 ");
            assertThat(client.send("HELO x\r\n").reply()).startsWith("250 ");
            Thread.ofVirtual().start(server::replaceProgram);
            assertThat(client.reply()).isEqualTo("421 4.3.2 mx.example.test Service not available, closing transmission channel");
            assertThat(client.reply()).isNull();
        }
        server.logged("disconnect");
        assertThat(server.log).noneMatch(line -> line.contains("lost connection"));
    }

    @Test
    void a_transaction_is_finished_before_the_program_goes() throws Exception {
        start("");
        try (var client = RawClient.inMessage(server)) {
            var gone = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                server.replaceProgram();
                gone.countDown();
            });
            assertThat(client.send("text\r\n.\r\n").reply()).startsWith("250 2.0.0 Ok: queued as ");
            assertThat(client.reply()).startsWith("421 4.3.2 ");
            gone.await();
        }
        assertThat(server.cleanup.messages).hasSize(1);
    }

    // Trouble of neighbours

    @Test
    void a_full_queue_is_452() {
        start("", new FakeAccess(), inner -> (origin, settings) -> {
            throw new QueueException(QueueException.Kind.FULL, "no space left");
        });
        plays("S: 220 *\nC: HELO x\nS: 250 *\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 452 4.3.1 Insufficient system storage\n");
    }

    @Test
    void a_queue_in_trouble_is_451() {
        start("", new FakeAccess(), inner -> (origin, settings) -> {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "read-only file system");
        });
        plays("S: 220 *\nC: HELO x\nS: 250 *\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 451 4.3.0 *\nC: DATA\nS: 554 5.5.1 Error: no valid recipients\n");
    }

    @Test
    void a_message_whose_storage_failed_is_not_acknowledged() {
        start("", new FakeAccess(), inner -> (origin, settings) -> new Wrapped(inner.open(origin, settings)) {
            @Override
            public Result finish() {
                throw new IllegalStateException("flush failed");
            }
        });
        plays(MESSAGE + "S: 451 4.3.0 Error: queue file write error\nC: NOOP\nS: 250 2.0.0 Ok\n");
        assertThat(server.cleanup.open.get()).isZero();
    }

    /** So fails a bundle that is being replaced; a client whose connection just ends would know less. */
    @Test
    void a_class_that_has_gone_with_its_bundle_is_trouble_like_any_other() {
        start("", new FakeAccess(), inner -> (origin, settings) -> new Wrapped(inner.open(origin, settings)) {
            @Override
            public Result finish() {
                throw new NoClassDefFoundError("gone with its bundle");
            }
        });
        plays(MESSAGE + "S: 451 4.3.0 Error: queue file write error\nC: NOOP\nS: 250 2.0.0 Ok\n");
        assertThat(server.cleanup.open.get()).isZero();
    }

    /** What is left of the message must not be read as commands. */
    @Test
    void an_error_in_the_middle_of_the_content_ends_the_session() {
        start("", new FakeAccess(), inner -> (origin, settings) -> new Wrapped(inner.open(origin, settings)) {
            @Override
            public void content(byte[] bytes, int offset, int length) {
                throw new NoClassDefFoundError("gone with its bundle");
            }
        });
        plays(MESSAGE.replace("C: .\n", "C: RSET\nC: .\n") + "S: 421 4.3.0 mx.example.test Server local error\nGONE\n");
        assertThat(server.cleanup.messages).isEmpty();
    }

    @Test
    void what_cleanup_refuses_is_answered_in_its_words() {
        start("", new FakeAccess(), inner -> (origin, settings) -> new Wrapped(inner.open(origin, settings)) {
            @Override
            public Result finish() {
                return new Result.Refused(Reply.of(554, "5.4.0", "Error: too many hops"), "too many hops");
            }
        });
        plays(MESSAGE + "S: 554 5.4.0 Error: too many hops\n");
    }

    @Test
    void a_policy_that_fails_defers_and_is_opened_again() {
        var opened = new AtomicInteger();
        start("", new FakeAccess() {
            @Override
            public AccessSession open(ClientInfo client, Settings settings) {
                int number = opened.incrementAndGet();
                return new Yes(settings) {
                    @Override
                    public Verdict rcpt(Address recipient) {
                        if (number == 1) {
                            throw new IllegalStateException("bundle is gone");
                        }
                        if (number == 2) {
                            throw new NoClassDefFoundError("gone with its bundle");
                        }
                        return Verdict.OK;
                    }
                };
            }
        }, UnaryOperator.identity());
        plays("S: 220 *\nC: HELO x\nS: 250 *\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 451 4.3.0 *\nC: RCPT TO:<d@e.f>\nS: 451 4.3.0 *\nC: RCPT TO:<d@e.f>\nS: 250 2.1.5 Ok\n");
        assertThat(opened.get()).isEqualTo(3);
    }

    /** The bundle goes between RCPT and DATA: nobody sees it but the message, which would go out although it was to be held. */
    @Test
    void what_a_policy_that_went_has_asked_for_stays_with_the_message() {
        var opened = new AtomicInteger();
        start("", new FakeAccess() {
            @Override
            public AccessSession open(ClientInfo client, Settings settings) {
                int number = opened.incrementAndGet();
                return new Yes(settings) {
                    private final List<Action> actions = new ArrayList<>();

                    @Override
                    public Verdict mail(Address sender, long declaredSize) {
                        actions.clear();
                        actions.add(new Action("BCC", "archive@example.test"));
                        return Verdict.OK;
                    }

                    @Override
                    public Verdict rcpt(Address recipient) {
                        actions.add(new Action("HOLD", ""));
                        return Verdict.OK;
                    }

                    @Override
                    public Verdict data() {
                        actions.add(new Action("PREPEND", "X-Seen: " + number));
                        return Verdict.OK;
                    }

                    @Override
                    public void resume(List<Action> collected) {
                        actions.clear();
                        actions.addAll(collected);
                    }

                    @Override
                    public void attribute(String name, String value) {
                        if (name.equals("recipient_count") && number % 2 == 1) {
                            throw new NoClassDefFoundError("gone with its bundle");
                        }
                    }

                    @Override
                    public List<Action> actions() {
                        return actions;
                    }
                };
            }
        }, UnaryOperator.identity());
        plays(MESSAGE + "S: 250 2.0.0 Ok: queued as *\n" + MESSAGE.substring(MESSAGE.indexOf("C: MAIL")) + "S: 250 2.0.0 Ok: queued as *\n");
        assertThat(server.cleanup.messages).extracting(FakeCleanup.Message::actions)
                .containsExactly(List.of("BCC archive@example.test", "HOLD ", "PREPEND X-Seen: 2"), List.of("BCC archive@example.test", "HOLD ", "PREPEND X-Seen: 2"));
        assertThat(opened.get()).isEqualTo(2);
    }

    /** DISCARD ends all lists; a client that got 250 at RCPT would else meet 5xx at DATA. Whoever comes is told, and decides. */
    @Test
    void what_a_policy_that_went_has_discarded_is_refused_by_none_that_comes() {
        var opened = new AtomicInteger();
        start("", new FakeAccess() {
            @Override
            public AccessSession open(ClientInfo client, Settings settings) {
                boolean first = opened.incrementAndGet() == 1;
                return new Yes(settings) {
                    private List<Action> collected = List.of();

                    private Verdict unlessDiscarded(String where) {
                        return collected.isEmpty() ? refuse(554, "5.7.1", where) : Verdict.OK;
                    }

                    @Override
                    public Verdict mail(Address sender, long declaredSize) {
                        collected = first ? List.of(new Action("DISCARD", "")) : List.of();
                        return Verdict.OK;
                    }

                    @Override
                    public void resume(List<Action> before) {
                        collected = before;
                    }

                    @Override
                    public Verdict rcpt(Address recipient) {
                        return unlessDiscarded("rcpt");
                    }

                    @Override
                    public Verdict data() {
                        return unlessDiscarded("data");
                    }

                    @Override
                    public Verdict endOfData(long size) {
                        return unlessDiscarded("end");
                    }

                    @Override
                    public void attribute(String name, String value) {
                        if (first && name.equals("recipient_count")) {
                            throw new NoClassDefFoundError("gone with its bundle");
                        }
                    }

                    @Override
                    public List<Action> actions() {
                        return collected;
                    }
                };
            }
        }, UnaryOperator.identity());
        plays(MESSAGE + "S: 250 2.0.0 Ok: queued as *\n" + "C: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 554 5.7.1 rcpt\n");
        assertThat(server.cleanup.messages).extracting(FakeCleanup.Message::actions).containsExactly(List.of("DISCARD "));
    }

    /** As Postfix logs it. */
    @Test
    void a_refused_greeting_shows_in_the_log_with_what_is_in_progress() throws InterruptedException {
        start("", new FakeAccess() {
            @Override
            public AccessSession open(ClientInfo client, Settings settings) {
                return new Yes(settings) {
                    @Override
                    public Verdict helo(String name) {
                        return name.startsWith("bad") ? refuse(554, "5.7.1", "bad name") : Verdict.OK;
                    }
                };
            }
        }, UnaryOperator.identity());
        plays("S: 220 *\nC: EHLO bad.example\nS: 554 5.7.1 *\nC: EHLO x\nS: 250-*\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 250 *\nC: RCPT TO:<g@e.f>\nS: 250 *\n"
                + "C: HELO bad.example\nS: 554 5.7.1 *\nC: DATA\nS: 354 *\nC: x\nC: .\nS: 250 *\n");
        server.logged("NOQUEUE: reject: EHLO from localhost[127.0.0.1]: 554 5.7.1 bad name; proto=SMTP helo=<bad.example>");
        assertThat(server.logged(": reject: HELO from")).endsWith(": 554 5.7.1 bad name; from=<a@b.c> to=<d@e.f> proto=ESMTP helo=<bad.example>");
        assertThat(server.cleanup.messages.getFirst().origin().attributes()).containsEntry("helo_name", "x").containsEntry("protocol_name", "ESMTP");
    }

    @Test
    void a_verdict_may_end_the_session() {
        start("", new FakeAccess() {
            @Override
            public AccessSession open(ClientInfo client, Settings settings) {
                return new Yes(settings) {
                    @Override
                    public Verdict rcpt(Address recipient) {
                        return refuse(421, "4.7.0", "go away");
                    }
                };
            }
        }, UnaryOperator.identity());
        plays("S: 220 *\nC: HELO x\nS: 250 *\nC: MAIL FROM:<a@b.c>\nS: 250 *\nC: RCPT TO:<d@e.f>\nS: 421 4.7.0 go away\nGONE\n");
    }

    /** A submission in which tests change one thing. */
    private static class Wrapped implements Submission {
        private final Submission inner;

        Wrapped(Submission inner) {
            this.inner = inner;
        }

        @Override
        public QueueId id() {
            return inner.id();
        }

        @Override
        public void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8) {
            inner.sender(sender, ret, envelopeId, body, smtpUtf8);
        }

        @Override
        public void tls(TlsRequest request) {
            inner.tls(request);
        }

        @Override
        public void recipient(Recipient recipient) {
            inner.recipient(recipient);
        }

        @Override
        public void action(String name, String argument) {
            inner.action(name, argument);
        }

        @Override
        public void content(byte[] bytes, int offset, int length) {
            inner.content(bytes, offset, length);
        }

        @Override
        public boolean isFailed() {
            return inner.isFailed();
        }

        @Override
        public Result finish() {
            return inner.finish();
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
