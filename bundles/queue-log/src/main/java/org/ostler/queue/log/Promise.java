// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.util.concurrent.CompletableFuture;

/**
 * The promise of a group, shared by all who have a change in it: whoever asks for a future of his own gets a copy, so that his timeout or cancellation is his alone.
 */
final class Promise extends CompletableFuture<Void> {

    @Override
    public CompletableFuture<Void> toCompletableFuture() {
        return copy();
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
