// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.QueueStore;

/** What becomes of updates that the store does not take, or cannot write. */
class StoreLinkTest {

    /** A link and a store, without the clerk that offers again. */
    private static final class Alone implements AutoCloseable {
        final FakeStore store = new FakeStore(new Events());
        final StoreLink link;
        private final List<String> log = new ArrayList<>();
        private final AutoCloseable listening = MailLog.attach((when, severity, tag, text) -> log.add(text));

        Alone() {
            var leased = new Leased<QueueStore>("queue store");
            leased.bind(store, 0);
            link = new StoreLink(leased);
            assertThat(link.attach(message -> false)).isTrue();
        }

        QueueId send() {
            var address = Address.of("a@one.example");
            return store.put(Envelope.of(address, List.of(Recipient.of(address))), "text", Instant.EPOCH).id();
        }

        @Override
        public void close() throws Exception {
            listening.close();
        }
    }

    private static final MessageUpdate HELD = new MessageUpdate(Map.of(0, RecipientState.DONE),
            new Disposition.Hold(), false);
    private static final MessageUpdate REMOVED = MessageUpdate.of(new Disposition.Remove());

    private static StoredMessage message(Alone alone, QueueId id) {
        try {
            return alone.store.load(id).orElseThrow();
        } catch (QueueException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void of_two_updates_that_wait_the_later_one_counts() {
        var later = new RecipientState.Pending(Optional.of(Rig.LATER));
        var due = new Disposition.Defer(Instant.EPOCH);
        var first = new MessageUpdate(Map.of(0, later, 1, later), due, true);
        var second = new MessageUpdate(Map.of(1, RecipientState.DONE), new Disposition.Keep(), false);
        assertThat(Kept.merge(first, second)).isEqualTo(
                new MessageUpdate(Map.of(0, later, 1, RecipientState.DONE), due, true));
        var gone = MessageUpdate.of(new Disposition.Remove());
        assertThat(Kept.merge(gone, first).disposition()).as("what was to go goes").isEqualTo(gone.disposition());
        assertThat(Kept.merge(second, gone).disposition()).isEqualTo(gone.disposition());
    }

    @Test
    void updates_are_offered_again_until_one_is_not_taken_and_that_one_goes_last() throws Exception {
        try (var alone = new Alone()) {
            var ids = List.of(alone.send(), alone.send(), alone.send());
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            ids.forEach(id -> assertThat(alone.link.update(id, REMOVED)).isFalse());
            alone.store.updates.clear();
            alone.link.rewrite();
            alone.link.rewrite();
            assertThat(alone.store.updates).extracting(FakeStore.Update::id).containsExactly(ids.get(0), ids.get(1));
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.link.hasUnwritten()).isFalse();
            assertThat(alone.store.size()).isZero();
        }
    }

    @Test
    void a_flush_that_was_not_taken_pushes_out_no_result() throws Exception {
        try (var alone = new Alone()) {
            alone.link.settings(Settings.parse("qmgr_message_active_limit = 1\n"));
            var delivered = alone.send();
            var flushed = alone.send();
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            alone.link.update(delivered, REMOVED);
            assertThat(alone.link.update(flushed, MessageUpdate.of(new Disposition.Release()))).isFalse();
            assertThat(alone.log).contains(flushed + ": queue file update: disk trouble; not released");
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.store.load(delivered)).isEmpty();
            assertThat(alone.store.updatesOf(flushed)).hasSize(1);
        }
    }

