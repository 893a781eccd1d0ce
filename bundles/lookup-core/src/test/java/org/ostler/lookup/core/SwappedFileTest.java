// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.lookup.Answer;

/** What becomes of a changed file when the bundle of its table is replaced: the old content goes with it. */
@Timeout(60)
class SwappedFileTest extends TextTableRig {

    @Test
    void what_is_held_back_stays_so_when_the_bundle_is_swapped_until_it_is_whole() throws Exception {
        Files.writeString(file, "a 2\nb");
        refused();
        swap();
        unavailableFor("ends in the middle of a line; reload to take it as it is");
        Files.writeString(file, "a 2\nb 2\n");
        tryUntil("b", B, now -> {
            assertThat(now).isInstanceOf(Answer.Unavailable.class);
            stage.pass(Duration.ofSeconds(1));
        });
    }

    @Test
    void what_is_held_back_stays_so_when_the_bundle_is_swapped_until_reload() throws Exception {
        Files.writeString(file, "a 2\nb");
        refused();
        swap();
        unavailableFor("ends in the middle of a line");
        reload();
        assertThat(list.find("a")).isEqualTo(B);
        assertThat(list.find("b")).isEqualTo(Answer.NOT_FOUND);
        // What an operator has wanted is good for the next bundle too.
        swap();
        assertThat(list.find("a")).isEqualTo(B);
    }

    @Test
    void a_whole_line_written_a_moment_before_a_swap_is_not_taken_for_the_end() throws Exception {
        // Nobody can tell by it how long the file has been quiet.
        write("a 2\n", OF_TOMORROW);
        swap();
        unavailableFor("changed a moment ago");
        stage.pass(Duration.ofNanos(FileWatch.STABLE));
        tryUntil("a", B, now -> assertThat(now).isInstanceOf(Answer.Unavailable.class));
        assertThat(list.find("b")).isEqualTo(Answer.NOT_FOUND);
    }

    /** While the next bundle is waited for, which may take a while. */
    @ParameterizedTest
    @ValueSource(strings = {"a 2\n", "a 2\nb"})
    void what_somebody_begins_to_write_during_a_swap_is_not_taken(String half) throws Exception {
        Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
        beforeReading = () -> write(file, half, tomorrow);
        swap();
        unavailableFor("changed a moment ago");
    }

    @Test
    void lines_that_make_no_sense_are_not_taken_at_a_swap_and_not_read_each_second() throws Exception {
        Files.writeString(file, "a 2\nb\n");
        refused();
        swap();
        unavailableFor("more lines than before make no sense; reload to take it as it is");
        warnings.clear();
        // Forgets the failure, so that the next question tries again.
        swap();
        assertThat(list.find("a")).isInstanceOf(Answer.Unavailable.class);
        assertThat(warnings).noneMatch(line -> line.contains("expected"));
        reload();
        assertThat(list.find("a")).isEqualTo(B);
    }
}
