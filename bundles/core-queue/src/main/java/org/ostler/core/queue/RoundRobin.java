// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.ArrayDeque;

/** One job of each destination in turn, so that a mailing list waits behind nobody and nobody behind a mailing list for long. */
final class RoundRobin implements Selection {

    private final ArrayDeque<Destination> rotation = new ArrayDeque<>();

    @Override
    public void stirred(Destination destination) {
        if (!destination.rotating && destination.isReady()) {
            destination.rotating = true;
            rotation.addLast(destination);
        }
    }

    @Override
    public Job next() {
        for (Destination destination = rotation.pollFirst(); destination != null; destination = rotation.pollFirst()) {
            destination.rotating = false;
            // It may have closed or been emptied since it was put in.
            if (destination.isReady()) {
                Job job = destination.start();
                stirred(destination);
                return job;
            }
        }
        return null;
    }
}
