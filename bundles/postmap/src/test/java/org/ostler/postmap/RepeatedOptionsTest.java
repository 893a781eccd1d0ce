// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.Settings;

/** What Postfix 3.7.11 does with options that exclude each other, and with messages whose lines end otherwise. */
class RepeatedOptionsTest {

    @TempDir
    Path dir;

    @BeforeEach
    void table() throws Exception {
        Files.writeString(dir.resolve("t"), "a 1\na 2\n");
        Files.writeString(dir.resolve("rx"), "/^(.+)$/ <$1>\n");
    }

    private String run(String in, String... arguments) {
        var out = new ByteArrayOutputStream();
        Postmap.run(Postmap.Program.POSTMAP, List.of(arguments), new Postmap.Surroundings(new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)), new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(out, false, StandardCharsets.UTF_8), dir, directory -> Settings.parse("default_database_type = lmdb")));
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({"-rw, 1", "-wr, 2", "-w -r, 2", "-r -w, 1"})
    void the_later_of_r_and_w_counts(String options, String value) {
        assertThat(run("", (options + " lmdb:t").split(" "))).isEmpty();
        assertThat(run("", "-q", "a", "lmdb:t")).isEqualTo(value + "\n");
    }

    /** Without a null the key has one byte, and the null that a query adds does not find it. */
    @ParameterizedTest
    @CsvSource({"-Nn, -n", "-nN, -N"})
    void the_later_of_N_and_n_counts(String options, String same) throws Exception {
        run("", "-w", options, "lmdb:t");
        byte[] both = Files.readAllBytes(dir.resolve("t.lmdb"));
        Files.delete(dir.resolve("t.lmdb"));
        run("", "-w", same, "lmdb:t");
        assertThat(both).isEqualTo(Files.readAllBytes(dir.resolve("t.lmdb")));
    }

    /** Java's decoder takes "v1" for a byte; and one bad value hid those behind it from a listing. */
    @Test
    void with_F_a_value_that_is_no_base64_is_named_and_the_listing_goes_on() throws Exception {
        Files.writeString(dir.resolve("f"), "a v1\nb djE=\n");
        run("", "lmdb:f");
        String malformed = "postmap: warning: table lmdb:f: key a: malformed BASE64 value: v1\n";
        assertThat(run("", "-Fq", "a", "lmdb:f")).isEqualTo(malformed + "postmap: fatal: table lmdb:f: query error\n");
        assertThat(run("", "-Fs", "lmdb:f")).isEqualTo(malformed + "b\tv1\n");
    }

    /** What answers is the text, and it names files; once the table is built, their content is in it. */
    @ParameterizedTest
    @ValueSource(strings = {"hash:f", "btree:f", "debug:hash:f", "debug:texthash:f"})
    void with_F_a_text_that_stands_in_for_a_table_is_no_base64(String table) throws Exception {
        Files.writeString(dir.resolve("content"), "of the file");
        Files.writeString(dir.resolve("f"), "a content\nb\tnot/there\n");
        assertThat(run("", "-Fq", "a", table)).endsWith("\nof the file\n").doesNotContain("BASE64");
        assertThat(run("", "-Fs", table)).contains("a\tof the file\n", "open not/there: No such file or directory").doesNotContain("BASE64");
        Files.writeString(dir.resolve("f"), "a content\n");
        run("", "-F", "lmdb:f");
        assertThat(run("", "-Fq", "a", table)).endsWith("\nof the file\n").doesNotContain("BASE64");
    }

    @Test
    void a_carriage_return_is_part_of_the_line() {
        assertThat(run("A: b\rQ: r\nC: d\n\nbo\rdy\n", "-hq", "-", "regexp:rx")).isEqualTo("A: b\rQ: r\t<A: b\rQ: r>\nC: d\t<C: d>\n");
        assertThat(run("A: b\n\nbo\rdy\n", "-bq", "-", "regexp:rx")).isEqualTo("bo\rdy\t<bo\rdy>\n");
        String message = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nB: c\r\n\r\nbody\r\n--x--\r\n";
        assertThat(run(message, "-hmq", "-", "regexp:rx")).contains("B: c\r\t<B: c\r>\n").doesNotContain("body");
    }

    @Test
    void parts_are_found_behind_headers_that_no_empty_line_ends() {
        assertThat(run("Content-Type: multipart/mixed; boundary=x\nno header\n--x\nB: c\n\nbody\n", "-hmq", "-", "regexp:rx")).endsWith("B: c\t<B: c>\n");
    }
}
