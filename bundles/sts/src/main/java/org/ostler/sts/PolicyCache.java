// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Policies that were fetched, by domain, until their time is over; in memory, and in a file that a restart finds again.
 *
 * <p>The file is lines of text, the least recently used policy first, between {@code ostler-sts 1} and {@code end COUNT CRC32}:
 * <pre>
 *   domain TAB fetched TAB used TAB id TAB line of the policy TAB line ...      (times in seconds since 1970)
 * </pre>
 * It is written whole, next to its name, forced to the disk, and renamed: there is always a complete one.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #load} and {@link #save} only. <b>Bounds</b> as many policies as the caller says, {@value #MOST_CHARACTERS} characters in all, of which the largest policies go first:
 * nobody drives out the policies of others with huge ones of his own.
 */
final class PolicyCache {

    /**
     * @param id      of the record under which it was fetched
     * @param fetched when it began to hold
     * @param used    when it was last asked for, to the day
     */
    record Entry(String domain, String id, StsPolicy policy, Instant fetched, Instant used) {

        boolean isOver(Instant now) {
            return now.isAfter(expires());
        }

        Instant expires() {
            return fetched.plus(policy.maxAge());
        }

        /** When to fetch it again. */
        Instant due(Duration interval) {
            Duration half = policy.maxAge().dividedBy(2);
            return fetched.plus(half.compareTo(interval) < 0 ? half : interval);
        }

        private long weight() {
            return domain.length() + policy.lines().stream().mapToLong(String::length).sum();
        }
    }

    static final long MOST_CHARACTERS = 16L << 20;
    private static final String HEAD = "ostler-sts 1";
    private static final String END = "end ";
    /** Of an entry that is written: domain, times, id. */
    private static final int FIELDS = 4;

    /** Least recently used first. */
    private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long characters;
    private boolean changed;

    /** The policy of a domain; one whose time is over is forgotten. */
    synchronized Optional<Entry> get(String domain, Instant now) {
        Entry entry = entries.get(domain);
        if (entry == null) {
            return Optional.empty();
        }
        if (entry.isOver(now)) {
            remove(domain);
            return Optional.empty();
        }
        if (entry.used.plus(Duration.ofDays(1)).isBefore(now)) {
            entry = new Entry(domain, entry.id, entry.policy, entry.fetched, now);
            entries.put(domain, entry);
            changed = true;
        }
        return Optional.of(entry);
    }

    synchronized void put(Entry entry, int most) {
        remove(entry.domain);
        entries.put(entry.domain, entry);
        characters += entry.weight();
        changed = true;
        shrink(most);
    }

    private void remove(String domain) {
        Entry before = entries.remove(domain);
        if (before != null) {
            characters -= before.weight();
            changed = true;
        }
    }

    private void shrink(int most) {
        while (entries.size() > most) {
            remove(entries.firstEntry().getKey());
        }
        while (characters > MOST_CHARACTERS) {
            remove(entries.values().stream().max(Comparator.comparingLong(Entry::weight)).orElseThrow().domain);
        }
    }

    /** Those that are in use and should be fetched again, the oldest first; what is over is dropped. */
    synchronized List<Entry> due(Instant now, Duration interval, Duration inUse) {
        var due = new ArrayList<Entry>();
        for (Iterator<Map.Entry<String, Entry>> each = entries.entrySet().iterator(); each.hasNext();) {
            Entry entry = each.next().getValue();
            if (entry.isOver(now)) {
                each.remove();
                characters -= entry.weight();
                changed = true;
            } else if (!now.isBefore(entry.due(interval)) && entry.used.plus(inUse).isAfter(now)) {
                due.add(entry);
            }
        }
        due.sort(Comparator.comparing(Entry::fetched));
        return due;
    }

    synchronized int size() {
        return entries.size();
    }

    synchronized boolean isChanged() {
        return changed;
    }

    /**
     * Adds what a file holds; no file is an empty one.
     *
     * @param now policies from the future, of a clock that went wrong, count from now
     * @throws IOException it cannot be read, or is not what {@link #save} wrote; nothing was added
     */
    void load(Path file, Instant now, int most) throws IOException {
        List<Entry> read;
        try {
            if (Files.size(file) > 2 * MOST_CHARACTERS) {
                throw new IOException("larger than any file that was written here");
            }
            read = parse(Files.readAllBytes(file), now);
        } catch (NoSuchFileException _) {
            return;
        }
        synchronized (this) {
            read.stream().filter(entry -> !entry.isOver(now) && !entries.containsKey(entry.domain)).forEach(entry -> put(entry, most));
            changed = false;
        }
    }

    private static List<Entry> parse(byte[] bytes, Instant now) throws IOException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int last = text.lastIndexOf('\n', text.length() - 2) + 1;
        String[] lines = text.substring(0, last).split("\n");
        if (!lines[0].equals(HEAD)) {
            throw new IOException("unknown format \"" + lines[0].substring(0, Math.min(40, lines[0].length())) + "\"");
        }
        if (!text.substring(last).equals(END + (lines.length - 1) + " " + checksum(text.substring(0, last)) + "\n")) {
            throw new IOException("the last line does not match the rest");
        }
        var read = new ArrayList<Entry>();
        for (String line : Arrays.asList(lines).subList(1, lines.length)) {
            String[] field = line.split("\t");
            try {
                Instant fetched = Instant.ofEpochSecond(Long.parseLong(field[1]));
                Instant used = Instant.ofEpochSecond(Long.parseLong(field[2]));
                StsPolicy policy = StsPolicy.parse(Arrays.asList(field).subList(FIELDS, field.length));
                read.add(new Entry(field[0], field[3], policy, fetched.isAfter(now) ? now : fetched, used.isAfter(now) ? now : used));
            } catch (RuntimeException | StsPolicy.InvalidException e) {
                throw new IOException("bad line for " + field[0] + ": " + e.getMessage(), e);
            }
        }
        return read;
    }

    /** Writes the file anew where something has changed since the last time. */
    void save(Path file) throws IOException {
        var out = new StringBuilder(HEAD).append('\n');
        synchronized (this) {
            if (!changed) {
                return;
            }
            for (Entry entry : entries.values()) {
                out.append(entry.domain).append('\t').append(entry.fetched.getEpochSecond()).append('\t').append(entry.used.getEpochSecond()).append('\t').append(entry.id);
                entry.policy.lines().forEach(line -> out.append('\t').append(line.replace('\t', ' ')));
                out.append('\n');
            }
            String sum = checksum(out.toString());
            out.append(END).append(entries.size()).append(' ').append(sum).append('\n');
            changed = false;
        }
        try {
            write(file, out.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            synchronized (this) {
                changed = true;
            }
            throw e;
        }
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (var channel = java.nio.channels.FileChannel.open(fresh, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.TRUNCATE_EXISTING,
                java.nio.file.StandardOpenOption.WRITE)) {
            var rest = java.nio.ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
        Files.move(fresh, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private static String checksum(String text) {
        var crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
