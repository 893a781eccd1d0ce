// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;

/** What Postfix's postmap has not: JSON for builds and {@code -d}, the bar, and what a debug table says of types that are ours alone. */
@Timeout(120)
class OwnOptionsTest {

    @TempDir
    Path dir;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String in, String... arguments) {
        out.reset();
        err.reset();
        return Postmap.run(Postmap.Program.POSTMAP, List.of(arguments), new Postmap.Surroundings(new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, false, StandardCharsets.UTF_8), dir, directory -> Settings.parse("default_database_type = lmdb\nsmtputf8_enable = yes")));
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void json_for_programs_that_build_or_delete() throws Exception {
        Files.writeString(dir.resolve("t"), "a 1\na 2\nq \"x\\y\"\tz\nonlykey\n");
        assertThat(run("", "-j", "lmdb:t")).isZero();
        assertThat(printed()).isEqualTo("{\"table\": \"lmdb:t\", \"entries\": 2, \"duplicates\": 1, \"warnings\": [\"lmdb:t: duplicate entry: \\\"a\\\"\", "
                + "\"t, line 4: expected format: key whitespace value\"]}\n");
        assertThat(run("a\nb\n", "-jd", "-", "lmdb:t")).isZero();
        assertThat(printed()).isEqualTo("{\"table\": \"lmdb:t\", \"key\": \"a\", \"deleted\": true}\n{\"table\": \"lmdb:t\", \"key\": \"b\", \"deleted\": false}\n");
    }

    /** A recording is compared as text, in which all bytes that are none look the same. */
    @Test
    void a_key_that_is_no_text_is_printed_as_it_came() {
        byte[] in = "X: \u00ff\n\n\u00fe\u00fd\u0000hidden\n".getBytes(StandardCharsets.ISO_8859_1);
        int status = Postmap.run(Postmap.Program.POSTMAP, List.of("-hbq", "-", "static:v"), new Postmap.Surroundings(new ByteArrayInputStream(in),
                new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, false, StandardCharsets.UTF_8), dir, _ -> Settings.parse("")));
        assertThat(status).isZero();
        assertThat(out.toString(StandardCharsets.ISO_8859_1)).isEqualTo("X: \u00ff\tv\n\tv\n\u00fe\u00fd\tv\n");
    }

    /** On the command line such a byte is half a character, as the launcher's program has it. */
    @Test
    void a_key_of_the_command_line_that_is_no_text_is_as_one_on_standard_input() throws Exception {
        String warning = "postmap: warning: static:v: non-UTF-8 key \"a?\": malformed UTF-8 or invalid codepoint\n";
        assertThat(run("", "-q", "a\uDCFF", "static:v")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo(warning);
        assertThat(run("", "-uq", "a\uDCFF", "static:v")).isZero();
        assertThat(run("", "-q", "\ud83d\ude00", "inline:{\ud83d\ude00=v}")).isZero();
        Files.writeString(dir.resolve("t"), "a 1\n");
        assertThat(run("", "lmdb:t")).isZero();
        assertThat(run("", "-d", "a\uDCFF", "lmdb:t")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo(warning.replace("static:v", "lmdb:t"));
        int status = Postmap.run(Postmap.Program.POSTMAP, List.of("-q", "a\uDCFF", "static:v"), new Postmap.Surroundings(new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, false, StandardCharsets.UTF_8), dir, _ -> Settings.parse("smtputf8_enable = no\n")));
        assertThat(status).isZero();
    }

    @Test
    void a_source_that_is_too_large_is_named() throws Exception {
        try (var large = new RandomAccessFile(dir.resolve("t").toFile(), "rw")) {
            large.setLength(3L << 30);
        }
        assertThat(run("", "lmdb:t")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("postmap: fatal: open t: 3221225472 bytes are more than can be taken at once: 2147483639\n");
    }

    @Test
    void a_limit_that_is_no_number_is_named() {
        int status = Postmap.run(Postmap.Program.POSTMAP, List.of("-hq", "-", "static:v"), new Postmap.Surroundings(new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, false, StandardCharsets.UTF_8), dir, _ -> Settings.parse("mime_nesting_limit = deep\n")));
        assertThat(status).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("postmap: fatal: bad numerical configuration: mime_nesting_limit = deep\n");
    }

    @Test
    void a_debug_table_says_what_it_was_asked_and_what_it_answered() {
        assertThat(run("", "-q", "A", "debug:inline:{a=b}")).isZero();
        assertThat(printed()).isEqualTo("b\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("postmap: inline:{a=b} lookup: \"A\" = \"b\"\n");
        assertThat(run("", "-q", "x", "debug:inline:{a=b}")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("postmap: inline:{a=b} lookup: \"x\" = \"not_found\"\n");
        assertThat(run("", "-q", "x\ny: forged\u0085", "debug:inline:{a=b}")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("postmap: inline:{a=b} lookup: \"x?y: forged?\" = \"not_found\"\n");
        assertThat(run("", "-q", "x", "debug:fail:y")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("postmap: fail:y lookup: \"x\" = \"error\"\n");
    }

    /** Postfix keeps such bytes with -u. To leave the line out, as without -u, would be a table that says "not found" where Postfix's has a value. */
    @Test
    void what_u_cannot_keep_is_refused_and_the_table_stays_as_it_was() throws Exception {
        Files.writeString(dir.resolve("t"), "a 1\n");
        assertThat(run("", "lmdb:t")).isZero();
        Files.write(dir.resolve("t"), "a 2\nb gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(run("", "-u", "lmdb:t")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("postmap: fatal: t, line 2: non-UTF-8 input \"b gr?n\": with -u too, only UTF-8 text can be kept here");
        assertThat(run("", "-q", "a", "lmdb:t")).isZero();
        assertThat(printed()).isEqualTo("1\n");
    }

    /** A program that writes a key, reads the answer and writes the next; Postfix would let it wait for ever. */
    @Test
    void answers_come_before_the_next_key_is_waited_for() throws Exception {
        var keys = new PipedOutputStream();
        var in = new PipedInputStream(keys);
        var printed = new PipedInputStream(1 << 16);
        var print = new PrintStream(new PipedOutputStream(printed), false, StandardCharsets.UTF_8);
        var status = new CompletableFuture<Integer>();
        Thread.ofPlatform().daemon().start(() -> status.complete(Postmap.run(Postmap.Program.POSTMAP, List.of("-q", "-", "inline:{a=1, b=2}"),
                new Postmap.Surroundings(in, print, new PrintStream(err, false, StandardCharsets.UTF_8), dir, directory -> Settings.parse("")))));
        for (String[] pair : new String[][] {{"a\n", "a\t1\n"}, {"none\nb\n", "b\t2\n"}, {"a\nb\n", "a\t1\nb\t2\n"}}) {
            keys.write(pair[0].getBytes(StandardCharsets.UTF_8));
            keys.flush();
            assertThat(new String(printed.readNBytes(pair[1].length()), StandardCharsets.UTF_8)).isEqualTo(pair[1]);
        }
        keys.close();
        assertThat(status.get(60, TimeUnit.SECONDS)).isZero();
    }

    /** A write of its own for each, or four, took longer than the lookups. */
    @Test
    void many_answers_are_few_writes() throws Exception {
        var writes = new AtomicLong();
        var text = new ByteArrayOutputStream();
        var counted = new OutputStream() {
            @Override
            public void write(int b) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                writes.incrementAndGet();
                text.write(bytes, from, length);
            }
        };
        String keys = IntStream.range(0, 10_000).mapToObj(i -> "key" + i + "\n").collect(Collectors.joining());
        assertThat(Postmap.run(Postmap.Program.POSTMAP, List.of("-q", "-", "static:value"), new Postmap.Surroundings(new ByteArrayInputStream(keys.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(counted, false, StandardCharsets.UTF_8), new PrintStream(err, false, StandardCharsets.UTF_8), dir, directory -> Settings.parse("")))).isZero();
        assertThat(text.toString(StandardCharsets.UTF_8)).isEqualTo(keys.replace("\n", "\tvalue\n"));
        assertThat(writes.get()).isLessThan(100);
    }

    private String bar(boolean terminal, long seconds) {
        err.reset();
        var now = new AtomicLong();
        var progress = new Progress(new PrintStream(err, false, StandardCharsets.UTF_8), terminal, now::get);
        progress.begin("lmdb:x", 100_000);
        for (int line = 1; line <= 100_000; line++) {
            now.addAndGet(TimeUnit.SECONDS.toNanos(seconds) / 100_000);
            progress.at(line);
        }
        progress.end();
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void a_bar_for_who_waits_at_a_terminal() {
        assertThat(bar(true, 2)).isEmpty();
        assertThat(bar(false, 60)).isEmpty();
        String shown = bar(true, 6);
        assertThat(shown).contains("\rlmdb:x [####################                    ] 50%").contains("] 9").endsWith("\r" + " ".repeat(53) + "\r");
        assertThat(shown.chars().filter(c -> c == '%').count()).isBetween(10L, 20L);
    }

    /** A second for each look at the clock, which is one in a thousand lines. */
    @Test
    void the_command_shows_the_bar_at_a_terminal_and_nowhere_else() throws Exception {
        Files.writeString(dir.resolve("t"), IntStream.range(0, 10_000).mapToObj(i -> "key" + i % 9_999 + " value\n").collect(Collectors.joining()));
        for (boolean terminal : new boolean[] {true, false}) {
            err.reset();
            var seconds = new AtomicLong();
            assertThat(Postmap.run(Postmap.Program.POSTMAP, List.of("lmdb:t"), new Postmap.Surroundings(new ByteArrayInputStream(new byte[0]), new PrintStream(out), new PrintStream(err, false, StandardCharsets.UTF_8),
                    dir, directory -> Settings.parse(""), Path.of("/dev/null"), terminal, () -> TimeUnit.SECONDS.toNanos(seconds.getAndIncrement())))).isZero();
            String warning = "postmap: warning: lmdb:t: duplicate entry: \"key0\"\n";
            if (terminal) {
                assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("\rlmdb:t [############                            ] 30%\r").contains("] 100%").endsWith("\r" + " ".repeat(54) + "\r" + warning);
            } else {
                assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo(warning);
            }
        }
    }
}
