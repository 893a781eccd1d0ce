// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.function.BiConsumer;

/**
 * Who may come into the active queue, and when the store is to be scanned for those who had to wait. Guarded by the scheduler's lock.
 *
 * <p>New mail comes from memory as long as there is room. The first that finds none goes to the store, and all after it queue up behind it there, until a scan has found no more.
 */
final class Admission {

    /** How long some free places wait for more before they are filled from the store. */
    static final Duration SCAN_DELAY = Duration.ofMillis(100);

    private final ActiveSet active;
    private final BiConsumer<Duration, Runnable> later;
    private final Clerk clerk;
    private boolean open;
    /** New mail waits in the store. */
    private boolean backlog;
    /** An arrival was sent to the store since the last scan began. */
    private boolean refused;
    /** Deferred mail that is due waits for room. */
    private boolean dueWaits;
    /** The clerk has been told to scan now. */
    private boolean scanCalled;
    /** The clerk will be told to scan in a moment. */
    private boolean scanPlanned;

    Admission(ActiveSet active, BiConsumer<Duration, Runnable> later, Clerk clerk) {
        this.active = active;
        this.later = later;
        this.clerk = clerk;
    }

    /** Whether new mail is taken from memory at all. */
    void open(boolean yes) {
        open = yes;
    }

    /** Whether an arrival may come in. */
    boolean admits() {
        if (open && !backlog && active.hasRoom()) {
            return true;
        }
        backlog = true;
        refused = true;
        return false;
    }

    /** A message has gone. A scan for one free place each would be dear; a wait for many would let mail lie behind deliveries that hang. */
    void roomMade() {
        boolean useful = backlog && active.hasRoom() || dueWaits && active.roomForDeferred() > 0;
        if (!useful || scanCalled) {
            return;
        }
        if (active.isDrained()) {
            scanCalled = true;
            clerk.wake();
        } else {
            planScan();
        }
    }

    private void planScan() {
        if (!scanPlanned) {
            scanPlanned = true;
            later.accept(SCAN_DELAY, clerk::wake);
        }
    }

    int beginScan() {
        scanCalled = false;
        scanPlanned = false;
        refused = false;
        int room = active.roomForIncoming();
        backlog |= room == 0;
        return room;
    }

    /** A scan has found all there was; what was refused meanwhile may not have been findable yet. */
    void caughtUp() {
        backlog = refused;
        if (refused) {
            planScan();
        }
    }

    int roomForDue() {
        int room = active.roomForDeferred();
        dueWaits = room == 0;
        return room;
    }
}
