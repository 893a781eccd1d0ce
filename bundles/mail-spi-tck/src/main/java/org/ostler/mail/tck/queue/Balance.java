// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * The account of a crash test: what the store promised before the cut, held against what it holds after.
 *
 * <p>The driver writes marks, one line each: {@code A id key} committed (after the fact), {@code r id} about to be removed, {@code R id} removal reported durable,
 * {@code u id n} update n about to be made, {@code U id n} reported durable. A line that the cut left unfinished is ignored.
 */
final class Balance {

    private static final class Promise {
        long key;
        boolean committed;
        boolean removing;
        boolean removed;
        long updating;
        long updated;
    }

    private final Map<QueueId, Promise> promises = new HashMap<>();
    private long commits;
    private long survived;

    void mark(String line) {
        String[] word = line.split(" ");
        Promise p = promises.computeIfAbsent(new QueueId(word[1]), id -> new Promise());
        switch (word[0]) {
            case "A" -> {
                p.key = Long.parseUnsignedLong(word[2], 16);
                p.committed = true;
                commits++;
            }
            case "r" -> p.removing = true;
            case "R" -> p.removed = true;
            case "u" -> p.updating = Math.max(p.updating, Long.parseLong(word[2]));
            case "U" -> p.updated = Math.max(p.updated, Long.parseLong(word[2]));
            default -> throw new IllegalArgumentException(line);
        }
    }

    long commits() {
        return commits;
    }

    /** Messages found over all checks. */
    long survived() {
        return survived;
    }

    /** Throws {@link AssertionError} naming the first thing that is wrong. */
    void check(QueueStore store) throws QueueException {
        Set<QueueId> seen = new HashSet<>();
        store.list(message -> {
            if (!seen.add(message.id())) {
                throw new AssertionError(message.id() + " is listed twice");
            }
            checkOne(message);
            return true;
        });
        promises.forEach((id, p) -> {
            if (p.committed && !p.removing && !seen.contains(id)) {
                throw new AssertionError(id + " was acknowledged and is lost");
            }
        });
        survived += seen.size();
    }

    private void checkOne(StoredMessage message) {
        QueueId id = message.id();
        if (message.queue() == org.ostler.mail.queue.QueueName.CORRUPT) {
            throw new AssertionError(id + " is set aside as corrupt");
        }
        byte[] body = Sample.read(message.content());
        Optional<Long> key = Cargo.keyOf(body);
        // An unacknowledged message may be there, but only as somebody sent it.
        if (key.isEmpty() || !Arrays.equals(body, Cargo.body(key.get())) || !message.envelope().equals(Cargo.envelope(key.get()))) {
            throw new AssertionError(id + " is not as anybody sent it");
        }
        long update = Cargo.updateOf(message);
        Promise p = promises.get(id);
        if (p == null) {
            check(update == 0, id, "was updated before its commit returned");
            return;
        }
        check(!p.committed || p.key == key.get(), id, "holds the body of another message");
        check(!p.removed, id, "was removed for good and is back");
        check(update >= p.updated, id, "shows update " + update + " where " + p.updated + " was durable");
        check(update <= p.updating, id, "shows update " + update + " which nobody made");
    }

    private static void check(boolean fine, QueueId id, String trouble) {
        if (!fine) {
            throw new AssertionError(id + " " + trouble);
        }
    }
}
