// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.control.spi.ControlCommand.ControlException;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.spi.QueueStore;

/** {@code ALL}: each message that was there is changed once, whatever comes meanwhile, and the command ends. */
@Timeout(60)
class AllMessagesTest {

    /** Ids and their queues; a message in delivery stays listed as active after it was changed. */
    private static class Queue implements QueueManager {
        final TreeMap<QueueId, QueueName> messages = new TreeMap<>();
        final List<QueueId> changed = new ArrayList<>();
        final Set<QueueId> stubborn = new HashSet<>();
        private int next;

        QueueId add(QueueName queue) {
            QueueId id = QueueId.of(1_700_000_000 + next, 0, next++);
            messages.put(id, queue);
            return id;
        }

        private boolean change(QueueId id, QueueName to) throws QueueException {
            if (stubborn.contains(id)) {
                throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue manager is busy");
            }
            changed.add(id);
            if (messages.get(id) != QueueName.ACTIVE) {
                messages.remove(id);
                if (to != null) {
                    messages.put(id, to);
                }
            }
            arrivals();
            return true;
        }

        void arrivals() {
        }

        @Override
        public void list(Predicate<Listed> visitor) {
            throw new AssertionError();
        }

        @Override
        public void flushAll() {
            throw new AssertionError();
        }

        @Override
        public boolean flush(QueueId id) {
            throw new AssertionError();
        }

        @Override
        public int flushSite(String domain) {
            throw new AssertionError();
        }

        @Override
        public boolean delete(QueueId id) throws QueueException {
            return change(id, null);
        }

        @Override
        public boolean hold(QueueId id) throws QueueException {
            return change(id, QueueName.HOLD);
        }

        @Override
        public boolean release(QueueId id) throws QueueException {
            return change(id, QueueName.DEFERRED);
        }

        @Override
        public Optional<QueueId> requeue(QueueId id) throws QueueException {
            change(id, null);
            return Optional.of(add(QueueName.DEFERRED));
        }

        @Override
        public List<QueueId> ids(Set<QueueName> queues, int limit) {
            return messages.entrySet().stream().filter(e -> queues.contains(e.getValue())).map(Map.Entry::getKey).limit(limit).toList();
        }
    }

    private static List<String> run(Queue queue, String verb) throws ControlException {
        int size = queue.messages.size();
        var store = (QueueStore) Proxy.newProxyInstance(AllMessagesTest.class.getClassLoader(), new Class<?>[] {QueueStore.class},
                (proxy, method, arguments) -> Map.of(QueueName.DEFERRED, (long) size));
        var manager = new Leased<QueueManager>("queue manager", Duration.ZERO);
        manager.bind(queue, 0);
        var stores = new Leased<QueueStore>("queue store", Duration.ZERO);
        stores.bind(store, 0);
        var out = new ArrayList<String>();
        new QueueCommands(manager, stores).run(verb, List.of("ALL"), out::add);
        return out;
    }

    @Test
    void a_message_in_delivery_is_put_on_hold_once() throws Exception {
        var queue = new Queue();
        queue.add(QueueName.ACTIVE);
        queue.add(QueueName.DEFERRED);
        assertThat(run(queue, "hold")).containsExactly("count 2");
        assertThat(queue.changed).hasSize(2);
    }

    @Test
    void a_queue_of_any_length_is_requeued_and_each_message_once() throws Exception {
        var queue = new Queue();
        for (int i = 0; i < 25_000; i++) {
            queue.add(QueueName.DEFERRED);
        }
        assertThat(run(queue, "requeue")).containsExactly("count 25000");
        assertThat(new HashSet<>(queue.changed)).hasSize(25_000);
        assertThat(queue.messages).hasSize(25_000);
    }

    @Test
    void mail_that_arrives_all_the_time_does_not_keep_the_command_going() throws Exception {
        var queue = new Queue() {
            @Override
            void arrivals() {
                add(QueueName.INCOMING);
            }
        };
        for (int i = 0; i < 100; i++) {
            queue.add(QueueName.INCOMING);
        }
        assertThat(run(queue, "hold")).containsExactly("count 100");
    }

    @Test
    void one_message_that_resists_does_not_save_the_others_and_many_end_the_command() throws Exception {
        var queue = new Queue();
        queue.stubborn.add(queue.add(QueueName.DEFERRED));
        queue.add(QueueName.DEFERRED);
        assertThat(run(queue, "delete")).containsExactly("count 1");
        var away = new Queue();
        for (int i = 0; i < 1000; i++) {
            away.stubborn.add(away.add(QueueName.DEFERRED));
        }
        assertThatThrownBy(() -> run(away, "delete")).isInstanceOf(ControlException.class).hasMessageContaining("busy");
    }
}
