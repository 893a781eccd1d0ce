// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What a test's server leaves behind stays on the machine until its next start. */
class PrivateServersTest {

    private static final Path SEGMENTS = Path.of("/proc/sysvipc/shm");

    /** Line 7 of postmaster.pid: key and number of the System V segment. */
    private static String segment(PrivateServers server) throws IOException {
        return Files.readAllLines(server.dir.resolve("data/postmaster.pid")).get(6).strip().split("\\s+")[1];
    }

    private static boolean isThere(String segment) throws IOException {
        try (Stream<String> lines = Files.lines(SEGMENTS)) {
            return lines.anyMatch(line -> line.strip().split("\\s+")[1].equals(segment));
        }
    }

    @Test
    @EnabledIf(value = "org.ostler.lookup.sql.PrivateServers#postgresIsHere", disabledReason = "PostgreSQL is not installed")
    void nothing_is_left_of_a_database_server_that_had_sessions_and_a_crash() throws Exception {
        PrivateServers server = PrivateServers.postgres();
        String crashed;
        String last;
        try {
            crashed = segment(server);
            server.kill();
            server.start();
            last = segment(server);
            assertThat(isThere(last)).isTrue();
            assertThat(Files.readString(Path.of("/proc", Long.toString(server.pid()), "maps"))).doesNotContain("/dev/shm/");
            // Open until after the end: it must not wait for anybody.
            Connection session = PrivateServers.connect(server.url());
            assertThat(session.isValid(10)).isTrue();
        } finally {
            server.close();
        }
        assertThat(isThere(last)).isFalse();
        assertThat(isThere(crashed)).isFalse();
        assertThat(server.dir).doesNotExist();
    }
}
