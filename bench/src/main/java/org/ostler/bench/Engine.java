// SPDX-License-Identifier: Apache-2.0
package org.ostler.bench;

import java.nio.file.Path;
import java.util.List;
import org.ostler.bench.LmdbStore.Key;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.queue.log.LogStore;
import org.ostler.queue.log.Options;

/** What both stores can do, for measuring. <b>Threads</b> any. */
interface Engine extends AutoCloseable {

    /** Durable on return. @return a handle for {@link #remove} */
    Object commit(byte[] content) throws Exception;

    /** Not waited for. */
    void remove(Object handle) throws Exception;

    /** Messages found when everything old is known. */
    long ready() throws Exception;

    /** Messages whose content can be read, and those that cannot. */
    long[] readable() throws Exception;

    static Engine open(String name, Path directory) throws Exception {
        return name.equals("log") ? new Log(directory) : new Lmdb(directory);
    }

    Envelope ENVELOPE = new Envelope(Address.of("sender@example.com"), List.of(Recipient.of(Address.of("recipient@example.org"))),
            org.ostler.mail.model.Ret.UNSPECIFIED, "", org.ostler.mail.model.Body.EIGHT_BIT_MIME, false, org.ostler.mail.model.TlsRequest.UNSPECIFIED,
            java.util.Map.of("client_name", "mail.example.com", "client_address", "192.0.2.1", "helo_name", "mail.example.com", "protocol_name", "ESMTP"));

    final class Log implements Engine {
        final LogStore store;

        Log(Path directory) throws Exception {
            store = new LogStore(directory, Options.DEFAULT);
        }

        @Override
        public Object commit(byte[] content) throws Exception {
            try (Draft draft = store.create()) {
                draft.write(content, 0, content.length);
                return draft.commit(ENVELOPE, java.time.Instant.now(), false).id();
            }
        }

        @Override
        public void remove(Object handle) {
            store.update((QueueId) handle, MessageUpdate.of(new Disposition.Remove()));
        }

        @Override
        public long ready() throws Exception {
            store.load(new QueueId("000000" + "0000" + "z1"));
            return store.counts().values().stream().mapToLong(n -> n).sum();
        }

        @Override
        public long[] readable() throws Exception {
            long[] counts = new long[2];
            store.list(m -> {
                boolean good = m.queue() != org.ostler.mail.queue.QueueName.CORRUPT;
                try (var in = m.content().open()) {
                    in.readAllBytes();
                } catch (java.io.IOException e) {
                    good = false;
                }
                counts[good ? 0 : 1]++;
                return true;
            });
            return counts;
        }

        @Override
        public void close() throws Exception {
            store.close();
        }
    }

    final class Lmdb implements Engine {
        private final LmdbStore store;

        Lmdb(Path directory) {
            store = new LmdbStore(directory);
        }

        @Override
        public Object commit(byte[] content) throws Exception {
            return store.commit(content);
        }

        @Override
        public void remove(Object handle) {
            store.remove((Key) handle);
        }

        @Override
        public long ready() {
            return store.readIndex();
        }

        @Override
        public long[] readable() {
            return store.readable();
        }

        @Override
        public void close() throws Exception {
            store.close();
        }
    }
}
