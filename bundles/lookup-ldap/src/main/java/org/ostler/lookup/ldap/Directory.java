// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.sdk.LDAPException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;

/**
 * The connections to the servers of one {@link Access}: kept for the next lookup, bounded, and never held by a thread.
 *
 * <h2>Description</h2>
 * At most {@value #CONNECTIONS} at a time; who finds all in use waits, no longer than the lookup may take. A new connection goes to the first server of the list; one that did not answer comes last for a
 * minute. The time for connecting is shared among the servers left, so that the next one gets its turn within the same lookup. When no server could be reached nobody tries again for a second:
 * lookups are refused at once instead of queueing up behind a dead server. A connection that was not used for a minute is closed.
 *
 * <p>A lookup that was called off, or that had waited until little of its time was left, is no witness against a server: only who gave it {@linkplain Access#isFair half of what is due} is heard.
 * Otherwise those who queued behind a server that hangs would, at the end of their time, condemn the one that is well.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #take}, bounded by the patience of the Access. <b>Errors</b> {@link Trouble} with the reason.
 */
final class Directory {

    static final int CONNECTIONS = 16;
    private static final long BACK_OFF = TimeUnit.SECONDS.toNanos(60);
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);
    private static final Duration IDLE = Duration.ofSeconds(60);
    /** With less than that left a connection is not begun: it would be one in vain for the server, too. */
    private static final Duration NEEDED = Duration.ofMillis(200);

    private final Access access;
    private final SSLContext tls;
    private final Duration keep;
    private final Executor sweeping;
    private final Semaphore places = new Semaphore(CONNECTIONS, true);
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock.
    private final ArrayDeque<Link> idle = new ArrayDeque<>();
    private final Map<Server, Long> silentSince = new HashMap<>();
    private CompletableFuture<Void> sweeper;
    private boolean closed;
    private String failure;
    private long retryAt;

    /** @param tls null where nothing is encrypted */
    Directory(Access access, SSLContext tls) {
        this(access, tls, IDLE, task -> Thread.ofVirtual().name("ldap sweep").start(task));
    }

    /**
     * @param keep     how long a connection is kept that nobody uses
     * @param sweeping closes them: on the timer's thread, which is one for the whole process, a peer that takes nothing would hold up everybody's alarms, that for itself among them
     */
    Directory(Access access, SSLContext tls, Duration keep, Executor sweeping) {
        this.access = access;
        this.tls = tls;
        this.keep = keep;
        this.sweeping = sweeping;
    }

    Access access() {
        return access;
    }

    /**
     * A connection for one lookup; goes back by {@link #give} or {@link #drop}.
     *
     * @param end   of the lookup, by {@link System#nanoTime}
     * @param fresh not one that was kept: those may have died meanwhile
     */
    Link take(long end, boolean fresh) throws Trouble {
        long begin = System.nanoTime();
        long patience = Math.min(end - begin, access.patience().toNanos());
        boolean has = false;
        boolean taken = false;
        try {
            has = places.tryAcquire(patience, TimeUnit.NANOSECONDS);
            if (!has) {
                throw new Trouble("dict_ldap_connect: all " + CONNECTIONS + " connections to " + access.shownServers() + " are in use", Trouble.Kind.ANSWERED);
            }
            Link kept = fresh ? null : kept();
            Link link = kept == null ? connect(begin + patience) : kept;
            taken = true;
            return link;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Trouble("interrupted", Trouble.Kind.ANSWERED);
        } finally {
            if (has && !taken) {
                places.release();
            }
        }
    }

    private Link kept() {
        lock.lock();
        try {
            // The youngest, so that the others get old and go.
            return idle.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    private Link connect(long end) throws Trouble {
        refuseWhileDown();
        if (end - System.nanoTime() < Math.min(NEEDED.toNanos(), access.patience().toNanos() / 2)) {
            throw new Trouble("dict_ldap_connect: too little time is left of this lookup to connect to " + access.shownServers(), Trouble.Kind.ANSWERED);
        }
        List<Server> servers = inOrder();
        LDAPException last = null;
        boolean allTried = true;
        for (int i = 0; i < servers.size(); i++) {
            Server server = servers.get(i);
            long begin = System.nanoTime();
            try {
                Link link = Link.open(server, access, tls, Duration.ofNanos(Math.max(1, (end - System.nanoTime()) / (servers.size() - i))));
                answered(server);
                return link;
            } catch (LDAPException e) {
                last = e;
                if (Trouble.kind(e) == Trouble.Kind.ANSWERED && !(e instanceof Link.StartTlsException)) {
                    break;
                }
                boolean interrupted = Thread.currentThread().isInterrupted();
                if (!interrupted && Trouble.kind(e) != Trouble.Kind.HUNG || access.isFair(System.nanoTime() - begin, servers.size())) {
                    silent(server);
                } else {
                    allTried = false;
                }
                if (interrupted) {
                    allTried &= i == servers.size() - 1;
                    break;
                }
            }
        }
        String text = reason(last);
        if (allTried) {
            down(text);
        }
        throw new Trouble(text, Trouble.Kind.ANSWERED);
    }

    private void refuseWhileDown() throws Trouble {
        lock.lock();
        try {
            if (failure != null && System.nanoTime() - retryAt < 0) {
                throw new Trouble(failure, Trouble.Kind.ANSWERED);
            }
        } finally {
            lock.unlock();
        }
    }

    /** As configured, but those that were silent a short while ago last, the longest silent of them first. */
    private List<Server> inOrder() {
        long now = System.nanoTime();
        lock.lock();
        try {
            silentSince.values().removeIf(since -> now - since > BACK_OFF);
            var order = new ArrayList<>(access.servers());
            order.sort(Comparator.comparingLong(server -> silentSince.containsKey(server) ? silentSince.get(server) - now + BACK_OFF + 1 : 0));
            return order;
        } finally {
            lock.unlock();
        }
    }

    private void answered(Server server) {
        lock.lock();
        try {
            silentSince.remove(server);
            failure = null;
        } finally {
            lock.unlock();
        }
    }

    private void silent(Server server) {
        lock.lock();
        try {
            silentSince.put(server, System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    private String reason(LDAPException e) {
        String what = Trouble.number(e) + (e instanceof Link.StartTlsException ? ": " + Trouble.text(e) : " (" + Trouble.text(e) + ")");
        String text;
        if (e instanceof Link.StartTlsException) {
            text = "dict_ldap_connect: Unable to set STARTTLS: " + what;
        } else if (access.credentials().bind() == Access.Bind.NONE) {
            text = "dict_ldap_lookup: Search error " + Trouble.number(e) + ": " + Trouble.text(e);
        } else {
            text = "dict_ldap_connect: Unable to bind to server " + access.shownServers() + " with dn " + access.credentials().shownDn() + ": " + what;
        }
        if (e.getMessage() != null && !e.getMessage().isBlank()) {
            // What Postfix keeps to itself: refused, unknown host, certificate not trusted, what the server had to say ...
            text += " -- " + Trouble.reason(e);
        }
        return text;
    }

    private void down(String text) {
        lock.lock();
        try {
            failure = text;
            retryAt = System.nanoTime() + RETRY;
        } finally {
            lock.unlock();
        }
    }

    /** A connection that is good for the next lookup. */
    void give(Link link) {
        boolean good;
        lock.lock();
        try {
            good = !closed && !link.isSpent();
            if (good) {
                link.idleSince(System.nanoTime());
                idle.addFirst(link);
                watch();
            }
        } finally {
            lock.unlock();
        }
        places.release();
        if (!good) {
            link.close();
        }
    }

    /** A connection that is not. Where it was lost, the server went away, and those that were kept are no better. */
    void drop(Link link, Trouble.Kind why) {
        try {
            link.cut();
            if (why == Trouble.Kind.HUNG) {
                silent(link.server());
            }
            if (why == Trouble.Kind.HUNG || why == Trouble.Kind.LOST) {
                takeIdle(other -> other.server().equals(link.server())).forEach(Link::cut);
            }
        } finally {
            // Last: whoever waits for the place should know which server not to go to.
            places.release();
        }
    }

    private List<Link> takeIdle(java.util.function.Predicate<Link> which) {
        var out = new ArrayList<Link>();
        lock.lock();
        try {
            idle.removeIf(link -> which.test(link) && out.add(link));
            return out;
        } finally {
            lock.unlock();
        }
    }

    /** One timer of the JDK while there is something to be closed; called with the lock held. */
    private void watch() {
        if (sweeper == null) {
            sweeper = new CompletableFuture<>();
            sweeper.thenRunAsync(this::sweep, sweeping);
            sweeper.completeOnTimeout(null, keep.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void sweep() {
        long now = System.nanoTime();
        List<Link> old = takeIdle(link -> now - link.idleSince() >= keep.toNanos());
        lock.lock();
        try {
            sweeper = null;
            if (!idle.isEmpty() && !closed) {
                watch();
            }
        } finally {
            lock.unlock();
        }
        old.forEach(Link::close);
    }

    /** When no table uses it any more: nobody is inside. */
    void close() {
        lock.lock();
        try {
            closed = true;
            if (sweeper != null) {
                sweeper.cancel(false);
            }
        } finally {
            lock.unlock();
        }
        takeIdle(_ -> true).forEach(Link::close);
    }

    /** For tests. */
    int idle() {
        lock.lock();
        try {
            return idle.size();
        } finally {
            lock.unlock();
        }
    }
}
