// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.OutageContract;
import org.ostler.mail.tck.lookup.ScriptedServer;
import org.ostler.mail.tck.lookup.Specs;

/** The contract and the coding of texts; replies are held against Postfix's in the postmap module. */
@Timeout(120)
class TcpTest implements OutageContract {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();
    private ScriptedServer server;
    private UnaryOperator<String> replies;

    @AfterEach
    void close() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Override
    public Table tableWith(Map<String, String> entries) throws Exception {
        var map = new HashMap<String, String>();
        entries.forEach((k, v) -> map.put("get " + TcpFactory.encoded(CaseFold.fold(k)), "200 " + TcpFactory.encoded(v) + "\n"));
        replies = request -> map.getOrDefault(request, "500 no\n");
        server = new ScriptedServer(ScriptedServer.Framing.LINE, replies);
        return new TcpFactory().open(Specs.of("tcp", "127.0.0.1:" + server.port(), dir, warnings::add));
    }

    @Override
    public AutoCloseable outage() throws Exception {
        int port = server.port();
        server.close();
        return () -> server = new ScriptedServer(ScriptedServer.Framing.LINE, port, replies);
    }

    @Test
    void texts_are_coded_and_decoded() {
        String text = "a%b \t\r\n\u0000\u007f\u00fc";
        assertThat(TcpFactory.encoded(text)).isEqualTo("a%25b%20%09%0D%0A%00%7F%C3%BC");
        assertThat(TcpFactory.decoded(TcpFactory.encoded(text))).contains(text);
        assertThat(TcpFactory.decoded("%c3%bC x")).contains("\u00fc x");
        for (String bad : new String[] {"%", "%1", "a%1", "%zz", "%-1", "%ff"}) {
            assertThat(TcpFactory.decoded(bad)).as(bad).isEmpty();
        }
    }

    @Test
    void a_value_that_is_not_UTF_8_is_unavailable() throws Exception {
        server = new ScriptedServer(ScriptedServer.Framing.LINE, request -> request.equals("get bad") ? "200 gr%fcn\n" : "200 gr%c3%bcn\n");
        try (Table table = new TcpFactory().open(Specs.of("tcp", "127.0.0.1:" + server.port(), dir, warnings::add))) {
            assertThat(table.find("bad")).isInstanceOf(Answer.Unavailable.class);
            assertThat(table.find("good")).isEqualTo(Answer.found("gr\u00fcn"));
        }
    }

