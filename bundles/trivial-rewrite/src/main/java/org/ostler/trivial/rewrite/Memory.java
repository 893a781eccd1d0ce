// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.ostler.mail.lookup.Recall;
import org.ostler.mail.model.Address;

/**
 * What tables behind a network have said of the last addresses, so that the next message of a session does not ask a database the same again. Postfix's resolve_clnt(3) and the cache of its smtpd.
 *
 * <h2>Description</h2>
 * Kept for {@link #TIME}, by sender and recipient: somebody else's question about the same domain is asked anew, as in Postfix. Not the resolution is kept but the answers of those tables that a network separates from us
 * ({@link Recall}), so that everything else is looked up each time; and these no longer than their table is open. With new settings there is a new memory.
 *
 * <p>Postfix keeps one resolution in each client for 30 seconds, and a hundred in each smtpd for as long as that lives.
 *
 * <p>A question takes its time. What was asked before somebody asked anew, and is answered after him, is not kept: it would hide from everybody what he was told.
 *
 * <p><b>Threads</b> any. <b>Bounded</b> {@value #MOST} questions, the oldest go first; one with addresses of more than {@value #LONGEST} characters is asked each time.
 */
final class Memory {

    /** As in resolve_clnt(3). */
    static final Duration TIME = Duration.ofSeconds(30);
    static final int MOST = 1_000;

    /** Both addresses together. Those that mail reaches have 320 each at most; strangers choose longer ones as they like. */
    static final int LONGEST = 1_000;

    private record Question(Address sender, Address recipient) {

        boolean isLong() {
            return sender.localPart().length() + sender.domain().length() + recipient.localPart().length() + recipient.domain().length() > LONGEST;
        }
    }

    /**
     * @param since before the first answer was asked for
     * @param turn {@link #turns} at that time
     */
    private record Kept(Question question, Recall recall, long since, long turn) {}

    private final LongSupplier clock;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock.
    private final Map<Question, Kept> known = new HashMap<>();
    /** By age; among them what a younger one has replaced. */
    private final ArrayDeque<Kept> byAge = new ArrayDeque<>();

    /** How often somebody has asked anew; written with the lock held. One count for all questions: those in flight while a queue is flushed are asked once more, and nothing is held for each. */
    private volatile long turns;

    /** Where no table is behind a network nothing is ever kept, and nobody takes the lock but who asks anew. */
    private volatile boolean used;

    /** @param clock like {@link System#nanoTime} */
    Memory(LongSupplier clock) {
        this.clock = clock;
    }

    /**
     * Asks with what is known of the same question.
     *
     * @param anew without it: an operator who says "now" wants to know how things are now
     */
    <T> T ask(Address sender, Address recipient, boolean anew, Supplier<T> work) {
        var question = new Question(sender, recipient);
        boolean keep = !question.isLong();
        long now = clock.getAsLong();
        long turn = anew ? nextTurn(question) : turns;
        Recall before = !keep || anew || !used ? null : known(question, now);
        if (before != null) {
            return before.during(work);
        }
        var recall = new Recall();
        T answer = recall.during(work);
        if (keep && !recall.isEmpty()) {
            keep(new Kept(question, recall, now, turn));
        }
        return answer;
    }

    /** What was known is over, also where no better answer comes. */
    private long nextTurn(Question question) {
        lock.lock();
        try {
            known.remove(question);
            return ++turns;
        } finally {
            lock.unlock();
        }
    }

    private Recall known(Question question, long now) {
        lock.lock();
        try {
            while (!byAge.isEmpty() && now - byAge.peekFirst().since >= TIME.toNanos()) {
                forget(byAge.removeFirst());
            }
            Kept kept = known.get(question);
            // Two threads may have put theirs in the wrong order.
            return kept != null && now - kept.since < TIME.toNanos() ? kept.recall : null;
        } finally {
            lock.unlock();
        }
    }

    private void keep(Kept kept) {
        lock.lock();
        try {
            if (kept.turn != turns) {
                return;
            }
            used = true;
            known.put(kept.question, kept);
            byAge.addLast(kept);
            if (byAge.size() > MOST) {
                forget(byAge.removeFirst());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Unless another has taken its place. */
    private void forget(Kept old) {
        known.remove(old.question, old);
    }
}
