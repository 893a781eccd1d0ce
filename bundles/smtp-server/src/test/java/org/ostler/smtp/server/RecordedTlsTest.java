// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.access.AccessControl;
import org.ostler.cleanup.CleanupService;
import org.ostler.cleanup.HeaderStage;
import org.ostler.cleanup.ReceivedStage;
import org.ostler.lookup.core.PlainTables;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.queue.memory.MemoryStore;
import org.ostler.tls.JsseTls;
import org.ostler.trivial.rewrite.TrivialRewrite;

/** What Postfix logged, answered and wrote into Received lines for each certificate that a client showed ({@code golden/tls}), from our server with the real lists, tables and TLS. */
@Timeout(120)
class RecordedTlsTest {

    private static final List<String> KEYS = List.of("ca", "server-rsa", "server-ec", "server-other", "client-trusted", "client-self", "client-nameless", "client-odd", "client-deep", "client-deeper");
    /** Recordings that are not played, and why. */
    private static final Map<String, String> OTHERWISE = Map.of("tls/access-md5-trusted", "a digest that does not exist is refused when the configuration is read");
    /** Said by OpenSSL of itself, of how Postfix keeps sessions and parses lists, and by other programs or tables. */
    private static final Set<String> NOT_OURS = Set.of("SSL_accept:", "initializing the server-side", "TLS cipher list", "depth=", "Issuing session ticket", "See earlier parsing error", "lookup error", "connect from", "client=",
            "message-id=", "Application error", "TLS protocol trace for");
    private static final String BASE = """
            compatibility_level = 3.11
            myhostname = mx.example.test
            mydestination = example.test
            mynetworks = 127.0.0.0/8
            local_recipient_maps =
            smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
            """;

    @TempDir
    Path dir;
    private final JsseTls client = new JsseTls();

