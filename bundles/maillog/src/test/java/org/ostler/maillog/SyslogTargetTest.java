// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a syslog daemon receives. Java cannot open such a socket, so Python plays the daemon. */
class SyslogTargetTest {

    private static final Path PYTHON = Path.of("/usr/bin/python3");
    private static final String DAEMON = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind(sys.argv[1])
            s.settimeout(60)
            print("ready", flush=True)
            for _ in range(int(sys.argv[2])):
                sys.stdout.buffer.write(s.recv(65536) + b"\\n")
            sys.stdout.flush()
            """;

    @TempDir
    Path dir;
    private Process daemon;

    private BufferedReader daemon(int messages) throws IOException {
        assumeTrue(Files.isExecutable(PYTHON), "needs " + PYTHON);
        daemon = new ProcessBuilder(PYTHON.toString(), "-c", DAEMON, dir.resolve("log").toString(), Integer.toString(messages)).redirectErrorStream(true).start();
        var out = new BufferedReader(new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8));
        assertThat(out.readLine()).isEqualTo("ready");
        return out;
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (daemon != null) {
            daemon.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    /** RFC 3164 as the C library sends it: priority, time without host, tag with process id, message. */
    @Test
    void a_line_arrives_as_syslog_sends_it() throws Exception {
        BufferedReader received = daemon(2);
        try (var target = new SyslogTarget(dir.resolve("log").toString())) {
            target.write(List.of(new LogTarget.Line(22, "Nov 26 22:00:01 mx", "postfix/smtpd[7]: connect from müller.example[192.0.2.1]"),
                    new LogTarget.Line(20, "Nov  6 22:00:01 mx", "postfix/qmgr[7]: warning: x")));
        }
        assertThat(received.readLine()).isEqualTo("<22>Nov 26 22:00:01 postfix/smtpd[7]: connect from müller.example[192.0.2.1]");
        assertThat(received.readLine()).isEqualTo("<20>Nov  6 22:00:01 postfix/qmgr[7]: warning: x");
    }

    @Test
    void a_daemon_that_is_not_there_is_an_error_and_one_that_comes_back_is_found() throws Exception {
        var line = List.of(new LogTarget.Line(22, "Nov 26 22:00:01 mx", "postfix/smtpd[7]: hello"));
        try (var target = new SyslogTarget(dir.resolve("log").toString())) {
            assertThatThrownBy(() -> target.write(line)).isInstanceOf(IOException.class);
            BufferedReader received = daemon(1);
            target.write(line);
            assertThat(received.readLine()).isEqualTo("<22>Nov 26 22:00:01 postfix/smtpd[7]: hello");
        }
    }
}
