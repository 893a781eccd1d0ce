// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.lookup.Tables;

/** What becomes of a list whose file changes, well or badly. Time is moved by the test. */
class ListFileTest {

    @TempDir
    Path dir;
    private final AtomicLong ahead = new AtomicLong();
    private final List<String> warnings = new ArrayList<>();
    private final Registry registry = new Registry();
    private final Handles handles = new Handles(new Surroundings());
    private Path file;

    private final class Surroundings implements Opener {
        @Override
        public State state() {
            return new State(Settings.parse(""), dir, Duration.ofSeconds(5), Duration.ofMinutes(1));
        }

        @Override
        public Consumer<String> warnings() {
            return warnings::add;
        }

        @Override
        public Tables tables() {
            return handles;
        }

        @Override
        public Registry registry() {
            return registry;
        }

        @Override
        public LongSupplier clock() {
            return ahead::get;
        }
    }

    @BeforeEach
    void a_file_of_yesterday() throws IOException {
        file = dir.resolve("domains");
        Files.writeString(file, "a.example\nb.example\n");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
    }

    private Answer match(String name) {
        return DomainList.exact(file.toString(), "mydestination", handles).match(name);
    }

    private boolean isKnown(String name) {
        Answer answer = match(name);
        assertThat(answer).isNotInstanceOf(Answer.Unavailable.class);
        return answer instanceof Answer.Found;
    }

    /** Looks more than two seconds apart. */
    private void later() {
        for (int i = 0; i < 4; i++) {
            ahead.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_100));
            match("a.example");
        }
    }

    @Test
    void half_a_list_makes_no_domain_a_stranger() throws IOException {
        assertThat(isKnown("b.example")).isTrue();
        Files.writeString(file, "a.example\n");
        handles.renew();
        assertThat(isKnown("b.example")).as("somebody is writing, whatever an operator reloads").isTrue();
        ahead.addAndGet(TimeUnit.SECONDS.toNanos(2));
        assertThat(isKnown("b.example")).isTrue();
        Files.writeString(file, "a.example\nb.example\nc.exam");
        later();
        assertThat(isKnown("c.exam")).isFalse();
        assertThat(warnings).singleElement().asString().contains(file + " goes on as it was read before: ends in the middle of a line; reload to take it as it is");
        Files.writeString(file, "a.example\nb.example\nc.example\n");
        later();
        assertThat(isKnown("c.example")).isTrue();
    }

    @Test
    void an_operator_can_have_it_taken_as_it_is() throws IOException {
        assertThat(isKnown("b.example")).isTrue();
        Files.writeString(file, "a.example");
        later();
        assertThat(isKnown("b.example")).isTrue();
        handles.renew();
        later();
        assertThat(isKnown("b.example")).isFalse();
        assertThat(isKnown("a.example")).isTrue();
    }

    @Test
    void a_file_that_goes_leaves_what_was_read() throws IOException {
        assertThat(isKnown("b.example")).isTrue();
        Files.delete(file);
        later();
        handles.renew();
        later();
        assertThat(isKnown("b.example")).isTrue();
        assertThat(isKnown("c.example")).isFalse();
        assertThat(warnings).isNotEmpty().allMatch(line -> line.contains("goes on as it was read before: NoSuchFileException"));
    }

    @Test
    void a_file_that_was_changed_a_moment_ago_says_neither_yes_nor_no_until_it_is_quiet() throws IOException {
        Files.writeString(file, "a.example\n");
        assertThat(match("b.example")).isInstanceOf(Answer.Unavailable.class);
        Files.writeString(file, "a.example\nb.example\n");
        ahead.addAndGet(TimeUnit.SECONDS.toNanos(2));
        assertThat(match("b.example")).isInstanceOf(Answer.Unavailable.class);
        later();
        assertThat(isKnown("b.example")).isTrue();
        assertThat(isKnown("c.example")).isFalse();
    }

    @Test
    void whoever_asks_seldom_is_refused_once_only() throws IOException {
        Files.writeString(file, "b.example\n");
        assertThat(match("b.example")).isInstanceOf(Answer.Unavailable.class);
        ahead.addAndGet(TimeUnit.MINUTES.toNanos(5));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofMinutes(5))));
        assertThat(isKnown("b.example")).as("the next attempt").isTrue();
    }

    @Test
    void a_file_that_comes_late_is_found() throws IOException {
        Path late = dir.resolve("late");
        assertThatThrownBy(() -> handles.text(late)).hasMessageContaining("NoSuchFileException");
        Files.move(file, late);
        assertThatThrownBy(() -> handles.text(late)).as("not at every question").hasMessageContaining("NoSuchFileException");
        ahead.addAndGet(TimeUnit.SECONDS.toNanos(2));
        assertThat(handles.text(late)).startsWith("a.example");
        assertThat(handles.text(late)).isSameAs(handles.text(late));
    }
}
