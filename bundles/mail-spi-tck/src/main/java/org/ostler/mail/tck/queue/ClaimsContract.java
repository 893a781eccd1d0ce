// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ostler.mail.tck.queue.Sample.bytes;
import static org.ostler.mail.tck.queue.Sample.commit;
import static org.ostler.mail.tck.queue.Sample.envelope;
import static org.ostler.mail.tck.queue.Sample.read;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Claims;

/** The queue manager's side of a store: hand-off of new mail, scans, due order, claims given back. Includes {@link QueueStoreContract}. */
public abstract class ClaimsContract extends QueueStoreContract {

    private static final Instant T = Instant.parse("2026-06-01T00:00:00Z");

    private static List<QueueId> ids(List<StoredMessage> messages) {
        return messages.stream().map(StoredMessage::id).toList();
    }

    @Test
    void a_listener_is_offered_each_message_once_durable_and_claimed() throws Exception {
        var offered = new ArrayList<StoredMessage>();
        try (Claims claims = store.attach(offered::add)) {
            StoredMessage m = commit(store, "hello\r\n");
            assertThat(ids(offered)).containsExactly(m.id());
            assertThat(read(offered.getFirst().content())).asString().isEqualTo("hello\r\n");
            assertThat(claims.incoming(10)).isEmpty();
            assertThat(claims.claim(m.id())).isEmpty();
        }
    }

    @Test
    void what_the_listener_refuses_is_found_by_the_next_scan() throws Exception {
        try (Claims claims = store.attach(m -> false)) {
            StoredMessage m = commit(store, "hello\r\n");
            assertThat(ids(claims.incoming(10))).containsExactly(m.id());
            assertThat(claims.incoming(10)).isEmpty();
        }
    }

    /** The message is queued; its sender must not be told otherwise. */
    @Test
    void a_listener_that_breaks_keeps_no_message_from_being_queued() throws Exception {
        try (Claims claims = store.attach(m -> {
            throw new NoClassDefFoundError("gone with its bundle");
        })) {
            StoredMessage m = commit(store, "hello\r\n");
            assertThat(ids(claims.incoming(10))).containsExactly(m.id());
        }
    }

    @Test
    void mail_on_hold_is_neither_offered_nor_found_by_scans_nor_claimed() throws Exception {
        var offered = new ArrayList<StoredMessage>();
        try (Claims claims = store.attach(offered::add)) {
            StoredMessage held = commit(store, envelope("a@example.org"), bytes("x\r\n"), true);
            StoredMessage corrupt = commit(store, envelope("a@example.org"), bytes("x\r\n"), true);
            update(corrupt, new Disposition.Corrupt("test"));
            assertThat(offered).isEmpty();
            assertThat(claims.incoming(10)).isEmpty();
            assertThat(claims.due(Instant.MAX, 10)).isEmpty();
            assertThat(claims.claim(held.id())).isEmpty();
            assertThat(claims.claim(corrupt.id())).isEmpty();
            update(held, new Disposition.Release());
            assertThat(ids(claims.due(T, 10))).containsExactly(held.id());
        }
    }

    @Test
    void mail_that_was_there_before_is_found_oldest_first_in_portions() throws Exception {
        var committed = new ArrayList<QueueId>();
        for (int i = 0; i < 25; i++) {
            committed.add(commit(store, "m" + i + "\r\n").id());
        }
        try (Claims claims = store.attach(m -> true)) {
            assertThat(ids(claims.incoming(10))).isEqualTo(committed.subList(0, 10));
            assertThat(ids(claims.incoming(10))).isEqualTo(committed.subList(10, 20));
            assertThat(ids(claims.incoming(10))).isEqualTo(committed.subList(20, 25));
            assertThat(claims.incoming(10)).isEmpty();
        }
    }

    @Test
    void due_mail_is_claimed_longest_due_first_and_not_before_its_time() throws Exception {
        QueueId late = deferred(T.plusSeconds(30));
        QueueId early = deferred(T.plusSeconds(10));
        QueueId middle = deferred(T.plusMillis(20_500));
        try (Claims claims = store.attach(m -> true)) {
            assertThat(claims.nextDue()).contains(T.plusSeconds(10));
            assertThat(claims.due(T.plusSeconds(9), 10)).isEmpty();
            assertThat(ids(claims.due(T.plusMillis(20_499), 10))).containsExactly(early);
            assertThat(claims.nextDue()).contains(T.plusMillis(20_500));
            assertThat(ids(claims.due(T.plusSeconds(60), 1))).containsExactly(middle);
            assertThat(ids(claims.due(T.plusSeconds(60), 10))).containsExactly(late);
            assertThat(claims.nextDue()).isEmpty();
        }
    }

    private QueueId deferred(Instant due) throws Exception {
        StoredMessage m = commit(store, "deferred until " + due + "\r\n");
        update(m, new Disposition.Defer(due));
        return m.id();
    }

    @Test
    void due_order_survives_a_restart() throws Exception {
        var expected = new ArrayList<QueueId>();
        for (int i = 0; i < 50; i++) {
            expected.addFirst(deferred(T.minusSeconds(i)));
        }
        reopen();
        try (Claims claims = store.attach(m -> true)) {
            assertThat(claims.nextDue()).contains(T.minusSeconds(49));
            assertThat(ids(claims.due(T, 30))).isEqualTo(expected.subList(0, 30));
            assertThat(ids(claims.due(T, 30))).isEqualTo(expected.subList(30, 50));
        }
    }

