// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A disk as a power cut may leave it: what was flushed is there; of the rest each piece is kept, dropped, kept in part or torn into sectors.
 *
 * <p>Content becomes durable by a flush of the file, for writes done before the flush began; names by a flush of their directory. Unflushed names survive as a prefix of
 * the order in which they were made (file systems journal them in order), unflushed writes in any combination. Stricter than ext4, where a flush of a new file
 * makes its name durable too.
 */
final class CutDisk {

    /** What may happen to one unflushed write. */
    enum Fate { DROPPED, KEPT, PREFIX, TORN }

    private static final int SECTOR = 512;

    private record Change(int number, long offset, int start, int length, boolean truncate) {}

    private static final class Inode {
        byte[] image = new byte[0];
        int size;
        final List<Change> pending = new ArrayList<>();

        Inode copy() {
            var copy = new Inode();
            copy.image = Arrays.copyOf(image, size);
            copy.size = size;
            return copy;
        }
    }

    private record Name(int number, char type, String path, String target, Inode inode) {
        String directory() {
            return path.substring(0, path.lastIndexOf('/'));
        }
    }

    private final Recording recording;
    private final byte[] data;
    private final Map<Long, Inode> inodes = new HashMap<>();
    /** At which event each flush in progress began: it covers what was done before. */
    private final Map<Long, Integer> flushes = new HashMap<>();
    private final Map<String, Inode> durable = new TreeMap<>();
    private final List<Name> unflushed = new ArrayList<>();
    private int at;

    CutDisk(Recording recording) {
        this.recording = recording;
        this.data = recording.bytes();
    }

    /** Plays events up to, not including, {@code end}. */
    void advance(int end) {
        for (; at < end; at++) {
            play(recording.events.get(at));
        }
    }

    private void play(Recording.Event e) {
        switch (e.type()) {
            case 'C' -> {
                var inode = new Inode();
                inodes.put(e.inode(), inode);
                unflushed.add(new Name(at, 'C', recording.text(e), "", inode));
            }
            case 'M', 'U' -> unflushed.add(new Name(at, e.type(), recording.text(e), "", null));
            case 'R' -> unflushed.add(new Name(at, 'R', recording.text(e), recording.secondText(e), null));
            case 'W' -> inodes.get(e.inode()).pending.add(new Change(at, e.offset(), e.start(), e.length(), false));
            case 'T' -> inodes.get(e.inode()).pending.add(new Change(at, e.offset(), 0, 0, true));
            case 'B', 'b' -> flushes.put(e.offset(), at);
            case 'E' -> flushFile(inodes.get(e.inode()), flushes.remove(e.offset()));
            case 'e' -> flushDirectory(recording.text(e), flushes.remove(e.offset()));
            case 'K' -> { }
            default -> throw new IllegalArgumentException("event " + e);
        }
    }

    private void flushFile(Inode inode, int began) {
        for (Change change : inode.pending) {
            if (change.number < began) {
                apply(inode, change, 0, change.length);
            }
        }
        inode.pending.removeIf(change -> change.number < began);
    }

    private void flushDirectory(String directory, int began) {
        for (Name name : unflushed) {
            if (name.number < began && name.directory().equals(directory)) {
                applyName(durable, name);
            }
        }
        unflushed.removeIf(name -> name.number < began && name.directory().equals(directory));
    }

    private static void applyName(Map<String, Inode> names, Name name) {
        switch (name.type) {
            case 'C' -> names.put(name.path, name.inode);
            case 'M' -> names.put(name.path, null);
            case 'U' -> names.remove(name.path);
            default -> {
                if (names.containsKey(name.path)) {
                    names.put(name.target, names.remove(name.path));
                }
            }
        }
    }

    private void apply(Inode inode, Change change, int from, int to) {
        if (change.truncate) {
            if (change.offset > inode.image.length) {
                inode.image = Arrays.copyOf(inode.image, (int) change.offset);
            }
            if (change.offset < inode.size) {
                Arrays.fill(inode.image, (int) change.offset, inode.size, (byte) 0);
            }
            inode.size = (int) change.offset;
            return;
        }
        int end = (int) change.offset + to;
        if (end > inode.image.length) {
            inode.image = Arrays.copyOf(inode.image, Math.max(end, inode.image.length * 2));
        }
        System.arraycopy(data, change.start + from, inode.image, (int) change.offset + from, to - from);
        inode.size = Math.max(inode.size, end);
    }

    /** Writes the disk as it may look after a cut now into {@code target}. */
    void writeTo(Path source, Path target, SplittableRandom random) throws IOException {
        int mood = random.nextInt(5);
        var names = new TreeMap<>(durable);
        int keptNames = switch (mood) {
            case 0 -> 0;
            case 1 -> unflushed.size();
            default -> random.nextInt(unflushed.size() + 1);
        };
        unflushed.subList(0, keptNames).forEach(name -> applyName(names, name));
        Files.createDirectories(target);
        String prefix = source.toString();
        for (Map.Entry<String, Inode> one : names.entrySet()) {
            Path path = Path.of(target + one.getKey().substring(prefix.length()));
            if (one.getValue() == null) {
                Files.createDirectories(path);
            } else if (Files.isDirectory(path.getParent())) {
                Inode left = afterCut(one.getValue(), mood, random);
                try (var out = Files.newOutputStream(path)) {
                    out.write(left.image, 0, left.size);
                }
            }
        }
    }

    private Inode afterCut(Inode inode, int mood, SplittableRandom random) {
        Inode left = inode.copy();
        for (Change change : inode.pending) {
            Fate fate = switch (mood) {
                case 0 -> Fate.DROPPED;
                case 1 -> Fate.KEPT;
                default -> Fate.values()[random.nextInt(4)];
            };
            switch (fate) {
                case DROPPED -> { }
                case KEPT -> apply(left, change, 0, change.length);
                case PREFIX -> apply(left, change, 0, random.nextInt(change.length + 1));
                case TORN -> tear(left, change, random);
            }
        }
        return left;
    }

    private void tear(Inode left, Change change, SplittableRandom random) {
        if (change.truncate) {
            return;
        }
        int from = 0;
        while (from < change.length) {
            int to = Math.min(change.length, from + SECTOR - (int) ((change.offset + from) % SECTOR));
            if (random.nextBoolean()) {
                apply(left, change, from, to);
            }
            from = to;
        }
    }
}
