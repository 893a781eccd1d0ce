// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.model.Reply;
import org.ostler.smtp.grammar.Verb;

class SmallPartsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', ignoreLeadingAndTrailingWhitespace = false, value = {
        "From x y~Subject: z~~|X-Mailbox-Line: From x y~Subject: z~~",
        ">From x~>>From y~a~|X-Mailbox-Line: >From x~>>From y~a~",
        " blank~x~|~ blank~x~",
        "\tblank~|~\tblank~",
        "From: a~From b~|From: a~From b~",
        "Fro|Fro",
        ">>>|>>>",
        ">a~|>a~",
        "From x|X-Mailbox-Line: From x",
        "~From x~|~From x~"})
    void the_first_line_is_mended_however_the_content_is_cut(String in, String out) throws IOException {
        byte[] content = in.replace("~", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        for (int cut = 1; cut <= content.length; cut++) {
            var bytes = new ByteArrayOutputStream();
            var first = new FirstLine(bytes::write);
            for (int at = 0; at < content.length; at += cut) {
                first.accept(content, at, Math.min(cut, content.length - at));
            }
            first.finish();
            assertThat(bytes.toString(StandardCharsets.ISO_8859_1)).as("cut " + cut).isEqualTo(out.replace("~", "\r\n"));
        }
    }

    @Test
    void a_long_run_of_angles_is_no_quote() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var first = new FirstLine(bytes::write);
        byte[] content = (">".repeat(5000) + "From x\r\n").getBytes(StandardCharsets.US_ASCII);
        first.accept(content, 0, content.length);
        assertThat(bytes.size()).isEqualTo(content.length);
    }

    @Test
    void the_footer_follows_errors_only() {
        Map<String, String> names = Map.of("client_address", "192.0.2.1");
        assertThat(Footer.on(Replies.OK, "help", () -> names)).isEqualTo(Replies.OK);
        assertThat(Footer.on(Reply.of(554, "5.7.1", "no"), "\\c. Ask $client_address\\nor ${client_address}!$nobody", () -> names).lines())
                .containsExactly("no. Ask 192.0.2.1", "or 192.0.2.1!");
        assertThat(Footer.on(Reply.of(450, "later"), "call us", () -> names).lines()).containsExactly("later", "call us");
    }

    @Test
    void commands_are_counted_tried_and_done() {
        var tally = new Tally();
        assertThat(tally).hasToString(" commands=0/0");
        for (Verb verb : List.of(Verb.EHLO, Verb.RCPT, Verb.RCPT)) {
            tally.tried(verb);
        }
        tally.done(Verb.EHLO);
        tally.done(Verb.RCPT);
        tally.unknown();
        assertThat(tally).hasToString(" ehlo=1 rcpt=1/2 unknown=0/1 commands=2/4");
    }

    @Test
    void the_pool_is_bounded_and_buffers_are_used_again() {
        var pool = new BufferPool(2);
        var a = pool.take().orElseThrow();
        var b = pool.take().orElseThrow();
        assertThat(pool.take()).isEmpty();
        pool.give(a);
        assertThat(pool.take()).containsSame(a);
        pool.give(a);
        pool.give(b);
        assertThat(pool.inUse()).isZero();
    }
}