    @Test
    void keep_keeps_the_claim_and_defer_gives_it_back() throws Exception {
        StoredMessage m = commit(store, "x\r\n");
        try (Claims claims = store.attach(x -> true)) {
            assertThat(claims.incoming(1)).hasSize(1);
            store.update(m.id(), new MessageUpdate(Map.of(0, RecipientState.DONE), new Disposition.Keep(), false));
            assertThat(claims.incoming(1)).isEmpty();
            assertThat(claims.claim(m.id())).isEmpty();
            store.update(m.id(), MessageUpdate.of(new Disposition.Defer(T)));
            List<StoredMessage> again = claims.due(T, 5);
            assertThat(ids(again)).containsExactly(m.id());
            assertThat(again.getFirst().states()).containsExactly(RecipientState.DONE);
            assertThat(again.getFirst().queue()).isEqualTo(QueueName.DEFERRED);
        }
    }

    @Test
    void a_message_deferred_again_and_again_is_due_only_at_its_last_time() throws Exception {
        StoredMessage m = commit(store, "x\r\n");
        try (Claims claims = store.attach(x -> true)) {
            for (int i = 1; i <= 5; i++) {
                store.update(m.id(), MessageUpdate.of(new Disposition.Defer(T.plusSeconds(i))));
            }
            assertThat(claims.due(T.plusSeconds(4), 5)).isEmpty();
            assertThat(claims.nextDue()).contains(T.plusSeconds(5));
            assertThat(ids(claims.due(T.plusSeconds(5), 5))).containsExactly(m.id());
        }
    }

    @Test
    void a_removed_message_cannot_be_claimed() throws Exception {
        StoredMessage m = commit(store, "x\r\n");
        StoredMessage d = commit(store, "y\r\n");
        update(d, new Disposition.Defer(T));
        store.update(m.id(), MessageUpdate.of(new Disposition.Remove()));
        store.update(d.id(), MessageUpdate.of(new Disposition.Remove()));
        try (Claims claims = store.attach(x -> true)) {
            assertThat(claims.claim(m.id())).isEmpty();
            assertThat(claims.incoming(5)).isEmpty();
            assertThat(claims.due(Instant.MAX, 5)).isEmpty();
            assertThat(claims.nextDue()).isEmpty();
        }
    }

    @Test
    void claim_takes_one_message_whatever_its_due_time() throws Exception {
        QueueId id = deferred(T.plusSeconds(10_000));
        try (Claims claims = store.attach(x -> true)) {
            assertThat(claims.claim(id)).get().returns(id, StoredMessage::id);
            assertThat(claims.claim(id)).isEmpty();
            assertThat(claims.nextDue()).isEmpty();
            claims.release(id);
            assertThat(claims.nextDue()).contains(T.plusSeconds(10_000));
            assertThat(claims.claim(id)).isPresent();
        }
    }

    @Test
    void a_second_manager_is_refused_until_the_first_has_gone_and_then_finds_its_mail() throws Exception {
        Claims first = store.attach(x -> true);
        StoredMessage active = commit(store, "x\r\n");
        QueueId deferred = deferred(T);
        assertThat(first.due(T, 1)).hasSize(1);
        assertThatThrownBy(() -> store.attach(x -> true)).isInstanceOf(IllegalStateException.class);
        first.close();
        try (Claims second = store.attach(x -> true)) {
            assertThat(ids(second.incoming(5))).containsExactly(active.id());
            assertThat(ids(second.due(T, 5))).containsExactly(deferred);
        }
    }

    @Test
    void a_listener_hears_nothing_after_its_claims_are_closed() throws Exception {
        var offered = new ArrayList<StoredMessage>();
        store.attach(offered::add).close();
        commit(store, "x\r\n");
        assertThat(offered).isEmpty();
    }

    @Test
    void operators_may_update_what_a_manager_has_claimed() throws Exception {
        try (Claims claims = store.attach(x -> true)) {
            StoredMessage m = commit(store, "x\r\n");
            update(m, new Disposition.Hold());
            assertThat(claims.claim(m.id())).isEmpty();
            update(m, new Disposition.Release());
            assertThat(ids(claims.due(T, 5))).containsExactly(m.id());
        }
    }

    @Test
    void each_of_thousands_of_messages_is_handed_over_exactly_once() throws Exception {
        var handed = new ConcurrentHashMap<QueueId, AtomicInteger>();
        var counter = new AtomicInteger();
        try (Claims claims = store.attach(m -> {
            boolean take = counter.incrementAndGet() % 3 != 0;
            if (take) {
                handed.computeIfAbsent(m.id(), id -> new AtomicInteger()).incrementAndGet();
            }
            return take;
        }); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var committed = ConcurrentHashMap.<QueueId>newKeySet();
            var running = new ArrayList<Future<?>>();
            for (int p = 0; p < 50; p++) {
                running.add(threads.submit(() -> {
                    for (int i = 0; i < 40; i++) {
                        committed.add(commit(store, "x\r\n").id());
                        for (StoredMessage m : claims.incoming(4)) {
                            handed.computeIfAbsent(m.id(), id -> new AtomicInteger()).incrementAndGet();
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
            for (StoredMessage m : claims.incoming(10_000)) {
                handed.computeIfAbsent(m.id(), id -> new AtomicInteger()).incrementAndGet();
            }
            assertThat(handed.keySet()).isEqualTo(committed);
            assertThat(handed.values()).allMatch(times -> times.get() == 1);
        }
    }
}
