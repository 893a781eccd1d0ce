// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DataWriterTest {

    private static String write(int limit, String... pieces) throws IOException {
        var out = new ByteArrayOutputStream();
        var wire = new WireOutput(out, new byte[64]);
        var writer = new DataWriter(wire, limit);
        for (String piece : pieces) {
            byte[] bytes = Pieces.latin("#" + piece + "#");
            writer.accept(bytes, 1, bytes.length - 2);
        }
        writer.finish();
        wire.flush();
        return Pieces.latin(out);
    }

    @Test
    void dots_are_stuffed() throws IOException {
        assertThat(write(0, ".\r\n..\r\n.a\r\nb.c\r\n")).isEqualTo("..\r\n...\r\n..a\r\nb.c\r\n.\r\n");
        assertThat(write(0, "a\r\n", ".\r\n")).isEqualTo("a\r\n..\r\n.\r\n");
    }

    @Test
    void the_end_is_complete() throws IOException {
        assertThat(write(0)).isEqualTo(".\r\n");
        assertThat(write(0, "a")).isEqualTo("a\r\n.\r\n");
        assertThat(write(0, "a\r")).isEqualTo("a \r\n.\r\n");
    }

    @Test
    void no_bare_line_end_leaves() throws IOException {
        assertThat(write(0, "a\n.\nb\r.\rc", "\r", "d")).isEqualTo("a\r\n..\r\nb . c d\r\n.\r\n");
    }

    @Test
    void long_lines_are_continued_behind_a_blank() throws IOException {
        assertThat(write(5, "0123456789abc\r\nx\r\n")).isEqualTo("01234\r\n 5678\r\n 9abc\r\nx\r\n.\r\n");
        assertThat(write(5, "01234\r\n")).isEqualTo("01234\r\n.\r\n");
        assertThat(write(5, "0123", "4567\r\n")).isEqualTo("01234\r\n 567\r\n.\r\n");
    }

    /** Whatever is written, a standard reader gets the same lines back, and the message ends where it ends. */
    @Test
    void a_reader_gets_back_what_was_written() throws IOException {
        var random = new Random(99);
        String[] words = {"\r\n", "\r\n.", ".", "a", "bcd", "x".repeat(90), "\n", "\r", "\r\n.\r\n"};
        for (int round = 0; round < 3000; round++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                text.append(words[random.nextInt(words.length)]);
            }
            int cut = random.nextInt(text.length() + 1);
            String wire = write(0, text.substring(0, cut), text.substring(cut));
            assertThat(wire).as("seed 99, round " + round).isEqualTo(write(0, text.toString()));
            assertThat(wire.replace("\r\n", "")).doesNotContain("\r").doesNotContain("\n");
            assertThat(wire.indexOf("\r\n.\r\n")).isIn(wire.length() - 5, -1);
            var back = new ByteArrayOutputStream();
            new DataReader(Pieces.all(wire), BareNewline.REJECT).read(back::write);
            var again = new ByteArrayOutputStream();
            var reader = new ChunkReader(Pieces.all(text.toString()));
            reader.read(text.length(), again::write);
            reader.finish(again::write);
            assertThat(Pieces.latin(back)).isEqualTo(Pieces.latin(again));
        }
    }
}
