// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A log file, appended to. Looks before each batch whether the file was moved or removed and then opens a new one, so that any rotation works.
 */
final class FileTarget implements LogTarget {

    private final Path file;
    private final Set<PosixFilePermission> permissions;
    private FileChannel channel;
    private Object key;

    FileTarget(Path file, int mode) {
        this.file = file;
        this.permissions = permissions(mode);
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        var all = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] order = {PosixFilePermission.OTHERS_EXECUTE, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_READ,
            PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_READ,
            PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_READ};
        for (int bit = 0; bit < order.length; bit++) {
            if ((mode >> bit & 1) != 0) {
                all.add(order[bit]);
            }
        }
        return all;
    }

    @Override
    public void write(List<Line> lines) throws IOException {
        reopenIfMoved();
        var text = new StringBuilder(lines.size() * 160);
        for (Line line : lines) {
            text.append(line.time()).append(' ').append(line.text()).append('\n');
        }
        ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void reopenIfMoved() throws IOException {
        if (channel != null) {
            Object found = keyOf(file);
            if (found != null && found.equals(key)) {
                return;
            }
        }
        close();
        if (file.getParent() != null && !Files.isDirectory(file.getParent())) {
            Files.createDirectories(file.getParent());
        }
        channel = FileChannel.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND), PosixFilePermissions.asFileAttribute(permissions));
        key = keyOf(file);
    }

    private static Object keyOf(Path file) throws IOException {
        try {
            return Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public void close() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                System.err.println("closing " + file + ": " + e.getMessage());
            }
            channel = null;
        }
    }
}
