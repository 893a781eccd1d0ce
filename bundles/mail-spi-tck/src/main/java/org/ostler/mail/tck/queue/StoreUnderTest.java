// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import java.nio.file.Path;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * Opens and closes the store that a contract tests.
 *
 * <p>The crash contracts load it by class name in a child process, so it needs a public constructor without arguments in a public class. <b>Threads</b> one.
 */
public interface StoreUnderTest {

    /** Opens what is in {@code directory}, or an empty store. */
    QueueStore open(Path directory) throws Exception;

    /** Closes in order. */
    void close(QueueStore store) throws Exception;

    /** Whether messages survive {@link #close} and a new {@link #open}. */
    default boolean isDurable() {
        return true;
    }
}