    /** What stands before it may be somebody else's address. */
    @Test
    void a_value_with_a_NUL_is_unavailable() throws Exception {
        server = new ScriptedServer(ScriptedServer.Framing.LINE, _ -> "200 a%00b\n");
        try (Table table = new TcpFactory().open(Specs.of("tcp", "127.0.0.1:" + server.port(), dir, warnings::add))) {
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("NUL in value"));
        }
        assertThat(warnings).containsExactly("table tcp:127.0.0.1:" + server.port() + ": key k: NUL in value");
    }

    /** A key cannot bring a second request along. */
    @Test
    void one_key_is_one_request() throws Exception {
        try (Table table = tableWith(Map.of("k", "v"))) {
            assertThat(table.find("x\nget k")).isEqualTo(Answer.NOT_FOUND);
            assertThat(server.requests()).containsExactly("get x%0Aget%20k");
        }
    }

    private Table table(int port, Consumer<String> warnings) throws Exception {
        return new TcpFactory().open(Specs.of("tcp", "127.0.0.1:" + port, dir, warnings, Settings.parse("table_lookup_timeout = 60s\n")));
    }

    @Test
    void a_server_that_hangs_up_is_asked_again() throws Exception {
        var left = new AtomicInteger(2);
        server = new ScriptedServer(ScriptedServer.Framing.LINE, _ -> left.getAndDecrement() > 0 ? "" : "200 v\n");
        try (Table table = table(server.port(), warnings::add)) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
        assertThat(server.requests()).containsExactly("get k", "get k", "get k");
        String lost = "read TCP map reply from 127.0.0.1:" + server.port() + ": unexpected EOF";
        assertThat(warnings).containsExactly(lost, lost);
    }

    /** Its process is gone, and something in front of it still takes connections: each lookup would wait for tries that are as vain as the last ones. */
    @Test
    void a_server_that_always_hangs_up_is_left_alone_until_it_answers() throws Exception {
        var up = new AtomicBoolean();
        server = new ScriptedServer(ScriptedServer.Framing.LINE, _ -> up.get() ? "200 v\n" : "");
        var failed = new ArrayList<Trouble>();
        var tries = new Pool.Tries(3, Duration.ofSeconds(20));
        try (var pool = new Pool(Endpoint.inet("127.0.0.1:" + server.port()))) {
            for (int i = 0; i < 10; i++) {
                assertThatThrownBy(() -> pool.ask(tries, Duration.ofSeconds(10), TcpTest::get, failed::add)).hasMessage("unexpected disconnect");
            }
            assertThat(failed).hasSize(10);
            assertThat(server.connections()).isEqualTo(1);
        }
        try (var pool = new Pool(Endpoint.inet("127.0.0.1:" + server.port()))) {
            assertThatThrownBy(() -> pool.ask(Duration.ofSeconds(60), TcpTest::get)).hasMessage("unexpected disconnect");
            up.set(true);
            long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            String answer = "";
            while (answer.isEmpty() && System.nanoTime() < end) {
                answer = answer(pool);
            }
            assertThat(answer).isEqualTo("200 v");
        }
    }

    private static String answer(Pool pool) {
        try {
            return pool.ask(Duration.ofSeconds(60), TcpTest::get);
        } catch (Trouble stillLeftAlone) {
            Thread.onSpinWait();
            return "";
        }
    }

    private static String get(Connection connection) throws IOException {
        connection.send("get k\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        return new String(connection.line(100), java.nio.charset.StandardCharsets.US_ASCII);
    }

    /** The server starts when the first try has failed. */
    @Test
    void a_server_that_is_being_restarted_is_waited_for() throws Exception {
        int port = ScriptedServer.closedPort();
        try (Table table = table(port, line -> {
            warnings.add(line);
            server = server != null ? server : started(port);
        })) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
        assertThat(warnings).containsExactly("connect to TCP map 127.0.0.1:" + port + ": Connection refused");
    }

    private static ScriptedServer started(int port) {
        try {
            return new ScriptedServer(ScriptedServer.Framing.LINE, port, _ -> "200 v\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_reply_that_makes_no_sense_is_not_asked_for_again() throws Exception {
        server = new ScriptedServer(ScriptedServer.Framing.LINE, _ -> "nonsense\n");
        try (Table table = table(server.port(), warnings::add)) {
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("malformed reply"));
        }
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void tries_are_counted_end_with_the_time_and_are_not_made_at_a_server_that_has_just_been_given_up() throws Exception {
        int port = ScriptedServer.closedPort();
        var failed = new ArrayList<Trouble>();
        try (var pool = new Pool(Endpoint.inet("127.0.0.1:" + port))) {
            Duration minute = Duration.ofMinutes(1);
            assertThatThrownBy(() -> pool.ask(new Pool.Tries(4, Duration.ofMillis(1)), minute, _ -> "", failed::add)).hasMessage("Connection refused");
            assertThat(failed).hasSize(4);
        }
        failed.clear();
        try (var pool = new Pool(Endpoint.inet("127.0.0.1:" + port))) {
            // The second would begin when nobody waits any more. Lookups fail at once then, though the server is back.
            assertThatThrownBy(() -> pool.ask(new Pool.Tries(4, Duration.ofMinutes(1)), Duration.ofSeconds(30), _ -> "", failed::add)).hasMessage("Connection refused");
            server = started(port);
            assertThatThrownBy(() -> pool.ask(new Pool.Tries(4, Duration.ofMinutes(1)), Duration.ofMinutes(9), _ -> "", failed::add)).hasMessage("Connection refused");
            assertThat(failed).hasSize(2);
            assertThat(server.connections()).isZero();
        }
    }
}
