// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.mail.tck.queue.Sample.ARRIVAL;
import static org.ostler.mail.tck.queue.Sample.bytes;
import static org.ostler.mail.tck.queue.Sample.commit;
import static org.ostler.mail.tck.queue.Sample.envelope;
import static org.ostler.mail.tck.queue.Sample.read;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * How a queue store behaves when nothing breaks: messages, updates, listing, life across a restart. Claims are in {@link ClaimsContract}.
 *
 * <p>Extend {@link ClaimsContract}, which includes this, to test a store.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
public abstract class QueueStoreContract {

    @TempDir
    Path directory;
    private StoreUnderTest under;
    protected QueueStore store;

    /** The store to test; called once per test. */
    protected abstract StoreUnderTest store();

    @BeforeEach
    void openStore() throws Exception {
        under = store();
        store = under.open(directory);
    }

    @AfterEach
    void closeStore() throws Exception {
        under.close(store);
    }

    /** Closes and opens again. A store that forgets is left open: all but the restart itself holds for it as well. */
    protected final void reopen() throws Exception {
        if (!under.isDurable()) {
            return;
        }
        under.close(store);
        store = under.open(directory);
    }

    protected static void await(CompletionStage<Void> stage) throws Exception {
        stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    protected final void update(StoredMessage message, Disposition disposition) throws Exception {
        await(store.update(message.id(), MessageUpdate.of(disposition)));
    }

    protected final List<QueueId> ids() throws Exception {
        var ids = new ArrayList<QueueId>();
        store.list(message -> ids.add(message.id()));
        return ids;
    }

    private StoredMessage load(QueueId id) throws Exception {
        return store.load(id).orElseThrow(() -> new AssertionError(id + " is not in the store"));
    }

    @Test
    void a_committed_message_is_loaded_with_every_field_as_it_was() throws Exception {
        StoredMessage committed = commit(store, Sample.richEnvelope(), bytes("Subject: x\r\n\r\nbody\r\n"), false);
        assertThat(committed.queue()).isEqualTo(QueueName.INCOMING);
        assertThat(read(committed.content())).asString().isEqualTo("Subject: x\r\n\r\nbody\r\n");
        checkRich(load(committed.id()));
        reopen();
        checkRich(load(committed.id()));
    }

    private static void checkRich(StoredMessage m) {
        assertThat(m.envelope()).isEqualTo(Sample.richEnvelope());
        assertThat(m.arrival()).isEqualTo(ARRIVAL);
        assertThat(m.states()).containsOnly(RecipientState.FRESH).hasSize(3);
        assertThat(m.queue()).isEqualTo(QueueName.INCOMING);
        assertThat(m.due()).isEqualTo(Instant.EPOCH);
        assertThat(m.delayWarned()).isFalse();
        assertThat(m.content().size()).isEqualTo(20);
        assertThat(read(m.content())).asString().isEqualTo("Subject: x\r\n\r\nbody\r\n");
    }

    @Test
    void content_of_any_size_comes_back_unchanged_and_can_be_opened_again_and_again() throws Exception {
        int[] sizes = {0, 1, 4095, 65_535, 65_536, 65_537, 300_000, 3_000_000};
        var ids = new ArrayList<QueueId>();
        for (int size : sizes) {
            StoredMessage m = commit(store, envelope("a@example.org"), Sample.body(size, size), false);
            assertThat(read(m.content())).isEqualTo(Sample.body(size, size));
            ids.add(m.id());
        }
        for (int i = 0; i < sizes.length; i++) {
            StoredMessage m = load(ids.get(i));
            assertThat(m.content().size()).isEqualTo(sizes[i]);
            assertThat(read(m.content())).isEqualTo(Sample.body(sizes[i], sizes[i]));
            assertThat(read(m.content())).isEqualTo(Sample.body(sizes[i], sizes[i]));
        }
        reopen();
        for (int i = 0; i < sizes.length; i++) {
            assertThat(read(load(ids.get(i)).content())).isEqualTo(Sample.body(sizes[i], sizes[i]));
        }
    }

    @Test
    void the_array_given_to_write_may_be_reused_by_the_caller() throws Exception {
        byte[] mine = bytes("first ");
        try (Draft draft = store.create()) {
            draft.write(mine, 0, 6);
            System.arraycopy(bytes("second"), 0, mine, 0, 6);
            draft.write(mine, 0, 6);
            assertThat(draft.size()).isEqualTo(12);
            StoredMessage m = draft.commit(envelope("a@example.org"), ARRIVAL, false);
            java.util.Arrays.fill(mine, (byte) 'x');
            assertThat(read(m.content())).asString().isEqualTo("first second");
            assertThat(m.id()).isEqualTo(draft.id());
        }
    }

    @Test
    void a_draft_that_is_closed_without_commit_leaves_nothing() throws Exception {
        QueueId small;
        QueueId large;
        try (Draft draft = store.create()) {
            draft.write(new byte[100], 0, 100);
            small = draft.id();
        }
        try (Draft draft = store.create()) {
            for (int i = 0; i < 40; i++) {
                draft.write(new byte[8192], 0, 8192);
            }
            large = draft.id();
        }
        assertThat(store.load(small)).isEmpty();
        assertThat(store.load(large)).isEmpty();
        assertThat(ids()).isEmpty();
        reopen();
        assertThat(ids()).isEmpty();
    }

    @Test
    void unknown_ids_are_not_found_and_updating_them_changes_nothing() throws Exception {
        QueueId nobody = new QueueId("4ABCDEF000z9x");
        assertThat(store.load(nobody)).isEmpty();
        assertThat(store.load(new QueueId("0123456789AB"))).isEmpty();
        await(store.update(nobody, MessageUpdate.of(new Disposition.Remove())));
        await(store.update(nobody, MessageUpdate.of(new Disposition.Hold())));
        assertThat(ids()).isEmpty();
    }

    @Test
    void an_update_is_visible_at_once_and_holds_after_a_restart() throws Exception {
        StoredMessage m = commit(store, envelope("a@example.org", "b@example.org", "c@example.org"), bytes("x\r\n"), false);
        var reason = new RecipientState.Reason(EnhancedStatus.of("4.4.1"), "connect to mx.example.org: Connection refused", "mx.example.org", "smtp", "450 ä");
        var states = Map.<Integer, RecipientState>of(0, RecipientState.DONE, 1, new RecipientState.Pending(Optional.of(reason)), 2, new RecipientState.Failed(reason));
        Instant due = Instant.parse("2031-01-02T03:04:05.678Z");
        CompletionStage<Void> done = store.update(m.id(), new MessageUpdate(states, new Disposition.Defer(due), true));
        checkUpdated(load(m.id()), states, due);
        await(done);
        checkUpdated(load(m.id()), states, due);
        reopen();
        checkUpdated(load(m.id()), states, due);
    }

    private static void checkUpdated(StoredMessage m, Map<Integer, RecipientState> states, Instant due) {
        assertThat(m.states()).containsExactly(states.get(0), states.get(1), states.get(2));
        assertThat(m.queue()).isEqualTo(QueueName.DEFERRED);
        assertThat(m.due()).isEqualTo(due);
        assertThat(m.delayWarned()).isTrue();
        assertThat(read(m.content())).asString().isEqualTo("x\r\n");
    }

    @Test
    void updates_of_one_message_are_applied_in_order_and_states_not_named_stay() throws Exception {
        StoredMessage m = commit(store, envelope("a@example.org", "b@example.org"), bytes("x\r\n"), false);
        var failed = new RecipientState.Failed(RecipientState.Reason.local(EnhancedStatus.of("5.1.1"), "no"));
        store.update(m.id(), new MessageUpdate(Map.of(0, failed), new Disposition.Keep(), true));
        store.update(m.id(), new MessageUpdate(Map.of(1, RecipientState.DONE), new Disposition.Keep(), false));
        CompletionStage<Void> last = store.update(m.id(), new MessageUpdate(Map.of(0, RecipientState.DONE), new Disposition.Keep(), false));
        assertThat(load(m.id()).states()).containsExactly(RecipientState.DONE, RecipientState.DONE);
        await(last);
        reopen();
        StoredMessage again = load(m.id());
        assertThat(again.states()).containsExactly(RecipientState.DONE, RecipientState.DONE);
        assertThat(again.delayWarned()).as("once sent stays sent").isTrue();
        assertThat(again.queue()).isEqualTo(QueueName.INCOMING);
    }

    @Test
    void a_removed_message_is_gone_at_once_and_for_good() throws Exception {
        StoredMessage small = commit(store, "x\r\n");
        StoredMessage large = commit(store, envelope("a@example.org"), Sample.body(1, 200_000), false);
        StoredMessage stays = commit(store, "y\r\n");
        CompletionStage<Void> first = store.update(small.id(), MessageUpdate.of(new Disposition.Remove()));
        assertThat(store.load(small.id())).isEmpty();
        await(first);
        update(large, new Disposition.Remove());
        assertThat(ids()).containsExactly(stays.id());
        reopen();
        assertThat(ids()).containsExactly(stays.id());
        assertThat(store.load(large.id())).isEmpty();
    }

    @Test
    void hold_release_and_corrupt_move_a_message_between_queues() throws Exception {
        StoredMessage m = commit(store, "x\r\n");
        StoredMessage held = commit(store, envelope("a@example.org"), bytes("y\r\n"), true);
        assertThat(held.queue()).isEqualTo(QueueName.HOLD);
        update(m, new Disposition.Hold());
        assertThat(load(m.id()).queue()).isEqualTo(QueueName.HOLD);
        update(m, new Disposition.Release());
        assertThat(load(m.id()).queue()).isEqualTo(QueueName.DEFERRED);
        assertThat(load(m.id()).due()).isEqualTo(Instant.EPOCH);
        update(m, new Disposition.Corrupt("test says so"));
        reopen();
        assertThat(load(m.id()).queue()).isEqualTo(QueueName.CORRUPT);
        assertThat(load(held.id()).queue()).isEqualTo(QueueName.HOLD);
    }

    @Test
    void counts_follow_every_move() throws Exception {
        StoredMessage a = commit(store, "a\r\n");
        StoredMessage b = commit(store, "b\r\n");
        commit(store, envelope("a@example.org"), bytes("c\r\n"), true);
        assertCounts(2, 0, 1, 0);
        update(a, new Disposition.Defer(ARRIVAL));
        update(b, new Disposition.Corrupt("x"));
        assertCounts(0, 1, 1, 1);
        update(b, new Disposition.Remove());
        assertCounts(0, 1, 1, 0);
        reopen();
        store.load(a.id());
        assertCounts(0, 1, 1, 0);
    }

    private void assertCounts(long incoming, long deferred, long hold, long corrupt) {
        Map<QueueName, Long> counts = store.counts();
        assertThat(List.of(counts.getOrDefault(QueueName.INCOMING, 0L), counts.getOrDefault(QueueName.DEFERRED, 0L), counts.getOrDefault(QueueName.HOLD, 0L),
                counts.getOrDefault(QueueName.CORRUPT, 0L), counts.getOrDefault(QueueName.ACTIVE, 0L))).containsExactly(incoming, deferred, hold, corrupt, 0L);
    }

    @Test
    void list_walks_in_id_order_and_ends_when_the_visitor_says_so() throws Exception {
        var committed = new ArrayList<QueueId>();
        for (int i = 0; i < 300; i++) {
            committed.add(commit(store, "m" + i + "\r\n").id());
        }
        committed.sort(null);
        assertThat(ids()).isEqualTo(committed);
        var few = new ArrayList<QueueId>();
        store.list(m -> {
            few.add(m.id());
            return few.size() < 7;
        });
        assertThat(few).isEqualTo(committed.subList(0, 7));
        reopen();
        assertThat(ids()).isEqualTo(committed);
    }

    @Test
    void the_visitor_of_a_list_may_change_the_store() throws Exception {
        for (int i = 0; i < 20; i++) {
            commit(store, "m" + i + "\r\n");
        }
        store.list(m -> {
            store.update(m.id(), MessageUpdate.of(new Disposition.Remove()));
            return true;
        });
        assertThat(ids()).isEmpty();
    }

    @Test
    void ids_are_never_used_twice_not_even_those_of_dropped_drafts() throws Exception {
        var seen = new HashSet<QueueId>();
        var sequences = new HashSet<String>();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 500; i++) {
                try (Draft draft = store.create()) {
                    assertThat(seen.add(draft.id())).isTrue();
                    String text = draft.id().text();
                    assertThat(sequences.add(text.substring(text.lastIndexOf('z')))).as("the part that no clock changes").isTrue();
                }
            }
            if (round == 0) {
                reopen();
            }
        }
    }

    @Test
    void thousands_of_concurrent_commits_and_removals_leave_exactly_what_was_not_removed() throws Exception {
        int producers = 200;
        int each = 20;
        var kept = java.util.concurrent.ConcurrentHashMap.<QueueId>newKeySet();
        var bodies = new java.util.concurrent.ConcurrentHashMap<QueueId, String>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (int p = 0; p < producers; p++) {
                int producer = p;
                running.add(threads.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        String text = "producer " + producer + " message " + i + "\r\n";
                        StoredMessage m = commit(store, text);
                        bodies.put(m.id(), text);
                        if (i % 3 == 0) {
                            store.update(m.id(), MessageUpdate.of(new Disposition.Remove()));
                        } else {
                            kept.add(m.id());
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        assertThat(new HashSet<>(ids())).isEqualTo(new HashSet<>(kept));
        reopen();
        assertThat(new HashSet<>(ids())).isEqualTo(new HashSet<>(kept));
        for (QueueId id : kept) {
            assertThat(read(load(id).content())).asString().isEqualTo(bodies.get(id));
        }
    }

    @Test
    void a_message_with_twenty_thousand_recipients_keeps_every_state() throws Exception {
        var many = new String[20_000];
        java.util.Arrays.setAll(many, i -> "user" + i + "@example.org");
        StoredMessage m = commit(store, envelope(many), bytes("x\r\n"), false);
        var states = new java.util.HashMap<Integer, RecipientState>();
        for (int i = 0; i < many.length; i += 2) {
            states.put(i, RecipientState.DONE);
        }
        await(store.update(m.id(), new MessageUpdate(states, new Disposition.Keep(), false)));
        reopen();
        StoredMessage again = load(m.id());
        assertThat(again.envelope().recipients()).hasSize(20_000);
        assertThat(again.envelope().recipients().get(19_999).address().text()).isEqualTo("user19999@example.org");
        for (int i = 0; i < many.length; i++) {
            assertThat(again.states().get(i)).isEqualTo(i % 2 == 0 ? RecipientState.DONE : RecipientState.FRESH);
        }
    }

    @Test
    void free_space_is_positive_on_a_disk_with_room() {
        assertThat(store.freeSpace()).isPositive();
    }
}
