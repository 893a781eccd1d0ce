// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.spi.BuiltFile;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableSpec;

/** What becomes of a text table whose file changes, well or badly. */
@Timeout(60)
class FreshnessTest extends TextTableRig {

    @Test
    void a_good_file_is_taken_when_it_has_been_quiet_and_replaces_the_old_whole() throws Exception {
        Files.writeString(file, "a 2\n");
        assertThat(list.find("a")).isEqualTo(A);
        awaitAnswer("a", B);
        assertThat(list.find("b")).isEqualTo(Answer.NOT_FOUND);
        assertThat(warnings).isEmpty();
    }

    @Test
    void a_file_that_has_become_empty_is_not_taken_until_reload() throws Exception {
        Files.writeString(file, "");
        assertThat(refused()).isEqualTo("text:" + file + " goes on as it was read before: " + file + " is empty; reload to take it as it is");
        assertThat(warnings).as("once").isEmpty();
        reload();
        assertThat(list.find("a")).isEqualTo(Answer.NOT_FOUND);
    }

    @Test
    void a_file_cut_off_in_the_middle_of_a_line_is_not_taken_and_its_completion_is() throws Exception {
        Files.writeString(file, "a 2\nb");
        assertThat(refused()).contains("ends in the middle of a line");
        Files.writeString(file, "a 2\nb 2\n");
        awaitAnswer("b", B);
    }

    @Test
    void lines_that_make_no_sense_are_taken_at_reload_only() throws Exception {
        Files.writeString(file, "a 2\nb\n");
        assertThat(refused()).contains("more lines than before make no sense");
        reload();
        assertThat(list.find("a")).isEqualTo(B);
        // From now on one bad line is what everybody knows.
        Files.writeString(file, "a 2\nb\nc 2\n");
        awaitAnswer("c", B);
    }

    /** After a restore from a backup. Postfix warns, and uses it. */
    @Test
    void a_built_file_that_has_become_older_than_its_source_is_warned_of_and_taken() throws Exception {
        Path source = Files.writeString(dir.resolve("source"), "");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        Path built = dir.resolve("source.built");
        Files.writeString(built, "a 1\nb 1\n");
        registry.bind(spec -> {
            var file = new BuiltFile(spec, ".built");
            Table table = open(new TableSpec("text", file.name(), spec.settings(), spec.configDirectory(), spec.tables(), spec.warnings()));
            file.warnIfOld();
            return table;
        }, new Source("test", "1"), List.of("built"), 1);
        list = handles.open("built:" + source, "m");
        assertThat(list.find("a")).isEqualTo(A);
        assertThat(warnings).isEmpty();
        write(built, "a 2\nb 2\n", Instant.now().minus(Duration.ofDays(1)));
        awaitAnswer("a", B);
        assertThat(warnings).containsExactly("database " + built + " is older than source file " + source);
    }

    @Test
    void a_file_that_has_vanished_leaves_the_old_content_also_at_reload() throws Exception {
        Files.delete(file);
        assertThat(refused()).isEqualTo("text:" + file + " goes on as it was read before: open " + file + ": No such file or directory");
        reload();
        assertThat(list.find("a")).isEqualTo(A);
        Files.writeString(file, "a 2\n");
        awaitAnswer("a", B);
        assertThat(handles.statistics().getFirst().condition().trouble()).isEmpty();
    }

    @Test
    void a_directory_in_its_place_leaves_the_old_content() throws Exception {
        Files.delete(file);
        Files.createDirectory(file);
        assertThat(refused()).contains("Is a directory");
    }

