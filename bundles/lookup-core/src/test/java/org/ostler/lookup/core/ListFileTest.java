// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.tck.Gate;

/** What becomes of a list whose file changes, well or badly. Time is moved by the test. */
class ListFileTest {

    @TempDir
    Path dir;
    private final Stage stage = new Stage(Duration.ofSeconds(1), () -> dir);
    private final Handles handles = stage.handles;
    private Path file;

    @BeforeEach
    void a_file_of_yesterday() throws IOException {
        file = dir.resolve("domains");
        Files.writeString(file, "a.example\nb.example\n");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
    }

    /** However slow this machine is. */
    private void makeYoung() throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plus(Duration.ofHours(1))));
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
            stage.pass(Duration.ofMillis(1_100));
            match("a.example");
        }
    }

    @Test
    void half_a_list_makes_no_domain_a_stranger() throws IOException {
        assertThat(isKnown("b.example")).isTrue();
        Files.writeString(file, "a.example\n");
        handles.renew();
        assertThat(isKnown("b.example")).as("somebody is writing, whatever an operator reloads").isTrue();
        stage.pass(Duration.ofSeconds(2));
        assertThat(isKnown("b.example")).isTrue();
        Files.writeString(file, "a.example\nb.example\nc.exam");
        later();
        assertThat(isKnown("c.exam")).isFalse();
        assertThat(stage.warnings).singleElement().asString().contains(file + " goes on as it was read before: ends in the middle of a line; reload to take it as it is");
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

    /** What an operator has looked at is not what somebody is writing an hour later. */
    @Test
    void a_reload_is_for_what_there_is_and_not_for_what_comes_after() throws IOException {
        assertThat(isKnown("b.example")).isTrue();
        Files.writeString(file, "a.example");
        later();
        handles.renew();
        Files.writeString(file, "a.example\nc.exam");
        later();
        assertThat(isKnown("b.example")).isTrue();
        assertThat(stage.warnings).hasSize(2);
        handles.renew();
        later();
        assertThat(isKnown("b.example")).isFalse();
        assertThat(isKnown("c.exam")).isTrue();
    }

    /** A crash leaves zero bytes where the text was to be; a line without an end among them is no sign of a cdb file. */
    @Test
    void a_list_with_zero_bytes_is_never_taken() throws IOException {
        assertThat(isKnown("b.example")).isTrue();
        Files.writeString(file, "a.example\n" + "\0".repeat(4096));
        later();
        handles.renew();
        later();
        assertThat(isKnown("b.example")).isTrue();
        assertThat(stage.warnings).isNotEmpty().allMatch(line -> line.endsWith("goes on as it was read before: has zero bytes in it, as a crash leaves them"));
        Path other = Files.writeString(dir.resolve("other"), "\0\0");
        Files.setLastModifiedTime(other, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
        assertThatThrownBy(() -> handles.text(other)).hasMessage("has zero bytes in it, as a crash leaves them");
    }

    /** Forgotten, it would be read for the first time, and half a list be taken. */
    @Test
    void the_old_text_of_a_file_in_trouble_outlives_reloads() throws IOException {
        assertThat(isKnown("b.example")).isTrue();
        Files.delete(file);
        later();
        for (int i = 0; i < 4; i++) {
            handles.renew();
        }
        assertThat(isKnown("b.example")).isTrue();
    }

    /** A pipe that nobody writes to hangs as a file server does that is gone. */
    private void makePipe(Path where) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", where.toString()).inheritIO().start().waitFor()).isZero();
        assertThat(new ProcessBuilder("touch", "-d", "yesterday", where.toString()).inheritIO().start().waitFor()).isZero();
    }

    /** Lets go who reads a pipe: it opens once there is a writer. One that reads too waits for nobody. */
    private static void letGo(Path pipe) throws IOException {
        new RandomAccessFile(pipe.toFile(), "rw").close();
    }

    @Test
    @Timeout(60)
    void a_file_that_hangs_holds_nobody_for_good() throws Exception {
        Path pipe = dir.resolve("pipe");
        makePipe(pipe);
        try {
            assertThatThrownBy(() -> handles.text(pipe)).hasMessage("still being read");
            long begin = System.nanoTime();
            for (int i = 0; i < 1000; i++) {
                assertThatThrownBy(() -> handles.text(pipe)).as("at once, once it is known to hang").hasMessage("still being read");
            }
            assertThat(System.nanoTime() - begin).as("a thousand times the timeout of a second").isLessThan(TimeUnit.SECONDS.toNanos(50));
            handles.renew();
        } finally {
            letGo(pipe);
        }
        assertThat(isKnown("b.example")).as("another file").isTrue();
    }

    @Test
    @Timeout(60)
    void a_file_that_comes_to_hang_goes_on_as_it_was_read_and_reload_ends() throws Exception {
        assertThat(isKnown("b.example")).isTrue();
        Path pipe = dir.resolve("pipe");
        makePipe(pipe);
        Path old = Files.move(file, dir.resolve("old"));
        Files.createLink(file, pipe);
        try {
            later();
            assertThat(isKnown("b.example")).isTrue();
            String silent = file + " goes on as it was read before: the file system has not answered in 1 s";
            assertThat(stage.warnings).as("the one who looked").containsExactly(silent);
            handles.renew();
            assertThat(stage.warnings).as("the operator").containsExactly(silent, silent);
        } finally {
            letGo(pipe);
        }
        Files.delete(file);
        Files.writeString(old, "b.example\nc.example\n");
        Files.move(old, file);
        for (int i = 0; i < 1000 && !isKnown("c.example"); i++) {
            later();
        }
        assertThat(isKnown("c.example")).as("the file server is back").isTrue();
    }

    /** The look may be past the question already whether somebody has reloaded; and it sees doubts of which nobody has told yet. */
    @Test
    @Timeout(60)
    void a_reload_that_meets_a_look_is_for_that_file_too() throws Exception {
        assertThat(isKnown("b.example")).isTrue();
        Files.writeString(file, "a.example");
        later();
        assertThat(isKnown("b.example")).isTrue();
        var looking = new Gate();
        stage.onLook(looking);
        stage.pass(Duration.ofSeconds(2));
        var asking = Thread.ofVirtual().start(() -> match("a.example"));
        try {
            looking.awaitReached();
            handles.renew();
        } finally {
            looking.open();
        }
        assertThat(asking.join(Duration.ofSeconds(60))).isTrue();
        stage.onLook(() -> { });
        for (int i = 0; i < 1000 && isKnown("b.example"); i++) {
            later();
        }
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
        assertThat(stage.warnings).isNotEmpty().allMatch(line -> line.endsWith("goes on as it was read before: No such file or directory"));
    }

    @Test
    void a_file_that_was_changed_a_moment_ago_says_neither_yes_nor_no_until_it_is_quiet() throws IOException {
        Files.writeString(file, "a.example\n");
        makeYoung();
        assertThat(match("b.example")).isInstanceOf(Answer.Unavailable.class);
        Files.writeString(file, "a.example\nb.example\n");
        makeYoung();
        stage.pass(Duration.ofSeconds(2));
        assertThat(match("b.example")).isInstanceOf(Answer.Unavailable.class);
        later();
        assertThat(isKnown("b.example")).isTrue();
        assertThat(isKnown("c.example")).isFalse();
    }

    @Test
    void whoever_asks_seldom_is_refused_once_only() throws IOException {
        Files.writeString(file, "b.example\n");
        makeYoung();
        assertThat(match("b.example")).isInstanceOf(Answer.Unavailable.class);
        stage.pass(Duration.ofMinutes(5));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofMinutes(5))));
        assertThat(isKnown("b.example")).as("the next attempt").isTrue();
    }

    @Test
    void a_file_that_comes_late_is_found() throws IOException {
        Path late = dir.resolve("late");
        assertThatThrownBy(() -> handles.text(late)).hasMessage("No such file or directory");
        Files.move(file, late);
        assertThatThrownBy(() -> handles.text(late)).as("not at every question").hasMessage("No such file or directory");
        stage.pass(Duration.ofSeconds(2));
        assertThat(handles.text(late)).startsWith("a.example");
        assertThat(handles.text(late)).isSameAs(handles.text(late));
    }
}
