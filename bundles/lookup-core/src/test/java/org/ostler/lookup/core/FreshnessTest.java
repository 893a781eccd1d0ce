// SPDX-License-Identifier: Apache-2.0
// size: one rule, one case each
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.Gate;

/** What becomes of a text table whose file changes, well or badly. Time is moved by the test. */
@Timeout(60)
class FreshnessTest {

    private static final Answer A = Answer.found("1");
    private static final Answer B = Answer.found("2");
    private static final Duration QUIET = Duration.ofMinutes(1);
    private static final Duration OF_TOMORROW = Duration.ofDays(-1);

    @TempDir
    Path dir;
    private final AtomicLong ahead = new AtomicLong();
    private final LinkedBlockingQueue<String> warnings = new LinkedBlockingQueue<>();
    private final Registry registry = new Registry();
    private final Handles handles = new Handles(new Surroundings());
    private Path file;
    private TableList list;
    private volatile Runnable onLook = () -> { };
    /** The factory is there, and nothing has been read yet. */
    private volatile Runnable beforeReading = () -> { };
    private final long start = System.nanoTime();
    private volatile boolean silent;
    private volatile boolean waits;
    /** It has been read for the first time. */
    private volatile Runnable beforeWaiting = () -> { };

    private final class Surroundings implements Opener {
        @Override
        public State state() {
            return new State(Settings.parse("table_lookup_timeout = 5s\n"), dir, Duration.ofSeconds(5), Duration.ofMinutes(1));
        }

        @Override
        public Consumer<String> warnings() {
            return line -> {
                if (silent) {
                    throw new IllegalStateException("no log");
                }
                warnings.add(line);
            };
        }

        @Override
        public Tables tables() {
            beforeReading.run();
            return handles;
        }

        @Override
        public Registry registry() {
            return registry;
        }

        @Override
        public boolean waitsForWriters() {
            beforeWaiting.run();
            return waits;
        }

        @Override
        public LongSupplier clock() {
            return () -> {
                onLook.run();
                return start + ahead.get();
            };
        }
    }

    private record Text(Map<String, Answer> entries, List<Path> sources) implements Table {
        @Override
        public Answer find(String key) {
            return entries.getOrDefault(key, Answer.NOT_FOUND);
        }
    }

    private static Table open(TableSpec spec) throws TableOpenException {
        var entries = new HashMap<String, Answer>();
        try {
            TableSource source = TableSource.read(spec);
            for (TableSource.Entry e = source.nextEntry(); e != null; e = source.nextEntry()) {
                entries.put(e.key(), Answer.found(e.value()));
            }
        } catch (IOException e) {
            throw new TableOpenException("open " + spec.name() + ": " + TableSource.reason(e), e);
        }
        return new Text(entries, spec.sources());
    }

    @BeforeEach
    void a_table_with_two_entries_is_open() throws Exception {
        file = dir.resolve("t");
        Files.writeString(file, "a 1\nb 1\n");
        bind();
        list = handles.open("text:" + file, "m");
        assertThat(list.find("a")).isEqualTo(A);
    }

    /** @param age as the file has it */
    private void write(String text, Duration age) {
        write(file, text, Instant.now().minus(age));
    }

    private static void write(Path file, String text, Instant when) {
        try {
            Files.writeString(file, text);
            Files.setLastModifiedTime(file, FileTime.from(when));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On the thread that looks at files. */
    private void onLook(Runnable what) {
        onLook = () -> {
            if (Thread.currentThread().getName().equals("look at files")) {
                what.run();
            }
        };
    }

    /** Two looks more than two seconds apart. */
    private void later() {
        for (int i = 0; i < 4; i++) {
            ahead.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_100));
            list.find("a");
        }
    }

    private void awaitAnswer(String key, Answer answer) {
        while (!list.find(key).equals(answer)) {
            // Nothing else here notices that the time is over.
            assertThat(Thread.currentThread().isInterrupted()).as("still " + list.find(key)).isFalse();
            later();
        }
    }

