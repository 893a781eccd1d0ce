// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.protocol.LDAPMessage;
import com.unboundid.ldap.protocol.SearchResultEntryProtocolOp;
import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.Modification;
import com.unboundid.ldap.sdk.ModificationType;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.tck.lookup.OutageContract;
import org.ostler.mail.tck.LoopbackServer;
import org.ostler.mail.tck.lookup.Specs;

/** The contract, and what goes wrong between a table and its servers. */
@Timeout(120)
class LdapTableTest implements OutageContract {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final LdapFactory factory = new LdapFactory();
    /** The server of the table that the contract has opened last, and what is in it. */
    private Memory last;
    private Map<String, String> content;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    @Override
    public Table tableWith(Map<String, String> entries) throws Exception {
        content = entries;
        last = memory().with(entries);
        return table(last.cf());
    }

    @Override
    public AutoCloseable outage() {
        int port = last.port();
        last.close();
        return () -> open.add(new Memory(InMemoryListenerConfig.createLDAPConfig("plain", InetAddress.getLoopbackAddress(), port, null)).with(content));
    }

    private Memory memory() throws Exception {
        var memory = new Memory();
        open.add(memory);
        return memory;
    }

    private Table table(String cf) throws Exception {
        Files.writeString(dir.resolve("t.cf"), cf);
        return factory.open(Specs.of("ldap", "./t.cf", dir, warnings::add, Settings.parse("table_lookup_timeout = 2s\n")));
    }

    private static String reason(Answer answer) {
        return answer instanceof Answer.Unavailable(String reason) ? reason : "answered: " + answer;
    }

    /** A server that takes connections and never says a word. */
    private int silentPort() throws Exception {
        var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(silent);
        return silent.getLocalPort();
    }

