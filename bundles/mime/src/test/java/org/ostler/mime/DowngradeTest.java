// SPDX-License-Identifier: Apache-2.0
package org.ostler.mime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.tck.GoldenFile;

class DowngradeTest {

    static Stream<String> recordings() {
        return GoldenFile.names("mime").stream().filter(name -> !name.contains("switched-off"));
    }

    static byte[] crlf(byte[] text) {
        return new String(text, StandardCharsets.ISO_8859_1).replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    static String convert(byte[] message, List<Integer> cuts) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var filter = new Downgrade(Limits.DEFAULT, out::write)) {
            int at = 0;
            for (int cut : cuts) {
                filter.write(message, at, cut - at);
                at = cut;
            }
            filter.write(message, at, message.length - at);
        }
        return out.toString(StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
    }

    static String expected(GoldenFile recording) {
        String text = new String(recording.all("as the next host gets it").getFirst().bytes(), StandardCharsets.ISO_8859_1);
        return text.substring(text.indexOf("\n\n") + 2);
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void messages_become_what_Postfix_makes_of_them(String name) throws IOException {
        GoldenFile recording = GoldenFile.load(name);
        assertThat(convert(crlf(recording.all("message").getFirst().bytes()), List.of())).isEqualTo(expected(recording));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void the_pieces_in_which_a_message_comes_make_no_difference(String name) throws IOException {
        GoldenFile recording = GoldenFile.load(name);
        byte[] message = crlf(recording.all("message").getFirst().bytes());
        var random = new Random(name.hashCode());
        for (int round = 0; round < 20; round++) {
            List<Integer> cuts = random.ints(10, 0, message.length + 1).sorted().boxed().toList();
            assertThat(convert(message, cuts)).as("cut at %s", cuts).isEqualTo(expected(recording));
        }
    }

    @Test
    void nesting_and_header_length_are_bounded() throws IOException {
        var message = new StringBuilder("Subject: " + "x".repeat(300_000) + "\r\n");
        for (int i = 0; i < 150; i++) {
            message.append("Content-Type: multipart/mixed; boundary=b").append(i).append("x\r\n\r\n--b").append(i).append("x\r\n");
        }
        byte[] bytes = message.toString().getBytes(StandardCharsets.US_ASCII);
        assertThat(convert(bytes, List.of())).isEqualTo(message.toString().replace("\r\n", "\n"));
    }

    @Test
    void a_long_line_without_end_is_encoded_piece_by_piece() throws IOException {
        String head = "Content-Transfer-Encoding: 8bit\r\n\r\n";
        byte[] bytes = (head + "ü".repeat(20_000)).getBytes(StandardCharsets.UTF_8);
        String text = convert(bytes, List.of());
        assertThat(text.lines().mapToInt(String::length).max()).hasValue(76);
        assertThat(text.replace("=\n", "")).isEqualTo("Content-Transfer-Encoding: quoted-printable\n\n" + "=C3=BC".repeat(20_000));
    }

    @Test
    void eight_bits_are_seen() {
        assertThat(Downgrade.hasEightBit("abc".getBytes(StandardCharsets.UTF_8), 0, 3)).isFalse();
        assertThat(Downgrade.hasEightBit("aü".getBytes(StandardCharsets.UTF_8), 0, 3)).isTrue();
    }
}