    /** Moves no time of its own. */
    private void tryUntil(String key, Answer answer, Consumer<Answer> before) {
        for (Answer now = list.find(key); !now.equals(answer); now = list.find(key)) {
            assertThat(Thread.currentThread().isInterrupted()).as("still " + now).isFalse();
            before.accept(now);
        }
    }

    /** What is told when a change is not taken; the old content answers then and ever after. */
    private String refused() throws InterruptedException {
        later();
        String line = warnings.take();
        while (!line.contains("goes on")) {
            line = warnings.take();
        }
        later();
        assertThat(list.find("a")).isEqualTo(A);
        assertThat(list.find("b")).isEqualTo(A);
        assertThat(handles.statistics().getFirst().condition().open()).isTrue();
        assertThat(line).contains(handles.statistics().getFirst().condition().trouble());
        return line;
    }

    private void reload() {
        registry.renewAll();
    }

    private void bind() {
        registry.bind(FreshnessTest::open, new Source("test", "1"), List.of("text"), 1);
    }

    /** The old content goes with its bundle. */
    private void swap() {
        assertThat(registry.unbind(List.of("text"), 1)).isTrue();
        bind();
    }

    /** No key is unknown, neither at the first question nor when it has been tried again. */
    private void unavailableFor(String why) throws InterruptedException {
        for (String key : List.of("a", "b", "c")) {
            assertThat(list.find(key)).isInstanceOf(Answer.Unavailable.class).extracting(answer -> ((Answer.Unavailable) answer).reason()).asString().contains(why);
        }
        String line = warnings.take();
        while (!line.contains("text:" + file + " is unavailable. ")) {
            line = warnings.take();
        }
        assertThat(line).contains(why);
    }

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

    @Test
    void what_is_held_back_stays_so_when_the_bundle_is_swapped_until_it_is_whole() throws Exception {
        Files.writeString(file, "a 2\nb");
        refused();
        swap();
        unavailableFor("ends in the middle of a line; reload to take it as it is");
        Files.writeString(file, "a 2\nb 2\n");
        tryUntil("b", B, now -> {
            assertThat(now).isInstanceOf(Answer.Unavailable.class);
            ahead.addAndGet(TimeUnit.SECONDS.toNanos(1));
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
        ahead.addAndGet(FileWatch.STABLE);
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
        ahead.addAndGet(FileWatch.STABLE);
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
        ahead.addAndGet(FileWatch.STABLE);
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

    /** A file server that is gone: one lookup waits for it, once, and each has the old table's answer. */
    @Test
    void a_look_that_hangs_holds_no_lookup_for_good() throws Exception {
        var gone = new Gate();
        onLook(gone);
        Files.writeString(file, "a 2\nb 2\n");
        try {
            for (int i = 0; i < 1000; i++) {
                ahead.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_100));
                assertThat(list.find("a")).isEqualTo(A);
            }
            assertThat(warnings).containsExactly("text:" + file + " goes on as it was read before: the file system has not answered in 5 s");
        } finally {
            gone.open();
        }
        for (int i = 0; i < 1_000_000 && !list.find("a").equals(B); i++) {
            ahead.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_100));
        }
        assertThat(list.find("a")).isEqualTo(B);
    }

    @Test
    void a_look_that_breaks_is_told_of_and_costs_no_lookup() {
        onLook(() -> {
            throw new IllegalStateException("broken");
        });
        ahead.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_100));
        assertThat(list.find("a")).isEqualTo(A);
        assertThat(warnings).containsExactly("bug in a look at files: java.lang.IllegalStateException: broken");
    }

    /** It would never close, and its bundle never go. */
    @Test
    void a_lookup_that_breaks_over_a_look_leaves_the_table_all_the_same() {
        onLook(() -> {
            throw new IllegalStateException("broken");
        });
        ahead.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_100));
        silent = true;
        assertThatThrownBy(() -> list.find("a")).hasMessage("a warning of a look at files was not taken");
        silent = false;
        swap();
        assertThat(list.find("a")).isEqualTo(A);
    }
}
