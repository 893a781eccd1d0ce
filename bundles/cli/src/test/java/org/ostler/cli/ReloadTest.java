// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tck.LoopbackServer;

/** What {@code reload} says of a configuration that is in force, and of one that is not. The server is a list of answers; a real one is asked in {@code LookupKitIT}. */
@Timeout(60)
class ReloadTest {

    @TempDir
    Path dir;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    /** By request, the words with a blank between: what the server answers. */
    private final Map<String, String> answers = new HashMap<>(Map.of("config.reload", "ok\n"));
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private LoopbackServer server;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(dir.resolve("queue/private"));
        Files.writeString(dir.resolve("master.cf"), "127.0.0.1:2599 inet n - n - - smtpd\n");
        server = new LoopbackServer(UnixDomainSocketAddress.of(dir.resolve("queue/private/control")), this::serve);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private void serve(SocketChannel peer) throws IOException {
        var in = new BufferedReader(new InputStreamReader(Channels.newInputStream(peer), StandardCharsets.UTF_8));
        var words = new ArrayList<String>();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            words.add(line.substring(1));
        }
        String request = String.join(" ", words);
        asked.add(request);
        peer.write(StandardCharsets.UTF_8.encode(answers.getOrDefault(request, "error no answer\n")));
    }

    private int reload(String maps, String... arguments) throws IOException {
        return run("reload", maps, arguments);
    }

    private int run(String verb, String maps, String... arguments) throws IOException {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.6\nmyhostname = mx.example.test\nmydestination =\nqueue_directory = " + dir.resolve("queue") + "\n" + maps);
        err.reset();
        var words = new ArrayList<>(List.of(arguments));
        words.addAll(List.of("-c", dir.toString()));
        return Main.run(new Terminal(verb, new ByteArrayInputStream(new byte[0]), new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8)), words);
    }

    private List<String> said() {
        return err.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void a_good_configuration_is_taken_without_a_word() throws IOException {
        assertThat(reload("virtual_alias_maps = inline:{a=b}\n")).isZero();
        assertThat(said()).isEmpty();
        assertThat(asked).containsExactly("config.reload");
    }

    /** A tailored set need not have the shell. */
    @Test
    void a_verb_of_a_part_that_is_not_here_names_the_part() throws IOException {
        answers.put("feature.list", "error unknown command: feature.list\n");
        answers.put("bundle.stop none", "error no bundle none\n");
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.6\nqueue_directory = " + dir.resolve("queue") + "\n");
        for (var expected : Map.of(List.of("feature", "list"), "feature: fatal: feature list: no part of this server does that; it is in the part \"shell\"", List.of("bundle", "stop", "none"), "bundle: fatal: no bundle none").entrySet()) {
            err.reset();
            var words = new ArrayList<>(List.of("-c", dir.toString()));
            words.addAll(expected.getKey().subList(1, expected.getKey().size()));
            assertThat(Main.run(new Terminal(expected.getKey().getFirst(), new ByteArrayInputStream(new byte[0]), new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8)), words)).isOne();
            assertThat(said()).containsExactly(expected.getValue());
        }
    }

    /** Mail that needs the table waits; who has mistyped it is to know now. */
    @Test
    void a_table_that_cannot_be_opened_is_named_and_the_configuration_is_in_force() throws IOException {
        String missing = "virtual_alias_maps: texthash:" + dir + "/nosuch is unavailable. open database " + dir + "/nosuch: No such file or directory";
        assertThat(reload("virtual_alias_maps = texthash:" + dir + "/nosuch\nunused_one = 1\n")).isZero();
        assertThat(said()).containsExactly("reload: warning: " + dir + "/main.cf: unused parameter: unused_one=1", "reload: warning: " + missing);
        assertThat(reload("virtual_alias_maps = texthash:" + dir + "/nosuch\n", "-n")).isZero();
        assertThat(said()).isEmpty();
    }

    @Test
    void of_a_parameter_that_only_the_server_knows_nothing_is_said() throws IOException {
        answers.put("config.knows csv_limit unused_one", "+csv_limit\nok\n");
        assertThat(reload("csv_limit = 1\nunused_one = 1\n")).isZero();
        assertThat(said()).containsExactly("reload: warning: " + dir + "/main.cf: unused parameter: unused_one=1");
    }

    @Test
    void check_asks_the_server_too_and_without_one_it_claims_nothing_of_bundles_that_were_installed() throws IOException {
        String unused = "check: warning: " + dir + "/main.cf: unused parameter: csv_limit=1";
        answers.put("config.knows csv_limit", "+csv_limit\nok\n");
        String settings = "data_directory = " + dir + "/data\ncsv_limit = 1\n";
        run("check", settings);
        assertThat(said()).isEmpty();

        server.close();
        Files.delete(dir.resolve("queue/private/control"));
        run("check", settings);
        assertThat(said()).containsExactly(unused);
        Files.createDirectories(dir.resolve("data/karaf/bundles"));
        Files.createFile(dir.resolve("data/karaf/bundles/com.example.jar"));
        run("check", settings);
        assertThat(said()).containsExactly(unused + " (unless by a bundle that was installed by hand: the server, which would know, does not answer)");
    }

    /** It takes the connection, and that is all: a check is for such a server too. */
    @Test
    void a_server_that_hangs_is_not_waited_for_without_end() throws IOException {
        Files.createDirectories(dir.resolve("hangs/private"));
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(dir.resolve("hangs/private/control")));
            assertThat(RunningServer.knows(Settings.of(Map.of("queue_directory", dir.resolve("hangs").toString())), List.of("csv_limit"), Duration.ofMillis(100))).isEmpty();
        }
    }

    @Test
    void of_a_type_that_only_the_server_has_the_server_is_asked() throws IOException {
        answers.put("tables.check NONE csv:/good", "ok\n");
        answers.put("tables.check NONE csv:/bad", "+tables.check: csv:/bad is unavailable. line 3: no comma\nok\n");
        answers.put("tables.check NO_SUBSTITUTION csv:/route", "ok\n");
        assertThat(reload("virtual_alias_maps = csv:/good, csv:/bad, proxy:typo:/x\ntransport_maps = csv:/route, unionmap:{csv:/good, static:x}\n")).isZero();
        // The server says the same of what it does not know.
        assertThat(said()).containsExactlyInAnyOrder("reload: warning: virtual_alias_maps: csv:/bad is unavailable. line 3: no comma", "reload: warning: virtual_alias_maps: typo:/x: no answer",
                "reload: warning: transport_maps: unionmap:{csv:/good, static:x}: no answer");
    }

    /** The server waits for a bundle that may come: once for a type is enough. */
    @Test
    void a_type_that_nobody_has_is_asked_for_once() throws IOException {
        answers.put("tables.check NO_SUBSTITUTION unionmap:{lmbd:/c}", "+tables.check: unsupported dictionary type: lmbd\nok\n");
        assertThat(reload("virtual_alias_maps = lmbd:/a, lmbd:/b\ntransport_maps = unionmap:{lmbd:/c}\n")).isZero();
        assertThat(asked).containsExactly("config.reload", "tables.check NO_SUBSTITUTION unionmap:{lmbd:/c}");
        assertThat(said()).hasSize(3).allMatch(line -> line.endsWith("unsupported dictionary type: lmbd"));
    }

    @Test
    void a_configuration_with_problems_is_refused_and_its_tables_do_not_matter() throws IOException {
        answers.put("config.reload", "+/main.cf, line 9: something\nerror the configuration has problems; the one in force stays\n");
        assertThat(reload("virtual_alias_maps = texthash:" + dir + "/nosuch\n")).isEqualTo(1);
        assertThat(said()).containsExactly("/main.cf, line 9: something", "reload: fatal: the configuration has problems; the one in force stays");
    }
}
