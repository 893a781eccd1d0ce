// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The next few messages in the order of their ids, out of an unsorted index: one walk over it per portion. */
final class IdOrder {

    private record Key(long micros, long sequence, int slot) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byTime = Long.compare(micros, other.micros);
            // Ids of one microsecond are compared as texts, digit by digit.
            return byTime != 0 || sequence == other.sequence ? byTime : Ids.of(micros, sequence).compareTo(Ids.of(other.micros, other.sequence));
        }
    }

    private IdOrder() {}

    /** Slots after the given id, at most {@code limit}. Call with the catalog's lock held. */
    static List<Integer> after(Index index, long micros, long sequence, int limit) {
        var largest = new PriorityQueue<Key>(Comparator.reverseOrder());
        Key from = new Key(micros, sequence, -1);
        for (int slot = 0; slot < index.slots(); slot++) {
            long at = index.sequence(slot);
            if (at < 0 || index.micros(slot) < micros) {
                continue;
            }
            Key key = new Key(index.micros(slot), at, slot);
            if (key.compareTo(from) <= 0) {
                continue;
            }
            if (largest.size() < limit) {
                largest.add(key);
            } else if (key.compareTo(largest.peek()) < 0) {
                largest.poll();
                largest.add(key);
            }
        }
        var sorted = new ArrayList<>(largest);
        sorted.sort(null);
        return sorted.stream().map(Key::slot).toList();
    }
}
