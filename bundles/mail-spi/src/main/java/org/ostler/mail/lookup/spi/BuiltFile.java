// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The file that postmap(1) builds from a source text and keeps beside it: {@code /etc/aliases.lmdb} of {@code lmdb:/etc/aliases}. What the types that have one would otherwise write again.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> on the disk. <b>Errors</b> {@link IOException}; {@link #cannotOpen} puts it into Postfix's words.
 *
 * @param spec   names the source text
 * @param suffix what the name of the built file has more, with its dot
 */
public record BuiltFile(TableSpec spec, String suffix) {

    private static final long RECENT = TimeUnit.SECONDS.toMillis(100);

    /** Writes the content, flushed to disk, into a file that is there and empty. */
    @FunctionalInterface
    public interface Content {
        void writeTo(Path fresh) throws TableOpenException, IOException;
    }

    public Path path() {
        return spec.configDirectory().resolve(name());
    }

    /** As an operator writes it, for messages. */
    public String name() {
        return spec.name() + suffix;
    }

    public TableOpenException cannotOpen(IOException e) {
        return new TableOpenException("open database " + name() + ": " + TableSource.reason(e), e);
    }

    /** Warns where somebody has edited the source and forgotten postmap; not while he may be in the middle of both. Never fails: a source that cannot be looked at takes nothing from the table that is built. */
    public void warnIfOld() {
        try {
            long source = Files.getLastModifiedTime(spec.file()).toMillis();
            if (source > Files.getLastModifiedTime(path()).toMillis() && source < System.currentTimeMillis() - RECENT) {
                spec.remark("database " + name() + " is older than source file " + spec.name());
            }
        } catch (NoSuchFileException e) {
            // The source need not be kept.
            return;
        } catch (IOException e) {
            spec.remark("database " + name() + " may be older than source file " + spec.name() + ": " + TableSource.reason(e));
        }
    }

    /**
     * Makes the file, or takes the place of the one that is there: under another name until it is complete, then renamed. When this returns the new file lasts; on an exception nothing has happened.
     *
     * @param permissions of a file that was not there, nine bits; another keeps its own
     */
    public void replace(int permissions, Content content) throws TableOpenException, IOException {
        Path file = path();
        Path fresh = fresh(file);
        try {
            content.writeTo(fresh);
            Files.setPosixFilePermissions(fresh, Files.exists(file) ? Files.getPosixFilePermissions(file) : set(permissions));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel directory = FileChannel.open(fresh.getParent(), StandardOpenOption.READ)) {
                directory.force(true);
            }
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** Nobody else's until it has its permissions. */
    private Path fresh(Path file) throws TableOpenException {
        try {
            return Files.createTempFile(file.toAbsolutePath().getParent(), file.getFileName() + ".", ".tmp", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (IOException e) {
            throw cannotOpen(e);
        }
    }

    private static Set<PosixFilePermission> set(int mode) {
        var text = new StringBuilder();
        for (int bit = 8; bit >= 0; bit--) {
            text.append((mode >> bit & 1) == 0 ? '-' : "xwr".charAt(bit % 3));
        }
        return PosixFilePermissions.fromString(text.toString());
    }
}
