// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ostler.queue.log.Stores.PLAIN;
import static org.ostler.queue.log.Stores.bodies;
import static org.ostler.queue.log.Stores.commit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;

/** What was acknowledged stays, what was not acknowledged is not there, and one bad operation harms no other. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AcknowledgedTest {

    @TempDir
    Path directory;
    private final SlowDisk disk = new SlowDisk();

    private static Thread committing(LogStore store, String body, AtomicReference<Exception> trouble) {
        return Thread.ofVirtual().start(() -> {
            try {
                commit(store, body);
            } catch (QueueException | RuntimeException e) {
                trouble.set(e);
            }
        });
    }

    @Test
    void a_message_given_up_before_it_was_written_is_not_in_the_queue() throws Exception {
        try (var store = new LogStore(directory, PLAIN.withDisk(disk))) {
            disk.shut();
            var none = new AtomicReference<Exception>();
            Thread first = committing(store, "first", none);
            disk.entered.get().await();
            var trouble = new AtomicReference<Exception>();
            Thread second = committing(store, "given up", trouble);
            Stores.until("it waits for the disk", () -> second.getState() == Thread.State.WAITING);
            second.interrupt();
            second.join();
            assertThat(trouble.get()).isInstanceOf(QueueException.class);
            disk.open();
            first.join();
            commit(store, "last");
            assertThat(none.get()).isNull();
            assertThat(bodies(store)).containsExactly("first", "last");
            assertThat(store.counts()).containsEntry(QueueName.INCOMING, 2L).containsEntry(QueueName.CORRUPT, 0L);
        }
    }

    /** Its spool file is no longer the draft's to delete: the record that names it is on its way. */
    @Test
    void a_large_message_whose_client_gave_up_while_it_was_written_is_stored_whole_or_not_at_all() throws Exception {
        String large = "large " + "x".repeat(200_000);
        var gaveUp = new AtomicReference<Exception>();
        try (var store = new LogStore(directory, PLAIN.withDisk(disk))) {
            commit(store, "before");
            disk.shut();
            Thread waiter = committing(store, large, gaveUp);
            disk.entered.get().await();
            Stores.until("it waits for the disk", () -> waiter.getState() == Thread.State.WAITING);
            waiter.interrupt();
            waiter.join();
            assertThat(gaveUp.get()).isInstanceOf(QueueException.class);
            disk.open();
            commit(store, "after");
            assertThat(bodies(store)).containsExactly("before", large, "after");
        }
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store)).containsExactly("before", large, "after");
            assertThat(store.counts()).containsEntry(QueueName.CORRUPT, 0L);
        }
    }

    @Test
    void who_waits_for_a_disk_that_hangs_gives_up_when_reminded_after_the_deadline() throws Exception {
        var gaveUp = new AtomicReference<Exception>();
        var waiting = new AtomicReference<Op.Commit>();
        Thread waiter = Thread.ofVirtual().start(() -> {
            waiting.set(new Op.Commit(null, 1, 1, new byte[0], 0, 0));
            waiting.get().startWriting();
            try {
                waiting.get().await(System.nanoTime() + 50_000_000);
            } catch (QueueException e) {
                gaveUp.set(e);
            }
        });
        Stores.until("it has given up", () -> {
            if (waiting.get() != null) {
                waiting.get().remind();
            }
            return !waiter.isAlive();
        });
        assertThat(gaveUp.get()).hasMessageContaining("timeout while waiting for the disk");
        assertThat(waiting.get().mayBeStored()).isTrue();
    }

    @Test
    void a_bug_in_a_later_group_does_not_remove_what_an_earlier_one_has_stored() throws Exception {
        // The groups are small, so that one batch takes several flushes; the second of them trips the bug.
        Options options = new Options(1 << 20, 64 << 10, 48L << 20, 48L << 20, 1024, PLAIN.linger(), PLAIN.hintAge(), PLAIN.limits(), disk, true, PLAIN.log());
        var outcomes = new AtomicReference<Exception>();
        try (var store = new LogStore(directory, options)) {
            disk.shut();
            Thread opener = committing(store, "opener", new AtomicReference<>());
            disk.entered.get().await();
            Thread one = committing(store, "1" + "x".repeat(2000), new AtomicReference<>());
            Stores.until("it waits for the disk", () -> one.getState() == Thread.State.WAITING);
            Thread two = committing(store, "2" + "x".repeat(2000), outcomes);
            Stores.until("it waits for the disk", () -> two.getState() == Thread.State.WAITING);
            disk.flushesUntilBug = 2;
            disk.open();
            opener.join();
            one.join();
            two.join();
            assertThat(outcomes.get()).isInstanceOf(QueueException.class);
            Stores.until("mail is taken again", () -> {
                try {
                    commit(store, "later");
                    return true;
                } catch (QueueException e) {
                    return false;
                }
            });
            assertThat(bodies(store).stream().map(b -> b.substring(0, 1))).containsExactly("o", "1", "l");
        }
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store).stream().map(b -> b.substring(0, 1))).containsExactly("o", "1", "l");
        }
    }

    @Test
    void a_change_that_cannot_be_written_at_all_does_not_stop_the_others() throws Exception {
        try (var store = new LogStore(directory, PLAIN.withDisk(disk)); var claims = store.attach(m -> true)) {
            StoredMessage bad = commit(store, "bad");
            // A state that nobody should make: a reason without its text.
            var broken = new RecipientState.Failed(new RecipientState.Reason(org.ostler.mail.model.EnhancedStatus.of("5.0.0"), null, "", "", ""));
            store.update(bad.id(), new MessageUpdate(Map.of(0, broken), new org.ostler.mail.queue.Disposition.Keep(), false));
            commit(store, "good");
            commit(store, "good again");
            assertThat(store.counts()).containsEntry(QueueName.INCOMING, 3L);
        }
    }

    /** A disk with a bad spot. */
    private static final class SpottyDisk extends Disk {
        volatile Path file;
        volatile long from;
        volatile long to;
        /** Where reading trips a bug. */
        volatile long bug = Long.MAX_VALUE;

        @Override
        public int read(FileChannel channel, java.nio.ByteBuffer into, long position) throws IOException {
            if (position <= bug && position + into.remaining() > bug) {
                throw new IllegalStateException("a bug");
            }
            if (file != null && channel.size() == java.nio.file.Files.size(file) && position < to && position + into.remaining() > from) {
                throw new IOException("Input/output error");
            }
            return super.read(channel, into, position);
        }
    }

    @Test
    void a_spot_that_cannot_be_read_costs_the_messages_there_and_no_others() throws Exception {
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "one " + "x".repeat(20_000));
            commit(store, "bad " + "x".repeat(20_000));
            commit(store, "two " + "x".repeat(20_000));
        }
        var spotty = new SpottyDisk();
        Path segment = Stores.segmentWith(directory, "bad ");
        int at = Stores.indexOf(segment, "bad ");
        try (var files = java.nio.file.Files.list(directory)) {
            for (Path hint : files.filter(f -> f.toString().endsWith(".idx")).toList()) {
                java.nio.file.Files.delete(hint);
            }
        }
        spotty.from = at + 8_000;
        spotty.to = at + 8_100;
        spotty.file = segment;
        byte[] before = java.nio.file.Files.readAllBytes(segment);
        try (var store = new LogStore(directory, PLAIN.withDisk(spotty)); var claims = store.attach(m -> true)) {
            assertThat(claims.incoming(10).stream().map(m -> Stores.body(m).substring(0, 3))).containsExactly("one", "two");
            assertThat(store.counts()).containsEntry(QueueName.CORRUPT, 1L);
            commit(store, "new");
        }
        assertThat(segment).hasBinaryContent(before);
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store).stream().map(b -> b.substring(0, 3))).as("the disk has come back").containsExactly("one", "bad", "two", "new");
        }
    }

    @Test
    void the_content_of_a_large_message_whose_record_cannot_be_read_is_kept() throws Exception {
        StoredMessage large;
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "one " + "x".repeat(20_000));
            large = commit(store, "large " + "x".repeat(200_000));
            commit(store, "two " + "x".repeat(20_000));
        }
        try (var files = java.nio.file.Files.list(directory)) {
            for (Path hint : files.filter(f -> f.toString().endsWith(".idx")).toList()) {
                java.nio.file.Files.delete(hint);
            }
        }
        var spotty = new SpottyDisk();
        Path segment = Stores.segmentWith(directory, "one ");
        spotty.from = Stores.indexOf(segment, "two ") - 1_000;
        spotty.to = spotty.from + 950;
        spotty.file = segment;
        try (var store = new LogStore(directory, PLAIN.withDisk(spotty))) {
            assertThat(bodies(store)).isNotEmpty();
            assertThat(store.load(large.id())).isEmpty();
        }
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store).stream().map(b -> b.substring(0, 3))).contains("one", "lar", "two");
        }
    }

    @Test
    void the_content_of_a_large_message_whose_envelope_is_damaged_is_kept() throws Exception {
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "large " + "x".repeat(200_000));
        }
        try (var files = java.nio.file.Files.list(directory)) {
            for (Path hint : files.filter(f -> f.toString().endsWith(".idx")).toList()) {
                java.nio.file.Files.delete(hint);
            }
        }
        Path segment = Stores.segmentWith(directory, "example.org");
        Stores.overwrite(segment, Stores.indexOf(segment, "example.org"), "X");
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store)).hasSize(1);
            assertThat(store.counts()).containsEntry(QueueName.CORRUPT, 1L);
        }
        try (var files = java.nio.file.Files.list(directory.resolve("spool"))) {
            assertThat(files.toList()).hasSize(1);
        }
    }

    @Test
    void a_message_that_cannot_be_read_does_not_hold_up_the_scan_of_the_others() throws Exception {
        var spotty = new SpottyDisk();
        try (var store = new LogStore(directory, PLAIN.withDisk(spotty))) {
            StoredMessage bad = commit(store, "bad " + "x".repeat(20_000));
            commit(store, "good " + "x".repeat(20_000));
            Path segment = Stores.segmentWith(directory, "bad ");
            spotty.from = Stores.indexOf(segment, "bad ") - 100;
            spotty.to = spotty.from + 50;
            spotty.file = segment;
            try (var claims = store.attach(m -> true)) {
                assertThat(claims.incoming(10).stream().map(m -> Stores.body(m).substring(0, 4))).containsExactly("good");
                assertThat(bodies(store)).hasSize(1);
                assertThatThrownBy(() -> store.load(bad.id())).isInstanceOf(QueueException.class);
                assertThat(store.counts()).containsEntry(QueueName.INCOMING, 2L);
            }
            spotty.file = null;
            try (var next = store.attach(m -> true)) {
                assertThat(next.incoming(10).stream().map(m -> Stores.body(m).substring(0, 4))).as("for the next queue manager").containsExactly("bad ", "good");
            }
        }
    }

    /** It was given back with the whole batch, and claimed anew: when the time of the first failure was over it went back under whoever had it, and was delivered twice. */
    @Test
    void a_message_of_a_batch_that_failed_is_not_given_back_a_second_time() throws Exception {
        var spotty = new SpottyDisk();
        var time = new AtomicLong();
        try (var store = new LogStore(directory, PLAIN.withDisk(spotty)); var claims = (LogClaims) store.attach(m -> false)) {
            claims.clock = time::get;
            commit(store, "bad " + "x".repeat(20_000));
            commit(store, "good " + "x".repeat(20_000));
            Path segment = Stores.segmentWith(directory, "bad ");
            spotty.from = Stores.indexOf(segment, "bad ") - 100;
            spotty.to = spotty.from + 50;
            spotty.bug = Stores.indexOf(segment, "good ") - 100;
            spotty.file = segment;
            assertThatThrownBy(() -> claims.incoming(10)).isInstanceOf(QueueException.class);
            spotty.file = null;
            spotty.bug = Long.MAX_VALUE;
            assertThat(claims.incoming(10)).hasSize(2);
            time.addAndGet(TimeUnit.SECONDS.toNanos(61));
            // What is given back when its time is over is claimed by the scan after that.
            assertThat(claims.incoming(10)).isEmpty();
            assertThat(claims.incoming(10)).as("claimed").isEmpty();
        }
    }

    @Test
    void a_draft_whose_write_failed_cannot_be_committed() throws Exception {
        var failing = new Disk() {
            volatile boolean fails;

            @Override
            public FileChannel open(Path path, java.nio.file.OpenOption... options) throws IOException {
                if (fails && path.getParent().endsWith("spool")) {
                    throw new IOException("No space left on device");
                }
                return super.open(path, options);
            }
        };
        try (var store = new LogStore(directory, PLAIN.withDisk(failing)); Draft draft = store.create()) {
            failing.fails = true;
            assertThatThrownBy(() -> draft.write(new byte[200_000], 0, 200_000)).isInstanceOf(QueueException.class);
            failing.fails = false;
            assertThatThrownBy(() -> draft.commit(Stores.ENVELOPE, java.time.Instant.now(), false)).isInstanceOf(QueueException.class);
            assertThat(bodies(store)).isEmpty();
        }
    }
}
