// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A deadline for everything that is done with a channel meanwhile: when it passes the channel is closed, which ends any read, write or connect.
 *
 * <p>The timer is the JDK's own; it is taken back when the watch is closed.
 */
final class Watch implements AutoCloseable {

    /** Something that uses the channel. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    private final CompletableFuture<Void> timer = new CompletableFuture<>();
    private volatile boolean late;

    Watch(SocketChannel channel, long endNanos) {
        long left = Math.max(1, endNanos - System.nanoTime());
        timer.orTimeout(left, TimeUnit.NANOSECONDS).whenComplete((nothing, timeout) -> {
            if (timeout != null) {
                late = true;
                Connection.closeQuietly(channel);
            }
        });
    }

    /** @throws Trouble for whatever goes wrong */
    <T> T guard(Work<T> work) throws Trouble {
        try {
            return work.run();
        } catch (Trouble e) {
            throw e;
        } catch (ClosedByInterruptException e) {
            // The caller has given the lookup up: its deadline, or a bundle that stops.
            throw new Trouble(Trouble.Kind.TIMEOUT, "interrupted", e);
        } catch (AsynchronousCloseException e) {
            throw new Trouble(Trouble.Kind.TIMEOUT, late ? "timeout" : "closed", e);
        } catch (IOException e) {
            throw late ? new Trouble(Trouble.Kind.TIMEOUT, "timeout", e) : new Trouble(Trouble.Kind.DISCONNECT, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        timer.complete(null);
    }
}
