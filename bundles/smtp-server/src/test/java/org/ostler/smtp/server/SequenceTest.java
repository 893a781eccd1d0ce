// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.smtp.grammar.Verb;

/** The table in the header of {@link Sequence}, row by row. */
class SequenceTest {

    private static final List<Sequence.State> STATES = List.of(new Sequence.Idle(), new Sequence.HasSender(), new Sequence.HasRecipients(), new Sequence.Chunking(),
            new Sequence.Skipping());

    private static String outcome(Sequence.Step step) {
        return switch (step) {
            case Sequence.May(var next) -> next.getClass().getSimpleName();
            case Sequence.Refused(var reply, var next) -> reply.code() + ">" + next.getClass().getSimpleName();
        };
    }

    private static List<String> row(Verb verb, boolean needsHello) {
        return STATES.stream().map(state -> outcome(Sequence.step(state, verb, needsHello))).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "EHLO    |Idle|Idle|Idle|Idle|Idle",
        "HELO    |Idle|Idle|Idle|Idle|Idle",
        "RSET    |Idle|Idle|Idle|Idle|Idle",
        "STARTTLS|Idle|Idle|Idle|Idle|Idle",
        "MAIL    |HasSender|503>HasSender|503>HasRecipients|503>Chunking|503>Skipping",
        "RCPT    |503>Idle|HasRecipients|HasRecipients|503>Chunking|503>Skipping",
        "DATA    |503>Idle|554>HasSender|Idle|503>Chunking|503>Skipping",
        "ETRN    |Idle|503>HasSender|503>HasRecipients|503>Chunking|Skipping",
        "XCLIENT |Idle|503>HasSender|503>HasRecipients|503>Chunking|Idle",
        "XFORWARD|Idle|503>HasSender|503>HasRecipients|503>Chunking|Skipping",
        "NOOP    |Idle|HasSender|HasRecipients|Chunking|Skipping",
        "VRFY    |Idle|HasSender|HasRecipients|Chunking|Skipping",
        "HELP    |Idle|HasSender|HasRecipients|Chunking|Skipping",
        "QUIT    |Closed|Closed|Closed|Closed|Closed"})
    void every_command_in_every_state(String verb, String idle, String sender, String recipients, String chunking, String skipping) {
        assertThat(row(Verb.valueOf(verb.strip()), false)).containsExactly(idle, sender, recipients, chunking, skipping);
    }

    @Test
    void chunks_in_every_state() {
        assertThat(STATES.stream().map(state -> outcome(Sequence.chunk(state, 9, false))))
                .containsExactly("503>Skipping", "554>Skipping", "Chunking", "Chunking", "551>Skipping");
        assertThat(STATES.stream().map(state -> outcome(Sequence.chunk(state, 9, true))))
                .containsExactly("503>Idle", "554>Idle", "Idle", "Idle", "551>Idle");
    }

    @Test
    void MAIL_and_ETRN_may_want_HELO_first() {
        assertThat(outcome(Sequence.step(Sequence.IDLE, Verb.MAIL, true))).isEqualTo("503>Idle");
        assertThat(outcome(Sequence.step(Sequence.IDLE, Verb.ETRN, true))).isEqualTo("503>Idle");
        assertThat(outcome(Sequence.step(Sequence.IDLE, Verb.VRFY, true))).isEqualTo("Idle");
    }
}