    private static int closedPort() throws Exception {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** As the contract's, with fewer lookups: the directory in memory answers one at a time. */
    @Test
    @Override
    public void many_threads_at_once() throws Exception {
        try (Table table = tableWith(Map.of("key1", "value1", "key2", "value2")); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new ArrayList<Future<Boolean>>();
            for (int t = 0; t < 1000; t++) {
                String key = "key" + (1 + t % 3);
                Answer right = t % 3 == 2 ? Answer.NOT_FOUND : Answer.found("value" + (1 + t % 3));
                results.add(threads.submit(() -> table.find(key).equals(right)));
            }
            for (Future<Boolean> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(factory.kept()).isBetween(1, Directory.CONNECTIONS);
        }
    }

    /** As the contract's, without keys that differ from another in blanks at the ends alone: to the directory they are the same text (RFC 4518 section 2.6.1). */
    @Test
    @Override
    public void hostile_keys_find_nothing_and_do_no_harm() throws Exception {
        String[] keys = {"'", "' or '1'='1", "\\", "k\\", "*", "k*", "?", "%", "_", "%s", "%u@%d", "(k)", "k)(uid=*", "*)(objectclass=*", "\u0000", "k\u0000", "\u0000k", "k\r\nget k", "\t", "${k}",
            "$k", "\ud800", "k\udfff", "../../../etc/passwd", ".", "..", "/", "|k", "{k}", "#k", "[k]", "^k$", "k|x"};
        try (Table table = tableWith(Map.of("k", "v"))) {
            for (String key : keys) {
                assertThat(table.find(key)).as("key <%s>", key).isNotInstanceOf(Answer.Found.class);
            }
            assertThat(table.find("k")).as("afterwards").isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void no_key_can_widen_the_search() throws Exception {
        try (Table table = table(memory().with(Map.of("a*b", "star", "(x)\\y", "paren", "plain", "p")).cf())) {
            assertThat(table.find("a*b")).isEqualTo(Answer.found("star"));
            assertThat(table.find("(x)\\y")).isEqualTo(Answer.found("paren"));
            for (String key : new String[] {"*", "pl*", "plain)(uid=*", "*)(mail=*", "\\2a", "plain\0", "x)(|(mail=*)", "\ud800", "plain\ud800", "\\"}) {
                assertThat(table.find(key)).as(key).isEqualTo(Answer.NOT_FOUND);
            }
        }
    }

    @Test
    void a_value_that_is_no_text_is_unavailable_and_an_empty_one_is_skipped() throws Exception {
        Memory memory = memory().with(Map.of("k", "v", "e", "v"));
        var bytes = new Attribute("description", "gr\u00fcn".getBytes(StandardCharsets.ISO_8859_1));
        memory.server.modify(memory.server.search(Memory.BASE, com.unboundid.ldap.sdk.SearchScope.SUB, "(mail=k)").getSearchEntries().getFirst().getDN(), new Modification(ModificationType.REPLACE,
                "description", bytes.getRawValues()));
        memory.server.modify(memory.server.search(Memory.BASE, com.unboundid.ldap.sdk.SearchScope.SUB, "(mail=e)").getSearchEntries().getFirst().getDN(), new Modification(ModificationType.REPLACE,
                "description", "", "x"));
        try (Table table = table(memory.cf())) {
            assertThat(reason(table.find("k"))).contains("non-UTF-8 value of attribute description");
            assertThat(table.find("e")).isEqualTo(Answer.found("x"));
            assertThat(warnings).containsExactly("table \"ldap:./t.cf\": empty lookup result for: \"e\" -- ignored");
        }
    }

    @Test
    void the_next_server_answers_where_one_is_closed_or_silent() throws Exception {
        Memory good = memory().with(Map.of("k", "v"));
        for (int bad : new int[] {closedPort(), silentPort()}) {
            try (Table table = table(good.cf() + "server_host = 127.0.0.1:" + bad + ", ldap://127.0.0.1:" + good.port() + "\n")) {
                assertThat(table.find("k")).isEqualTo(Answer.found("v"));
                assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            }
        }
    }

    @Test
    void a_server_that_was_restarted_is_asked_again_without_an_error() throws Exception {
        Memory memory = memory().with(Map.of("k", "v"));
        try (Table table = table(memory.cf())) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            int port = memory.port();
            memory.server.restartServer();
            assertThat(memory.port()).isEqualTo(port);
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void nobody_there_is_unavailable_never_not_found_and_said_at_once_the_second_time() throws Exception {
        int port = closedPort();
        try (Table table = table("server_host = 127.0.0.1:" + port + "\nsearch_base = x\nquery_filter = (a=%s)\nbind_dn = cn=me\nbind_pw = geheim\n")) {
            for (int i = 0; i < 2; i++) {
                assertThat(reason(table.find("k"))).startsWith("dict_ldap_connect: Unable to bind to server ldap://127.0.0.1:" + port + " with dn cn=me: -1 (Can't contact LDAP server) -- ").doesNotContain("geheim");
            }
        }
    }

    /** Without the bound on connections and on waiting for one this would take as long as all of them in turn. */
    @Test
    void a_silent_server_holds_a_bounded_number_of_callers_for_a_bounded_time() throws Exception {
        var silent = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        open.add(silent);
        try (Table table = table("server_host = 127.0.0.1:" + silent.getLocalPort() + "\nsearch_base = x\nquery_filter = (a=%s)\ntimeout = 1\n");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Answer>>();
            for (int i = 0; i < 100; i++) {
                answers.add(threads.submit(() -> table.find("k")));
            }
            for (var answer : answers) {
                assertThat(reason(answer.get(60, TimeUnit.SECONDS))).startsWith("dict_ldap_connect: ");
            }
        }
    }

    @Test
    void an_interrupted_lookup_ends() throws Exception {
        try (Table table = table("server_host = 127.0.0.1:" + silentPort() + "\nsearch_base = x\nquery_filter = (a=%s)\ntimeout = 60\n")) {
            var answer = new java.util.concurrent.CompletableFuture<Answer>();
            Thread asking = Thread.ofVirtual().start(() -> answer.complete(table.find("k")));
            asking.interrupt();
            assertThat(answer.get(60, TimeUnit.SECONDS)).isInstanceOf(Answer.Unavailable.class);
        }
    }

    @Test
    void connections_are_kept_shared_and_closed_with_the_last_table() throws Exception {
        Memory memory = memory().with(Map.of("k", "v"));
        Table one = table(memory.cf());
        Table two = table(memory.cf() + "result_format = <%s>\n");
        assertThat(one.find("k")).isEqualTo(Answer.found("v"));
        assertThat(two.find("k")).isEqualTo(Answer.found("<v>"));
        assertThat(factory.kept()).isEqualTo(1);
        one.close();
        assertThat(factory.kept()).isEqualTo(1);
        assertThat(two.find("k")).isEqualTo(Answer.found("<v>"));
        two.close();
        assertThat(factory.kept()).isZero();
    }

    /** Neither ours nor the library's, which would have one read on each connection. The directory's own threads are in this process too, and do not count. */
    @Test
    void idle_connections_hold_no_thread() throws Exception {
        Memory memory = memory().with(Map.of("k", "v"));
        try (Table table = table(memory.cf()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Answer>>();
            for (int i = 0; i < 200; i++) {
                answers.add(threads.submit(() -> table.find("k")));
            }
            for (var answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(Answer.found("v"));
            }
            assertThat(factory.kept()).isGreaterThan(1);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            List<String> held = heldThreads();
            while (!held.isEmpty() && System.nanoTime() < end) {
                held = heldThreads();
            }
            assertThat(held).isEmpty();
            assertThat(factory.kept()).as("still connected").isGreaterThan(1);
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
    }

    /** Stacks of all threads, virtual ones too, that are inside this bundle or the library. */
    private List<String> heldThreads() throws Exception {
        Path dump = dir.resolve("threads." + System.nanoTime());
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
        return Arrays.stream(Files.readString(dump).split("\n\n")).filter(stack -> stack.contains("org.ostler.lookup.ldap.") || stack.contains("com.unboundid."))
                .filter(stack -> !stack.contains(LdapTableTest.class.getName()) && !stack.contains("com.unboundid.ldap.listener.")).toList();
    }

    @Test
    void passwords_are_used_and_never_said() throws Exception {
        Memory memory = memory().with(Map.of("k", "v"));
        try (Table table = table(memory.cf() + "bind_dn = cn=admin\nbind_pw = adminpw\n")) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
        try (Table table = table(memory.cf() + "bind_dn = cn=admin\nbind_pw = geheim\nbind_pww = geheim\n")) {
            assertThat(reason(table.find("k"))).contains("with dn cn=admin: 49 (Invalid credentials)").doesNotContain("geheim");
            assertThat(warnings.toString()).contains("unused parameter: bind_pww=...").doesNotContain("geheim");
        }
    }

    @Test
    void ldaps_and_start_tls_with_and_without_looking_at_the_certificate() throws Exception {
        Memory.Identity identity = Memory.Identity.create(dir);
        Memory start = new Memory(InMemoryListenerConfig.createLDAPConfig("tls", InetAddress.getLoopbackAddress(), 0, identity.context().getSocketFactory())).with(Map.of("k", "v"));
        open.add(start);
        Memory direct = new Memory(InMemoryListenerConfig.createLDAPSConfig("tls", InetAddress.getLoopbackAddress(), 0, identity.context().getServerSocketFactory(), null)).with(Map.of("k", "v"));
        open.add(direct);
        for (String how : new String[] {"start_tls = yes\nserver_host = %s:" + start.port() + "\n", "server_host = ldaps://%s:" + direct.port() + "\n"}) {
            String checked = how + "tls_require_cert = yes\ntls_ca_cert_file = " + identity.pem() + "\n";
            assertThat(once(direct, how, "127.0.0.1")).isEqualTo("v");
            assertThat(once(direct, checked + "tls_cipher_suite = TLS_AES_128_GCM_SHA256\n", "localhost")).isEqualTo("v");
            assertThat(once(direct, checked, "127.0.0.1")).as("another name").contains("dict_ldap_connect");
            assertThat(once(direct, how + "tls_require_cert = yes\n", "localhost")).as("unknown authority").contains("dict_ldap_connect");
        }
    }

    private String once(Memory memory, String how, String host) throws Exception {
        try (Table table = table(memory.cf() + how.replace("%s", host))) {
            Answer answer = table.find("k");
            return answer instanceof Answer.Found(String value) ? value : reason(answer);
        }
    }

    @Test
    void what_cannot_work_is_said_when_the_table_is_opened() {
        for (String[] wrong : new String[][] {{"server_host = gopher://x", "no usable server"}, {"server_host = ::1", "no usable server"}, {"server_host = x:99999", "no usable server"},
            {"start_tls = yes\ntls_cert = /no/such", "open /no/such: No such file"}, {"start_tls = yes\ntls_require_cert = yes\ntls_ca_cert_file = /no/such", "open /no/such: No such file"},
            {"start_tls = yes\ntls_cipher_suite = ROT13", "no cipher suite \"ROT13\""}}) {
            assertThatThrownBy(() -> table(wrong[0] + "\n").close()).as(wrong[0]).isInstanceOf(TableOpenException.class).hasMessageContaining(wrong[1]);
        }
    }

    /** A server that sends the same entry again and again; a connection that is cut for that is not one that was lost. */
    @Test
    void more_than_64_megabytes_are_called_so_and_asked_for_once() throws Exception {
        byte[] entry = new LDAPMessage(1, new SearchResultEntryProtocolOp("cn=x", List.of(new Attribute("description", new byte[8 << 20])))).encode().encode();
        var server = new LoopbackServer(peer -> {
            for (int i = 0; i < 20; i++) {
                peer.socket().getOutputStream().write(entry);
            }
        });
        open.add(server);
        Files.writeString(dir.resolve("t.cf"), "server_host = 127.0.0.1:" + server.port() + "\nsearch_base = x\nquery_filter = (a=%s)\nresult_attribute = description\nbind = no\ntimeout = 60\n");
        try (Table table = factory.open(Specs.of("ldap", "./t.cf", dir, warnings::add, Settings.parse("table_lookup_timeout = 60s\n")))) {
            assertThat(reason(table.find("k"))).isEqualTo("dict_ldap_lookup: ./t.cf: more than 64 MB in the entries of one search");
        }
        assertThat(server.connections()).isOne();
    }

    @Test
    void servers_are_written_in_many_ways() {
        assertThat(Server.parse("h", 390).text()).isEqualTo("ldap://h:390");
        assertThat(Server.parse("h:391", 390).text()).isEqualTo("ldap://h:391");
        assertThat(Server.parse("[::1]:391", 390).text()).isEqualTo("ldap://[::1]:391");
        assertThat(Server.parse("[::1]", 390).text()).isEqualTo("ldap://[::1]:390");
        assertThat(Server.parse("LDAPS://h/dc=x", 390).text()).isEqualTo("ldaps://h:636");
        assertThat(Server.parse("ldap://", 390).text()).isEqualTo("ldap://localhost:389");
        assertThat(Server.parse("ldapi://%2Ftmp%2Fa+b", 390).host()).isEqualTo("/tmp/a+b");
    }
}
