// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * The child process of the crash contracts: commits, updates and removes under load until it is done or killed, and writes a mark for each promise it got.
 *
 * <p>Arguments: class of the {@link StoreUnderTest}, directory, file of marks, seed, rounds (each opens and closes the store), messages per round and producer
 * (0: until killed). It takes over the messages it finds.
 */
public final class LoadDriver {

    private static final int PRODUCERS = 8;
    private static final int LIVE = 25;

    private static final class Live {
        final QueueId id;
        long update;

        Live(QueueId id, long update) {
            this.id = id;
            this.update = update;
        }
    }

    private final QueueStore store;
    private final OutputStream marks;
    private final long seed;

    private LoadDriver(QueueStore store, OutputStream marks, long seed) {
        this.store = store;
        this.marks = marks;
        this.seed = seed;
    }

    public static void main(String[] args) throws Exception {
        var under = (StoreUnderTest) Class.forName(args[0]).getConstructor().newInstance();
        Path directory = Path.of(args[1]);
        long seed = Long.parseLong(args[3]);
        int rounds = Integer.parseInt(args[4]);
        int messages = Integer.parseInt(args[5]);
        try (var marks = new FileOutputStream(args[2], true)) {
            for (int round = 0; round < rounds; round++) {
                QueueStore store = under.open(directory);
                new LoadDriver(store, marks, seed * 1000 + round).run(messages == 0 ? Integer.MAX_VALUE : messages);
                under.close(store);
            }
        }
    }

    private void run(int messages) throws Exception {
        var found = new ArrayList<List<Live>>();
        for (int i = 0; i < PRODUCERS; i++) {
            found.add(new ArrayList<>());
        }
        var next = new int[1];
        store.list(m -> found.get(next[0]++ % PRODUCERS).add(new Live(m.id(), Cargo.updateOf(m))));
        System.out.println("ready");
        System.out.flush();
        var threads = new ArrayList<Thread>();
        var failure = new java.util.concurrent.atomic.AtomicReference<Throwable>();
        for (int i = 0; i < PRODUCERS; i++) {
            int producer = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    produce(producer, messages, found.get(producer));
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get());
        }
    }

    private void produce(int producer, int messages, List<Live> live) throws Exception {
        var random = new SplittableRandom(seed * PRODUCERS + producer);
        for (int n = 0; n < messages; n++) {
            if (live.size() < LIVE) {
                live.add(commit((seed * PRODUCERS + producer) << 24 | n));
            } else {
                change(live, random);
            }
        }
    }

    private Live commit(long key) throws QueueException, IOException {
        byte[] body = Cargo.body(key);
        try (Draft draft = store.create()) {
            for (int at = 0; at < body.length; at += 16_384) {
                draft.write(body, at, Math.min(16_384, body.length - at));
            }
            StoredMessage m = draft.commit(Cargo.envelope(key), Instant.now(), false);
            mark("A " + m.id() + " " + String.format("%016x", key));
            return new Live(m.id(), 0);
        }
    }

    private void change(List<Live> live, SplittableRandom random) throws Exception {
        int at = random.nextInt(live.size());
        Live one = live.get(at);
        int luck = random.nextInt(10);
        if (luck < 6) {
            live.remove(at);
            mark("r " + one.id);
            CompletionStage<Void> done = store.update(one.id, MessageUpdate.of(new Disposition.Remove()));
            if (luck < 2) {
                await(done);
                mark("R " + one.id);
            }
        } else {
            long n = ++one.update;
            mark("u " + one.id + " " + n);
            Disposition disposition = luck < 8 ? new Disposition.Keep() : new Disposition.Defer(Instant.ofEpochSecond(2_000_000_000L + n));
            CompletionStage<Void> done = store.update(one.id, new MessageUpdate(Cargo.statesOf(n), disposition, false));
            if (luck % 2 == 0) {
                await(done);
                mark("U " + one.id + " " + n);
            }
        }
    }

    private static void await(CompletionStage<Void> done) throws Exception {
        done.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** One write each, so that the recorder sees whole lines and a kill leaves at most one unfinished. */
    private void mark(String line) throws IOException {
        byte[] bytes = Sample.bytes(line + "\n");
        synchronized (marks) {
            marks.write(bytes);
        }
    }
}
