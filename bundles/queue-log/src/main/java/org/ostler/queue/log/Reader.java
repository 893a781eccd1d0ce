// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

/**
 * Reads messages back from the log.
 *
 * <p><b>Threads</b> the methods that take an {@link Entry} run on {@link IoThreads}; contents may be opened by any thread. <b>Errors</b> {@link IOException} for trouble
 * with the disk, {@link DamagedException} where what was read is not what was written.
 */
final class Reader {

    /** The bytes on disk are not those that were written. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedException(String what) {
            super(what);
        }
    }

    private static final int FIRST_READ = 2048;

    private final Segments segments;
    private final Catalog catalog;
    private final Spool spool;
    private final IoThreads io;
    private final Disk disk;

    Reader(Segments segments, Catalog catalog, Spool spool, IoThreads io, Disk disk) {
        this.segments = segments;
        this.catalog = catalog;
        this.spool = spool;
        this.io = io;
        this.disk = disk;
    }

    /** Envelope and states of a message. @return null where the segment has gone since: look into the catalog again */
    Live read(Entry entry) throws IOException {
        byte[] bytes = readAt(entry.segment(), entry.offset(), Math.min(entry.length(), FIRST_READ));
        if (bytes != null && bytes.length >= Records.FRAME && Wire.intAt(bytes, 28) > bytes.length && Wire.intAt(bytes, 28) <= entry.length()) {
            bytes = readAt(entry.segment(), entry.offset(), Wire.intAt(bytes, 28));
        }
        if (bytes == null) {
            return null;
        }
        boolean mine = Records.lengthAt(bytes, 0, bytes.length) == entry.length() && Wire.longAt(bytes, 16) == entry.sequence();
        if (!mine || !new Records(segments.salt).isHeadValid(bytes, 0, bytes.length)) {
            throw new DamagedException(entry.id() + ": envelope is damaged");
        }
        Forms.Head head = head(bytes, entry);
        List<RecipientState> states = states(entry, head.envelope().recipients().size());
        if (states == null) {
            return null;
        }
        Content content = new Stored(entry.sequence(), head, entry.is(Index.SPOOLED));
        return new Live(entry.sequence(), entry.id(), head.envelope(), head.arrival(), content, states);
    }

    private static Forms.Head head(byte[] bytes, Entry entry) throws DamagedException {
        try {
            var in = new Wire(bytes);
            in.at = Records.FRAME;
            return Forms.takeHead(in);
        } catch (RuntimeException e) {
            throw new DamagedException(entry.id() + ": envelope cannot be read: " + e);
        }
    }

    private List<RecipientState> states(Entry entry, int recipients) throws IOException {
        if (entry.stateSegment() == 0) {
            return Collections.nCopies(recipients, RecipientState.FRESH);
        }
        byte[] bytes = readAt(entry.stateSegment(), entry.stateOffset(), entry.stateLength());
        if (bytes == null) {
            return null;
        }
        if (!new Records(segments.salt).isValid(bytes, 0, bytes.length, entry.stateSegment()) || Wire.longAt(bytes, 16) != entry.sequence()) {
            throw new DamagedException(entry.id() + ": recipient states are damaged");
        }
        var in = new Wire(bytes);
        in.at = Records.FRAME + 10;
        List<RecipientState> states;
        try {
            states = Forms.takeStates(in);
        } catch (RuntimeException e) {
            // One message that cannot be read must not end a scan over all others.
            throw new DamagedException(entry.id() + ": recipient states cannot be read: " + e);
        }
        if (states.size() != recipients) {
            throw new DamagedException(entry.id() + ": " + states.size() + " recipient states for " + recipients + " recipients");
        }
        return states;
    }

    /** @return null where the segment is gone */
    byte[] readAt(int number, int offset, int length) throws IOException {
        Segment segment = segments.get(number);
        if (segment == null || !segment.acquire()) {
            return null;
        }
        try {
            ByteBuffer into = ByteBuffer.allocate(length);
            int n = disk.read(segment.channel, into, offset);
            return n == length ? into.array() : java.util.Arrays.copyOf(into.array(), n);
        } finally {
            segment.release();
        }
    }

    /** The message as the contract has it. */
    static StoredMessage message(Entry entry, Live one) {
        return new StoredMessage(entry.id(), entry.queue(), one.envelope, one.states, one.arrival, Instant.ofEpochMilli(entry.due()), entry.is(Index.WARNED), one.content);
    }

    /** What is left of a damaged message: its envelope where that is whole, its content as it lies there. */
    StoredMessage damaged(Entry entry) throws IOException {
        byte[] bytes;
        try {
            bytes = readAt(entry.segment(), entry.offset(), entry.length());
        } catch (IOException e) {
            // The disk does not give it: it is listed all the same.
            bytes = null;
        }
        Envelope envelope = Envelope.of(Address.NULL, List.of());
        Instant arrival = Instant.ofEpochSecond(entry.micros() / 1_000_000);
        int from = Records.FRAME;
        if (bytes == null) {
            bytes = new byte[0];
        } else if (new Records(segments.salt).isHeadValid(bytes, 0, bytes.length)) {
            Forms.Head head = head(bytes, entry);
            envelope = head.envelope();
            arrival = head.arrival();
            from = Wire.intAt(bytes, 28);
        }
        List<RecipientState> states = Collections.nCopies(envelope.recipients().size(), RecipientState.FRESH);
        int start = Math.min(from, bytes.length);
        Content rest = new Content.InMemory(bytes, start, bytes.length - start);
        return new StoredMessage(entry.id(), entry.queue(), envelope, states, arrival, Instant.ofEpochMilli(entry.due()), entry.is(Index.WARNED), rest);
    }

    /** Content of a fresh message once memory was let go. */
    Content stored(long sequence, long micros, long length, int checksum, boolean spooled) {
        return new Stored(sequence, new Forms.Head(micros, Instant.EPOCH, length, checksum, null), spooled);
    }

    /** Content that is read when it is opened; where it stands is asked then, as the cleaner moves messages. */
    private final class Stored implements Content {
        private final long sequence;
        private final long micros;
        private final long length;
        private final int checksum;
        private final boolean spooled;

        Stored(long sequence, Forms.Head head, boolean spooled) {
            this.sequence = sequence;
            this.micros = head.micros();
            this.length = head.contentLength();
            this.checksum = head.contentChecksum();
            this.spooled = spooled;
        }

        @Override
        public long size() {
            return length;
        }

        @Override
        public InputStream open() throws IOException {
            return spooled ? spool.open(Ids.of(micros, sequence), length, checksum) : new ByteArrayInputStream(io.call(this::inline));
        }

        private byte[] inline() throws IOException {
            for (int attempt = 0; attempt < 100; attempt++) {
                Entry entry = catalog.find(sequence);
                if (entry == null) {
                    throw new IOException(Ids.of(micros, sequence) + " is no longer in the queue");
                }
                byte[] record = readAt(entry.segment(), entry.offset(), entry.length());
                if (record != null) {
                    return contentOf(record, entry);
                }
            }
            throw new IOException(Ids.of(micros, sequence) + " cannot be found in the log");
        }

        private byte[] contentOf(byte[] record, Entry entry) throws DamagedException {
            if (!new Records(segments.salt).isValid(record, 0, record.length, entry.segment()) || Wire.longAt(record, 16) != sequence) {
                catalog.damaged(entry);
                throw new DamagedException(entry.id() + ": message is damaged, set aside as corrupt");
            }
            int head = Wire.intAt(record, 28);
            return java.util.Arrays.copyOfRange(record, head, record.length);
        }
    }
}
