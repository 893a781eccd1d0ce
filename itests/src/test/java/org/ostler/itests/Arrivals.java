// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/** Where the mail of a load arrives: in the Maildir of the container's instance, and at the next host. */
final class Arrivals {

    private static final String ID = "X-Test-Id: ";

    private Arrivals() {}

    static void assertAll(Set<String> accepted, MailSink sink, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        var read = new HashSet<Path>();
        var missing = new TreeSet<>(accepted);
        do {
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            missing.removeAll(sink.ids());
            missing.removeAll(inMaildir(read));
        } while (!missing.isEmpty() && System.nanoTime() < deadline);
        assertEquals("accepted but not arrived", Set.of(), missing);
    }

    /** @param read files that need not be read again */
    static Set<String> inMaildir(Set<Path> read) throws IOException {
        var ids = new TreeSet<String>();
        Path arrived = maildir();
        if (!Files.isDirectory(arrived)) {
            return ids;
        }
        try (var files = Files.newDirectoryStream(arrived)) {
            for (Path file : files) {
                if (read.add(file)) {
                    Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream().filter(line -> line.startsWith(ID)).forEach(line -> ids.add(line.substring(ID.length())));
                }
            }
        }
        return ids;
    }

    /** Takes away what has arrived, when everything has: after some minutes of steady mail whoever comes next would have a hundred thousand files to read. */
    static void clear() throws IOException {
        try (var files = Files.newDirectoryStream(maildir())) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static Path maildir() {
        return Path.of(System.getProperty("ostler.config_directory")).resolveSibling("mail/you/new");
    }
}
