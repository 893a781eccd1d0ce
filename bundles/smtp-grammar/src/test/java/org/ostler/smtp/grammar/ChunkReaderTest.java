// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkReaderTest {

    private static String read(String... chunks) throws IOException {
        var out = new ByteArrayOutputStream();
        WireInput in = Pieces.all(String.join("", chunks));
        var reader = new ChunkReader(in);
        for (String chunk : chunks) {
            reader.read(chunk.length(), out::write);
        }
        reader.finish(out::write);
        return Pieces.latin(out);
    }

    @Test
    void dots_are_data() throws IOException {
        assertThat(read("a\r\n.\r\n..b\r\n")).isEqualTo("a\r\n.\r\n..b\r\n");
    }

    @Test
    void the_last_line_gets_its_end() throws IOException {
        assertThat(read("a\r\nb")).isEqualTo("a\r\nb\r\n");
        assertThat(read("a\r\n\r")).isEqualTo("a\r\n \r\n");
        assertThat(read()).isEmpty();
    }

    @Test
    void a_line_end_may_be_cut_by_chunks() throws IOException {
        assertThat(read("a\r", "\nb\r\n")).isEqualTo("a\r\nb\r\n");
        assertThat(read("a\r", "b\r\n")).isEqualTo("a b\r\n");
        assertThat(read("a\r", "\r\nb")).isEqualTo("a \r\nb\r\n");
    }

    @Test
    void bare_line_feeds_end_lines() throws IOException {
        assertThat(read("a\nb\n.\n")).isEqualTo("a\r\nb\r\n.\r\n");
    }

    @Test
    void cuts_do_not_matter() throws IOException {
        var random = new Random(815);
        String[] words = {"\r", "\n", "\r\n", "\r\n.", "a", "bcd", "\r\r\r", "x".repeat(90)};
        for (int round = 0; round < 3000; round++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(1, 20); i > 0; i--) {
                text.append(words[random.nextInt(words.length)]);
            }
            String expected = read(text.toString());
            assertThat(expected.replace("\r\n", "")).doesNotContain("\r").doesNotContain("\n");
            int cut = random.nextInt(text.length() + 1);
            assertThat(read(text.substring(0, cut), text.substring(cut))).as("seed 815, round " + round).isEqualTo(expected);
            var out = new ByteArrayOutputStream();
            var reader = new ChunkReader(new WireInput(new Pieces(Pieces.latin(text.toString()), random, 5), new byte[64]));
            reader.read(text.length(), out::write);
            reader.finish(out::write);
            assertThat(Pieces.latin(out)).isEqualTo(expected);
        }
    }
}
