// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.LogicalLines.Line;

class LogicalLinesTest {

    @Test
    void comments_and_empty_lines_are_ignored_also_inside_a_line_that_goes_on() {
        assertThat(LogicalLines.of("# c\n\n a\nb  \n  # c\n\t \n\tc\r\n#\nd")).containsExactly(new Line(3, 3, " a"), new Line(4, 7, "b  \tc"), new Line(9, 9, "d"));
    }

    @Test
    void only_ascii_white_space_goes_on_and_is_cut_off() {
        assertThat(LogicalLines.of("a\u2003\n\u2003b\u00a0\nc\u001c")).extracting(Line::text).containsExactly("a\u2003", "\u2003b\u00a0", "c\u001c");
    }

    @Test
    void a_line_that_goes_on_a_hundred_thousand_times() {
        assertThat(LogicalLines.of("a\n" + " b\n".repeat(100_000) + "c\n")).containsExactly(new Line(1, 100_001, "a" + " b".repeat(100_000)), new Line(100_002, 100_002, "c"));
    }

    /** The grammar once more, in the plainest way. */
    private static List<Line> plain(String content) {
        var lines = new ArrayList<Line>();
        String[] physical = content.split("\n");
        for (int i = 0; i < physical.length; i++) {
            String text = physical[i];
            String word = text.replaceFirst("^[ \t\\x0b\f\r]+", "");
            if (word.isEmpty() || word.startsWith("#")) {
                continue;
            }
            boolean more = word.length() < text.length() && !lines.isEmpty();
            Line before = more ? lines.removeLast() : new Line(i + 1, i + 1, "");
            lines.add(new Line(before.number(), i + 1, before.text() + text));
        }
        return lines.stream().map(line -> new Line(line.number(), line.last(), line.text().replaceFirst("[ \t\\x0b\f\r]+$", ""))).toList();
    }

    @Test
    void any_text_gives_the_lines_that_the_plain_way_gives() {
        var random = new SplittableRandom(7);
        for (int n = 0; n < 20_000; n++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                text.append("a#\n\n \t\r\u000b\u00fcb".charAt(random.nextInt(10)));
            }
            assertThat(LogicalLines.of(text.toString())).as(text.toString()).isEqualTo(plain(text.toString()));
        }
    }

    @Test
    void a_reader_says_what_is_ascii_and_takes_any_bytes() {
        var reader = new LogicalLines.Reader("# \u00fc\nab\nc\u00fc\nd\n#\u00fc\n e".getBytes(ISO_8859_1));
        assertThat(reader.next()).isTrue();
        assertThat(reader.isAscii()).isTrue();
        assertThat(reader.text(0, reader.length())).isEqualTo("ab");
        assertThat(reader.next()).isTrue();
        assertThat(reader.isAscii()).isFalse();
        assertThat(reader.bytes()).containsExactly('c', 0xfc);
        assertThat(reader.next()).isTrue();
        assertThat(reader.isAscii()).isTrue();
        assertThat(reader.text(0, reader.length())).isEqualTo("d e");
        assertThat(reader.next()).isFalse();
    }
}
