// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: the bytes of its arguments, an output that nobody takes, a small memory. Texts and exit statuses are those of Postfix 3.12 where it has any. */
@Timeout(120)
class ProcessTest {

    @TempDir
    Path dir;
    private Process process;

    @BeforeEach
    void configuration() throws IOException {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.6\nqueue_directory = " + dir.resolve("queue") + "\n");
        Files.createDirectories(dir.resolve("queue/maildrop"));
    }

    @AfterEach
    void end() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** {@code words} as a shell has them; a byte is written as in printf(1). */
    private Process start(String java, String words) throws IOException {
        String program = Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED " + java + " -cp '"
                + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")) + "' org.ostler.cli.Main ";
        var builder = new ProcessBuilder("sh", "-c", "exec " + program + words).redirectError(dir.resolve("err").toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        process = builder.start();
        return process;
    }

    private int ended() throws InterruptedException {
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private String said() throws IOException {
        return Files.readString(dir.resolve("err"));
    }

    /** Runs it without input; what it prints. */
    private String run(int expected, String words) throws Exception {
        start("", words).getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(ended()).as(words + ": " + said()).isEqualTo(expected);
        return printed;
    }

    @Test
    void a_key_whose_bytes_are_no_text_is_in_no_table() throws Exception {
        assertThat(run(1, "postmap -c " + dir + " -q \"$(printf 'a\\377b')\" static:a")).isEmpty();
        assertThat(said()).isEqualTo("postmap: warning: static:a: non-UTF-8 key \"a?b\": malformed UTF-8 or invalid codepoint\n");
        assertThat(run(0, "postmap -c " + dir + " -q gr\u00fcn inline:{gr\u00fcn=\u00f6}")).isEqualTo("\u00f6\n");
    }

    @Test
    void sendmail_takes_no_address_whose_bytes_are_no_text() throws Exception {
        for (String words : List.of("you@example.test \"$(printf 'gr\\374n@example.test')\"", "-f \"$(printf 'gr\\374n@example.test')\" you@example.test")) {
            run(75, "sendmail -C " + dir + " " + words);
            assertThat(said()).isEqualTo("sendmail: fatal: non-UTF-8 address: \"gr?n@example.test\"\n");
        }
        // In a header the name of a person may be in any character set, but not his address.
        run(75, "sendmail -C " + dir + " -t << E\nTo: you@example.test, $(printf 'gr\\374n@example.test')\n\nhello\nE\n");
        assertThat(said()).contains("sendmail: fatal: non-UTF-8 address: ");
        try (var queued = Files.list(dir.resolve("queue/maildrop"))) {
            assertThat(queued).isEmpty();
        }
        run(0, "sendmail -C " + dir + " -t << E\nTo: $(printf 'Gr\\374n') <you@example.test>\n\nhello\nE\n");
        try (var queued = Files.list(dir.resolve("queue/maildrop"))) {
            assertThat(queued).hasSize(1);
        }
    }

    @Test
    void a_file_whose_name_is_no_text_is_one_line() throws Exception {
        run(1, "postmap -c " + dir + " \"$(printf 'texthash:a\\377b')\"");
        assertThat(said()).startsWith("postmap: fatal: ").hasLineCount(1);
    }

    /** The first lines are taken, and then nobody is there any more: {@code | head}. */
    @Test
    void a_command_ends_when_its_reader_has_gone() throws Exception {
        start("", "postmap -c " + dir + " -q - static:a");
        byte[] keys = "root\n".repeat(1000).getBytes(StandardCharsets.US_ASCII);
        var answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        OutputStream in = process.getOutputStream();
        in.write(keys);
        in.flush();
        assertThat(answers.readLine()).isEqualTo("root\ta");
        answers.close();
        try {
            for (int i = 0; i < 100_000; i++) {
                in.write(keys);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("Broken pipe");
        }
        assertThat(ended()).isEqualTo(Output.READER_GONE);
        assertThat(said()).isEmpty();
    }

    @Test
    void output_that_cannot_be_kept_is_not_a_success() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")), "no /dev/full");
        run(1, "postconf -c " + dir + " -h myhostname > /dev/full");
        assertThat(said()).isEqualTo("postconf: fatal: write error: No space left on device\n");
    }

    @Test
    void too_little_memory_is_one_line() throws Exception {
        start("-Xmx24m", "postmap -c " + dir + " -q - static:a");
        var part = new byte[1 << 20];
        Arrays.fill(part, (byte) 'a');
        try (OutputStream in = process.getOutputStream()) {
            for (int i = 0; i < 64; i++) {
                in.write(part);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("Broken pipe");
        }
        assertThat(process.getInputStream().readAllBytes()).isEmpty();
        assertThat(ended()).isEqualTo(1);
        assertThat(said()).startsWith("postmap: fatal: not enough memory: ").hasLineCount(1);
    }

    @Test
    void bytes_of_the_command_line_belong_to_the_last_words() {
        byte[] line = "java\0-cp\0\u00ff\0Main\0\0gr\u00c3\u00bcn\u00fc\0x\0".getBytes(StandardCharsets.ISO_8859_1);
        var given = new ArrayList<>(List.of("Main", "", "gr\u00fcn\uFFFD", "x"));
        assertThat(Arguments.exact(line, given)).containsExactly("Main", "", "gr\u00fcn\uDCFC", "x");
        assertThat(Arguments.isText("gr\u00fcn \ud83d\ude00")).isTrue();
        assertThat(Arguments.isText("gr\uDCFCn")).isFalse();
        assertThat(Arguments.isText("gr\uFFFDn")).isFalse();
    }
}
