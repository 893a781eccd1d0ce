// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Reply;

class WireTest {

    @Test
    void lines_come_without_their_ends() throws IOException {
        WireInput in = Pieces.all("NOOP\r\nRSET\nQUIT\r\r\n");
        assertThat(in.readLine(512)).isEqualTo(new WireInput.Line("NOOP", false, false, false));
        assertThat(in.readLine(512)).isEqualTo(new WireInput.Line("RSET", true, false, false));
        assertThat(in.readLine(512)).isEqualTo(new WireInput.Line("QUIT", false, false, false));
        assertThatThrownBy(() -> in.readLine(512)).isInstanceOf(EOFException.class);
    }

    @Test
    void a_line_that_is_too_long_is_read_to_its_end() throws IOException {
        WireInput in = Pieces.all("x".repeat(100_000) + "\r\n" + "y".repeat(11) + "\r\n" + "z".repeat(10) + "\r\n");
        assertThat(in.readLine(10)).isEqualTo(new WireInput.Line("x".repeat(10), false, true, false));
        assertThat(in.readLine(10)).isEqualTo(new WireInput.Line("y".repeat(10), false, true, false));
        assertThat(in.readLine(10)).isEqualTo(new WireInput.Line("z".repeat(10), false, false, false));
    }

    @Test
    void UTF8_is_checked() throws IOException {
        WireInput in = Pieces.all("j\u00c3\u00bcrgen\r\nj\u00ffrgen\r\n");
        assertThat(in.readLine(512).text()).isEqualTo("j\u00fcrgen");
        assertThat(in.readLine(512).badUtf8()).isTrue();
    }

    @Test
    void what_was_read_ahead_can_be_dropped() throws IOException {
        WireInput in = Pieces.all("STARTTLS\r\nEHLO smuggled\r\n");
        in.readLine(512);
        assertThat(in.isPending()).isTrue();
        assertThat(in.discard()).isEqualTo(15);
        assertThatThrownBy(() -> in.readLine(512)).isInstanceOf(EOFException.class);
    }

    @Test
    void cuts_do_not_matter() throws IOException {
        var random = new Random(5);
        for (int round = 0; round < 500; round++) {
            var in = new WireInput(new Pieces(Pieces.latin("A\r\n" + "b".repeat(70) + "\r\nC\n\r\nd\r\n"), random, 3), new byte[64]);
            var lines = new StringBuilder();
            for (int i = 0; i < 5; i++) {
                WireInput.Line line = in.readLine(30);
                lines.append(line.text().length()).append(line.bareLf() ? "b" : "").append(line.tooLong() ? "t" : "").append(' ');
            }
            assertThat(lines.toString()).isEqualTo("1 30t 1b 0 1 ");
        }
    }

    @Test
    void replies_carry_the_status_in_every_line() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new WireOutput(bytes, new byte[512]);
        out.reply(new Reply(550, Optional.of(EnhancedStatus.of("5.1.1")), List.of("no such", "user " + "x".repeat(80))));
        out.reply(Reply.of(250, "mx.example.test"));
        assertThat(bytes.size()).as("nothing leaves before flush").isZero();
        out.flush();
        assertThat(Pieces.latin(bytes)).isEqualTo("550-5.1.1 no such\r\n550 5.1.1 user " + "x".repeat(80) + "\r\n250 mx.example.test\r\n");
    }

    @Test
    void a_line_end_inside_a_line_is_refused() {
        var out = new WireOutput(new ByteArrayOutputStream(), new byte[64]);
        assertThatThrownBy(() -> out.line("RCPT TO:<a@b>\r\nDATA")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> out.line("\u00fc\nDATA")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void replies_are_read_with_all_their_lines() throws IOException {
        var reader = new ReplyReader(Pieces.all("250-first\r\n250-2.0.0 second\r\n250 2.1.5 third\r\n220\r\n550 5.1.1 unknown\r\n550 4.1.1 odd\r\n"));
        Reply mixed = reader.read();
        assertThat(mixed).isEqualTo(new Reply(250, Optional.empty(), List.of("first", "2.0.0 second", "2.1.5 third")));
        assertThat(ReplyReader.status(mixed)).contains(EnhancedStatus.of("2.1.5"));
        assertThat(reader.read()).isEqualTo(Reply.of(220, ""));
        assertThat(reader.read()).isEqualTo(Reply.of(550, "5.1.1", "unknown"));
        assertThat(reader.read()).isEqualTo(Reply.of(550, "4.1.1 odd"));
        assertThat(new ReplyReader(Pieces.all("550-5.1.1 one\r\n550 5.1.1\r\n")).read()).isEqualTo(new Reply(550, Optional.of(EnhancedStatus.of("5.1.1")), List.of("one", "")));
    }

    @Test
    void replies_are_bounded() throws IOException {
        var limits = new ReplyReader.Limits(20, 2, 5);
        assertThat(new ReplyReader(Pieces.all("250-a\r\n250-b\r\n250-c\r\n250 d\r\n"), limits).read().lines()).containsExactly("a", "b");
        assertThat(new ReplyReader(Pieces.all("250 " + "x".repeat(90_000) + "\r\n"), limits).read().text()).hasSize(16);
        assertThatThrownBy(() -> new ReplyReader(Pieces.all("250-a\r\n".repeat(9)), limits).read()).isInstanceOf(ReplyReader.BadReplyException.class);
    }

    @Test
    void what_is_no_reply_is_an_error() {
        for (String text : List.of("hello\r\n", "99 x\r\n", "150 x\r\n", "600 x\r\n", "250x\r\n", "\r\n")) {
            assertThatThrownBy(() -> new ReplyReader(Pieces.all(text)).read()).as(text).isInstanceOf(ReplyReader.BadReplyException.class);
        }
    }
}
