// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.PriorityQueue;

/** What is to be done later, by the monotonic clock. Guarded by the scheduler's lock; run by the clerk. */
final class Agenda {

    private record Item(long at, long order, Runnable what) implements Comparable<Item> {
        @Override
        public int compareTo(Item other) {
            int byTime = Long.compare(at - other.at, 0);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Item> items = new PriorityQueue<>();
    private long count;

    /** @return true where this is now the first, so that the clerk must be woken to wait less long */
    boolean add(long at, Runnable what) {
        var item = new Item(at, count++, what);
        items.add(item);
        return items.peek() == item;
    }

    /** Takes out the first that is due, so that one that throws takes no other with it; null where there is none. */
    Runnable next(long now) {
        return items.isEmpty() || items.peek().at - now > 0 ? null : items.poll().what;
    }

    /** Nanoseconds until the first item, 0 where it is due; {@code otherwise} where there is none. */
    long wait(long now, long otherwise) {
        return items.isEmpty() ? otherwise : Math.max(0, items.peek().at - now);
    }
}
