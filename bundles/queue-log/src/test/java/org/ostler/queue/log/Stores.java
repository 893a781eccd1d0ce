// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;

/** What the tests of this bundle do to stores and their files. */
final class Stores {

    static final Envelope ENVELOPE = Envelope.of(Address.of("a@example.org"), List.of(Recipient.of(Address.of("b@example.org"))));
    /** One segment takes all that a small test writes, and nothing is tidied up behind its back but what is dead. */
    static final Options PLAIN = Options.DEFAULT.withSegmentBytes(1 << 20).withHintAge(Duration.ofDays(1));

    private Stores() {}

    static StoredMessage commit(QueueStore store, byte[] body) throws QueueException {
        try (Draft draft = store.create()) {
            draft.write(body, 0, body.length);
            return draft.commit(ENVELOPE, Instant.now(), false);
        }
    }

    static StoredMessage commit(QueueStore store, String body) throws QueueException {
        return commit(store, body.getBytes(StandardCharsets.ISO_8859_1));
    }

    static void update(QueueStore store, QueueId id, Disposition disposition) throws Exception {
        store.update(id, MessageUpdate.of(disposition)).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    static List<String> bodies(QueueStore store) throws QueueException {
        var bodies = new ArrayList<String>();
        store.list(m -> bodies.add(body(m)));
        return bodies;
    }

    static String body(StoredMessage m) {
        try (var in = m.content().open()) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "unreadable: " + e.getMessage();
        }
    }

    /** The directory as a crash at this moment would leave it, page cache included. */
    static Path crash(Path directory, Path target) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                Path copy = target.resolve(directory.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        return target;
    }

    static List<Path> segments(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(f -> f.toString().endsWith(".log")).sorted().toList();
        }
    }

    /** The segment that contains these bytes. */
    static Path segmentWith(Path directory, String text) throws IOException {
        for (Path segment : segments(directory)) {
            if (indexOf(segment, text) >= 0) {
                return segment;
            }
        }
        throw new AssertionError("no segment contains " + text);
    }

    static int indexOf(Path file, String text) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1).indexOf(text);
    }

    static void overwrite(Path file, long at, String text) throws IOException {
        try (var raf = new RandomAccessFile(file.toFile(), "rw")) {
            raf.seek(at);
            raf.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    /** Waits, at most half a minute, for what the housekeeper does in its own time. */
    static void until(String what, BooleanSupplier reached) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not reached: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
