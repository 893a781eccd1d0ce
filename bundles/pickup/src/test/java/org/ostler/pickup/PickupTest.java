// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.log.Severity;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.FixedConfiguration;

// size: one set of neighbours for all sentences
class PickupTest {

    @TempDir
    Path dir;

    Path maildrop;
    int bugs;
    Path unreadable;
    boolean reporterWorks = true;
    final List<String> reports = new ArrayList<>();
    Runnable whenFinished = () -> { };
    Runnable whenClosed = () -> { };
    final List<String> submitted = new ArrayList<>();
    Submission.Result result = new Submission.Result.Queued(new QueueId("4newnewz9"), 1, Instant.EPOCH);

    final Cleanup cleanup = (origin, settings) -> new Submission() {
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();

        @Override
        public QueueId id() {
            return new QueueId("4newnewz9");
        }

        @Override
        public void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8) {
            submitted.add("from " + sender + " " + ret + " " + envelopeId + " " + origin.attributes().getOrDefault("sender_fullname", ""));
        }

        @Override
        public void tls(TlsRequest request) {
            if (request != TlsRequest.UNSPECIFIED) {
                submitted.add("tls " + request);
            }
        }

        @Override
        public void recipient(Recipient recipient) {
            submitted.add("to " + recipient.address() + " " + recipient.dsnNotify());
        }

        @Override
        public void action(String name, String argument) {
            throw new AssertionError(name);
        }

        @Override
        public void content(byte[] bytes, int offset, int length) {
            content.write(bytes, offset, length);
        }

        @Override
        public boolean isFailed() {
            return false;
        }

        @Override
        public Result finish() {
            if (bugs-- > 0) {
                throw new IllegalStateException("a bug");
            }
            whenFinished.run();
            submitted.add(content.toString(StandardCharsets.ISO_8859_1));
            return result;
        }

