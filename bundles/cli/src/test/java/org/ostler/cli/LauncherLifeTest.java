// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which instance the launcher takes, and how it starts and stops one. What a real server does: {@code DistributionIT}. */
@Timeout(120)
class LauncherLifeTest {

    @TempDir
    Path dir;
    private FakeDistribution ostler;

    @BeforeEach
    void distribution() throws IOException {
        ostler = new FakeDistribution(dir);
    }

    @AfterEach
    void stop() throws Exception {
        ostler.run("stop", "-c", "etc");
    }

    private interface Check {
        boolean holds() throws IOException;
    }

    private static void await(Check check) throws IOException {
        for (int i = 0; i < 1200 && !check.holds(); i++) {
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        assertThat(check.holds()).isTrue();
    }

    private boolean started() throws IOException {
        Path calls = ostler.home().resolve("calls");
        return Files.exists(calls) && Files.readString(calls).contains("org.apache.karaf.main.Main");
    }

    @Test
    void a_server_is_started_found_and_stopped_where_names_have_blanks_and_there_is_no_ps() throws Exception {
        assertThat(ostler.run("start", "-c", "etc")).as(ostler::said).isZero();
        await(this::started);
        assertThat(ostler.calls().getLast()).contains("--enable-native-access=ALL-UNNAMED", "-Dostler.config_directory=" + ostler.home() + "/etc ");
        String pid = Files.readString(ostler.home().resolve("queue/pid/master.pid")).strip();
        assertThat(ostler.run("status", "-c", "etc")).as(ostler::said).isZero();
        assertThat(ostler.said()).isEqualTo("ostler: the mail system is running: PID: " + pid + "\n");
        assertThat(ostler.run("start", "-c", "etc")).isOne();
        assertThat(ostler.said()).isEqualTo("ostler: fatal: the mail system is already running: PID: " + pid + "\n");
        assertThat(ostler.run("stop", "-c", "etc")).as(ostler::said).isZero();
        assertThat(ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(ostler.run("status", "-c", "etc")).isOne();
    }

    @Test
    void a_server_in_the_foreground_that_stop_has_ended_has_not_failed() throws Exception {
        Process run = ostler.start("run", "-c", "etc");
        await(() -> ostler.output().contains("Ostler is running"));
        // Of its own, beside the output of the first.
        assertThat(new ProcessBuilder("/bin/sh", "-c", "kill \"$(cat 'queue/pid/master.pid')\"").directory(ostler.home().toFile()).start().waitFor()).isZero();
        assertThat(run.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).as(ostler.output()).isZero();
        assertThat(ostler.output()).endsWith("\nOstler has stopped.\n");
    }

    /** Whoever has mail_owner's rights can put links where the server writes: root must not follow them. */
    @Test
    void root_writes_nothing_in_directories_of_mail_owner() throws Exception {
        ostler.root();
        ostler.settings("mail");
        // There is no such user: what is made for him stays the caller's.
        FakeDistribution.script(ostler.tool("chown"), "#!/bin/sh\n");
        for (String program : new String[] {"cp", "mv", "rm", "mkdir"}) {
            Path tool = ostler.tool(program);
            FakeDistribution.script(tool, Files.readString(tool).replace("exec", "printf '%s " + program + " %s\\n' \"${AS-root}\" \"$*\" >> '" + dir + "/writes'\nexec"));
        }
        assertThat(ostler.run("start", "-c", "etc")).as(ostler::said).isZero();
        await(this::started);
        assertThat(ostler.calls().getLast()).startsWith("mail: ");
        assertThat(Files.readAllLines(dir.resolve("writes")).stream().filter(line -> line.startsWith("root "))).as("the directories themselves, before they are mail_owner's").containsExactlyInAnyOrder(
                "root mkdir -p -- " + ostler.home() + "/queue", "root mkdir -p -- " + ostler.home() + "/queue/pid", "root mkdir -p -- " + ostler.home() + "/data", "root mkdir -p -- " + ostler.home() + "/log");
        assertThat(Files.readAllLines(dir.resolve("writes"))).contains("mail cp " + ostler.home() + "/dist/build.id " + ostler.home() + "/data/karaf/build.id");
    }

    /** Nobody greets on a row with TLS from the first byte, however its option is written; and what is not known in services(5) is known to the server. */
    @Test
    void rows_are_asked_as_they_answer() throws Exception {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        ostler.rows("127.0.0.1:" + port + " inet n - n - - smtpd -o { smtpd_tls_wrappermode = yes }\n");
        Process start = ostler.start("start", "-c", "etc");
        await(this::started);
        try (var silent = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"))) {
            assertThat(start.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(start.exitValue()).as(ostler.output()).isZero();
            assertThat(ostler.run("stop", "-c", "etc")).isZero();
            // With IPv6 alone the server does not listen there, and who does is not in its way.
            ostler.rows(port + " inet n - n - - smtpd\n");
            assertThat(ostler.run("start", "-c", "etc")).isOne();
            assertThat(ostler.said()).contains("bind 127.0.0.1 port " + port + ": Address already in use");
            ostler.settings("alice", "ipv6", "no");
            ostler.with("OSTLER_START_TIMEOUT", "1");
            assertThat(ostler.run("start", "-c", "etc")).isOne();
            assertThat(ostler.said()).contains("nobody answers on ::1:" + port);
        }
    }

    @Test
    void an_instance_that_is_not_named_clearly_is_not_guessed() throws Exception {
        assertThat(ostler.run("stop", "-c", "")).isOne();
        assertThat(ostler.said()).isEqualTo("ostler: fatal: -c needs a directory\n");
        assertThat(ostler.run("stop", "-c", "none")).isOne();
        assertThat(ostler.said()).isEqualTo("ostler: fatal: open none/main.cf: No such file or directory\n");
        for (String verb : new String[] {"start", "stop", "status", "run"}) {
            assertThat(ostler.with("MAIL_CONFIG", ostler.home() + "/etc").run(verb, "etc")).as(verb).isEqualTo(64);
            assertThat(ostler.said()).isEqualTo("ostler: fatal: what is etc? -c DIR names the instance\n");
        }
    }

    @Test
    void the_instance_may_be_named_behind_what_is_to_be_done() throws Exception {
        assertThat(ostler.call("bundle list -c etc")).endsWith(" bundle -c " + ostler.home() + "/etc list");
        for (String verb : new String[] {"start", "stop", "status", "check", "reload"}) {
            assertThat(ostler.with("MAIL_CONFIG", ostler.home() + "/etc").run("postfix", verb, "-c", "none")).as(verb).isOne();
            assertThat(ostler.said()).isEqualTo("ostler: fatal: open none/main.cf: No such file or directory\n");
        }
    }

    @Test
    void options_behind_a_command_of_the_shell_are_the_commands() throws Exception {
        assertThat(ostler.call("shell -c etc bundle:list -c x -count")).endsWith(" shell -c " + ostler.home() + "/etc bundle:list -c x -count");
    }

    @Test
    void relative_names_are_those_of_the_callers_directory() throws Exception {
        ostler.with("CDPATH", dir.resolve("other").toString()).with("JAVA_HOME", "jdk");
        Files.createDirectories(dir.resolve("other/etc"));
        assertThat(ostler.call("tables -c etc")).endsWith(" tables -c " + ostler.home() + "/etc");
        assertThat(ostler.run("start", "-c", "etc")).as(ostler::said).isZero();
        await(this::started);
        assertThat(ostler.run("status", "-c", "etc")).isZero();
    }

    @Test
    void a_home_of_any_name_that_main_cf_can_take_is_filled_in() throws Exception {
        Path template = ostler.home().resolve("dist/defaults/main.cf");
        Files.writeString(template, "queue_directory = @HOME@/spool\nmail_owner = @USER@\n");
        Path odd = dir.resolve("R&D|x\\y");
        ostler.with("OSTLER_HOME", odd.toString()).with("OSTLER_START_TIMEOUT", "1");
        Process run = ostler.start("run");
        await(() -> ostler.output().contains("Ostler is running") || !run.isAlive());
        run.destroy();
        assertThat(run.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(odd.resolve("etc/main.cf")).hasContent("queue_directory = " + odd + "/spool\nmail_owner = alice\n");
        ostler.with("OSTLER_HOME", dir.resolve("my mail").toString());
        assertThat(ostler.run("run")).isOne();
        assertThat(ostler.said()).isEqualTo("ostler: fatal: main.cf cannot name this directory: " + dir + "/my mail. Set OSTLER_HOME to one without blank, comma and $\n");
    }
}
