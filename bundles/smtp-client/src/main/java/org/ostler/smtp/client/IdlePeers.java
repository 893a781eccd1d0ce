// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.model.TlsRequest;

/**
 * Connections that wait a short while for the next message to the same next hop.
 *
 * <p><b>Description</b> On demand ({@code smtp_connection_cache_on_demand}) a connection waits only where there is demand: another delivery for the next hop is under way, or one ended shortly before this one began. So a single
 * message does not keep a server waiting, and a stream of mail does not connect anew each time. {@code smtp_connection_cache_destinations} makes them wait in any case. The connection used last is used next; the others time
 * out. A virtual thread ends them with QUIT; it runs while something waits.
 *
 * <p><b>Threads</b> any; no lock is held over I/O. Bounded: {@link #MOST} in all.
 */
final class IdlePeers {

    static final int MOST = 500;
    /** Next hops whose last delivery is remembered. */
    private static final int MOST_KEYS = 10_000;

    /**
     * The profile's identity counts: connections made under other settings are others. So are those of mail whose senders ask for more of TLS, or for less: neither kind is to use up the other's, and what is weaker must never
     * carry what may not go that way.
     */
    record Key(Profile profile, String nextHop, TlsRequest request) {}

    private record Waiting(Peer peer, long until) {}

    private static final class Slot {
        final ArrayDeque<Waiting> waiting = new ArrayDeque<>(2);
        int active;
        boolean everEnded;
        long ended;
        boolean demand;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Key, Slot> slots = new HashMap<>();
    private int total;
    private boolean sweeping;
    private boolean closed;

    /** A delivery to a next hop begins. To be followed by {@link #end}. */
    void begin(Key key) {
        lock.lock();
        try {
            Slot slot = slots.computeIfAbsent(key, _ -> new Slot());
            slot.demand = slot.active > 0 || slot.everEnded && System.nanoTime() - slot.ended < key.profile.cacheTimeLimit;
            slot.active++;
        } finally {
            lock.unlock();
        }
    }

    void end(Key key) {
        lock.lock();
        try {
            Slot slot = slots.get(key);
            slot.active--;
            slot.everEnded = true;
            slot.ended = System.nanoTime();
            startSweeping();
        } finally {
            lock.unlock();
        }
    }

    /** A connection that can be used now, out of the cache. */
    Optional<Peer> take(Key key) {
        while (true) {
            Peer peer;
            lock.lock();
            try {
                Slot slot = slots.get(key);
                Waiting last = slot == null ? null : slot.waiting.pollLast();
                if (last == null) {
                    return Optional.empty();
                }
                total--;
                peer = last.peer;
            } finally {
                lock.unlock();
            }
            if (peer.isQuiet()) {
                peer.uses++;
                peer.replies = 0;
                return Optional.of(peer);
            }
            peer.drop();
        }
    }

    /** After a delivery: keeps the connection where it is worth it, else ends it. */
    void give(Key key, Peer peer) {
        Profile profile = key.profile;
        long now = System.nanoTime();
        boolean worn = profile.reuseCountLimit > 0 && peer.uses + 1 >= profile.reuseCountLimit || now - peer.since > profile.reuseTimeLimit
                || peer.fallback || peer.encrypted && !peer.plan.reuse();
        boolean kept = false;
        if (!peer.spoilt && !worn) {
            boolean listed = isListed(key, peer);
            lock.lock();
            try {
                Slot slot = slots.get(key);
                boolean wanted = !closed && total < MOST && (profile.cacheOnDemand && (slot.demand || slot.active > 1) || listed);
                if (wanted) {
                    peer.deadline.none();
                    slot.waiting.addLast(new Waiting(peer, now + profile.cacheTimeLimit));
                    total++;
                    kept = true;
                }
            } finally {
                lock.unlock();
            }
        }
        if (!kept && peer.spoilt) {
            peer.drop();
        } else if (!kept) {
            peer.quit(profile);
        }
    }

    private static boolean isListed(Key key, Peer peer) {
        DomainList list = key.profile.cacheDestinations;
        if (list.isEmpty()) {
            return false;
        }
        if (list.match(peer.host.name()) instanceof Answer.Found) {
            return true;
        }
        for (Site site : Site.parse(key.nextHop, key.profile)) {
            if (site instanceof Site.Inet inet && list.match(inet.name()) instanceof Answer.Found) {
                return true;
            }
        }
        return false;
    }

    /** Ends all, and keeps none any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        sweep(true);
    }

    int size() {
        lock.lock();
        try {
            return total;
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void startSweeping() {
        if (!sweeping) {
            sweeping = true;
            Thread.ofVirtual().name("smtp-idle").start(() -> {
                while (sweep(false)) {
                    LockSupport.parkNanos(250_000_000);
                }
            });
        }
    }

    /** @return whether to come again */
    private boolean sweep(boolean all) {
        var over = new HashMap<Peer, Profile>();
        boolean again;
        lock.lock();
        try {
            long now = System.nanoTime();
            for (Iterator<Map.Entry<Key, Slot>> it = slots.entrySet().iterator(); it.hasNext();) {
                Map.Entry<Key, Slot> entry = it.next();
                Slot slot = entry.getValue();
                while (!slot.waiting.isEmpty() && (all || slot.waiting.peekFirst().until - now <= 0)) {
                    over.put(slot.waiting.pollFirst().peer, entry.getKey().profile);
                    total--;
                }
                boolean forgotten = slots.size() > MOST_KEYS || now - slot.ended > entry.getKey().profile.cacheTimeLimit;
                if (slot.active == 0 && slot.waiting.isEmpty() && forgotten) {
                    it.remove();
                }
            }
            again = !slots.isEmpty();
            if (!again && !all) {
                sweeping = false;
            }
        } finally {
            lock.unlock();
        }
        over.forEach(Peer::quit);
        return again;
    }
}
