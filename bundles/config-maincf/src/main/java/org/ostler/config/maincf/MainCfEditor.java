// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Changes entries of a main.cf as {@code postconf -e}, {@code -#} and {@code -X} do: comments and order stay, a new entry goes to the end.
 *
 * <p>The file is written beside the old one, flushed and renamed over it, so a reader sees the old or the new content and nothing between. <b>Threads</b> callers serialise.
 * <b>Errors</b> {@link IOException}; the old file is then untouched.
 */
public final class MainCfEditor {

    private MainCfEditor() {}

    /**
     * Applies changes.
     *
     * @param changes by name: the new value, or nothing to remove the entry
     */
    public static void apply(Path file, Map<String, Optional<String>> changes) throws IOException {
        rewrite(file, edit(Files.readString(file), changes));
    }

    /** Turns entries into comments. */
    public static void comment(Path file, List<String> names) throws IOException {
        var out = new StringBuilder();
        for (Block block : blocks(Files.readString(file))) {
            if (block.name != null && names.contains(block.name)) {
                block.text.lines().forEach(line -> out.append(isComment(line) ? "" : "#").append(line).append('\n'));
            } else {
                out.append(block.text);
            }
        }
        rewrite(file, out.toString());
    }

    /** A logical entry with its physical text, or text between entries (name null). */
    private record Block(String name, String text) {}

    static String edit(String text, Map<String, Optional<String>> changes) {
        var left = new LinkedHashMap<>(changes);
        var out = new StringBuilder();
        for (Block block : blocks(text)) {
            if (block.name == null || !changes.containsKey(block.name)) {
                out.append(block.text);
                continue;
            }
            // The first entry takes the new value, further entries of the same name go: the last would win otherwise.
            Optional<String> value = left.remove(block.name);
            if (value != null) {
                value.ifPresent(v -> out.append(block.name).append(" = ").append(v).append('\n'));
            }
            block.text.lines().filter(MainCfEditor::isComment).forEach(line -> out.append(line).append('\n'));
        }
        if (!out.isEmpty() && out.charAt(out.length() - 1) != '\n') {
            out.append('\n');
        }
        left.forEach((name, value) -> value.ifPresent(v -> out.append(name).append(" = ").append(v).append('\n')));
        return out.toString();
    }

    private static List<Block> blocks(String text) {
        var blocks = new ArrayList<Block>();
        String name = null;
        var entry = new StringBuilder();
        // Comments inside an entry stay with it only when a continuation line follows; until then they wait here.
        var between = new StringBuilder();
        for (int at = 0, end; at < text.length(); at = end) {
            int newline = text.indexOf('\n', at);
            end = newline < 0 ? text.length() : newline + 1;
            String line = text.substring(at, end);
            if (isComment(line)) {
                between.append(line);
            } else if (Character.isWhitespace(line.charAt(0)) && name != null) {
                entry.append(between).append(line);
                between.setLength(0);
            } else {
                flush(blocks, name, entry, between);
                int equals = line.indexOf('=');
                name = equals < 0 ? "" : line.substring(0, equals).strip();
                entry.append(line);
            }
        }
        flush(blocks, name, entry, between);
        return blocks;
    }

    private static boolean isComment(String line) {
        return line.isBlank() || line.stripLeading().startsWith("#");
    }

    private static void flush(List<Block> blocks, String name, StringBuilder entry, StringBuilder between) {
        if (!entry.isEmpty()) {
            blocks.add(new Block(name, entry.toString()));
            entry.setLength(0);
        }
        if (!between.isEmpty()) {
            blocks.add(new Block(null, between.toString()));
            between.setLength(0);
        }
    }

    /** Puts {@code text} in the place of {@code file}, which exists: beside it, flushed, with its rights, then renamed over it. */
    public static void rewrite(Path file, String text) throws IOException {
        Path real = file.toRealPath();
        Path next = real.resolveSibling(real.getFileName() + ".tmp");
        try {
            Files.deleteIfExists(next);
            try (var channel = FileChannel.open(next, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            PosixFileAttributes old = Files.readAttributes(real, PosixFileAttributes.class);
            PosixFileAttributeView view = Files.getFileAttributeView(next, PosixFileAttributeView.class);
            if (!old.owner().equals(Files.getOwner(next))) {
                view.setOwner(old.owner());
                view.setGroup(old.group());
            }
            view.setPermissions(old.permissions());
            Files.move(next, real, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(next);
            throw e;
        }
        // The name, too, is on stable storage before anybody is told that it is done.
        try (var directory = FileChannel.open(real.getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
