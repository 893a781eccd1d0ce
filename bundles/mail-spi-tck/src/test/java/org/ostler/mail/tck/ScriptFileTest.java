// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scripts as text: the loader, wildcards, escapes. */
class ScriptFileTest {

    @TempDir Path dir;

    @Test
    void settings_and_scripts_are_told_apart() throws Exception {
        ScriptFile file = ScriptFile.parse("x", """
                # a note
                myhostname = mx.example.test
                mydestination = a.example,
                    b.example
                smtpd_tls_cert_file = {dir}/cert.pem

                == first
                S: 220 *
                == second
                C: QUIT
                S: 221 2.0.0 Bye
                GONE
                Q: FROM <>
                Q: TO <bob@example.test>
                Q: | Subject: *
                Q: |
                Q: | Gr\\xc3\\xbcn
                """);
        assertThat(file.mainCf(dir)).isEqualTo("""
                myhostname = mx.example.test
                mydestination = a.example, b.example
                smtpd_tls_cert_file = %s/cert.pem
                """.formatted(dir));
        assertThat(dir.resolve("cert.pem")).isNotEmptyFile();
        assertThat(file.scripts()).extracting(Script::title).containsExactly("first", "second");
        Queued queued = file.scripts().get(1).queued().getFirst();
        assertThat(queued.sender()).isEmpty();
        assertThat(queued.recipients()).containsExactly("bob@example.test");
        assertThat(queued.matchesContent(lines("Subject: hi", "", "Grün"))).isTrue();
        assertThat(queued.matchesContent(lines("Subject: hi", "", "Grun"))).isFalse();
        assertThat(queued.matchesContent(lines("Subject: hi", ""))).isFalse();
    }

    private static List<byte[]> lines(String... lines) {
        return List.of(lines).stream().map(line -> line.getBytes(StandardCharsets.UTF_8)).toList();
    }

    @Test
    void a_line_that_is_no_step_is_named() {
        assertThatThrownBy(() -> Script.parse("S: 220 *\nX: what")).hasMessageContaining("line 2: X: what");
        assertThatThrownBy(() -> Script.parse("R: \\q")).hasMessageContaining("unknown escape \\q");
        assertThatThrownBy(() -> Script.parse("WAIT 5")).hasMessageContaining("line 1");
    }

    @Test
    void asterisks_are_wildcards_unless_escaped() {
        assertThat(LinePattern.of("250 * queued as *").matches("250 Ok: queued as 3F")).isTrue();
        assertThat(LinePattern.of("a*b*c").matches("abc")).isTrue();
        assertThat(LinePattern.of("a*b*c").matches("acb")).isFalse();
        assertThat(LinePattern.of("a*b*b").matches("ab")).isFalse();
        assertThat(LinePattern.of("250 ok").matches("250 ok ")).isFalse();
        assertThat(LinePattern.of("one \\* two").matches("one * two")).isTrue();
        assertThat(LinePattern.of("one \\* two").matches("one x two")).isFalse();
        assertThat(LinePattern.of(LinePattern.quote("a*b")).matches("a*b")).isTrue();
    }

    /** Every recorded file must parse; an unreadable one would otherwise be found by its first user. */
    @Test
    void all_recorded_files_load() {
        assertThat(ScriptFile.names()).isNotEmpty().allSatisfy(name -> {
            ScriptFile file = ScriptFile.load(name);
            assertThat(file.raw()).containsKey("myhostname");
            assertThat(file.scripts()).isNotEmpty().allSatisfy(script -> assertThat(script.steps()).isNotEmpty());
        });
    }
}
