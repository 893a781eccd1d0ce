// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.function.Function;

/**
 * A small system file in parsed form, read again when its date or size changes.
 *
 * <p><b>Threads</b> any. <b>Errors</b> a file that cannot be read counts as empty: the callers' defaults apply (loopback name server, no host entries).
 *
 * @param <T> parsed form
 */
final class WatchedFile<T> {

    private record Stamp(FileTime date, long size) {
        static final Stamp NONE = new Stamp(FileTime.fromMillis(0), -1);
    }

    private record Known<T>(Stamp stamp, T value) {}

    private final Path file;
    private final Function<List<String>, T> parser;
    private volatile Known<T> known;

    WatchedFile(Path file, Function<List<String>, T> parser) {
        this.file = file;
        this.parser = parser;
    }

    T current() {
        Stamp now = stamp();
        Known<T> last = known;
        if (last == null || !last.stamp.equals(now)) {
            last = new Known<>(now, parser.apply(lines()));
            known = last;
        }
        return last.value;
    }

    private Stamp stamp() {
        try {
            return new Stamp(Files.getLastModifiedTime(file), Files.size(file));
        } catch (IOException _) {
            return Stamp.NONE;
        }
    }

    private List<String> lines() {
        try {
            // Latin-1 reads any byte; names outside ASCII cannot match a question anyway.
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return List.of();
        }
    }
}
