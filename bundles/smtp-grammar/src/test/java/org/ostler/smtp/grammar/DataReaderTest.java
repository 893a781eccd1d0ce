// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataReaderTest {

    private static final String END = "\r\n.\r\n";

    private static String read(String wire, BareNewline policy) throws IOException {
        var out = new ByteArrayOutputStream();
        WireInput in = Pieces.all(wire);
        new DataReader(in, policy).read(out::write);
        assertThat(in.buffered()).as("unread").isZero();
        return Pieces.latin(out);
    }

    /** What of a text is still unread when the message has ended. */
    private static String rest(String wire, BareNewline policy) throws IOException {
        WireInput in = Pieces.all(wire);
        new DataReader(in, policy).read((bytes, offset, length) -> {});
        return new String(in.peek(4096), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @EnumSource(BareNewline.class)
    void clean_text_passes_unchanged(BareNewline policy) throws IOException {
        assertThat(read("Subject: x\r\n\r\nHi.\r\n.\r\n", policy)).isEqualTo("Subject: x\r\n\r\nHi.\r\n");
    }

    @Test
    void an_empty_message_is_empty() throws IOException {
        assertThat(read(".\r\n", BareNewline.NORMALIZE)).isEmpty();
    }

    @Test
    void dots_are_unstuffed_once() throws IOException {
        assertThat(read("..\r\n...\r\n..a\r\n.b\r\nc.\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo(".\r\n..\r\n.a\r\nb\r\nc.\r\n");
    }

    @Test
    void a_bare_line_feed_ends_a_line() throws IOException {
        assertThat(read("a\nb\n\nc\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a\r\nb\r\n\r\nc\r\n");
    }

    @Test
    void a_bare_carriage_return_becomes_a_blank() throws IOException {
        assertThat(read("a\rb\r\rc\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a b  c\r\n");
    }

    @Test
    void one_carriage_return_belongs_to_the_line_end() throws IOException {
        assertThat(read("a\r\r\r\nb\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a  \r\nb\r\n");
    }

    /** Recorded from Postfix 3.12. */
    @Test
    void a_dot_line_that_does_not_end_the_message_is_dropped() throws IOException {
        assertThat(read("a\n.\nb\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a\r\nb\r\n");
        assertThat(read("a\r\n.\nb\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a\r\nb\r\n");
        assertThat(read("a\n.\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a\r\n");
        assertThat(read("a\n\r\n.\n\r\nb\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a\r\n\r\n\r\nb\r\n");
        assertThat(read("a\r\r\n.\r\r\nb\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a \r\n \r\nb\r\n");
    }

    @Test
    void NUL_and_eight_bit_bytes_pass() throws IOException {
        assertThat(read("a\0b\u00ff\r\n.\r\n", BareNewline.NORMALIZE)).isEqualTo("a\0b\u00ff\r\n");
    }

    @Test
    void lines_have_no_limit() throws IOException {
        String line = "x".repeat(100_000);
        assertThat(read(line + END, BareNewline.NORMALIZE)).isEqualTo(line + "\r\n");
    }

    /** The sequences of the SMTP smuggling papers (Longin 2023) and the ones tried since. None ends the message. */
    @ParameterizedTest
    @ValueSource(strings = {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n.\r", "\r\n.\r\r\n", "\r\n\0.\r\n", "\r\n.\0\r\n", "\r\n.\r\0\n",
            "\n\n.\n\n", "\r\n .\r\n", "\r\n. \r\n", "\r.\n", "\r\r\n\n.\r\n", "\n\r.\r\n", "\r\n\r.\r\n", "\r\n.\n\r\n"})
    void no_smuggling_sequence_ends_the_message(String sequence) throws IOException {
        for (BareNewline policy : List.of(BareNewline.NORMALIZE, BareNewline.NOTE, BareNewline.REJECT)) {
            String smuggled = "MAIL FROM:<evil@example.org>\r\n";
            String content = read("Subject: x\r\n\r\nfirst" + sequence + smuggled + ".\r\n", policy);
            assertThat(content).as(policy.toString()).contains(smuggled);
            assertThat(content.replace("\r\n", "")).doesNotContain("\r").doesNotContain("\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\n.\n", "a\n.\r\n", "a\r\n.\n", "a\r\n.\r\n"})
    void a_trusted_client_may_end_with_bare_line_feeds(String wire) throws IOException {
        assertThat(rest(wire + "QUIT\r\n", BareNewline.ALLOW)).isEqualTo("QUIT\r\n");
        assertThat(read(wire, BareNewline.ALLOW)).isEqualTo("a\r\n");
    }

    @Test
    void a_trusted_client_may_have_more_carriage_returns() throws IOException {
        assertThat(read("a\r\r\nb\rc\r\r\n.\r\r\n", BareNewline.ALLOW)).isEqualTo("a\r\nb c\r\n");
    }

    @Test
    void commands_behind_the_end_stay_unread() throws IOException {
        assertThat(rest("a\r\n.\r\nQUIT\r\n", BareNewline.NORMALIZE)).isEqualTo("QUIT\r\n");
    }

    @Test
    void bare_line_feeds_are_noticed() throws IOException {
        var reader = new DataReader(Pieces.all("a\nb\r\n.\r\n"), BareNewline.NOTE);
        reader.read((bytes, offset, length) -> {});
        assertThat(reader.sawBareLf()).isTrue();
        var clean = new DataReader(Pieces.all("a\r\nb\r\n.\r\n"), BareNewline.NOTE);
        clean.read((bytes, offset, length) -> {});
        assertThat(clean.sawBareLf()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "abc\r\n", "abc\r\n.", "abc\r\n.\r", "abc\r"})
    void a_peer_that_leaves_ends_in_an_error(String wire) {
        var reader = new DataReader(Pieces.all(wire), BareNewline.NORMALIZE);
        assertThatThrownBy(() -> reader.read((bytes, offset, length) -> {})).isInstanceOf(EOFException.class);
    }

    /** However the network cuts the bytes, and however small the buffer is, the result is the same. */
    @Test
    void the_cuts_of_the_network_do_not_matter() throws IOException {
        var random = new Random(4711);
        for (int round = 0; round < 3000; round++) {
            byte[] wire = randomText(random);
            for (BareNewline policy : BareNewline.values()) {
                assertThat(decode(wire, random, policy, 7, 64)).as("seed 4711, round " + round + " " + policy)
                        .isEqualTo(decode(wire, random, policy, 0, 8192));
            }
        }
    }

    private static String decode(byte[] wire, Random random, BareNewline policy, int largest, int buffer) throws IOException {
        var out = new ByteArrayOutputStream();
        var in = new WireInput(new Pieces(wire, random, largest), new byte[buffer]);
        new DataReader(in, policy).read(out::write);
        String text = Pieces.latin(out);
        assertThat(text.replace("\r\n", "")).doesNotContain("\r").doesNotContain("\n");
        return text;
    }

    private static byte[] randomText(Random random) {
        String[] words = {"\r", "\n", ".", "\r\n", "\r\n", "\r\n.", "a", "bcd", "\0", "\r\r\r", ".".repeat(3), "\r".repeat(33), "x".repeat(90)};
        var out = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            out.append(words[random.nextInt(words.length)]);
        }
        return Pieces.latin(out + "\r\n.\r\n\r\n.\r\n");
    }
}
