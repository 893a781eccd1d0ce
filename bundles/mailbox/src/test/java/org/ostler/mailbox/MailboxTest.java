// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.queue.Content;

class MailboxTest {

    private static final Mbox.Locking LOCKING = new Mbox.Locking(true, true, Duration.ofSeconds(10), Duration.ofMinutes(5));
    private static final MailLog LOG = MailLog.of("mail/local");
    private static final Address JOE = Address.of("joe@example.org");

    @TempDir
    Path dir;

    static Content content(String text) {
        return new Content.InMemory(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Some text, and then trouble. */
    static Content failing(Throwable trouble) {
        return opening(() -> new SequenceInputStream(new ByteArrayInputStream(new byte[200_000]), new InputStream() {
            @Override
            public int read() {
                throw MailboxTest.<RuntimeException>as(trouble);
            }
        }));
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T as(Throwable trouble) throws T {
        throw (T) trouble;
    }

    @FunctionalInterface
    interface Opening {
        InputStream open() throws IOException;
    }

    static Content opening(Opening opening) {
        return new Content() {
            @Override
            public long size() {
                return 10;
            }

            @Override
            public InputStream open() throws IOException {
                return opening.open();
            }
        };
    }

    @Test
    void a_maildir_is_made_and_the_message_lies_below_new_with_plain_line_ends() throws Exception {
        Path box = dir.resolve("a/b/box");
        Path file = Maildir.deliver(new Maildir.Place(dir, box, LOG), Owner.SELF, "Return-Path: <x>\n", content("Subject: s\n\nFrom here\nend"), "host/x");
        assertThat(Files.readString(file)).isEqualTo("Return-Path: <x>\nSubject: s\n\nFrom here\nend\n");
        assertThat(file.getParent()).isEqualTo(box.resolve("new"));
        assertThat(file.getFileName().toString()).matches("\\d+\\.V[0-9a-f]+I[0-9a-f]+M\\d+\\.host\\\\057x");
        assertThat(box.resolve("tmp")).isEmptyDirectory();
        assertThat(box.resolve("cur")).isEmptyDirectory();
    }

    @Test
    void a_failure_in_the_middle_leaves_nothing() {
        Content broken = opening(() -> {
            throw new IOException("Input/output error");
        });
        Path box = dir.resolve("box");
        assertThatThrownBy(() -> Maildir.deliver(new Maildir.Place(dir, box, LOG), Owner.SELF, "", broken, "h")).isInstanceOf(MailboxException.class).hasMessageContaining("Input/output error");
        assertThat(box.resolve("tmp")).isEmptyDirectory();
        assertThat(box.resolve("new")).isEmptyDirectory();

        Path mbox = dir.resolve("mbox");
        assertThatThrownBy(() -> Mbox.deliver(new Mbox.Place(mbox, 0, LOCKING, LOG), Owner.SELF, JOE, "", broken)).isInstanceOf(MailboxException.class);
        assertThat(mbox).isEmptyFile();
        assertThat(dir.resolve("mbox.lock")).doesNotExist();
    }

    @Test
    void an_mbox_quotes_From_lines_only_at_line_starts() throws Exception {
        Path file = dir.resolve("mbox");
        Mbox.deliver(new Mbox.Place(file, 0, LOCKING, LOG), Owner.SELF, JOE, "Delivered-To: x\n", content("Subject: s\n\nFrom a\nFrob\nFro\n From b\nFrom"));
        assertThat(Files.readString(file)).matches("From joe@example.org  \\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\nDelivered-To: x\nSubject: s\n\n>From a\nFrob\nFro\n From b\nFrom\n\n");
    }

    @Test
    void concurrent_deliveries_to_one_mbox_do_not_mix() throws Exception {
        Path file = dir.resolve("mbox");
        var all = new CompletableFuture<?>[20];
        for (int i = 0; i < all.length; i++) {
            String body = ("line " + i + "\n").repeat(500);
            all[i] = CompletableFuture.runAsync(() -> {
                try {
                    Mbox.deliver(new Mbox.Place(file, 0, LOCKING, LOG), Owner.SELF, Address.NULL, "", content(body));
                } catch (MailboxException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        CompletableFuture.allOf(all).get(60, TimeUnit.SECONDS);
        String text = Files.readString(file);
        assertThat(text.split("From MAILER-DAEMON ")).hasSize(all.length + 1);
        for (int i = 0; i < all.length; i++) {
            assertThat(text).contains(("line " + i + "\n").repeat(500));
        }
    }

    static Stream<Throwable> trouble() {
        return Stream.of(new IllegalStateException("the store has gone"), new NoClassDefFoundError("gone with its bundle"));
    }

    @ParameterizedTest
    @MethodSource("trouble")
    void trouble_in_the_middle_of_a_delivery_leaves_nothing(Throwable trouble) throws Exception {
        Path mbox = dir.resolve("mbox");
        Mbox.deliver(new Mbox.Place(mbox, 0, LOCKING, LOG), Owner.SELF, JOE, "", content("first\n"));
        long before = Files.size(mbox);
        assertThatThrownBy(() -> Mbox.deliver(new Mbox.Place(mbox, 0, LOCKING, LOG), Owner.SELF, JOE, "", failing(trouble))).isSameAs(trouble);
        assertThat(mbox).hasSize(before);
        assertThat(dir.resolve("mbox.lock")).doesNotExist();
        Path box = dir.resolve("box");
        assertThatThrownBy(() -> Maildir.deliver(new Maildir.Place(dir, box, LOG), Owner.SELF, "", failing(trouble), "h"))
                .satisfies(e -> assertThat(e == trouble || e instanceof MailboxException m && m.status().isTemporary()).isTrue());
        assertThat(box.resolve("tmp")).isEmptyDirectory();
        assertThat(box.resolve("new")).isEmptyDirectory();
    }

    /** The lock is held by this process, which Java tells at once; one of a mail reader would be waited for. */
    @Test
    void nothing_is_written_while_somebody_has_the_fcntl_lock() throws Exception {
        Path mbox = Files.writeString(dir.resolve("mbox"), "From x\n\nfirst\n\n");
        try (var channel = java.nio.channels.FileChannel.open(mbox, java.nio.file.StandardOpenOption.WRITE); var lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThatThrownBy(() -> Mbox.deliver(new Mbox.Place(mbox, 0, LOCKING, LOG), Owner.SELF, JOE, "", content("second\n"))).isInstanceOf(java.nio.channels.OverlappingFileLockException.class);
            assertThat(Files.readString(mbox)).doesNotContain("second");
        }
        Mbox.deliver(new Mbox.Place(mbox, 0, LOCKING, LOG), Owner.SELF, JOE, "", content("second\n"));
        assertThat(Files.readString(mbox)).contains("second");
    }

    @Test
    void a_lock_file_that_cannot_be_removed_does_not_make_a_delivery_fail_that_is_done() throws Exception {
        Path mbox = dir.resolve("mbox");
        Path lock = dir.resolve("mbox.lock");
        Content meddling = opening(() -> {
            Files.delete(lock);
            Files.createDirectories(lock.resolve("in the way"));
            return content("whole\n").open();
        });
        var log = new CopyOnWriteArrayList<String>();
        try (var attached = MailLog.attach((when, severity, tag, text) -> log.add(tag + ": " + text))) {
            assertThat(attached).isNotNull();
            Mbox.deliver(new Mbox.Place(mbox, 0, LOCKING, LOG), Owner.SELF, JOE, "", meddling);
        }
        assertThat(Files.readString(mbox)).endsWith("whole\n\n");
        assertThat(log).as("by the name that the operator gave").anyMatch(line -> line.startsWith("mail/local: remove lock file " + lock));
    }

    /** Root is kept from deleting by an attribute of the directory, others by its mode; neither by what this test could do between link and removal. */
    @Test
    void a_temporary_file_that_cannot_be_removed_does_not_make_a_delivery_fail_that_is_done() throws Exception {
        Path box = dir.resolve("box");
        Path tmp = box.resolve("tmp");
        Content meddling = opening(() -> {
            Files.setPosixFilePermissions(tmp, PosixFilePermissions.fromString("r-x------"));
            chattr("+a", tmp);
            return content("whole\n").open();
        });
        var log = new CopyOnWriteArrayList<String>();
        try (var attached = MailLog.attach((when, severity, tag, text) -> log.add(text))) {
            assertThat(attached).isNotNull();
            Path file = Maildir.deliver(new Maildir.Place(dir, box, LOG), Owner.SELF, "", meddling, "h");
            assertThat(Files.readString(file)).isEqualTo("whole\n");
            assumeTrue(tmp.toFile().list().length > 0, "chattr(1) has no effect on this file system");
        } finally {
            chattr("-a", tmp);
            Files.setPosixFilePermissions(tmp, PosixFilePermissions.fromString("rwx------"));
        }
        assertThat(log).anyMatch(line -> line.startsWith("remove maildir file " + tmp));
    }

    @Test
    void a_name_that_may_not_outlive_a_crash_is_taken_back_so_that_the_next_attempt_leaves_one_copy() throws Exception {
        Path mail = Files.writeString(dir.resolve("mail"), "whole\n");
        assertThatThrownBy(() -> Maildir.settle(mail, LOG, directory -> {
            throw new IOException("Input/output error");
        })).hasMessage("Input/output error");
        assertThat(mail).doesNotExist();
    }

    @Test
    void a_directory_that_the_server_may_not_read_keeps_no_mail_out() throws Exception {
        Path mail = Files.writeString(dir.resolve("mail"), "whole\n");
        var log = new CopyOnWriteArrayList<String>();
        try (var attached = MailLog.attach((when, severity, tag, text) -> log.add(text))) {
            assertThat(attached).isNotNull();
            Maildir.settle(mail, LOG, directory -> {
                throw new AccessDeniedException(directory.toString());
            });
        }
        assertThat(mail).exists();
        assertThat(log).anyMatch(line -> line.startsWith("flush maildir directory " + dir));
    }

    private static void chattr(String change, Path directory) throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/chattr")), "chattr is missing");
        try {
            new ProcessBuilder("chattr", change, directory.toString()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** A disk that is not mounted: what is written below its mount point is hidden when it comes back. */
    @Test
    void the_directory_that_mailboxes_lie_below_is_never_made() {
        Path home = dir.resolve("away");
        assertThatThrownBy(() -> Maildir.deliver(new Maildir.Place(home, home.resolve("Maildir"), LOG), Owner.SELF, "", content("x"), "h"))
                .isInstanceOfSatisfying(MailboxException.class, e -> assertThat(e.status().isTemporary()).isTrue());
        assertThat(home).doesNotExist();
    }

    @Test
    void a_delivery_after_a_crash_begins_on_a_line_of_its_own() throws Exception {
        Path mbox = Files.writeString(dir.resolve("mbox"), "From x\nSubject: cut o");
        Mbox.deliver(new Mbox.Place(mbox, 0, LOCKING, LOG), Owner.SELF, JOE, "", content("whole\n"));
        assertThat(Files.readString(mbox)).contains("cut o\n\nFrom joe@example.org ").endsWith("whole\n\n");
    }

    @Test
    void what_is_no_file_is_permanent_and_what_cannot_be_looked_at_is_not() throws Exception {
        Path folder = Files.createDirectory(dir.resolve("folder"));
        assertThatThrownBy(() -> Mbox.deliver(new Mbox.Place(folder, 0, LOCKING, LOG), Owner.SELF, JOE, "", content("x")))
                .isInstanceOfSatisfying(MailboxException.class, e -> assertThat(e.status()).hasToString("5.2.0"));
        Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("elsewhere"));
        assertThatThrownBy(() -> Mbox.deliver(new Mbox.Place(link, 0, LOCKING, LOG), Owner.SELF, JOE, "", content("x")))
                .isInstanceOfSatisfying(MailboxException.class, e -> assertThat(e.status()).hasToString("4.2.0"));
        Path loop = dir.resolve("loop");
        Files.createSymbolicLink(loop, loop);
        assertThatThrownBy(() -> Mbox.deliver(new Mbox.Place(loop.resolve("mbox"), 0, new Mbox.Locking(false, true, Duration.ofSeconds(1), Duration.ofDays(1)), LOG), Owner.SELF, JOE, "", content("x")))
                .isInstanceOfSatisfying(MailboxException.class, e -> assertThat(e.status().isTemporary()).isTrue());
    }

    @Test
    void a_maildir_of_which_only_tmp_is_there_is_completed() throws Exception {
        Path box = dir.resolve("box");
        Files.createDirectories(box.resolve("tmp"));
        assertThat(Maildir.deliver(new Maildir.Place(dir, box, LOG), Owner.SELF, "", content("x"), "h")).exists();
    }

    @Test
    void a_delivery_that_was_given_up_before_it_began_does_not_happen_later() throws Exception {
        var disk = java.util.concurrent.Executors.newSingleThreadExecutor();
        try {
            var gate = new java.util.concurrent.CountDownLatch(1);
            disk.submit(() -> gate.await(60, TimeUnit.SECONDS));
            var target = new Mailboxes.Target("", dir.resolve("box") + "/", Owner.SELF, 0, LOCKING, LOG);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> Mailboxes.write(disk, target, JOE, "", content("x"), "h")).isInstanceOf(InterruptedException.class);
            gate.countDown();
            disk.submit(() -> { }).get(60, TimeUnit.SECONDS);
            assertThat(dir.resolve("box")).doesNotExist();
        } finally {
            disk.shutdownNow();
        }
    }

    /** The disk comes back after the hour, when the queue has tried again elsewhere or later: what has not begun by then must not be delivered a second time. */
    @Test
    void a_delivery_that_waited_too_long_for_the_disk_does_not_happen_later() {
        var late = new AtomicReference<FutureTask<?>>();
        var disk = new AbstractExecutorService() {
            @Override
            protected <T> RunnableFuture<T> newTaskFor(Callable<T> task) {
                return new FutureTask<>(task) {
                    @Override
                    public T get(long time, TimeUnit unit) throws TimeoutException {
                        assertThat(unit.toSeconds(time)).isEqualTo(3600);
                        throw new TimeoutException();
                    }
                };
            }

            @Override
            public void execute(Runnable task) {
                late.set((FutureTask<?>) task);
            }

            @Override
            public void shutdown() {}

            @Override
            public List<Runnable> shutdownNow() {
                return List.of();
            }

            @Override
            public boolean isShutdown() {
                return false;
            }

            @Override
            public boolean isTerminated() {
                return false;
            }

            @Override
            public boolean awaitTermination(long time, TimeUnit unit) {
                return false;
            }
        };
        var target = new Mailboxes.Target(dir.toString(), dir.resolve("box") + "/", Owner.SELF, 0, LOCKING, LOG);
        assertThatThrownBy(() -> Mailboxes.write(disk, target, JOE, "", content("x"), "h"))
                .isInstanceOfSatisfying(MailboxException.class, e -> assertThat(e.status().isTemporary()).isTrue()).hasMessageEndingWith("takes too long");
        late.get().run();
        assertThat(dir.resolve("box")).doesNotExist();
    }

    @Test
    void a_full_mailbox_is_permanent_and_a_held_lock_is_not() throws Exception {
        Path file = dir.resolve("mbox");
        assertThatThrownBy(() -> Mbox.deliver(new Mbox.Place(file, 3, LOCKING, LOG), Owner.SELF, JOE, "", content("too long")))
                .isInstanceOfSatisfying(MailboxException.class, e -> assertThat(e.status()).hasToString("5.2.2"));
        Files.createFile(dir.resolve("mbox.lock"));
        assertThatThrownBy(() -> Mbox.deliver(new Mbox.Place(file, 0, new Mbox.Locking(true, true, Duration.ofMillis(1), Duration.ofDays(1)), LOG), Owner.SELF, JOE, "", content("x")))
                .isInstanceOfSatisfying(MailboxException.class, e -> assertThat(e.status().isTemporary()).isTrue());
    }
}
