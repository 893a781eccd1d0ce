// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ostler.queue.log.Stores.PLAIN;
import static org.ostler.queue.log.Stores.bodies;
import static org.ostler.queue.log.Stores.commit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueException.Kind;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.QueueStore;

/** Full disk, read-only disk, failed flush, slow disk: new mail is refused in time, nothing acknowledged is lost, and all works again without a restart. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
// size: one faulty disk for all sentences
class FaultTest {

    /** A disk whose operations can be made to fail. */
    private static final class FaultyDisk extends Disk {
        volatile String writes;
        volatile String flushes;
        volatile String creations;
        volatile String reads;
        volatile long usable = 1L << 40;
        volatile CountDownLatch gate;
        /** What is written fills the heap. */
        volatile boolean noMemory;
        /** The byte of a file that cannot be read; whoever reads much around it gets it from somewhere else. */
        volatile long badSpot = -1;
        /** Removals of a segment that the cleaner reads: it alone reads so little at once. */
        volatile boolean removalsBad;
        /** What reading a message waits for, and how one learns that somebody reads. */
        volatile CountDownLatch reading;
        final CountDownLatch isReading = new CountDownLatch(1);
        /** Holds the thread that reads the mail of earlier runs. */
        volatile CountDownLatch loading;

        private static void await(CountDownLatch wait) throws IOException {
            try {
                wait.await();
            } catch (InterruptedException e) {
                throw new IOException("the store's thread was interrupted", e);
            }
        }

        private static void fail(String why) throws IOException {
            if (why != null) {
                throw new IOException(why);
            }
        }

        @Override
        public FileChannel open(Path path, OpenOption... options) throws IOException {
            if (Arrays.asList(options).contains(StandardOpenOption.CREATE_NEW) || Arrays.asList(options).contains(StandardOpenOption.CREATE)) {
                fail(creations);
            }
            return super.open(path, options);
        }

        @Override
        public int read(FileChannel channel, ByteBuffer into, long position) throws IOException {
            if (loading != null && Thread.currentThread().getName().equals("queue-log-load")) {
                await(loading);
            }
            if (reading != null && Thread.currentThread().getName().startsWith("queue-log-io")) {
                isReading.countDown();
                await(reading);
            }
            fail(reads);
            fail(removalsBad && into.remaining() < 64 && Thread.currentThread().getName().equals("queue-log-house") ? "Input/output error" : null);
            boolean bad = badSpot >= position && badSpot < position + into.remaining() && into.remaining() < 8192;
            fail(bad ? "Input/output error" : null);
            return super.read(channel, into, position);
        }

        @Override
        public void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
            fail(writes);
            if (noMemory) {
                throw new OutOfMemoryError("Java heap space");
            }
            super.write(channel, bytes, position);
        }

        @Override
        public void force(FileChannel channel) throws IOException {
            CountDownLatch wait = gate;
            if (wait != null) {
                await(wait);
            }
            fail(flushes);
            super.force(channel);
        }

        @Override
        public long usable(Path directory) {
            return usable;
        }
    }

    @TempDir
    Path directory;
    private final FaultyDisk disk = new FaultyDisk();
    private final Options options = PLAIN.withDisk(disk).withSegmentBytes(256 << 10);

    private static Kind kindOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        var caught = new AtomicReference<Kind>();
        assertThatThrownBy(call).isInstanceOfSatisfying(QueueException.class, e -> caught.set(e.kind()));
        return caught.get();
    }

    private static void untilWorking(QueueStore store) throws InterruptedException {
        Stores.until("new mail is taken again", () -> {
            try {
                commit(store, "works again");
                return true;
            } catch (QueueException e) {
                return false;
            }
        });
    }

    @Test
    void a_failed_flush_acknowledges_nothing_and_the_next_messages_go_to_a_fresh_segment() throws Exception {
        Path reopened = directory;
        try (var store = new LogStore(directory, options)) {
            commit(store, "acknowledged");
            disk.flushes = "Input/output error";
            assertThat(kindOf(() -> commit(store, "refused"))).isEqualTo(Kind.UNAVAILABLE);
            assertThat(kindOf(() -> commit(store, "refused"))).isEqualTo(Kind.UNAVAILABLE);
            disk.flushes = null;
            untilWorking(store);
            assertThat(bodies(store)).containsExactly("acknowledged", "works again");
            assertThat(Stores.segmentWith(directory, "works again")).isNotEqualTo(Stores.segmentWith(directory, "acknowledged"));
        }
        try (var store = new LogStore(reopened, options)) {
            assertThat(bodies(store)).containsExactly("acknowledged", "works again");
        }
    }

    @Test
    void a_large_message_whose_flush_failed_leaves_neither_message_nor_file() throws Exception {
        try (var store = new LogStore(directory, options)) {
            disk.flushes = "Input/output error";
            assertThat(kindOf(() -> commit(store, "x".repeat(200_000)))).isEqualTo(Kind.UNAVAILABLE);
            disk.flushes = null;
            untilWorking(store);
        }
        try (var store = new LogStore(directory, options)) {
            assertThat(bodies(store)).containsExactly("works again");
        }
        try (var files = Files.list(directory.resolve("spool"))) {
            assertThat(files.toList()).isEmpty();
        }
    }

    @Test
    void changes_made_while_the_disk_fails_are_in_effect_at_once_and_on_disk_afterwards() throws Exception {
        StoredMessage removed;
        StoredMessage held;
        try (var store = new LogStore(directory, options)) {
            removed = commit(store, "removed");
            held = commit(store, "held");
            disk.flushes = "Input/output error";
            var first = store.update(removed.id(), MessageUpdate.of(new Disposition.Remove())).toCompletableFuture();
            var second = store.update(held.id(), MessageUpdate.of(new Disposition.Hold())).toCompletableFuture();
            assertThatThrownBy(() -> first.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(QueueException.class);
            assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(QueueException.class);
            assertThat(store.load(removed.id())).isEmpty();
            assertThat(store.load(held.id()).orElseThrow().queue()).isEqualTo(org.ostler.mail.queue.QueueName.HOLD);
            disk.flushes = null;
            untilWorking(store);
        }
        try (var store = new LogStore(directory, options)) {
            assertThat(bodies(store)).containsExactly("held", "works again");
            assertThat(store.load(held.id()).orElseThrow().queue()).isEqualTo(org.ostler.mail.queue.QueueName.HOLD);
        }
    }

    /** A store that cannot read a message cannot change it in memory either; who wanted the change is told that it is still his. */
    @Test
    void a_change_of_a_message_that_cannot_be_read_is_not_taken() throws Exception {
        StoredMessage message;
        try (var store = new LogStore(directory, options)) {
            message = commit(store, "held");
        }
        try (var store = new LogStore(directory, options)) {
            Stores.until("everything is known", () -> store.counts().values().stream().mapToLong(Long::longValue).sum() == 1);
            disk.reads = "Input/output error";
            assertNotTaken(store, message.id());
            disk.reads = null;
            assertThat(store.load(message.id()).orElseThrow().queue()).isNotEqualTo(org.ostler.mail.queue.QueueName.HOLD);
            Stores.update(store, message.id(), new Disposition.Hold());
            assertThat(store.load(message.id()).orElseThrow().queue()).isEqualTo(org.ostler.mail.queue.QueueName.HOLD);
        }
    }

    /** Ten minutes of the queue manager's one thread, or of a delivery, are too much for what can be offered again. */
    @Test
    void a_change_is_not_taken_while_the_mail_of_an_earlier_run_cannot_be_read() throws Exception {
        StoredMessage message;
        try (var store = new LogStore(directory, options)) {
            message = commit(store, "old");
        }
        try (var files = Files.list(directory)) {
            for (Path hint : files.filter(f -> f.toString().endsWith(".idx")).toList()) {
                Files.delete(hint);
            }
        }
        disk.loading = new CountDownLatch(1);
        try (var store = new LogStore(directory, options)) {
            try {
                assertNotTaken(store, message.id());
                StoredMessage fresh = commit(store, "new");
                Stores.update(store, fresh.id(), new Disposition.Remove());
            } finally {
                disk.loading.countDown();
            }
            assertThat(bodies(store)).containsExactly("old");
            Stores.update(store, message.id(), new Disposition.Hold());
        }
    }

    private static void assertNotTaken(LogStore store, QueueId id) {
        var refused = store.update(id, MessageUpdate.of(new Disposition.Hold())).toCompletableFuture();
        assertThat(kindOf(() -> {
            try {
                refused.get(30, TimeUnit.SECONDS);
            } catch (java.util.concurrent.ExecutionException e) {
                throw e.getCause();
            }
        })).isEqualTo(Kind.NOT_TAKEN);
    }

    @Test
    void a_full_disk_refuses_new_mail_as_full_and_recovers() throws Exception {
        try (var store = new LogStore(directory, options)) {
            commit(store, "before");
            disk.writes = "No space left on device";
            assertThat(kindOf(() -> commit(store, "refused"))).isEqualTo(Kind.FULL);
            assertThat(kindOf(store::create)).isEqualTo(Kind.FULL);
            disk.writes = null;
            untilWorking(store);
            assertThat(bodies(store)).containsExactly("before", "works again");
        }
    }

    @Test
    void below_the_threshold_new_mail_is_refused_and_old_mail_still_changes() throws Exception {
        try (var store = new LogStore(directory, options)) {
            StoredMessage m = commit(store, "before");
            disk.usable = 15_359_999;
            Stores.until("the housekeeper has looked", () -> store.freeSpace() == 0);
            assertThat(kindOf(store::create)).isEqualTo(Kind.FULL);
            Stores.update(store, m.id(), new Disposition.Remove());
            assertThat(bodies(store)).isEmpty();
            disk.usable = 1L << 40;
            untilWorking(store);
        }
    }

    @Test
    void with_no_room_for_a_new_segment_removals_go_to_the_reserve() throws Exception {
        try (var store = new LogStore(directory, options)) {
            Path reserve = directory.resolve("reserve");
            Stores.until("the reserve is made", () -> Files.exists(reserve));
            var ids = new java.util.ArrayList<QueueId>();
            for (int i = 0; i < 10; i++) {
                ids.add(commit(store, "message " + i).id());
            }
            disk.creations = "No space left on device";
            // Each failed flush uses up a segment: the one at hand, the one prepared, and then there is none but the reserve.
            for (int i = 0; i < 3 && Files.exists(reserve); i++) {
                disk.flushes = "Input/output error";
                var lost = store.update(ids.get(i), MessageUpdate.of(new Disposition.Remove())).toCompletableFuture();
                assertThatThrownBy(() -> lost.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(QueueException.class);
                disk.flushes = null;
                Stores.update(store, ids.get(i + 4), new Disposition.Remove());
            }
            assertThat(Files.exists(reserve)).isFalse();
            assertThat(kindOf(store::create)).isEqualTo(Kind.FULL);
            disk.creations = null;
            untilWorking(store);
            assertThat(reserve).exists();
        }
    }

    @Test
    void a_read_only_disk_makes_new_mail_wait_and_recovers() throws Exception {
        try (var store = new LogStore(directory, options)) {
            commit(store, "before");
            disk.writes = "Read-only file system";
            disk.creations = "Read-only file system";
            assertThat(kindOf(() -> commit(store, "refused"))).isEqualTo(Kind.UNAVAILABLE);
            assertThat(bodies(store)).containsExactly("before");
            disk.writes = null;
            disk.creations = null;
            untilWorking(store);
        }
    }

    @Test
    void a_removal_that_a_crash_catches_in_memory_is_undone_and_one_on_disk_is_not() throws Exception {
        Path cut = temporary("cut");
        try (var store = new LogStore(directory, options)) {
            StoredMessage written = commit(store, "removed on disk");
            StoredMessage waiting = commit(store, "removed in memory");
            Stores.update(store, written.id(), new Disposition.Remove());
            disk.writes = "Input/output error";
            store.update(waiting.id(), MessageUpdate.of(new Disposition.Remove()));
            assertThat(bodies(store)).isEmpty();
            Stores.crash(directory, cut);
            disk.writes = null;
        }
        try (var store = new LogStore(cut, PLAIN)) {
            assertThat(bodies(store)).containsExactly("removed in memory");
        }
    }

    @Test
    void a_crash_after_a_failed_flush_keeps_what_was_acknowledged_before() throws Exception {
        Path cut = temporary("cut");
        try (var store = new LogStore(directory, options)) {
            commit(store, "acknowledged");
            disk.flushes = "Input/output error";
            assertThat(kindOf(() -> commit(store, "refused"))).isEqualTo(Kind.UNAVAILABLE);
            Stores.crash(directory, cut);
            disk.flushes = null;
        }
        try (var store = new LogStore(cut, PLAIN)) {
            assertThat(bodies(store)).contains("acknowledged").isSubsetOf("acknowledged", "refused");
        }
    }

    /** It may be on disk in spite of the error; its client, who was told so, has sent it again. Without housekeeping, which would cut it off. */
    @Test
    void a_message_refused_after_a_failed_flush_does_not_come_back_with_a_crash() throws Exception {
        Path cut = temporary("refused");
        try (var store = new LogStore(directory, options.forTool())) {
            commit(store, "acknowledged");
            disk.flushes = "Input/output error";
            assertThat(kindOf(() -> commit(store, "refused"))).isEqualTo(Kind.UNAVAILABLE);
            disk.flushes = null;
            untilWorking(store);
            Stores.crash(directory, cut);
        }
        try (var store = new LogStore(cut, PLAIN)) {
            assertThat(bodies(store)).containsExactly("acknowledged", "works again");
        }
    }

    /** Every few seconds it is tried again: open files that add up would stop all of the server in the end, and a lock that stays would stop the queue for good. */
    @Test
    void a_store_that_cannot_be_opened_leaves_nothing_open() throws Exception {
        try (var store = new LogStore(directory, options)) {
            commit(store, "before");
        }
        disk.writes = "No space left on device";
        assertThatThrownBy(() -> new LogStore(directory, options)).isInstanceOf(IOException.class);
        assertThat(openFiles()).isEmpty();
        disk.writes = null;
        disk.noMemory = true;
        assertThatThrownBy(() -> new LogStore(directory, options)).isInstanceOf(OutOfMemoryError.class);
        assertThat(openFiles()).isEmpty();
        disk.noMemory = false;
        try (var store = new LogStore(directory, options)) {
            assertThat(bodies(store)).containsExactly("before");
        }
    }

    private java.util.List<Path> openFiles() throws IOException {
        var open = new java.util.ArrayList<Path>();
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path each : descriptors.toList()) {
                if (Files.isSymbolicLink(each)) {
                    open.add(Files.readSymbolicLink(each));
                }
            }
        }
        open.removeIf(file -> !file.startsWith(directory));
        return open;
    }

    /** Told otherwise he would send it again. */
    @Test
    void a_message_over_which_the_manager_runs_out_of_memory_is_queued_for_its_sender() throws Exception {
        try (var store = new LogStore(directory, options); var claims = store.attach(message -> {
            throw new OutOfMemoryError("for a moment");
        })) {
            commit(store, "queued");
            assertThat(claims.incoming(5)).hasSize(1);
        }
    }

    /** It was to be read when its manager left, and nobody had it any more. */
    @Test
    void what_a_manager_was_claiming_when_it_left_is_the_next_ones() throws Exception {
        try (var store = new LogStore(directory, options)) {
            commit(store, "slow to read");
        }
        try (var store = new LogStore(directory, options)) {
            Stores.until("everything is known", () -> store.counts().values().stream().mapToLong(Long::longValue).sum() == 1);
            var claims = store.attach(message -> false);
            disk.reading = new CountDownLatch(1);
            var late = java.util.concurrent.CompletableFuture.supplyAsync(() -> {
                try {
                    return claims.incoming(5);
                } catch (QueueException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(disk.isReading.await(30, TimeUnit.SECONDS)).isTrue();
            claims.close();
            disk.reading.countDown();
            assertThat(late.get(30, TimeUnit.SECONDS)).isEmpty();
            try (var next = store.attach(message -> false)) {
                assertThat(next.incoming(5)).hasSize(1);
            }
        }
    }

    /** The log would grow until the disk is full. */
    @org.junit.jupiter.params.ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(booleans = {true, false})
    void one_record_that_cannot_be_read_keeps_its_segment_and_no_other(boolean damaged) throws Exception {
        Options small = PLAIN.withDisk(disk).withSegmentBytes(64 << 10);
        try (var store = new LogStore(directory, small)) {
            commit(store, "first");
            QueueId unlucky = commit(store, "unlucky message").id();
            var reason = org.ostler.mail.queue.RecipientState.Reason.local(org.ostler.mail.model.EnhancedStatus.of("4.0.0"), "unlucky state");
            store.update(unlucky, new MessageUpdate(java.util.Map.of(0, new org.ostler.mail.queue.RecipientState.Pending(java.util.Optional.of(reason))),
                    new Disposition.Defer(java.time.Instant.now().plusSeconds(100_000)), false)).toCompletableFuture().get(30, TimeUnit.SECONDS);
            Path segment = Stores.segmentWith(directory, "unlucky state");
            if (damaged) {
                Stores.overwrite(segment, Stores.indexOf(segment, "unlucky state"), "X");
            } else {
                disk.badSpot = Stores.indexOf(segment, "unlucky message");
            }
            // Of this segment nothing else stays, so that it is the first to be cleaned; in the others some messages do, so that the log grows beyond its bound.
            for (int i = 0; i < 400; i++) {
                boolean stays = i > 8 && i % 4 == 0;
                QueueId brief = commit(store, (stays ? "keeper" : "brief") + "x".repeat(9000)).id();
                if (!stays) {
                    store.update(brief, MessageUpdate.of(new Disposition.Remove()));
                }
            }
            Stores.until("the log is within its bound", () -> store.sizes()[0] < 2 * store.sizes()[1] + 6 * (64 << 10));
            assertThat(segment).exists();
        }
    }

    /** Nothing of a removal counts as live. With its segment it would go, and the message would be there again. */
    @Test
    void a_removal_that_cannot_be_read_keeps_its_segment_as_long_as_its_message_may_be_on_disk() throws Exception {
        var log = new CopyOnWriteArrayList<String>();
        try (AutoCloseable _ = MailLog.attach((_, _, _, text) -> log.add(text)); var store = new LogStore(directory, options)) {
            QueueId removed = commit(store, "removed").id();
            QueueId stays = commit(store, "stays").id();
            Path first = Stores.segmentWith(directory, "removed");
            disk.removalsBad = true;
            List<QueueId> before = fillBehind(store, first);
            Path second = Stores.segmentWith(directory, "filler " + (before.size() - 1) + " behind " + first.getFileName());
            Stores.update(store, removed, new Disposition.Remove());
            List<QueueId> behind = fillBehind(store, second);
            for (QueueId filler : Stream.concat(before.stream(), behind.stream()).toList()) {
                Stores.update(store, filler, new Disposition.Remove());
            }
            Stores.until("the cleaner has met it", () -> log.stream().anyMatch(line -> line.contains("Input/output error; the segment stays")));
            disk.usable = 15_359_999;
            Stores.until("and has gone on", () -> store.freeSpace() == 0);
            Path cut = Stores.crash(directory, temporary("cut"));
            try (var next = new LogStore(cut, PLAIN)) {
                assertThat(bodies(next)).containsExactly("stays");
            }
            assertThat(second).exists();
            Stores.update(store, stays, new Disposition.Remove());
            Stores.until("nobody needs it any more", () -> !Files.exists(first) && !Files.exists(second));
        }
    }

    /** @return what was written until another segment was begun */
    private List<QueueId> fillBehind(LogStore store, Path segment) throws Exception {
        var fillers = new java.util.ArrayList<QueueId>();
        for (boolean other = false; !other;) {
            String text = "filler " + fillers.size() + " behind " + segment.getFileName();
            fillers.add(commit(store, text + " ".repeat(50_000)).id());
            other = !Stores.segmentWith(directory, text).equals(segment);
        }
        return fillers;
    }

    private Path temporary(String name) {
        return directory.resolveSibling(directory.getFileName() + "-" + name);
    }

    @Test
    void a_tool_changes_the_store_and_leaves_no_large_files_behind() throws Exception {
        StoredMessage m;
        try (var store = new LogStore(directory, options.forTool())) {
            m = commit(store, "one");
            commit(store, "two");
        }
        try (var store = new LogStore(directory, options.forTool())) {
            Stores.update(store, m.id(), new Disposition.Remove());
            assertThat(bodies(store)).containsExactly("two");
        }
        assertThat(directory.resolve("reserve")).doesNotExist();
        try (var files = Files.list(directory)) {
            assertThat(files.mapToLong(file -> file.toFile().length()).sum()).isLessThan(16_384);
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve("format"))).hasSize(2);
    }

    @Test
    void a_waiter_that_is_interrupted_gives_up_and_its_message_is_handed_over_all_the_same() throws Exception {
        try (var store = new LogStore(directory, options)) {
            var handed = new java.util.concurrent.LinkedBlockingQueue<StoredMessage>();
            try (var claims = store.attach(handed::add)) {
                commit(store, "first");
                assertThat(handed.poll(30, TimeUnit.SECONDS)).isNotNull();
                disk.gate = new CountDownLatch(1);
                var trouble = new AtomicReference<QueueException>();
                Thread waiter = Thread.ofVirtual().start(() -> {
                    try {
                        commit(store, "slow");
                    } catch (QueueException e) {
                        trouble.set(e);
                    }
                });
                Stores.until("the message is being written", () -> Files.exists(directory) && containsSlow());
                waiter.interrupt();
                assertThat(waiter.join(java.time.Duration.ofSeconds(30))).isTrue();
                assertThat(trouble.get().kind()).isEqualTo(Kind.UNAVAILABLE);
                disk.gate.countDown();
                disk.gate = null;
                assertThat(handed.poll(30, TimeUnit.SECONDS)).isNotNull().satisfies(m -> assertThat(Stores.body(m)).isEqualTo("slow"));
                assertThat(claims.incoming(5)).isEmpty();
            }
        }
    }

    private boolean containsSlow() {
        try {
            for (Path segment : Stores.segments(directory)) {
                if (Stores.indexOf(segment, "slow") >= 0) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }
}