    @BeforeEach
    void keys() throws IOException {
        for (String name : KEYS) {
            try (InputStream in = GoldenFile.class.getResourceAsStream("/golden/tls/" + name + ".pem")) {
                Files.copy(in, dir.resolve(name + ".pem"));
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> recordings() {
        return GoldenFile.names("tls").stream().filter(name -> !OTHERWISE.containsKey(name)).map(name -> dynamicTest(name, () -> plays(GoldenFile.load(name))));
    }

    private void plays(GoldenFile golden) throws Exception {
        withServer(BASE + golden.text("settings").replace("{dir}", dir.toString()), (server, store) -> {
            String how = golden.text("client");
            if (how.startsWith("openssl")) {
                openssl(server, how.strip().replace("{dir}", dir.toString()));
            } else {
                List<String> commands = golden.text("commands").lines().toList();
                List<String> answers = talk(server, how, commands);
                assertThat(withoutEhlo(answers)).isEqualTo(withoutEhlo(golden.text("answers").lines().toList()));
                if (commands.contains("DATA") && answers.stream().anyMatch(line -> line.contains("queued as"))) {
                    assertThat(comments(received(store))).isEqualTo(comments(golden.text("received")));
                }
            }
            server.logged("disconnect from ");
            List<String> log = compared(server.log);
            if (golden.name().equals("tls/self-signed-loglevel-2")) {
                assertThat(log.remove("certificate verification failed for localhost[127.0.0.1]: self-signed certificate")).as("what Postfix has OpenSSL say").isTrue();
            }
            assertThat(log).isEqualTo(compared(golden.text("log").lines().toList()));
            return log;
        });
    }

    @Test
    void a_client_with_a_known_certificate_has_its_headers_completed_where_that_is_asked_for() throws Exception {
        String print = CertificateDigest.ofKey((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(certificateOf("client-trusted")), "sha256");
        String rewrite = BASE + "smtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\nsmtpd_tls_chain_files = " + dir + "/server-rsa.pem\nsmtpd_tls_CAfile = " + dir + "/ca.pem\n"
                + "relay_clientcerts = inline:{{" + print + "=x}}\nlocal_header_rewrite_clients = ";
        assertThat(headers(rewrite + "permit_tls_clientcerts\n", "client-trusted")).contains("Message-Id: ");
        assertThat(headers(rewrite + "permit_tls_clientcerts\n", "client-deep")).doesNotContain("Message-Id: ");
        assertThat(headers(rewrite + "permit_tls_all_clientcerts\n", "client-deep")).contains("Message-Id: ");
        assertThat(headers(rewrite + "permit_tls_all_clientcerts\n", "client-self")).doesNotContain("Message-Id: ");
    }

    private InputStream certificateOf(String name) throws IOException {
        String pem = Files.readString(dir.resolve(name + ".pem"));
        return new ByteArrayInputStream(pem.substring(pem.indexOf("-----BEGIN CERT")).getBytes(StandardCharsets.US_ASCII));
    }

    /** Of a message that a client with this certificate sent. */
    private String headers(String mainCf, String certificate) throws Exception {
        return withServer(mainCf, (server, store) -> {
            List<String> answers = talk(server, "certificate " + certificate, List.of("EHLO x", "STARTTLS", "EHLO x", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.test>", "DATA", "Subject: x", "QUIT"));
            assertThat(answers).anyMatch(line -> line.contains("queued as"));
            return received(store);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"encrypt", "", "none", "may"})
    void wrapper_mode_sends_a_client_without_the_certificate_away_at_once(String level) throws Exception {
        String mainCf = BASE + "smtpd_tls_wrappermode = YES\nsmtpd_tls_security_level = " + level + "\nsmtpd_tls_req_ccert = yes\nsmtpd_tls_chain_files = " + dir + "/server-rsa.pem\nsmtpd_tls_CAfile = " + dir + "/ca.pem\n";
        assertThat(wrapped(mainCf, "client-self")).isEqualTo("421 4.7.1 mx.example.test Error: Client certificate not trusted");
        assertThat(wrapped(mainCf, "client-trusted")).startsWith("220 mx.example.test");
    }

    @Test
    void in_wrapper_mode_the_parameters_for_mandatory_TLS_count_and_mail_is_taken() throws Exception {
        String mainCf = BASE + "smtpd_tls_wrappermode = yes\nsmtpd_tls_protocols = TLSv1.2\nsmtpd_tls_mandatory_protocols = TLSv1.3\nsmtpd_tls_chain_files = " + dir + "/server-rsa.pem\n";
        withServer(mainCf, (server, _) -> {
            try (var plain = new Socket(server.address().getAddress(), server.address().getPort())) {
                plain.setSoTimeout(20_000);
                var session = client.client(plain, policy(">=TLSv1.2", ""), Settings.of(Map.of()));
                assertThat(session.protocol()).isEqualTo("TLSv1.3");
                var in = new BufferedReader(new InputStreamReader(session.socket().getInputStream(), StandardCharsets.UTF_8));
                var answers = new ArrayList<String>();
                reply(in, answers);
                for (String command : List.of("EHLO x", "MAIL FROM:<a@example.org>")) {
                    session.socket().getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
                    reply(in, answers);
                }
                assertThat(answers).noneMatch(line -> line.contains("STARTTLS")).endsWith("250 2.1.0 Ok");
                return null;
            }
        });
    }

    @Test
    void authorities_that_cannot_be_read_right_now_refuse_nobody_for_good() throws Exception {
        String mainCf = BASE + "mynetworks = 192.0.2.1\nsmtpd_relay_restrictions = permit_tls_all_clientcerts, reject_unauth_destination\nsmtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\n"
                + "smtpd_tls_chain_files = " + dir + "/server-rsa.pem\nsmtpd_tls_CAfile = " + dir + "/ca.pem\n";
        List<String> commands = List.of("EHLO x", "STARTTLS", "EHLO x", "MAIL FROM:<a@example.org>", "RCPT TO:<b@else.test>", "QUIT");
        withServer(mainCf, (server, _) -> {
            assertThat(talk(server, "certificate client-trusted", commands)).contains("250 2.1.5 Ok");
            assertThat(talk(server, "certificate client-self", commands)).anyMatch(line -> line.contains("Relay access denied"));
            Files.writeString(dir.resolve("ca.pem"), "half");
            assertThat(talk(server, "certificate client-trusted", commands)).contains("451 4.3.0 <b@else.test>: Temporary lookup failure");
            return null;
        });
    }

    @Test
    void a_client_whose_certificate_is_required_and_cannot_be_judged_is_not_accused() throws Exception {
        String mainCf = BASE + "smtpd_tls_security_level = encrypt\nsmtpd_tls_req_ccert = yes\nsmtpd_tls_chain_files = " + dir + "/server-rsa.pem\nsmtpd_tls_CAfile = " + dir + "/ca.pem\n";
        List<String> commands = List.of("EHLO x", "STARTTLS", "EHLO x", "QUIT");
        withServer(mainCf, (server, _) -> {
            assertThat(talk(server, "certificate client-trusted", commands)).endsWith("221 2.0.0 Bye");
            Files.writeString(dir.resolve("ca.pem"), "half");
            assertThat(talk(server, "certificate client-trusted", commands)).endsWith("220 2.0.0 Ready to start TLS", "421 4.7.0 mx.example.test Error: TLS not available due to local problem");
            assertThat(server.logged("NOQUEUE: abort: TLS from ")).endsWith(": TLS not available due to local problem");
            assertThat(talk(server, "certificate none", commands)).endsWith("421 4.7.1 mx.example.test Error: No client certificate presented");
            return null;
        });
        // As Postfix 3.7 with an smtpd_tls_CAfile that is not there.
        withServer(mainCf, (server, _) -> {
            assertThat(talk(server, "certificate client-trusted", List.of("EHLO x", "STARTTLS", "QUIT"))).endsWith("454 4.7.0 TLS not available due to local problem", "221 2.0.0 Bye");
            return null;
        });
    }

    @Test
    void a_header_is_neither_completed_nor_left_as_it_is_while_a_certificate_cannot_be_judged() throws Exception {
        String mainCf = BASE + "local_header_rewrite_clients = permit_tls_all_clientcerts\nsmtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\n"
                + "smtpd_tls_chain_files = " + dir + "/server-rsa.pem\nsmtpd_tls_CAfile = " + dir + "/ca.pem\n";
        List<String> commands = List.of("EHLO x", "STARTTLS", "EHLO x", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.test>", "QUIT");
        withServer(mainCf, (server, _) -> {
            assertThat(talk(server, "certificate client-trusted", commands)).contains("250 2.1.5 Ok");
            Files.writeString(dir.resolve("ca.pem"), "half");
            assertThat(talk(server, "certificate client-trusted", commands)).anyMatch(line -> line.startsWith("451 4.3.0")).doesNotContain("250 2.1.5 Ok");
            return null;
        });
    }

    /** RFC 3207 section 4.2: what was said in the clear may have come from somebody else. */
    @Test
    void the_name_that_a_client_gave_in_the_clear_is_forgotten() throws Exception {
        String mainCf = BASE + "smtpd_tls_security_level = may\nsmtpd_tls_chain_files = " + dir + "/server-rsa.pem\nsmtpd_helo_restrictions = check_helo_access inline:{{in.the.clear=REJECT no}}\n";
        String refused = "554 5.7.1 <in.the.clear>: Helo command rejected: no";
        List<String> mail = List.of("MAIL FROM:<a@example.org>", "RCPT TO:<b@example.test>", "QUIT");
        withServer(mainCf, (server, _) -> {
            assertThat(talk(server, "certificate none", Stream.concat(Stream.of("EHLO in.the.clear"), mail.stream()).toList())).contains(refused);
            assertThat(talk(server, "certificate none", Stream.concat(Stream.of("EHLO in.the.clear", "STARTTLS"), mail.stream()).toList())).contains("250 2.1.5 Ok").doesNotContain(refused);
            assertThat(talk(server, "certificate none", Stream.concat(Stream.of("EHLO x", "STARTTLS", "EHLO in.the.clear"), mail.stream()).toList())).contains(refused);
            return null;
        });
    }

    private String wrapped(String mainCf, String certificate) throws Exception {
        return withServer(mainCf, (server, _) -> {
            try (var plain = new Socket(server.address().getAddress(), server.address().getPort())) {
                plain.setSoTimeout(20_000);
                Socket socket = client.client(plain, policy(">=TLSv1.2", ""), Settings.of(Map.of("smtp_tls_chain_files", dir.resolve(certificate + ".pem").toString()))).socket();
                return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
            }
        });
    }

    private interface Use<T> {
        T of(Server server, MemoryStore store) throws Exception;
    }

    private <T> T withServer(String mainCf, Use<T> use) throws Exception {
        Tables tables = new PlainTables().tables(Settings.parse(mainCf), dir, _ -> {});
        var router = new TrivialRewrite(tables);
        var store = new MemoryStore();
        try (AutoCloseable _ = store::close;
                var server = new Server(mainCf, dir, new AccessControl(tables, router), _ -> new CleanupService(store, router, List.of(new ReceivedStage(), new HeaderStage(router))), tables)) {
            return use.of(server, store);
        }
    }

    /** Replies to EHLO are compared elsewhere. */
    private static List<String> withoutEhlo(List<String> answers) {
        return answers.stream().filter(line -> !line.matches("250[- ](?!2\\.).*")).map(line -> line.replaceAll("queued as .*", "queued as queue-id")).toList();
    }

    private static List<String> compared(List<String> log) {
        return log.stream().map(RecordedTlsTest::plain).filter(line -> NOT_OURS.stream().noneMatch(line::contains)).distinct().collect(Collectors.toCollection(ArrayList::new));
    }

    /** JSSE does not tell the digest of an RSA signature. What we say behind a bad value is the client, not the value again. */
    private static String plain(String line) {
        return line.replaceAll("(RSA-PSS \\(2048 bits\\)) \\w+-digest SHA\\d+", "$1").replaceAll("(value \"loud\") .*", "$1");
    }

    private static List<String> comments(String received) {
        return received.lines().map(RecordedTlsTest::plain).filter(line -> line.startsWith("\t(") || line.startsWith("\t ")).toList();
    }

    private static String received(MemoryStore store) throws Exception {
        var messages = new ArrayList<StoredMessage>();
        store.list(messages::add);
        try (InputStream in = messages.getLast().content().open()) {
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
            return all.substring(0, all.indexOf("\n\n") + 1);
        }
    }

    /** The words of a recording's "client" section. */
    private List<String> talk(Server server, String how, List<String> commands) throws Exception {
        Map<String, String> words = how.lines().map(line -> line.split(" ", 2)).collect(Collectors.toMap(pair -> pair[0], pair -> pair.length > 1 ? pair[1] : ""));
        var settings = new HashMap<>(Map.of("smtp_tls_session_cache_database", words.containsKey("connections") ? "memory:" : ""));
        if (!words.get("certificate").equals("none")) {
            settings.put("smtp_tls_chain_files", dir.resolve(words.get("certificate") + ".pem").toString());
        }
        ClientTls policy = policy(words.getOrDefault("version", ">=TLSv1.2").replace("TLSv1_2", "TLSv1.2"), words.getOrDefault("sni", ""));
        List<String> answers = List.of();
        for (int i = Integer.parseInt(words.getOrDefault("connections", "1")); i > 0; i--) {
            answers = talk(server, commands, plain -> client.client(plain, policy, Settings.of(settings)).socket());
        }
        return answers;
    }

    private static ClientTls policy(String versions, String serverName) {
        return new ClientTls(TlsLevel.ENCRYPT, "mx.example.test", serverName, "smtp", new ClientTls.Terms(Protocols.parse(versions), "medium", ""), Proof.NONE);
    }

    private interface Upgrade {
        Socket of(Socket plain) throws IOException;
    }

    private static List<String> talk(Server server, List<String> commands, Upgrade upgrade) throws IOException {
        var answers = new ArrayList<String>();
        try (var plain = new Socket(server.address().getAddress(), server.address().getPort())) {
            plain.setSoTimeout(20_000);
            Socket socket = plain;
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            boolean goesOn = reply(in, answers);
            for (int i = 0; i < commands.size() && goesOn; i++) {
                String command = commands.get(i);
                socket.getOutputStream().write((command.startsWith("Subject:") ? command + "\r\n\r\nx\r\n.\r\n" : command + "\r\n").getBytes(StandardCharsets.UTF_8));
                goesOn = reply(in, answers);
                if (command.equals("STARTTLS") && answers.getLast().startsWith("220")) {
                    socket = upgrade.of(plain);
                    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                }
            }
            socket.close();
        }
        return answers;
    }

    private static boolean reply(BufferedReader in, List<String> answers) throws IOException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answers.add(line);
            if (line.charAt(3) == ' ') {
                return true;
            }
        }
        return false;
    }

    private static void openssl(Server server, String command) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "the program openssl is not installed");
        var words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of("-connect", "127.0.0.1:" + server.address().getPort(), "-starttls", "smtp"));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try (var typed = process.outputWriter(StandardCharsets.US_ASCII)) {
            typed.write("QUIT\r\n");
            typed.flush();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }
}
