// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.unboundid.ldap.listener.InMemoryListenerConfig;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.Specs;

/** Lookups that were called off, or came late, condemn no server: not for the minute in which it would come last, not for the second in which nobody would try. Times are so long that none of them ends. */
@Timeout(120)
class CalledOffTest {

    private static final Duration LONG = Duration.ofMinutes(10);

    @TempDir
    Path dir;
    private final List<AutoCloseable> open = new ArrayList<>();
    /** First in the list: takes connections and says nothing, until it {@link #awakes}. */
    private ServerSocket first;
    private Memory second;

    @BeforeEach
    void start() throws Exception {
        first = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(first);
        second = new Memory();
        open.add(second.with(Map.of("k", "second")));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private void awakes() throws Exception {
        first.close();
        open.add(new Memory(InMemoryListenerConfig.createLDAPConfig("plain", InetAddress.getLoopbackAddress(), first.getLocalPort(), null)).with(Map.of("k", "first")));
    }

    /** With {@code bind = yes} it waits for the bind, a part of connecting, with {@code no} for the search. */
    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void an_interrupted_lookup_leaves_the_server_first_and_the_others_free_to_ask(String bind) throws Exception {
        Files.writeString(dir.resolve("t.cf"), second.cf() + "server_host = 127.0.0.1:" + first.getLocalPort() + " 127.0.0.1:" + second.port() + "\ntimeout = 600\nbind = " + bind + "\n");
        try (Table table = new LdapFactory().open(Specs.of("ldap", "./t.cf", dir, _ -> { }, Settings.parse("table_lookup_timeout = 600s\n")))) {
            var answer = new CompletableFuture<Answer>();
            Thread asking = Thread.ofVirtual().start(() -> answer.complete(table.find("k")));
            try (Socket asked = first.accept()) {
                assertThat(asked.getInputStream().read()).as("asked").isNotNegative();
                asking.interrupt();
                assertThat(answer.get(60, TimeUnit.SECONDS)).isInstanceOf(Answer.Unavailable.class);
            }
            awakes();
            assertThat(table.find("k")).isEqualTo(Answer.found("first"));
        }
    }

    private Directory directory() {
        return directory(LONG);
    }

    private Directory directory(Duration timeout) {
        var servers = List.of(Server.parse("127.0.0.1:" + first.getLocalPort(), 0), Server.parse("127.0.0.1:" + second.port(), 0));
        var tls = new TlsPlan(false, false, false, new TlsPlan.Files4("", "", "", ""), List.of(), List.of());
        var directory = new Directory(new Access(servers, timeout, LONG, new Access.Credentials(Access.Bind.SIMPLE, "", "", null), tls), null);
        open.add(directory::close);
        return directory;
    }

    private static long in(Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    @Test
    void a_rest_of_time_that_did_not_do_says_nothing_about_the_server() throws Exception {
        Directory directory = directory();
        Link link = directory.take(in(Duration.ofSeconds(1)), false);
        assertThat(link.server().port()).as("the one that answers").isEqualTo(second.port());
        directory.give(link);
        awakes();
        link = directory.take(in(LONG), true);
        assertThat(link.server().port()).isEqualTo(first.getLocalPort());
        directory.give(link);
    }

    /** With the time of every place used up by others it gets one when its own is nearly over. */
    @Test
    void who_has_no_time_left_does_not_begin_to_connect() throws Exception {
        Directory directory = directory();
        assertThatThrownBy(() -> directory.take(in(Duration.ofMillis(1)), false)).isInstanceOf(Trouble.class).hasMessageStartingWith("dict_ldap_connect: too little time is left of this lookup to connect to ldap://");
        first.setSoTimeout(1);
        assertThatThrownBy(first::accept).as("nobody came").isInstanceOf(SocketTimeoutException.class);
        awakes();
        Link link = directory.take(in(LONG), false);
        assertThat(link.server().port()).isEqualTo(first.getLocalPort());
        directory.give(link);
    }

    /** The search was answered, and its alarm rang all the same: the next lookup would be the one to find out. */
    @Test
    void a_connection_that_its_alarm_has_closed_is_not_kept() throws Exception {
        awakes();
        Directory directory = directory(Duration.ofSeconds(2));
        Link link = directory.take(in(LONG), false);
        link.alarm();
        for (long end = in(Duration.ofSeconds(60)); !link.isSpent() && System.nanoTime() < end;) {
            Thread.onSpinWait();
        }
        directory.give(link);
        assertThat(directory.idle()).isZero();
    }

    @Test
    void old_connections_are_closed_on_another_thread_than_the_timers() throws Exception {
        awakes();
        var handed = new CompletableFuture<Runnable>();
        Access access = directory().access();
        var directory = new Directory(access, null, Duration.ofNanos(1), handed::complete);
        directory.give(directory.take(in(LONG), false));
        Runnable sweep = handed.get(60, TimeUnit.SECONDS);
        assertThat(directory.idle()).as("not yet").isOne();
        sweep.run();
        assertThat(directory.idle()).isZero();
        directory.close();
    }
}
