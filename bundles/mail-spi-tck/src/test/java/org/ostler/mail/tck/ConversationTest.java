// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The runner itself, against a server that says what it is told. */
class ConversationTest {

    private static Conversation with(ScriptedServer server) {
        return Conversation.with(server.address()).deadline(Duration.ofSeconds(10));
    }

    @Test
    void a_matching_conversation_passes_and_commands_in_a_row_travel_together() throws Exception {
        try (var server = new ScriptedServer(true, "220 mx ready\r\n", "250-mx\r\n250-SIZE 7\r\n250 DSN\r\n", "250 a\r\n250 b\r\n")) {
            with(server).plays("""
                    # a comment
                    S: 220 * ready
                    C: EHLO x
                    S: 250-mx
                    S: 250-*
                    C: A
                    C:
                    R: B\\x00\\(z*3)\\r\\n
                    S: 250 a
                    S: 250 b
                    GONE
                    """);
            assertThat(server.heard()).isEqualTo("EHLO x\r\nA\r\n\r\nB\0zzz\r\n");
        }
    }

    @Test
    void a_wrong_reply_fails_with_the_whole_transcript() throws Exception {
        try (var server = new ScriptedServer(true, "220 mx\r\n", "500 no\r\n")) {
            assertThatThrownBy(() -> with(server).plays("""
                    S: 220 *
                    C: EHLO x
                    S: 250 *
                    """)).isInstanceOf(AssertionError.class)
                    .hasMessageContaining("line 3: expected 250 *")
                    .hasMessageContaining("< 220 mx\n> EHLO x\n< 500 no\n");
        }
    }

    @Test
    void a_reply_too_many_fails() throws Exception {
        try (var server = new ScriptedServer(false, "220 mx\r\n250 what\r\n")) {
            assertThatThrownBy(() -> with(server).plays("S: 220 *")).isInstanceOf(AssertionError.class)
                    .hasMessageContaining("one reply too many: 250 what");
        }
    }

    @Test
    void more_text_where_GONE_is_expected_fails() throws Exception {
        try (var server = new ScriptedServer(true, "220 mx\r\n221 Bye\r\n")) {
            assertThatThrownBy(() -> with(server).plays("S: 220 *\nGONE")).isInstanceOf(AssertionError.class)
                    .hasMessageContaining("not 221 Bye");
        }
    }

    @Test
    void a_closed_connection_where_a_reply_is_expected_fails() throws Exception {
        try (var server = new ScriptedServer(true, "220 mx\r\n")) {
            assertThatThrownBy(() -> with(server).plays("S: 220 *\nS: 250 *")).isInstanceOf(AssertionError.class)
                    .hasMessageContaining("the server has closed, expected 250 *");
        }
    }

    @Test
    void a_silent_server_meets_the_deadline() throws Exception {
        try (var server = new ScriptedServer(false, "220 mx\r\n")) {
            assertThatThrownBy(() -> with(server).deadline(Duration.ofMillis(200)).plays("S: 220 *\nS: 250 *"))
                    .isInstanceOf(AssertionError.class).hasMessageContaining("no answer within");
        }
    }

    @Test
    void a_reply_that_ends_in_bare_LF_fails() throws Exception {
        try (var server = new ScriptedServer(true, "220 mx\n")) {
            assertThatThrownBy(() -> with(server).plays("S: 220 *")).isInstanceOf(AssertionError.class)
                    .hasMessageContaining("bare LF");
        }
    }

    @Test
    void WAIT_moves_the_clock_that_is_given() throws Exception {
        List<Duration> waits = new ArrayList<>();
        try (var server = new ScriptedServer(true, "220 mx\r\n")) {
            with(server).waiting(waits::add).plays("S: 220 *\nWAIT 5m\nWAIT 2s\nGONE");
        }
        assertThat(waits).containsExactly(Duration.ofMinutes(5), Duration.ofSeconds(2));
    }

    @Test
    void DROP_resets_the_connection() throws Exception {
        try (var server = new ScriptedServer(false, "220 mx\r\n")) {
            with(server).plays("S: 220 *\nC: DATA\nDROP");
            assertThat(server.heard()).startsWith("DATA\r\n").containsIgnoringCase("reset");
        }
    }

    @Test
    void greeted_says_EHLO_first() throws Exception {
        try (var server = new ScriptedServer(true, "220 mx\r\n", "250 mx\r\n", "250 Ok\r\n")) {
            with(server).greeted().plays("C: NOOP\nS: 250 Ok\nGONE");
            assertThat(server.heard()).isEqualTo("EHLO client.example.test\r\nNOOP\r\n");
        }
    }
}
