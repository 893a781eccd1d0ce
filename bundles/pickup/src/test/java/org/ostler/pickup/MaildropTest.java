// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.log.MailLog;

/** Which files of the maildrop are taken, whatever the users of the machine leave there. */
class MaildropTest extends PickupRig {

    @Test
    void an_incomplete_file_is_left_alone() throws IOException {
        Path file = drop("x");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        look();
        assertThat(submitted).isEmpty();
        assertThat(file).exists();
    }

    @Test
    void a_file_can_be_read_by_the_group_of_the_directory_and_by_no_stranger() throws IOException {
        Files.setAttribute(maildrop, "unix:mode", 01733);
        Pickup.prepare(dir);
        assertThat((int) Files.getAttribute(maildrop, "unix:mode") & 07777).isEqualTo(03733);
        Path file = drop("x");
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(Files.getAttribute(maildrop, "unix:gid"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rwxr-----");
    }

    /** To open a pipe without a writer is to wait for ever. Its owner exchanges it for his mail and back, so that a look may find one and open the other. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_pipe_put_in_the_place_of_a_file_holds_up_nobody() throws Exception {
        Path pipe = dir.resolve("a pipe");
        assertThat(new ProcessBuilder("mkfifo", "-m", "0755", pipe.toString()).inheritIO().start().waitFor()).isZero();
        Path mail = Files.move(drop("mine"), dir.resolve("mail"));
        Path mine = maildrop.resolve("mine");
        Path next = dir.resolve("next");
        Path nextPipe = dir.resolve("next pipe");
        var stop = new AtomicBoolean();
        var trouble = new AtomicReference<Exception>();
        Thread owner = Thread.ofPlatform().daemon().start(() -> {
            try {
                Files.copy(mail, next, StandardCopyOption.COPY_ATTRIBUTES);
                while (!stop.get()) {
                    Files.createLink(nextPipe, pipe);
                    Files.move(next, mine, StandardCopyOption.ATOMIC_MOVE);
                    // Takes longest, so that most looks find the file and many claims the pipe.
                    Files.copy(mail, next, StandardCopyOption.COPY_ATTRIBUTES);
                    Files.move(nextPipe, mine, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (IOException | RuntimeException e) {
                trouble.set(e);
            }
        });
        var caught = new AtomicInteger();
        var finished = new AtomicInteger();
        whenFinished = finished::incrementAndGet;
        try (var attached = MailLog.attach((when, severity, tag, line) -> caught.addAndGet(line.endsWith("not a regular file with one link: pickup/mine") ? 1 : 0))) {
            assertThat(attached).isNotNull();
            for (int i = 0; i < 100_000 && owner.isAlive() && (finished.get() < 100 || caught.get() == 0); i++) {
                look();
            }
        } finally {
            stop.set(true);
            owner.join();
        }
        assertThat(trouble.get()).isNull();
        assertThat(submitted.stream().filter("mine\r\n"::equals).count()).isGreaterThanOrEqualTo(100);
        assertThat(caught.get()).as("exchanged between the look and the claim").isPositive();
        drop("another");
        look();
        assertThat(submitted).contains("another\r\n");
    }

    /** Three at a look are taken here. */
    @Test
    void files_that_never_become_complete_are_in_the_way_of_nobody() throws IOException {
        for (int i = 0; i < 20; i++) {
            Files.setPosixFilePermissions(drop("never"), PosixFilePermissions.fromString("rw-------"));
            Files.createDirectories(dir.resolve("maildrop/full" + i + "/inside"));
        }
        drop("complete");
        look();
        assertThat(submitted).contains("complete\r\n").doesNotContain("never\r\n");
    }

    @Test
    void files_that_could_not_be_taken_come_after_those_that_were_not_tried() throws IOException {
        Files.createDirectory(dir.resolve("pickup"));
        for (int i = 0; i < 4; i++) {
            Path file = drop("one");
            Files.move(file, claimed(file));
        }
        bugs = 3;
        List<String> failed = warnings(this::look);
        assertThat(failed).hasSize(3).allMatch(line -> line.endsWith("a bug; left for the next attempt"));
        look();
        String[] still = dir.resolve("pickup").toFile().list();
        assertThat(still).hasSize(1);
        assertThat(failed).as("tried before").anyMatch(line -> line.startsWith("pickup/" + still[0]) || line.startsWith("maildrop/" + still[0]));
    }

    @Test
    void a_file_that_the_server_cannot_read_stays_with_its_owner_and_is_told_of_once() throws IOException {
        unreadable = drop("secret");
        assertThat(warnings(() -> {
            look();
            look();
        })).containsExactly("maildrop/" + unreadable.getFileName() + ": the server may not read this file; left in the maildrop");
        assertThat(unreadable).exists();
        Path file = unreadable;
        unreadable = null;
        look();
        assertThat(file).doesNotExist();
        assertThat(submitted).contains("secret\r\n");
    }

    /** Three at a look are taken here, as they come from the directory. */
    @Test
    void a_look_that_finds_enough_before_it_comes_to_an_unreadable_file_does_not_forget_it() throws IOException {
        Path secret = drop("secret");
        unreadable = secret;
        assertThat(warnings(() -> {
            look();
            for (int i = 0; i < 100 && List.of(maildrop.toFile().list()).indexOf(secret.getFileName().toString()) < 3; i++) {
                drop("plain");
            }
            look();
            assertThat(submitted.stream().filter("plain\r\n"::equals)).as("enough").hasSize(3);
            for (int i = 0; i < 40; i++) {
                look();
            }
            assertThat(maildrop.toFile().list()).containsExactly(secret.getFileName().toString());
        })).containsExactly("maildrop/" + secret.getFileName() + ": the server may not read this file; left in the maildrop");
        assertThat(warnings(() -> {
            Files.move(secret, dir.resolve("away"));
            look();
            Files.move(dir.resolve("away"), secret);
            look();
        })).as("one that comes back is another").hasSize(1);
    }

    @Test
    void two_file_systems_are_named() throws IOException {
        Path file = Files.createTempFile(elsewhere(), "ostler", "");
        try {
            assertThatThrownBy(() -> new Claims(dir).claim(file)).isInstanceOf(IOException.class).hasMessage("/dev/shm and " + dir + " must be on one file system, and are not");
            assertThat(file).exists();
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void two_file_systems_are_told_of_once_and_not_for_every_file() throws IOException {
        Path other = Files.createTempDirectory(elsewhere(), "ostler");
        try {
            Files.createDirectory(dir.resolve("pickup"));
            Files.createSymbolicLink(other.resolve("pickup"), dir.resolve("pickup"));
            Path there = Pickup.prepare(other);
            Path first = Files.copy(drop("one"), there.resolve("first"), StandardCopyOption.COPY_ATTRIBUTES);
            Path second = Files.copy(drop("two"), there.resolve("second"), StandardCopyOption.COPY_ATTRIBUTES);
            assertThat(warnings(() -> {
                pickup.maildrop().look(there, SETTINGS);
                pickup.maildrop().look(there, SETTINGS);
            })).containsExactly(there + " and " + other.resolve("pickup") + " must be on one file system, and are not; all files are left in the maildrop");
            assertThat(List.of(first, second)).allMatch(Files::exists);
            look();
            assertThat(warnings(() -> pickup.maildrop().look(there, SETTINGS))).as("it was well in between").hasSize(1);
        } finally {
            try (var all = Files.walk(other)) {
                all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
            }
        }
    }

    @Test
    void where_nothing_can_be_taken_a_hundred_are_named() throws IOException {
        var full = another(1000);
        for (int i = 0; i < 103; i++) {
            drop("one");
        }
        bugs = 103;
        List<String> told = warnings(() -> full.maildrop().look(maildrop, SETTINGS));
        assertThat(told).hasSize(101).last().isEqualTo("3 more files could not be taken; left for the next attempt");
        assertThat(told.getFirst()).endsWith("a bug; left for the next attempt");
    }

    @Test
    void garbage_and_links_are_removed_and_not_read() throws IOException {
        Path garbage = Files.writeString(maildrop.resolve("garbage"), "no such form\n");
        Files.setPosixFilePermissions(garbage, PosixFilePermissions.fromString("rwx------"));
        Path secret = Files.writeString(dir.resolve("secret"), "ostler-maildrop 1\nrecipient x\n\nsecret\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rwx------"));
        Path link = Files.createSymbolicLink(maildrop.resolve("link"), secret);
        Path hard = Files.createLink(maildrop.resolve("hard"), secret);
        look();
        assertThat(submitted).isEmpty();
        assertThat(garbage).doesNotExist();
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(hard).doesNotExist();
        assertThat(secret).exists();
    }

    /** Another file system than that of {@link #dir}. */
    private Path elsewhere() throws IOException {
        Path elsewhere = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(elsewhere) && !Files.getAttribute(elsewhere, "unix:dev").equals(Files.getAttribute(dir, "unix:dev")), "no second file system at /dev/shm");
        return elsewhere;
    }
}
