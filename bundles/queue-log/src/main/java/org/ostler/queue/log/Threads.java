// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

/** The store's own platform threads, which end by themselves when they are told to. */
final class Threads {

    private Threads() {}

    /**
     * Waits for the end of a thread, in any case: files are closed after it, which it may still be writing.
     *
     * @return whether the caller was interrupted meanwhile; it lets that be known when all is closed
     */
    static boolean awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }
}
