// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;
import org.ostler.mail.tck.queue.ClaimsContract;
import org.ostler.mail.tck.queue.StoreUnderTest;

class MemoryStoreTest extends ClaimsContract {

    @Override
    protected StoreUnderTest store() {
        return new StoreUnderTest() {
            @Override
            public QueueStore open(Path directory) {
                return new MemoryStore();
            }

            @Override
            public void close(QueueStore store) {
                ((MemoryStore) store).close();
            }

            @Override
            public boolean isDurable() {
                return false;
            }
        };
    }

    @Test
    void beyond_its_bound_new_mail_is_refused_as_full() throws Exception {
        var small = new MemoryStore(1000);
        try (Draft draft = small.create()) {
            draft.write(new byte[900], 0, 900);
            draft.commit(Envelope.of(Address.NULL, List.of()), Instant.EPOCH, false);
        }
        assertThat(small.freeSpace()).isEqualTo(100);
        try (Draft draft = small.create()) {
            draft.write(new byte[200], 0, 200);
            assertThatThrownBy(() -> draft.commit(Envelope.of(Address.NULL, List.of()), Instant.EPOCH, false))
                    .isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.kind()).isEqualTo(QueueException.Kind.FULL));
        }
    }

    @Test
    void a_closed_store_is_unavailable() {
        store.attach(m -> true);
        ((MemoryStore) store).close();
        assertThatThrownBy(store::create).isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.kind()).isEqualTo(QueueException.Kind.UNAVAILABLE));
    }
}
