// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;

/** A text table with two entries that is open, and all that a test may do to its file. Time is moved by the test. */
abstract class TextTableRig {

    static final Answer A = Answer.found("1");
    static final Answer B = Answer.found("2");
    static final Duration QUIET = Duration.ofMinutes(1);
    static final Duration OF_TOMORROW = Duration.ofDays(-1);

    @TempDir
    Path dir;
    final Stage stage = new Surroundings();
    final BlockingQueue<String> warnings = stage.warnings;
    final Registry registry = stage.registry;
    final Handles handles = stage.handles;
    Path file;
    TableList list;
    /** The factory is there, and nothing has been read yet. */
    volatile Runnable beforeReading = () -> { };
    volatile boolean silent;
    volatile boolean waits;
    /** It has been read for the first time. */
    volatile Runnable beforeWaiting = () -> { };

    private final class Surroundings extends Stage {

        Surroundings() {
            super(Duration.ofSeconds(5), () -> dir);
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
            return handles.parts();
        }

        @Override
        public boolean waitsForWriters() {
            beforeWaiting.run();
            return waits;
        }
    }

    private record Text(Map<String, Answer> entries, List<Path> sources) implements Table {
        @Override
        public Answer find(String key) {
            return entries.getOrDefault(key, Answer.NOT_FOUND);
        }
    }

    static Table open(TableSpec spec) throws TableOpenException {
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
    void write(String text, Duration age) {
        write(file, text, Instant.now().minus(age));
    }

    static void write(Path file, String text, Instant when) {
        try {
            Files.writeString(file, text);
            Files.setLastModifiedTime(file, FileTime.from(when));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Two looks more than two seconds apart. */
    void later() {
        for (int i = 0; i < 4; i++) {
            stage.pass(Duration.ofMillis(1_100));
            list.find("a");
        }
    }

    void awaitAnswer(String key, Answer answer) {
        while (!list.find(key).equals(answer)) {
            // Nothing else here notices that the time is over.
            assertThat(Thread.currentThread().isInterrupted()).as("still " + list.find(key)).isFalse();
            later();
        }
    }

    /** Moves no time of its own. */
    void tryUntil(String key, Answer answer, Consumer<Answer> before) {
        for (Answer now = list.find(key); !now.equals(answer); now = list.find(key)) {
            assertThat(Thread.currentThread().isInterrupted()).as("still " + now).isFalse();
            before.accept(now);
        }
    }

    /** What is told when a change is not taken; the old content answers then and ever after. */
    String refused() throws InterruptedException {
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

    void reload() {
        registry.renewAll();
    }

    private void bind() {
        stage.bind("text", TextTableRig::open);
    }

    /** The old content goes with its bundle. */
    void swap() {
        assertThat(registry.unbind(List.of("text"), 0)).isTrue();
        bind();
    }

    /** No key is unknown, neither at the first question nor when it has been tried again. */
    void unavailableFor(String why) throws InterruptedException {
        for (String key : List.of("a", "b", "c")) {
            assertThat(list.find(key)).isInstanceOf(Answer.Unavailable.class).extracting(answer -> ((Answer.Unavailable) answer).reason()).asString().contains(why);
        }
        String line = warnings.take();
        while (!line.contains("text:" + file + " is unavailable. ")) {
            line = warnings.take();
        }
        assertThat(line).contains(why);
    }
}
