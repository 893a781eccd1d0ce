// SPDX-License-Identifier: Apache-2.0
package org.ostler.bench;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.ostler.lmdb.Env;
import org.ostler.lmdb.Lmdb;
import org.ostler.lmdb.Txn;

/**
 * The store that was not taken: messages whole in LMDB, an index by due time beside them, one transaction per group of waiting sessions.
 *
 * <p>As fast as it can be made in a day: only what is measured is there. <b>Threads</b> any; one platform thread writes.
 */
final class LmdbStore implements AutoCloseable {

    record Key(byte[] bytes) {}

    private record Op(Key key, byte[] value, CompletableFuture<Void> done) {}

    private static final int GROUP = 512;

    private final Env env;
    private int messages;
    private int due;
    private final AtomicLong sequence = new AtomicLong();
    private final LinkedBlockingQueue<Op> queue = new LinkedBlockingQueue<>();
    private final Thread writer = Thread.ofPlatform().daemon(true).unstarted(this::write);
    private volatile boolean closing;

    LmdbStore(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        env = Env.open(directory.resolve("queue.lmdb"), Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOTLS).mapSize(64L << 30).maxDbs(4));
        var opened = new CompletableFuture<Void>();
        Thread.ofPlatform().start(() -> {
            try (Txn txn = env.beginWrite()) {
                messages = txn.open("messages", Lmdb.CREATE);
                due = txn.open("due", Lmdb.CREATE);
                try (var cursor = txn.cursor(messages)) {
                    sequence.set(cursor.last() ? ByteBuffer.wrap(cursor.key()).getLong() + 1 : 1);
                }
                txn.commit();
                opened.complete(null);
            } catch (RuntimeException e) {
                opened.completeExceptionally(e);
            }
        });
        opened.join();
        writer.start();
    }

    Key commit(byte[] content) throws Exception {
        var key = new Key(ByteBuffer.allocate(8).putLong(sequence.getAndIncrement()).array());
        byte[] value = new byte[200 + content.length];
        System.arraycopy(content, 0, value, 200, content.length);
        var op = new Op(key, value, new CompletableFuture<>());
        queue.add(op);
        op.done.get();
        return key;
    }

    void remove(Key key) {
        queue.add(new Op(key, null, null));
    }

    private static byte[] dueKey(Key key) {
        return ByteBuffer.allocate(16).putLong(0).put(key.bytes).array();
    }

    private void write() {
        List<Op> group = new ArrayList<>();
        try {
            while (!closing || !queue.isEmpty()) {
                Op first = queue.poll(50, java.util.concurrent.TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                group.add(first);
                queue.drainTo(group, GROUP - 1);
                try (Txn txn = env.beginWrite()) {
                    for (Op op : group) {
                        if (op.value != null) {
                            txn.put(messages, op.key.bytes, op.value);
                            txn.put(due, dueKey(op.key), new byte[0]);
                        } else {
                            txn.delete(messages, op.key.bytes);
                            txn.delete(due, dueKey(op.key));
                        }
                    }
                    txn.commit();
                }
                for (Op op : group) {
                    if (op.done != null) {
                        op.done.complete(null);
                    }
                }
                group.clear();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } catch (RuntimeException e) {
            group.forEach(op -> {
                if (op.done != null) {
                    op.done.completeExceptionally(e);
                }
            });
            throw e;
        }
    }

    /** Walks over the index by due time, as a queue manager's first scan would. */
    long readIndex() {
        try (Txn txn = env.beginRead()) {
            return txn.entries(due);
        }
    }

    long[] readable() {
        long[] counts = new long[2];
        try (Txn txn = env.beginRead(); var cursor = txn.cursor(messages)) {
            boolean more = cursor.first();
            while (more) {
                counts[cursor.value().length >= 200 ? 0 : 1]++;
                more = cursor.next();
            }
        } catch (RuntimeException e) {
            counts[1] = -1;
        }
        return counts;
    }

    @Override
    public void close() throws InterruptedException {
        closing = true;
        writer.join();
        env.close();
    }
}
