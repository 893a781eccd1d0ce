// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.nio.file.Path;
import java.time.Duration;
import org.ostler.mail.queue.spi.QueueStore;
import org.ostler.mail.tck.queue.StoreUnderTest;

/** A store with small segments and little memory, so that rolling, cleaning, index files and spilling happen all the time. */
public final class SmallLogStore implements StoreUnderTest {

    static final Options OPTIONS = Options.DEFAULT.withSegmentBytes(256 << 10).withHintAge(Duration.ofMillis(100)).withHeldBytes(256 << 10).withDraftBytes(1 << 20);

    @Override
    public QueueStore open(Path directory) throws Exception {
        return new LogStore(directory, OPTIONS);
    }

    @Override
    public void close(QueueStore store) throws Exception {
        ((LogStore) store).close();
    }
}
