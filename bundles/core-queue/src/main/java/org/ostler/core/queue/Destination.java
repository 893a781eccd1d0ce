// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.ostler.mail.queue.RecipientState.Reason;

/** One destination of one transport: its window, what waits for it, what is under way. Guarded by the scheduler's lock; every step is O(1) amortised. */
final class Destination {

    final Lane lane;
    final String key;
    final Window window;
    /** Why it is dead. */
    Reason deadReason;
    /** In the selection's rotation; kept here so that the selection needs no search. */
    boolean rotating;
    /** Not to be warned about before, by the monotonic clock. */
    long nextClogWarning = Long.MIN_VALUE;
    /** A rate delay is running. */
    boolean paused;

    // Cancelled jobs stay in the deque until their turn and are skipped then; "waiting" counts the others.
    private final ArrayDeque<Job> todo = new ArrayDeque<>();
    private int waiting;
    private int busy;

    Destination(Lane lane, String key) {
        this.lane = lane;
        this.key = key;
        this.window = new Window(lane.limits());
    }

    void add(Job job) {
        job.destination = this;
        todo.addLast(job);
        waiting++;
    }

    /** The job is not to be started any more. */
    void cancelled() {
        waiting--;
        if (waiting == 0) {
            todo.clear();
        }
    }

    /** Whether something waits that may start now. */
    boolean isReady() {
        return waiting > 0 && !paused && window.size() > busy;
    }

    boolean isIdle() {
        return waiting == 0 && busy == 0 && !paused && !window.isDead();
    }

    int busy() {
        return busy;
    }

    /** Jobs here, waiting or under way. */
    int size() {
        return waiting + busy;
    }

    /** The first job; only while {@link #isReady}. */
    Job start() {
        Job job = todo.pollFirst();
        while (job.state != Job.State.WAITING) {
            job = todo.pollFirst();
        }
        job.state = Job.State.RUNNING;
        waiting--;
        busy++;
        return job;
    }

    void ended() {
        busy--;
    }

    /** Takes out all that waits. */
    List<Job> drain() {
        var all = new ArrayList<Job>(waiting);
        for (Job job : todo) {
            if (job.state == Job.State.WAITING) {
                job.state = Job.State.OVER;
                all.add(job);
            }
        }
        todo.clear();
        waiting = 0;
        return all;
    }
}
