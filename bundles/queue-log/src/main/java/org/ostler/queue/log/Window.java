// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/**
 * The first few thousand entries in some order, out of any number: what comes after them is found by a walk over the index when they are used up.
 *
 * <p>With a million deferred messages a walk takes some ten milliseconds and serves sixteen thousand claims; and no sorted structure of a million nodes is needed.
 *
 * <p><b>Threads</b> guarded by the {@link Catalog}.
 */
final class Window {

    static final int WIDTH = 16_384;

    private record Key(long order, long sequence) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byOrder = Long.compare(order, other.order);
            return byOrder != 0 ? byOrder : Long.compare(sequence, other.sequence);
        }
    }

    private static final Key NONE_BEYOND = new Key(Long.MAX_VALUE, Long.MAX_VALUE);

    private final Index index;
    private final IntPredicate belongs;
    private final IntToLongFunction order;
    private final TreeSet<Key> first = new TreeSet<>();
    /** Everything that belongs and is smaller stands in {@code first}. */
    private Key bound = NONE_BEYOND;

    /**
     * @param belongs whether the entry in a slot is one of these
     * @param order   what they are sorted by; equal ones by sequence
     */
    Window(Index index, IntPredicate belongs, IntToLongFunction order) {
        this.index = index;
        this.belongs = belongs;
        this.order = order;
    }

    private Key key(int slot) {
        return new Key(order.applyAsLong(slot), index.sequence(slot));
    }

    /** Call after an entry began to belong. */
    void add(int slot) {
        Key key = key(slot);
        if (key.compareTo(bound) < 0) {
            first.add(key);
            if (first.size() > 2 * WIDTH) {
                while (first.size() > WIDTH) {
                    bound = first.pollLast();
                }
            }
        }
    }

    /** Call before an entry ceases to belong, or its order changes. */
    void remove(int slot) {
        if (!first.isEmpty()) {
            first.remove(key(slot));
        }
    }

    /** Slot of the first; -1 where there is none. */
    int peek() {
        if (first.isEmpty() && bound != NONE_BEYOND) {
            refill();
        }
        return first.isEmpty() ? -1 : index.find(first.first().sequence);
    }

    private void refill() {
        var largest = new PriorityQueue<Key>(java.util.Comparator.reverseOrder());
        bound = NONE_BEYOND;
        for (int slot = 0; slot < index.slots(); slot++) {
            if (index.sequence(slot) < 0 || !belongs.test(slot)) {
                continue;
            }
            if (largest.size() < WIDTH) {
                largest.add(key(slot));
            } else if (order.applyAsLong(slot) <= largest.peek().order && key(slot).compareTo(largest.peek()) < 0) {
                bound = largest.poll();
                largest.add(key(slot));
            } else if (bound == NONE_BEYOND || key(slot).compareTo(bound) < 0) {
                bound = key(slot);
            }
        }
        first.addAll(largest);
    }
}
