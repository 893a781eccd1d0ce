// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.List;

/**
 * What tells that a file or directory has changed: its date, its size, and which file it is, for one that is put in its place by a rename may have kept both.
 *
 * <p><b>Threads</b> any; immutable. <b>Blocking</b> one question to the file system each.
 *
 * @param date of the last change of its content
 * @param size in bytes; -1: it is not there, or cannot be asked for
 * @param key  of the file system; null where it has none
 */
public record FileStamp(FileTime date, long size, Object key) {

    /** Of no file at all. */
    public static final FileStamp NONE = new FileStamp(FileTime.fromMillis(0), -1, null);

    public static List<FileStamp> of(Collection<Path> files) {
        return files.stream().map(FileStamp::of).toList();
    }

    /** A missing one has a stamp too, {@link #NONE}: reading it will say why. */
    public static FileStamp of(Path file) {
        try {
            return read(file);
        } catch (IOException _) {
            return NONE;
        }
    }

    /** @throws IOException it is not there, or cannot be asked for */
    public static FileStamp read(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileStamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }
}
