// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.ostler.mail.config.FileStamp;
import org.slf4j.LoggerFactory;

/**
 * A small system file in parsed form, read again when it changes ({@link FileStamp}).
 *
 * <p><b>Threads</b> any. <b>Errors</b> a file that cannot be read counts as empty: the callers' defaults apply (loopback name server, no host entries).
 *
 * @param <T> parsed form
 */
final class WatchedFile<T> {

    private record Known<T>(FileStamp stamp, T value) {}

    private final Path file;
    private final Function<List<String>, T> parser;
    private volatile Known<T> known;

    WatchedFile(Path file, Function<List<String>, T> parser) {
        this.file = file;
        this.parser = parser;
    }

    T current() {
        FileStamp now = FileStamp.of(file);
        Known<T> last = known;
        if (last == null || !last.stamp.equals(now)) {
            last = read(now, last);
        }
        return last.value;
    }

    /** What could not be read for a moment (no file descriptors) is not taken for an empty file until it changes: it is read again at the next question. */
    private Known<T> read(FileStamp now, Known<T> last) {
        try {
            known = new Known<>(now, parser.apply(lines()));
            return known;
        } catch (IOException e) {
            LoggerFactory.getLogger(WatchedFile.class).debug("{}", file, e);
            return last != null ? last : new Known<>(now, parser.apply(List.of()));
        }
    }

    private List<String> lines() throws IOException {
        try {
            // Latin-1 reads any byte; names outside ASCII cannot match a question anyway.
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }
}