    @Test
    void a_flush_that_was_not_taken_leaves_what_was_kept_before_it() throws Exception {
        try (var alone = new Alone()) {
            var id = alone.send();
            alone.store.mode = FakeStore.Mode.FALLS_APART;
            alone.link.update(id, MessageUpdate.of(new Disposition.Hold()));
            assertThat(alone.link.isHeldBack(id)).isTrue();
            alone.link.update(id, MessageUpdate.of(new Disposition.Release()));
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.store.updatesOf(id)).as("nobody else would give the claim back").hasSize(3);
            assertThat(alone.link.hasUnwritten()).isFalse();
        }
    }

    /** Of two updates that were not taken the older one may be kept after the newer one. */
    @Test
    void who_has_the_message_keeps_it_whatever_is_remembered_in_which_order() {
        var done = new MessageUpdate(Map.of(0, RecipientState.DONE), new Disposition.Keep(), false);
        var pending = new MessageUpdate(Map.of(0, RecipientState.FRESH, 1, RecipientState.FRESH),
                new Disposition.Keep(), false);
        assertThat(Kept.merge(done, pending).states()).containsEntry(0, RecipientState.DONE).containsEntry(1, RecipientState.FRESH);
    }

    /** The disk was slow to say so, and the store has gone by then. */
    @Test
    void an_older_update_that_fails_after_a_newer_one_does_not_undo_its_hold() {
        var kept = new Kept();
        var id = new QueueId("4NoSuchId0z1");
        Kept.Offer older = kept.offer(id, MessageUpdate.of(new Disposition.Defer(Instant.EPOCH)));
        kept.taken(older);
        kept.keep(kept.offer(id, MessageUpdate.of(new Disposition.Hold())), null);
        kept.keep(older, null);
        assertThat(kept.isHeldBack(id, null)).isTrue();
    }

    @Test
    void what_the_store_knows_may_be_dropped_and_what_nobody_knows_fills_the_link() throws Exception {
        try (var alone = new Alone()) {
            alone.link.settings(Settings.parse("qmgr_message_active_limit = 1\n"));
            var ids = List.of(alone.send(), alone.send(), alone.send());
            alone.store.mode = FakeStore.Mode.FAILS_TO_WRITE;
            alone.link.update(ids.get(0), REMOVED);
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            alone.link.update(ids.get(1), REMOVED);
            assertThat(alone.log).contains(ids.get(0) + ": result of a delivery is kept no longer; recipients may get this message again");
            assertThat(alone.link.isFull()).isFalse();
            alone.link.update(ids.get(2), REMOVED);
            assertThat(alone.link.isFull()).isTrue();
            assertThat(alone.log).filteredOn(line -> line.endsWith("no mail is taken up until some are written")).hasSize(1);
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.link.isFull()).isFalse();
            assertThat(alone.store.size()).isZero();
        }
    }

    @Test
    void a_result_outlives_a_store_that_falls_apart() throws Exception {
        try (var alone = new Alone()) {
            var delivered = alone.send();
            alone.store.mode = FakeStore.Mode.FALLS_APART;
            assertThat(alone.link.update(delivered, REMOVED)).isFalse();
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.store.load(delivered)).isEmpty();
        }
    }

    @Test
    void a_hold_that_waits_is_one_also_while_there_is_no_store() throws Exception {
        try (var alone = new Alone()) {
            var id = alone.send();
            alone.link.detach(null, () -> { });
            alone.link.update(id, MessageUpdate.of(new Disposition.Hold()));
            assertThat(alone.link.hasUnwritten()).isTrue();
            assertThat(alone.link.isHeldBack(id)).isTrue();
            alone.link.update(id, new MessageUpdate(Map.of(0, RecipientState.DONE), new Disposition.Keep(), false));
            assertThat(alone.link.corrected(alone.store.load(id).orElseThrow()).states()).containsExactly(RecipientState.DONE);
        }
    }

    @Test
    void a_hold_is_one_at_every_moment_from_its_first_offer_until_it_is_taken() throws Exception {
        try (var alone = new Alone()) {
            var id = alone.send();
            var held = new ArrayList<Boolean>();
            alone.store.afterUpdate = () -> held.add(alone.link.isHeldBack(id) && alone.link.corrected(message(alone, id)).states().contains(RecipientState.DONE));
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            alone.link.update(id, HELD);
            alone.link.rewrite();
            assertThat(held).containsExactly(true, true);
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.link.isHeldBack(id)).as("taken").isFalse();
            assertThat(alone.link.hasUnwritten()).isFalse();
        }
    }

    @Test
    void what_cannot_be_written_at_a_stop_keeps_nothing_else_from_being_offered_and_holds_come_first() throws Exception {
        try (var alone = new Alone()) {
            var ids = List.of(alone.send(), alone.send(), alone.send());
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            alone.link.update(ids.get(0), REMOVED);
            alone.link.update(ids.get(1), REMOVED);
            alone.link.update(ids.get(2), HELD);
            alone.store.updates.clear();
            assertThat(alone.link.close(Duration.ofMinutes(1))).isFalse();
            assertThat(alone.store.updates).extracting(FakeStore.Update::id).containsExactly(ids.get(2), ids.get(0), ids.get(1));
        }
    }

    @Test
    void a_stop_ends_although_the_store_answers_to_none_of_many_updates() throws Exception {
        try (var alone = new Alone()) {
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            for (int i = 0; i < 10; i++) {
                alone.link.update(alone.send(), REMOVED);
            }
            alone.store.updates.clear();
            assertThat(alone.link.close(Duration.ZERO)).isFalse();
            assertThat(alone.store.updates).as("the time was over").isEmpty();
            alone.store.attach(message -> false).close();
        }
    }

    /** By a clerk that was held up for longer than the stop has waited: no successor could attach. */
    @Test
    void who_has_stopped_claims_no_more() throws Exception {
        try (var alone = new Alone()) {
            assertThat(alone.link.close(Duration.ofMinutes(1))).isTrue();
            assertThat(alone.link.attach(message -> false)).isFalse();
            alone.store.attach(message -> false).close();
        }
    }
}
