// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store that cannot be opened is tried again every few seconds: nothing of the first attempt may be in the way of the next. */
@Timeout(60)
class OpeningTest {

    @ParameterizedTest
    @ValueSource(strings = {"queue-log-writer", "queue-log-reminder", "queue-log-house", "queue-log-load"})
    void a_thread_that_cannot_be_started_leaves_neither_the_lock_nor_another_thread(String name, @TempDir Path directory) throws Exception {
        var started = new ArrayList<Thread>();
        assertThatThrownBy(() -> new LogStore(directory, Stores.PLAIN, thread -> {
            if (thread.getName().equals(name)) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            thread.start();
            started.add(thread);
        })).isInstanceOf(OutOfMemoryError.class).satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
        for (Thread thread : started) {
            assertThat(thread.join(Duration.ofSeconds(20))).as(thread.getName()).isTrue();
        }
        try (var store = new LogStore(directory, Stores.PLAIN)) {
            Stores.commit(store, "hello");
            assertThat(Stores.bodies(store)).containsExactly("hello");
        }
    }
}
