// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {

    @TempDir
    Path dir;
    private long now;

    private boolean changedAfter(FileWatch watch, long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
        return watch.isDue() && watch.hasChanged();
    }

    @Test
    void a_file_counts_as_changed_once_it_has_stayed_the_same_for_two_seconds() throws Exception {
        Path file = dir.resolve("t");
        Files.writeString(file, "a");
        var watch = new FileWatch(List.of(file), Map.of(), 0, () -> now);
        assertThat(changedAfter(watch, 1100)).isFalse();
        Files.writeString(file, "ab");
        assertThat(changedAfter(watch, 500)).as("not due").isFalse();
        assertThat(changedAfter(watch, 600)).as("first seen").isFalse();
        Files.writeString(file, "abc");
        assertThat(changedAfter(watch, 1100)).as("still changing").isFalse();
        assertThat(changedAfter(watch, 1100)).isFalse();
        assertThat(changedAfter(watch, 1100)).as("stable").isTrue();
    }

    @Test
    void a_change_that_is_taken_back_is_none_and_a_file_that_vanishes_is_one() throws Exception {
        Path file = dir.resolve("t");
        Files.writeString(file, "a");
        var before = FileWatch.states(List.of(file));
        var watch = new FileWatch(List.of(file), before, 0, () -> now);
        Path away = dir.resolve("away");
        Files.move(file, away);
        assertThat(changedAfter(watch, 1100)).isFalse();
        Files.move(away, file);
        assertThat(changedAfter(watch, 3100)).isFalse();
        Files.delete(file);
        assertThat(changedAfter(watch, 1100)).isFalse();
        assertThat(changedAfter(watch, 3100)).isTrue();
    }

    @Test
    void a_change_between_the_look_and_the_reading_is_not_missed() throws Exception {
        Path file = dir.resolve("t");
        Files.writeString(file, "a");
        var before = FileWatch.states(List.of(file));
        Files.writeString(file, "changed while it was read");
        var watch = new FileWatch(List.of(file), before, 0, () -> now);
        assertThat(changedAfter(watch, 1100)).isFalse();
        assertThat(changedAfter(watch, 2100)).isTrue();
    }
}