        @Override
        public void close() {
            whenClosed.run();
        }
    };
    final Reporter reporter = new Reporter() {
        @Override
        public void failed(StoredMessage message, List<Failure> failures, Settings settings) throws QueueException {
            if (!reporterWorks) {
                throw new QueueException(QueueException.Kind.UNAVAILABLE, "no report today");
            }
            try (var in = message.content().open()) {
                reports.add(message.envelope().sender() + " " + failures.size() + " " + failures.getFirst().reason().status() + " " + failures.getFirst().reason().text() + " "
                        + new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void delayed(StoredMessage message, List<Failure> failures, Settings settings) {
            throw new AssertionError();
        }

        @Override
        public void delivered(StoredMessage message, List<Success> successes, Settings settings) {
            throw new AssertionError();
        }
    };
    Watching.Watches watches = Watching.SYSTEM;
    final Pickup pickup = new Pickup(cleanup, reporter, new Watching(MailLog.of("postfix/pickup"), directory -> watches.open(directory)), file -> !file.equals(unreadable), 3);

    @BeforeEach
    void prepare() throws IOException {
        maildrop = Pickup.prepare(dir);
    }

    static ByteArrayInputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Path drop(String content) throws IOException {
        return new MaildropFile("joe@example.org", "Joe \\ Smith", List.of("ann@example.org", "odd\nname@x"), Ret.HDRS, "id", Notify.NEVER, TlsRequest.UNSPECIFIED).write(maildrop, text(content), 0);
    }

    /** Where a file lies that has been claimed. */
    Path claimed(Path file) {
        return dir.resolve("pickup").resolve(file.getFileName());
    }

    void look() throws IOException {
        pickup.look(maildrop, Settings.of(Map.of("myhostname", "mx.test")));
    }

    @Test
    void what_a_local_sender_asks_of_TLS_goes_along() throws IOException {
        new MaildropFile("joe@example.org", "", List.of("ann@example.org"), Ret.UNSPECIFIED, "", Notify.DEFAULT, TlsRequest.REQUIRED).write(maildrop, text("Subject: x\n\n"), 0);
        look();
        assertThat(submitted).contains("tls REQUIRED");
    }

    @Test
    void a_complete_file_becomes_a_message_in_canonical_form_and_goes() throws IOException {
        Path file = drop("Subject: x\n\nline\r\nbare\rcr\nend");
        look();
        assertThat(submitted).containsExactly("from joe@example.org HDRS id Joe \\ Smith", "to ann@example.org NEVER", "to odd\nname@x NEVER",
                "Subject: x\r\n\r\nline\r\nbare cr\r\nend\r\n");
        assertThat(file).doesNotExist();
    }

    @Test
    void an_error_of_a_neighbour_keeps_no_file_from_being_taken() throws IOException {
        Path first = drop("first");
        Path second = drop("second");
        var failed = new AtomicBoolean();
        whenFinished = () -> {
            if (failed.compareAndSet(false, true)) {
                throw new NoClassDefFoundError("gone with its bundle");
            }
        };
        look();
        assertThat(List.of(claimed(first), claimed(second))).filteredOn(Files::exists).hasSize(1);
        look();
        assertThat(List.of(claimed(first), claimed(second))).noneMatch(Files::exists);
        assertThat(maildrop).isEmptyDirectory();
        assertThat(submitted).contains("first\r\n", "second\r\n");
    }

    /** Half of the server may be exchanged at this moment; the thread that takes local mail must not end for that. */
    @Test
    void an_error_of_the_configuration_does_not_end_the_thread() throws Exception {
        var caught = new java.util.concurrent.CountDownLatch(1);
        var logging = org.ostler.mail.log.MailLog.attach((when, severity, tag, line) -> {
            if (line.contains("NoClassDefFoundError")) {
                caught.countDown();
            }
        });
        try (logging) {
            pickup.bindConfiguration(new FixedConfiguration(() -> {
                throw new NoClassDefFoundError("gone with its bundle");
            }), reference());
            pickup.activate();
            assertThat(caught.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
            pickup.deactivate();
        }
    }

    @Test
    void where_the_system_has_no_watch_left_mail_is_taken_all_the_same() throws Exception {
        Path file = drop("unwatched");
        var taken = new java.util.concurrent.CountDownLatch(1);
        whenClosed = taken::countDown;
        watches = directory -> {
            throw new IOException("User limit of inotify instances reached or too many open files");
        };
        pickup.bindConfiguration(FixedConfiguration.of(dir, Map.of("queue_directory", dir.toString(), "myhostname", "mx.test")), reference());
        pickup.activate();
        try {
            assertThat(taken.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        } finally {
            pickup.deactivate();
        }
        assertThat(file).doesNotExist();
    }

    /** Whoever waits for the disk and is interrupted does not learn whether the message is in the queue. */
    @Test
    void a_stop_does_not_break_into_a_submission() throws Exception {
        drop("once");
        var submitting = new java.util.concurrent.CountDownLatch(1);
        var written = new java.util.concurrent.CountDownLatch(1);
        var interrupted = new java.util.concurrent.atomic.AtomicBoolean();
        whenFinished = () -> {
            submitting.countDown();
            try {
                assertThat(written.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        };
        pickup.bindConfiguration(FixedConfiguration.of(dir, Map.of("queue_directory", dir.toString(), "myhostname", "mx.test")), reference());
        pickup.activate();
        assertThat(submitting.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        drop("not begun");
        var stop = new Thread(() -> {
            try {
                pickup.deactivate();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        stop.start();
        while (stop.getState() != Thread.State.TIMED_WAITING && stop.isAlive()) {
            Thread.onSpinWait();
        }
        written.countDown();
        stop.join();
        assertThat(interrupted).isFalse();
        assertThat(submitted).containsOnlyOnce("once\r\n");
        assertThat(maildrop.toFile().list()).hasSize(1);
        assertThat(dir.resolve("pickup")).isEmptyDirectory();
    }

    /** However long the disk takes. */
    @Test
    void a_stop_that_no_longer_waits_for_a_submission_does_not_break_into_it_either() throws Exception {
        drop("once");
        var submitting = new java.util.concurrent.CountDownLatch(1);
        var written = new java.util.concurrent.CountDownLatch(1);
        var ended = new java.util.concurrent.CountDownLatch(1);
        var interrupted = new java.util.concurrent.atomic.AtomicBoolean();
        whenFinished = () -> {
            submitting.countDown();
            try {
                assertThat(written.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        };
        whenClosed = ended::countDown;
        pickup.bindConfiguration(FixedConfiguration.of(dir, Map.of("queue_directory", dir.toString(), "myhostname", "mx.test")), reference());
        pickup.activate();
        assertThat(submitting.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        pickup.patience = java.time.Duration.ofMillis(1);
        pickup.deactivate();
        written.countDown();
        assertThat(ended.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        assertThat(interrupted).isFalse();
        assertThat(submitted).containsOnlyOnce("once\r\n");
    }

    @SuppressWarnings("unchecked")
    private static <T> org.osgi.framework.ServiceReference<T> reference() {
        return (org.osgi.framework.ServiceReference<T>) java.lang.reflect.Proxy.newProxyInstance(PickupTest.class.getClassLoader(),
                new Class<?>[] {org.osgi.framework.ServiceReference.class}, (proxy, method, arguments) -> 0);
    }

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

    @Test
    void a_message_refused_for_good_goes_back_to_its_sender_and_only_then_from_the_maildrop() throws IOException {
        result = new Submission.Result.Refused(Reply.of(552, "5.3.4", "Error: message file too big"), "size");
        Path file = drop("Subject: large\n\nbody");
        reporterWorks = false;
        look();
        assertThat(claimed(file)).exists();
        reporterWorks = true;
        look();
        assertThat(claimed(file)).doesNotExist();
        assertThat(reports).containsExactly("joe@example.org 2 5.3.4 message file too big Subject: large\r\n\r\n");
    }

    @Test
    void a_refused_message_stays() throws IOException {
        result = new Submission.Result.Refused(Reply.of(452, "4.3.1", "Insufficient system storage"), "full");
        Path file = drop("x");
        look();
        assertThat(claimed(file)).exists();
        new PickupTest().lookAt(dir);
        assertThat(claimed(file)).as("taken after a restart").doesNotExist();
    }

    private void lookAt(Path queueDirectory) throws IOException {
        pickup.look(queueDirectory.resolve("maildrop"), Settings.of(Map.of("myhostname", "mx.test")));
    }

    @Test
    void a_bug_over_one_message_leaves_it_and_goes_on_with_the_next() throws IOException {
        drop("bug");
        drop("bug");
        bugs = 1;
        look();
        assertThat(dir.resolve("pickup").toFile().list()).hasSize(1);
        look();
        assertThat(dir.resolve("pickup")).isEmptyDirectory();
        assertThat(maildrop).isEmptyDirectory();
    }

    @Test
    void a_message_whose_file_cannot_be_deleted_is_queued_once() throws IOException {
        Path file = claimed(drop("once"));
        // The file goes while it is being read, and another takes its name.
        whenFinished = () -> {
            try {
                Files.delete(file);
                Files.createDirectory(file);
                Files.createFile(file.resolve("in the way"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        look();
        Files.delete(file.resolve("in the way"));
        Files.delete(file);
        whenFinished = () -> { };
        Files.write(file, new byte[0]);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        look();
        assertThat(submitted.stream().filter(line -> line.startsWith("once"))).hasSize(1);
        assertThat(file).doesNotExist();
    }

    @Test
    void trouble_after_a_message_is_queued_does_not_queue_it_again() throws IOException {
        Path file = drop("once");
        whenClosed = () -> {
            throw new IllegalStateException("close fails");
        };
        look();
        look();
        assertThat(submitted.stream().filter(line -> line.startsWith("once"))).hasSize(1);
        assertThat(claimed(file)).doesNotExist();
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

    private interface Looks {
        void run() throws IOException;
    }

    private static List<String> warnings(Looks looks) throws IOException {
        var lines = new ArrayList<String>();
        try (var attached = MailLog.attach((when, severity, tag, line) -> {
            if (severity == Severity.WARNING) {
                lines.add(line);
            }
        })) {
            assertThat(attached).isNotNull();
            // What was logged while nobody listened.
            lines.clear();
            looks.run();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return lines;
    }

    @Test
    void two_file_systems_are_named() throws IOException {
        Path elsewhere = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(elsewhere) && !Files.getAttribute(elsewhere, "unix:dev").equals(Files.getAttribute(dir, "unix:dev")), "no second file system at /dev/shm");
        Path file = Files.createTempFile(elsewhere, "ostler", "");
        try {
            assertThatThrownBy(() -> new Claims(dir).claim(file)).isInstanceOf(IOException.class).hasMessage("/dev/shm and " + dir + " must be on one file system, and are not");
            assertThat(file).exists();
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void two_file_systems_are_told_of_once_and_not_for_every_file() throws IOException {
        Path elsewhere = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(elsewhere) && !Files.getAttribute(elsewhere, "unix:dev").equals(Files.getAttribute(dir, "unix:dev")), "no second file system at /dev/shm");
        Path other = Files.createTempDirectory(elsewhere, "ostler");
        try {
            Files.createDirectory(dir.resolve("pickup"));
            Files.createSymbolicLink(other.resolve("pickup"), dir.resolve("pickup"));
            Path there = Pickup.prepare(other);
            Path first = Files.copy(drop("one"), there.resolve("first"), StandardCopyOption.COPY_ATTRIBUTES);
            Path second = Files.copy(drop("two"), there.resolve("second"), StandardCopyOption.COPY_ATTRIBUTES);
            Settings settings = Settings.of(Map.of("myhostname", "mx.test"));
            assertThat(warnings(() -> {
                pickup.look(there, settings);
                pickup.look(there, settings);
            })).containsExactly(there + " and " + other.resolve("pickup") + " must be on one file system, and are not; all files are left in the maildrop");
            assertThat(List.of(first, second)).allMatch(Files::exists);
            look();
            assertThat(warnings(() -> pickup.look(there, settings))).as("it was well in between").hasSize(1);
        } finally {
            try (var all = Files.walk(other)) {
                all.sorted(java.util.Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
            }
        }
    }

    @Test
    void a_file_of_another_version_is_kept_for_that_one() throws IOException {
        Path file = drop("later");
        Files.writeString(file, Files.readString(file).replace("ostler-maildrop 1", "ostler-maildrop 2"));
        assertThat(warnings(this::look)).containsExactly("maildrop/" + file.getFileName() + ": ostler-maildrop 2: a format of another version; left for the next attempt");
        assertThat(claimed(file)).exists();
        assertThat(submitted).isEmpty();
    }

    @Test
    void where_nothing_can_be_taken_a_hundred_are_named() throws IOException {
        var full = new Pickup(cleanup, reporter, new Watching(MailLog.of("postfix/pickup"), Watching.SYSTEM), readable -> true, 1000);
        for (int i = 0; i < 103; i++) {
            drop("one");
        }
        bugs = 103;
        List<String> told = warnings(() -> full.look(maildrop, Settings.of(Map.of("myhostname", "mx.test"))));
        assertThat(told).hasSize(101).last().isEqualTo("3 more files could not be taken; left for the next attempt");
        assertThat(told.getFirst()).endsWith("a bug; left for the next attempt");
    }

    /** A stop waits for a submission some seconds only; then its successor begins. */
    @Test
    void a_successor_does_not_take_what_is_still_being_submitted() throws IOException {
        Path file = drop("once");
        var successor = new Pickup(cleanup, reporter, new Watching(MailLog.of("postfix/pickup"), Watching.SYSTEM), readable -> true, 3);
        Runnable look = () -> {
            try {
                successor.look(maildrop, Settings.of(Map.of("myhostname", "mx.test")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        whenFinished = look;
        whenClosed = look;
        assertThat(warnings(this::look)).hasSize(2).containsOnly("pickup/" + file.getFileName() + ": an earlier submission of it has not ended yet; left for the next attempt");
        assertThat(submitted).containsOnlyOnce("once\r\n");
        assertThat(claimed(file)).doesNotExist();
        bugs = 1;
        drop("again");
        look();
        look.run();
        assertThat(submitted).as("after one that came to nothing").containsOnlyOnce("again\r\n");
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
        assertThat(Files.exists(link, java.nio.file.LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(hard).doesNotExist();
        assertThat(secret).exists();
    }
}
