// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.ostler.core.queue.StoreLink.Attachment;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

/**
 * Updates that no store has written yet, one for each message.
 *
 * <p>What is kept stays here while it is offered to a store, until that has taken it, and a hold is here from the moment at which it is offered first: a message is at every moment seen as the update will leave it,
 * for it may be claimed by a scan, or asked for by an operator, just then.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never.
 */
final class Kept {

    /**
     * @param number  of its offer, or the last of them
     * @param takenBy the attachment whose store knows the change but could not write it; null where no store knows it
     */
    private record Item(long number, MessageUpdate update, Attachment takenBy) {}

    /**
     * What is offered of a message.
     *
     * @param number grows from one offer to the next: a store may say of an earlier one later that it could not write it
     * @param all    the update, after what was kept
     * @param item   what is here meanwhile; null where that is nothing
     */
    record Offer(QueueId id, long number, MessageUpdate all, Item item) {}

    private final Map<QueueId, Item> items = new LinkedHashMap<>();
    private final AtomicLong offers = new AtomicLong();
    private volatile boolean any;
    private int most = 20_000;

    void most(int updates) {
        synchronized (items) {
            most = updates;
        }
    }

    /** To be followed by {@link #taken}, or by {@link #keep} where that is not so. */
    Offer offer(QueueId id, MessageUpdate update) {
        long number = offers.incrementAndGet();
        boolean hold = update.disposition() instanceof Disposition.Hold;
        if (!any && !hold) {
            return new Offer(id, number, update, null);
        }
        synchronized (items) {
            Item item = items.get(id);
            MessageUpdate all = item == null ? update : merge(item.update, update);
            if (hold) {
                item = new Item(number, all, null);
                items.put(id, item);
                any = true;
            }
            return new Offer(id, number, all, item);
        }
    }

    /** A store has it. What came here since stays. */
    void taken(Offer offer) {
        if (offer.item == null) {
            return;
        }
        synchronized (items) {
            if (items.get(offer.id) == offer.item) {
                items.remove(offer.id);
                any = !items.isEmpty();
            }
        }
    }

    /**
     * It comes to stand behind all others.
     *
     * @param takenBy the attachment whose store knows it, but could not write it; null where no store does
     */
    void keep(Offer offer, Attachment takenBy) {
        synchronized (items) {
            Item old = items.remove(offer.id);
            boolean alone = old == null || old == offer.item;
            items.put(offer.id, alone ? new Item(offer.number, offer.all, takenBy) : together(old, new Item(offer.number, offer.all, takenBy)));
            any = true;
        }
    }

    /** In the order in which they were offered, whichever of them has failed first. */
    private static Item together(Item one, Item other) {
        boolean inOrder = one.number < other.number;
        MessageUpdate both = inOrder ? merge(one.update, other.update) : merge(other.update, one.update);
        return new Item(Math.max(one.number, other.number), both, one.takenBy == null ? null : other.takenBy);
    }

    /** Where there are too many. @return the oldest that the present store knows, which is kept no longer; null where there is none */
    QueueId makeRoom(Attachment present) {
        synchronized (items) {
            for (Map.Entry<QueueId, Item> each : isFull() ? items.entrySet() : Set.<Map.Entry<QueueId, Item>>of()) {
                if (isKnown(each.getValue(), present)) {
                    items.remove(each.getKey());
                    return each.getKey();
                }
            }
            return null;
        }
    }

    /** Whether so many updates wait that the results of further deliveries should not come about: they would have to be remembered as well. */
    boolean isFull() {
        if (!any) {
            return false;
        }
        synchronized (items) {
            return items.size() > most;
        }
    }

    static MessageUpdate merge(MessageUpdate old, MessageUpdate later) {
        Map<Integer, RecipientState> states = new HashMap<>(old.states());
        // Whoever has the message keeps it, in whatever order the two come.
        later.states().forEach((number, state) -> states.merge(number, state, (before, now) -> before instanceof RecipientState.Done ? before : now));
        boolean keepOld = later.disposition() instanceof Disposition.Keep || old.disposition() instanceof Disposition.Remove;
        return new MessageUpdate(states, keepOld ? old.disposition() : later.disposition(), old.delayWarned() || later.delayWarned());
    }

    private static boolean isKnown(Item item, Attachment present) {
        return item.takenBy != null && item.takenBy == present;
    }

    /** Those that the present store, or the next, is to be offered, in order. */
    List<QueueId> unknownTo(Attachment present) {
        synchronized (items) {
            return items.entrySet().stream().filter(each -> !isKnown(each.getValue(), present)).map(Map.Entry::getKey).toList();
        }
    }

    boolean isAnyUnknownTo(Attachment present) {
        synchronized (items) {
            return items.values().stream().anyMatch(item -> !isKnown(item, present));
        }
    }

    /** Null where the present store knows it, or there is none. */
    private MessageUpdate unknown(QueueId id, Attachment present) {
        if (!any) {
            return null;
        }
        synchronized (items) {
            Item item = items.get(id);
            return item == null || isKnown(item, present) ? null : item.update;
        }
    }

    /** Whether a hold of it waits to be taken: until the store has done so, which gives the claim back, it is nobody's to deliver. */
    boolean isHeldBack(QueueId id, Attachment present) {
        MessageUpdate update = unknown(id, present);
        return update != null && update.disposition() instanceof Disposition.Hold;
    }

    /** The message as it would be if every update had been written. */
    StoredMessage corrected(StoredMessage message, Attachment present) {
        MessageUpdate update = unknown(message.id(), present);
        if (update == null) {
            return message;
        }
        List<RecipientState> states = new ArrayList<>(message.states());
        if (update.disposition() instanceof Disposition.Remove) {
            states.replaceAll(state -> RecipientState.DONE);
        }
        update.states().forEach((number, state) -> states.set(number, state));
        return new StoredMessage(message.id(), message.queue(), message.envelope(), states, message.arrival(), message.due(),
                message.delayWarned() || update.delayWarned(), message.content());
    }
}
