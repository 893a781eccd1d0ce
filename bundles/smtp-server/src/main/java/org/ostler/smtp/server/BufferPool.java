// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The buffers of all sessions, used again and bounded in number: {@value #INPUT} bytes in, {@value #OUTPUT} bytes out. That is all that a session keeps in memory of a
 * message, whatever its size.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never: a session that gets none is told to come back.
 */
final class BufferPool {

    static final int INPUT = 16 * 1024;
    static final int OUTPUT = 2 * 1024;

    record Buffers(byte[] input, byte[] output) {}

    private final ConcurrentLinkedQueue<Buffers> free = new ConcurrentLinkedQueue<>();
    private final AtomicInteger out = new AtomicInteger();
    private final int most;
    private final int kept;

    /** @param most how many sessions can have buffers at a time */
    BufferPool(int most) {
        this.most = most;
        this.kept = Math.min(most, 256);
    }

    /** As many as an eighth of the heap holds. */
    static BufferPool forThisProcess() {
        return new BufferPool((int) Math.min(100_000, Runtime.getRuntime().maxMemory() / 8 / (INPUT + OUTPUT)));
    }

    Optional<Buffers> take() {
        if (out.incrementAndGet() > most) {
            out.decrementAndGet();
            return Optional.empty();
        }
        Buffers known = free.poll();
        return Optional.of(known != null ? known : new Buffers(new byte[INPUT], new byte[OUTPUT]));
    }

    void give(Buffers buffers) {
        if (free.size() < kept) {
            free.add(buffers);
        }
        out.decrementAndGet();
    }

    int inUse() {
        return out.get();
    }
}
