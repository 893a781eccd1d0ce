// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.OutageContract;
import org.ostler.mail.tck.LoopbackServer;
import org.ostler.mail.tck.lookup.ScriptedServer;
import org.ostler.mail.tck.lookup.ScriptedServer.Framing;
import org.ostler.mail.tck.lookup.Specs;

/** The wording of each reply is held against Postfix's in the postmap module; here: the contract, connections that fail, and limits. */
@Timeout(120)
class SocketmapTest implements OutageContract {

    @TempDir
    Path dir;
    private final List<String> warnings = java.util.Collections.synchronizedList(new ArrayList<>());
    private final List<AutoCloseable> open = new ArrayList<>();
    /** The server of the table that the contract has opened last. */
    private ScriptedServer last;
    private UnaryOperator<String> replies;

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private static String bytes(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    private ScriptedServer server(UnaryOperator<String> replies) throws IOException {
        var server = new ScriptedServer(Framing.NETSTRING, replies);
        open.add(server);
        return server;
    }

    private Table table(String name, Settings settings) throws Exception {
        return new SocketmapFactory().open(Specs.of("socketmap", name, dir, warnings::add, settings));
    }

    private Table table(int port) throws Exception {
        return table("inet:localhost:" + port + ":map", Settings.parse(""));
    }

    @Override
    public Table tableWith(Map<String, String> entries) throws Exception {
        var map = new java.util.HashMap<String, String>();
        entries.forEach((k, v) -> map.put("map " + bytes(org.ostler.mail.lookup.CaseFold.fold(k)), bytes(v)));
        replies = request -> ScriptedServer.netstring(map.containsKey(request) ? "OK " + map.get(request) : "NOTFOUND ");
        last = server(replies);
        return table(last.port());
    }

    @Override
    public AutoCloseable outage() throws Exception {
        int port = last.port();
        last.close();
        return () -> open.add(new ScriptedServer(Framing.NETSTRING, port, replies));
    }

    @Test
    void a_server_that_hung_up_on_an_idle_connection_is_asked_on_a_new_one() throws Exception {
        ScriptedServer server = server(_ -> ScriptedServer.netstring("OK v"));
        try (Table table = table(server.port())) {
            for (int i = 0; i < 5; i++) {
                assertThat(table.find("k")).isEqualTo(Answer.found("v"));
                server.hangUp();
            }
        }
        assertThat(warnings).isEmpty();
        assertThat(server.connections()).isEqualTo(5);
    }

    @Test
    void one_connection_serves_lookups_one_after_the_other_and_none_is_used_again_after_trouble() throws Exception {
        ScriptedServer server = server(request -> switch (request) {
            case "map good" -> ScriptedServer.netstring("OK v");
            case "map twice" -> ScriptedServer.netstring("OK 1") + ScriptedServer.netstring("OK 2");
            default -> "nonsense";
        });
        try (Table table = table(server.port())) {
            for (int i = 0; i < 10; i++) {
                assertThat(table.find("good")).isEqualTo(Answer.found("v"));
            }
            assertThat(server.connections()).isEqualTo(1);
            assertThat(table.find("odd")).isInstanceOf(Answer.Unavailable.class);
            assertThat(table.find("good")).isEqualTo(Answer.found("v"));
            assertThat(server.connections()).isEqualTo(2);
            assertThat(table.find("twice")).isEqualTo(Answer.found("1"));
            // A reply that nobody has asked for must not become the answer to this one.
            assertThat(table.find("good")).isNotEqualTo(Answer.found("2"));
            assertThat(table.find("good")).isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void connections_are_bounded_and_shared() throws Exception {
        ScriptedServer server = server(request -> ScriptedServer.netstring("OK " + request));
        try (Table table = table(server.port()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Answer>>();
            for (int i = 0; i < 1000; i++) {
                String key = "k" + i;
                answers.add(threads.submit((Callable<Answer>) () -> table.find(key)));
            }
            for (int i = 0; i < 1000; i++) {
                assertThat(answers.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(Answer.found("map k" + i));
            }
        }
        assertThat(server.connections()).isLessThanOrEqualTo(Pool.MOST);
    }

    @Test
    void a_dead_server_is_left_alone_for_a_while_and_then_found_again() throws Exception {
        int port = ScriptedServer.closedPort();
        try (Table table = table(port)) {
            for (int i = 0; i < 50; i++) {
                assertThat(table.find("k")).isEqualTo(Answer.unavailable("Connection refused"));
            }
            try (var server = new ScriptedServer(Framing.NETSTRING, port, _ -> ScriptedServer.netstring("OK back"))) {
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                while (!table.find("k").equals(Answer.found("back"))) {
                    assertThat(System.nanoTime()).isLessThan(end);
                    Thread.onSpinWait();
                }
                assertThat(server.connections()).isEqualTo(1);
            }
        }
    }

    @Test
    void who_gives_up_a_lookup_takes_its_connection_along() throws Exception {
        ScriptedServer server = server(request -> request.equals("map slow") ? ScriptedServer.SILENCE : ScriptedServer.netstring("OK v"));
        try (Table table = table(server.port())) {
            var result = new java.util.concurrent.CompletableFuture<Answer>();
            Thread thread = Thread.ofVirtual().start(() -> result.complete(table.find("slow")));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (server.requests().isEmpty()) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.onSpinWait();
            }
            thread.interrupt();
            assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(Answer.unavailable("interrupted"));
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void a_reply_that_is_not_UTF_8_is_unavailable() throws Exception {
        ScriptedServer server = server(request -> ScriptedServer.netstring(request.endsWith("bad") ? "OK gr\u00fcn" : "OK gr\u00c3\u00bcn"));
        try (Table table = table(server.port())) {
            assertThat(table.find("bad")).isEqualTo(Answer.unavailable("reply is not UTF-8"));
            assertThat(table.find("good")).isEqualTo(Answer.found("gr\u00fcn"));
        }
    }

    @Test
    void a_value_with_a_NUL_is_unavailable() throws Exception {
        ScriptedServer server = server(_ -> ScriptedServer.netstring("OK a\0b"));
        try (Table table = table(server.port())) {
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("NUL in value"));
        }
    }

    @Test
    void limits_are_parameters() throws Exception {
        ScriptedServer server = server(request -> ScriptedServer.netstring("OK " + "v".repeat(request.length() - 4)));
        try (Table table = table("inet:[127.0.0.1]:" + server.port() + ":map", Settings.parse("socketmap_max_query_size = 20\nsocketmap_max_reply_size = 13"))) {
            assertThat(table.find("k".repeat(10))).isEqualTo(Answer.found("v".repeat(10)));
            assertThat(table.find("k".repeat(11))).isEqualTo(Answer.unavailable("input exceeds size limit"));
            assertThat(table.find("k".repeat(21))).isEqualTo(Answer.NOT_FOUND);
            assertThat(warnings.getLast()).isEqualTo("table socketmap:inet:[127.0.0.1]:" + server.port() + ":map query too large: '" + "k".repeat(21) + "', returning 'not found'");
            assertThat(table.find("\n" + "\u00e4".repeat(49) + "\u20ac".repeat(9))).isEqualTo(Answer.NOT_FOUND);
            assertThat(warnings.getLast()).endsWith("too large: '?" + "\u00e4".repeat(49) + "?', returning 'not found'");
        }
    }

    @Test
    void a_local_socket_will_do() throws Exception {
        Path path = dir.resolve("s");
        try (var _ = new LoopbackServer(UnixDomainSocketAddress.of(path), peer -> {
            peer.read(ByteBuffer.allocate(100));
            peer.write(ByteBuffer.wrap("10:OK unix v2,".getBytes(UTF_8)));
        }); Table table = table("unix:" + path + ":map", Settings.parse(""))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("unix v2"));
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void names_that_make_no_sense_are_refused() {
        for (String name : new String[] {"x", "inet:host:port:map", "inet:host:0:map", "inet:host:70000:map", "inet:host:map", "udp:a:1:map"}) {
            assertThatThrownBy(() -> table(name, Settings.parse(""))).as(name).isInstanceOf(org.ostler.mail.lookup.spi.TableOpenException.class);
        }
    }
}
