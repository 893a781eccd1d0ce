// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ostler.queue.log.Stores.PLAIN;
import static org.ostler.queue.log.Stores.bodies;
import static org.ostler.queue.log.Stores.commit;
import static org.ostler.queue.log.Stores.crash;
import static org.ostler.queue.log.Stores.indexOf;
import static org.ostler.queue.log.Stores.overwrite;
import static org.ostler.queue.log.Stores.segmentWith;
import static org.ostler.queue.log.Stores.segments;
import static org.ostler.queue.log.Stores.update;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;

/** Row by row, the table of on-disk states in the package documentation. The row's letter stands in each name. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
// size: one table, one file
class CrashTableTest {

    @TempDir
    Path temporary;
    private Path directory;

    @BeforeEach
    void name() {
        directory = temporary.resolve("store");
    }

    private static String big(char letter) {
        return String.valueOf(letter).repeat(200_000);
    }

    @Test
    void A_a_directory_made_in_part_becomes_a_store() throws Exception {
        Files.createDirectories(directory.resolve("spool"));
        Files.writeString(directory.resolve("format.tmp"), "ostler-qu");
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "hello");
        }
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store)).containsExactly("hello");
        }
    }

    @Test
    void A_a_lost_format_file_is_made_again_from_what_the_segments_say() throws Exception {
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "hello");
        }
        Files.delete(directory.resolve("format"));
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store)).containsExactly("hello");
        }
    }

    @Test
    void B_a_newer_format_is_refused_and_not_touched() throws Exception {
        new LogStore(directory, PLAIN).close();
        Path format = directory.resolve("format");
        Files.writeString(format, Files.readString(format).replace("log 2", "log 3"));
        assertThatThrownBy(() -> new LogStore(directory, PLAIN)).isInstanceOf(IOException.class).hasMessageContaining("newer");
        Files.writeString(format, Files.readString(format).replace("log 3", "log 2"));
        Path segment = segments(directory).getFirst();
        byte[] bytes = Files.readAllBytes(segment);
        bytes[8] = 3;
        Files.write(segment, bytes);
        assertThatThrownBy(() -> new LogStore(directory, PLAIN)).isInstanceOf(IOException.class).hasMessageContaining("newer");
        assertThat(Files.readAllBytes(segment)).isEqualTo(bytes);
    }

    @Test
    void C_a_second_store_on_the_directory_is_refused_until_the_first_has_gone() throws Exception {
        try (var first = new LogStore(directory, PLAIN)) {
            assertThat(first.freeSpace()).isPositive();
            assertThatThrownBy(() -> new LogStore(directory, PLAIN)).isInstanceOf(IOException.class).hasMessageContaining("in use");
        }
        new LogStore(directory, PLAIN).close();
    }

    @Test
    void C_a_second_store_that_was_refused_leaves_the_lock_in_place_for_other_processes() throws Exception {
        try (var first = new LogStore(directory, PLAIN)) {
            assertThatThrownBy(() -> new LogStore(directory, PLAIN)).isInstanceOf(IOException.class);
            assertThat(lockedForOthers()).isTrue();
            assertThat(first.freeSpace()).isPositive();
        }
        assertThat(lockedForOthers()).isFalse();
    }

    private boolean lockedForOthers() throws Exception {
        Process other;
        try {
            other = new ProcessBuilder("python3", "-c", "import fcntl,sys; fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)",
                    directory.resolve("lock").toString()).redirectErrorStream(true).start();
        } catch (IOException e) {
            return org.junit.jupiter.api.Assumptions.abort("no python3 to try the lock from another process");
        }
        other.getInputStream().readAllBytes();
        return other.waitFor() != 0;
    }

    @Test
    void D_segments_without_records_go_whatever_their_header() throws Exception {
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "hello");
        }
        Files.write(directory.resolve("seg-00000031.log"), new byte[100_000]);
        Files.write(directory.resolve("seg-00000032.log"), new byte[0]);
        Files.write(directory.resolve("seg-00000033.log"), new byte[] {1, 2, 3});
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store)).containsExactly("hello");
            Stores.until("empty segments deleted", () -> !Files.exists(directory.resolve("seg-00000033.log")) && !Files.exists(directory.resolve("seg-00000031.log")));
        }
    }

    @Test
    void E_a_torn_last_group_is_passed_over() throws Exception {
        Path cut = temporary.resolve("cut");
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "first");
            commit(store, "second");
            crash(directory, cut);
        }
        Path segment = segmentWith(cut, "second");
        overwrite(segment, indexOf(segment, "second"), "\0\0\0");
        for (int start = 0; start < 2; start++) {
            try (var store = new LogStore(cut, PLAIN)) {
                assertThat(bodies(store)).containsExactly("first");
                assertThat(store.counts()).containsEntry(QueueName.CORRUPT, 0L);
            }
        }
    }

    @Test
    void F_a_torn_record_before_sound_ones_of_its_group_is_not_taken_for_damage_later() throws Exception {
        Path cut = temporary.resolve("cut");
        var disk = new SlowDisk();
        try (var store = new LogStore(directory, PLAIN.withDisk(disk))) {
            commit(store, "first");
            commitAsOneGroup(store, disk, 20);
            crash(directory, cut);
        }
        Path segment = segmentWith(cut, "first");
        var scan = scan(segment, cut);
        int[] lastGroup = lastGroup(segment, scan.contents);
        assertThat(lastGroup).hasSize(20);
        overwrite(segment, scan.contents.offset(lastGroup[0]) + 100, "????");
        for (int start = 0; start < 3; start++) {
            try (var store = new LogStore(cut, PLAIN)) {
                assertThat(bodies(store)).hasSize(21).contains("first", "held");
                assertThat(store.counts()).containsEntry(QueueName.CORRUPT, 0L);
            }
        }
        assertThat(cut.resolve("corrupt")).doesNotExist();
    }

    /** What is committed while the disk holds up the flush before it goes out with the next flush, all at once. */
    private static void commitAsOneGroup(LogStore store, SlowDisk disk, int count) throws Exception {
        disk.shut();
        Thread held = Thread.ofVirtual().start(() -> commitUnchecked(store, "held"));
        disk.entered.get().await();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < count; i++) {
            String body = "many " + i + ".";
            threads.add(Thread.ofVirtual().start(() -> commitUnchecked(store, body)));
        }
        Stores.until("all wait for the disk", () -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
        disk.open();
        held.join();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void commitUnchecked(LogStore store, String body) {
        try {
            commit(store, body);
        } catch (QueueException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Scan scan(Path segment, Path directory) throws IOException {
        String format = Files.readString(directory.resolve("format"));
        long salt = Long.parseUnsignedLong(format.substring(format.indexOf("salt ") + 5).strip(), 16);
        int number = Integer.parseInt(segment.getFileName().toString().substring(4, 12), 16);
        try (var channel = java.nio.channels.FileChannel.open(segment)) {
            return new Scan(channel, number, new Records(salt), new Disk()).run();
        }
    }

    private static int[] lastGroup(Path segment, Contents contents) throws IOException {
        byte[] bytes = Files.readAllBytes(segment);
        int last = Wire.intAt(bytes, contents.offset(contents.size - 1) + 24);
        return IntStream.range(0, contents.size).filter(i -> Wire.intAt(bytes, contents.offset(i) + 24) == last).toArray();
    }

    @Test
    void G_a_damaged_message_is_set_aside_and_named_and_the_rest_lives_on() throws Exception {
        QueueId hurt;
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "before");
            hurt = commit(store, "precious").id();
            commit(store, "after");
        }
        Path segment = segmentWith(directory, "precious");
        overwrite(segment, indexOf(segment, "precious"), "DAMAGED!");
        deleteHints();
        for (int start = 0; start < 2; start++) {
            try (var store = new LogStore(directory, PLAIN)) {
                assertThat(bodies(store)).containsExactly("before", "DAMAGED!", "after");
                StoredMessage corrupt = store.load(hurt).orElseThrow();
                assertThat(corrupt.queue()).isEqualTo(QueueName.CORRUPT);
                assertThat(corrupt.envelope()).isEqualTo(Stores.ENVELOPE);
                update(store, hurt, new Disposition.Release());
                assertThat(store.load(hurt).orElseThrow().queue()).isEqualTo(QueueName.CORRUPT);
                try (var claims = store.attach(m -> true)) {
                    assertThat(claims.incoming(10)).hasSize(2);
                    assertThat(claims.claim(hurt)).isEmpty();
                }
            }
        }
        try (var store = new LogStore(directory, PLAIN)) {
            update(store, hurt, new Disposition.Remove());
        }
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store)).containsExactly("before", "after");
        }
    }

    @Test
    void G_damage_that_is_met_while_reading_sets_the_message_aside() throws Exception {
        QueueId hurt;
        try (var store = new LogStore(directory, PLAIN)) {
            hurt = commit(store, "precious").id();
            commit(store, "after");
        }
        Path segment = segmentWith(directory, "precious");
        int at = indexOf(segment, "precious");
        overwrite(segment, at - 40, "########################");
        try (var store = new LogStore(directory, PLAIN); var claims = store.attach(m -> true)) {
            assertThat(claims.incoming(10)).hasSize(1);
            assertThat(store.counts()).containsEntry(QueueName.CORRUPT, 1L).containsEntry(QueueName.INCOMING, 1L);
            assertThat(store.load(hurt).orElseThrow().queue()).isEqualTo(QueueName.CORRUPT);
        }
    }

    @Test
    void H_a_whole_group_that_is_unreadable_is_noticed_in_a_segment_that_was_not_closed() throws Exception {
        Path cut = temporary.resolve("cut");
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "before");
            commit(store, "precious");
            commit(store, "after");
            crash(directory, cut);
        }
        Path segment = segmentWith(cut, "precious");
        var contents = scan(segment, cut).contents;
        overwrite(segment, contents.offset(1), "x".repeat(contents.length(1)));
        try (var store = new LogStore(cut, PLAIN)) {
            assertThat(bodies(store)).containsExactly("before", "after");
        }
        try (var kept = Files.list(cut.resolve("corrupt"))) {
            assertThat(kept.toList()).hasSize(1);
        }
    }

    @Test
    void H_damage_in_which_nothing_is_recognised_is_kept_and_the_rest_lives_on() throws Exception {
        try (var store = new LogStore(directory, PLAIN)) {
            commit(store, "before");
            commit(store, "precious");
            commit(store, "after");
            assertThat(bodies(store)).hasSize(3);
        }
        Path segment = segmentWith(directory, "precious");
        var contents = scan(segment, directory).contents;
        overwrite(segment, contents.offset(1), "x".repeat(contents.length(1)));
        deleteHints();
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store)).containsExactly("before", "after");
        }
        try (var kept = Files.list(directory.resolve("corrupt"))) {
            assertThat(kept.toList()).hasSize(1);
        }
    }

    private void deleteHints() throws IOException {
        try (var files = Files.list(directory)) {
            for (Path hint : files.filter(f -> f.toString().endsWith(".idx")).toList()) {
                Files.delete(hint);
            }
        }
    }

    @Test
    void I_spool_files_without_a_message_are_swept() throws Exception {
        Path cut = temporary.resolve("cut");
        QueueId dropped;
        QueueId kept;
        try (var store = new LogStore(directory, PLAIN)) {
            kept = commit(store, big('k')).id();
            try (Draft draft = store.create()) {
                dropped = draft.id();
                draft.write(big('d').getBytes(StandardCharsets.ISO_8859_1), 0, 200_000);
                crash(directory, cut);
            }
        }
        assertThat(cut.resolve("spool").resolve(dropped.text())).exists();
        try (var store = new LogStore(cut, PLAIN)) {
            assertThat(bodies(store)).containsExactly(big('k'));
            assertThat(cut.resolve("spool").resolve(dropped.text())).doesNotExist();
            assertThat(cut.resolve("spool").resolve(kept.text())).exists();
        }
    }

    @Test
    void J_a_removal_whose_spool_file_is_still_there_stays_a_removal() throws Exception {
        QueueId id;
        Path saved = temporary.resolve("saved");
        try (var store = new LogStore(directory, PLAIN)) {
            id = commit(store, big('k')).id();
            Files.copy(directory.resolve("spool").resolve(id.text()), saved);
            update(store, id, new Disposition.Remove());
        }
        Files.copy(saved, directory.resolve("spool").resolve(id.text()));
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(bodies(store)).isEmpty();
            assertThat(directory.resolve("spool").resolve(id.text())).doesNotExist();
        }
    }

    @Test
    void K_a_message_without_its_spool_file_is_corrupt_and_a_changed_file_is_never_read_to_its_end() throws Exception {
        QueueId lost;
        QueueId changed;
        try (var store = new LogStore(directory, PLAIN)) {
            lost = commit(store, big('l')).id();
            changed = commit(store, big('c')).id();
        }
        Files.delete(directory.resolve("spool").resolve(lost.text()));
        overwrite(directory.resolve("spool").resolve(changed.text()), 150_000, "!");
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(store.load(lost).orElseThrow().queue()).isEqualTo(QueueName.CORRUPT);
            assertThat(Stores.body(store.load(changed).orElseThrow())).isEqualTo("unreadable: spool file is damaged");
        }
    }

    @Test
    void L_index_files_that_are_missing_old_or_damaged_change_nothing() throws Exception {
        Options small = PLAIN.withSegmentBytes(64 << 10).withHintAge(Duration.ZERO);
        var expected = new java.util.ArrayList<String>();
        try (var store = new LogStore(directory, small)) {
            for (int i = 0; i < 100; i++) {
                expected.add("message " + i + " " + "x".repeat(4000));
                commit(store, expected.getLast());
            }
        }
        List<Path> hints;
        try (var files = Files.list(directory)) {
            hints = files.filter(f -> f.toString().endsWith(".idx")).sorted().toList();
        }
        assertThat(hints).hasSizeGreaterThan(3);
        Files.delete(hints.get(0));
        overwrite(hints.get(1), Files.size(hints.get(1)) - 20, "damaged");
        Files.copy(hints.get(2), hints.get(3), StandardCopyOption.REPLACE_EXISTING);
        try (var store = new LogStore(directory, small)) {
            assertThat(bodies(store)).isEqualTo(expected);
        }
    }

    @Test
    void M_copies_by_the_cleaner_and_their_originals_are_one_message_and_one_removal_ends_both() throws Exception {
        Options small = PLAIN.withSegmentBytes(64 << 10);
        Path saved = temporary.resolve("saved");
        StoredMessage old;
        Path segment;
        try (var store = new LogStore(directory, small)) {
            old = commit(store, "long lived");
            store.update(old.id(), new MessageUpdate(Map.of(0, RecipientState.DONE), new Disposition.Defer(Instant.now().plusSeconds(1_000_000)), false));
            segment = segmentWith(directory, "long lived");
            Files.copy(segment, saved);
            // One message in each segment stays, so that the log grows beyond its bound and is cleaned.
            for (int i = 0; i < 400 && Files.exists(segment); i++) {
                QueueId brief = commit(store, (i % 8 == 0 ? "keeper" : "brief") + "x".repeat(9000)).id();
                if (i % 8 != 0) {
                    update(store, brief, new Disposition.Remove());
                }
            }
            Stores.until("the cleaner has emptied the first segment", () -> !Files.exists(segment));
        }
        // The crash point between "copies are durable" and "segment deleted": the old segment is back.
        Files.copy(saved, segment);
        try (var store = new LogStore(directory, small)) {
            StoredMessage found = store.load(old.id()).orElseThrow();
            assertThat(bodies(store)).containsOnlyOnce("long lived");
            assertThat(found.queue()).isEqualTo(QueueName.DEFERRED);
            assertThat(found.states()).containsExactly(RecipientState.DONE);
            update(store, old.id(), new Disposition.Remove());
            assertThat(store.load(old.id())).isEmpty();
            Stores.until("the stale segment is deleted", () -> !Files.exists(segment));
        }
        try (var store = new LogStore(directory, small)) {
            assertThat(bodies(store)).isNotEmpty().allMatch(body -> body.startsWith("keeper"));
        }
    }

    @Test
    void N_a_removal_outlives_its_segment_as_long_as_the_message_is_on_disk() throws Exception {
        Options small = PLAIN.withSegmentBytes(64 << 10);
        try (var store = new LogStore(directory, small)) {
            // Much live mail keeps the first segments; what is removed in them may be forgotten only with them.
            var removed = new java.util.ArrayList<QueueId>();
            for (int i = 0; i < 60; i++) {
                commit(store, "stays " + i + " " + "s".repeat(5000));
                removed.add(commit(store, "goes").id());
            }
            for (QueueId id : removed) {
                update(store, id, new Disposition.Remove());
            }
            for (int i = 0; i < 100; i++) {
                update(store, commit(store, "x".repeat(5000)).id(), new Disposition.Remove());
            }
            Stores.until("dead segments are gone", () -> store.sizes()[0] < 60 * 5200 * 2 + 6 * (64 << 10));
            assertThat(bodies(store)).hasSize(60);
        }
        try (var store = new LogStore(directory, small)) {
            assertThat(bodies(store)).hasSize(60).allMatch(body -> body.startsWith("stays"));
        }
    }

    @Test
    void O_no_id_is_used_again_after_a_crash_at_any_moment() throws Exception {
        var seen = new HashSet<Long>();
        Path at = directory;
        for (int crash = 0; crash < 5; crash++) {
            Path copy = temporary.resolve("crash" + crash);
            try (var store = new LogStore(at, PLAIN)) {
                for (int i = 0; i < 100; i++) {
                    try (Draft draft = store.create()) {
                        assertThat(seen.add(Ids.sequence(draft.id()))).isTrue();
                    }
                }
                crash(at, copy);
                try (Draft draft = store.create()) {
                    assertThat(seen.add(Ids.sequence(draft.id()))).isTrue();
                }
            }
            at = copy;
        }
    }

    @Test
    void P_what_was_not_closed_in_order_is_all_there_and_is_then_closed() throws Exception {
        Path cut = temporary.resolve("cut");
        try (var store = new LogStore(directory, PLAIN)) {
            StoredMessage m = commit(store, "hello");
            update(store, m.id(), new Disposition.Hold());
            crash(directory, cut);
        }
        Path segment = segmentWith(cut, "hello");
        assertThat(scan(segment, cut).contents.sealed).isFalse();
        for (int start = 0; start < 2; start++) {
            try (var store = new LogStore(cut, PLAIN)) {
                assertThat(bodies(store)).containsExactly("hello");
                assertThat(store.counts()).containsEntry(QueueName.HOLD, 1L);
            }
            assertThat(scan(segment, cut).contents.sealed).isTrue();
        }
    }
}