    @Test
    void one_that_never_was_there_is_unavailable_and_opens_when_it_comes() throws Exception {
        TableList other = handles.open("text:" + dir.resolve("other"), "m");
        assertThat(other.find("a")).isInstanceOf(Answer.Unavailable.class);
        Files.writeString(dir.resolve("other"), "a 2\n");
        while (!(other.find("a") instanceof Answer.Found)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void binary_files_may_end_as_they_like() throws Exception {
        Files.write(file, new byte[] {'a', ' ', '2', '\n', '#', 0, 1});
        awaitAnswer("a", B);
    }

    /** Half a table ends with a whole line, for a moment. */
    @Test
    void one_that_somebody_is_writing_when_a_server_first_opens_it_is_waited_for() throws Exception {
        Path other = dir.resolve("other");
        // Of tomorrow: however slow this machine is, it is young.
        write(other, "a 1\n", Instant.now().plus(Duration.ofDays(1)));
        var looked = new AtomicInteger();
        beforeWaiting = () -> {
            if (looked.getAndIncrement() == 0) {
                write(other, "a 1\nb 2\n", Instant.now().minus(Duration.ofMinutes(1)));
            }
        };
        waits = true;
        assertThat(handles.open("text:" + other, "m").find("b")).isEqualTo(B);
        assertThat(looked).hasValue(2);
    }

    /** A clock that was put back, or a program that never ends its work, does not close it. */
    @Test
    void one_that_never_becomes_quiet_is_taken_in_the_end() {
        Path other = dir.resolve("other");
        write(other, "a 1\n", Instant.now().plus(Duration.ofDays(1)));
        waits = true;
        assertThat(handles.open("text:" + other, "m").find("a")).isEqualTo(A);
    }

    /** Half a table that ends with a whole line, and one that does not. */
    @ParameterizedTest
    @ValueSource(strings = {"a 2\n", "a 2\nb"})
    void what_somebody_may_be_writing_is_taken_at_reload_when_it_has_been_quiet(String half) throws Exception {
        // A clock that was put back must not hold it for good, and this test does not depend on the time.
        write(half, OF_TOMORROW);
        reload();
        assertThat(list.find("b")).isEqualTo(A);
        assertThat(list.find("a")).isEqualTo(A);
        assertThat(warnings).containsExactly("text:" + file + " goes on as it was read before: changed a moment ago, perhaps somebody is writing it");
        stage.pass(Duration.ofNanos(FileWatch.STABLE));
        tryUntil("a", B, now -> assertThat(now).isEqualTo(A));
        assertThat(list.find("b")).isEqualTo(Answer.NOT_FOUND);
        assertThat(handles.statistics().getFirst().condition().trouble()).isEmpty();
    }

    /** Nobody has asked for a long time, and what a program is making there now, or has died over, is not what an operator has seen. */
    @ParameterizedTest
    @ValueSource(strings = {"", "a 2\nb", "a 2\nb\n"})
    void a_reload_is_for_what_was_there_then_and_not_for_what_is_written_before_the_next_question(String half) throws Exception {
        reload();
        write(half, Duration.ZERO);
        assertThat(list.find("b")).isEqualTo(A);
        stage.pass(Duration.ofNanos(FileWatch.STABLE));
        while (warnings.stream().noneMatch(line -> line.endsWith("; reload to take it as it is"))) {
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            assertThat(list.find("b")).isEqualTo(A);
        }
        reload();
        assertThat(list.find("b")).isEqualTo(Answer.NOT_FOUND);
    }

    @Test
    void a_writer_whom_a_reload_has_interrupted_ends_his_work_unnoticed() throws Exception {
        write("a 2\n", OF_TOMORROW);
        reload();
        assertThat(list.find("b")).isEqualTo(A);
        write("a 2\nb 2\n", QUIET);
        tryUntil("b", B, now -> assertThat(now).isEqualTo(A));
    }

    @Test
    void what_was_quiet_before_a_reload_or_a_swap_is_taken_at_once() throws Exception {
        write("a 2\nb", QUIET);
        reload();
        assertThat(list.find("a")).isEqualTo(B);
        write("a 1\n", QUIET);
        swap();
        assertThat(list.find("a")).isEqualTo(A);
    }
}
