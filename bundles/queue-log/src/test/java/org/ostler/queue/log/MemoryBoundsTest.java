// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.queue.log.Stores.PLAIN;
import static org.ostler.queue.log.Stores.commit;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;

/** What is kept in memory is bounded, and what is let go is read from disk unnoticed. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MemoryBoundsTest {

    @TempDir
    Path directory;

    private static String body(int i) {
        return ("message " + i + " ").repeat(4_000);
    }

    @Test
    void the_oldest_contents_are_let_go_first_and_read_from_disk() throws Exception {
        var handed = new CopyOnWriteArrayList<StoredMessage>();
        try (var store = new LogStore(directory, PLAIN.withHeldBytes(256 << 10)); var claims = store.attach(handed::add)) {
            for (int i = 0; i < 20; i++) {
                commit(store, body(i));
            }
            assertThat(handed).hasSize(20);
            assertThat(handed.getFirst().content().isInMemory()).isFalse();
            assertThat(handed.getLast().content().isInMemory()).isTrue();
            long held = handed.stream().filter(m -> m.content().isInMemory()).mapToLong(m -> m.content().size()).sum();
            assertThat(held).isBetween(1L, 256L << 10);
            for (int i = 0; i < 20; i++) {
                assertThat(Stores.body(handed.get(i))).isEqualTo(body(i));
            }
            // Room that is given back is used again.
            handed.forEach(m -> store.update(m.id(), MessageUpdate.of(new Disposition.Remove())));
            commit(store, body(20));
            assertThat(handed.getLast().content().isInMemory()).isTrue();
            assertThat(claims.incoming(1)).isEmpty();
        }
    }

    @Test
    void drafts_that_together_need_too_much_memory_go_to_files_early() throws Exception {
        try (var store = new LogStore(directory, PLAIN.withDraftBytes(100 << 10))) {
            var drafts = new ArrayList<Draft>();
            for (int i = 0; i < 20; i++) {
                Draft draft = store.create();
                byte[] bytes = body(i).getBytes(StandardCharsets.ISO_8859_1);
                for (int at = 0; at < bytes.length; at += 1000) {
                    draft.write(bytes, at, Math.min(1000, bytes.length - at));
                }
                drafts.add(draft);
            }
            try (var files = Files.list(directory.resolve("spool"))) {
                assertThat(files.count()).isGreaterThan(10);
            }
            for (int i = 0; i < 20; i++) {
                StoredMessage m = drafts.get(i).commit(Stores.ENVELOPE, Instant.now(), false);
                drafts.get(i).close();
                assertThat(Stores.body(store.load(m.id()).orElseThrow())).isEqualTo(body(i));
            }
        }
    }
}
