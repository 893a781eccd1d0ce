// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a URL holds, brought into a file of ours within a time.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until it is there, or {@code whole} is over: on a thread of its own, since nothing ends the opening of a pipe into which nobody writes. <b>Errors</b> {@link IOException}, the URL in front.
 *
 * @param patience with the host, for each part
 * @param whole for all of it
 */
record Download(Duration patience, Duration whole) {

    static final Download USUAL = new Download(Duration.ofSeconds(20), Duration.ofMinutes(5));

    /** A device would fill the disk on which mail waits. */
    private static final int MOST_BYTES = 256 << 20;

    /**
     * @param location a URL, as Karaf knows them
     * @param file exists
     */
    void to(Path file, String location) throws IOException {
        URI uri = parsed(location);
        refuseSpecial(uri, location);
        var task = new FutureTask<Void>(() -> {
            copy(uri, file);
            return null;
        });
        Thread.ofPlatform().daemon().name("bundle from " + location).start(task);
        try {
            task.get(whole.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            task.cancel(true);
            throw new IOException(location + ": has not come whole within " + whole.toSeconds() + " seconds", e);
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException(location + ": interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException(location + ": " + e.getCause().getMessage(), e.getCause());
        }
    }

    private static URI parsed(String location) throws IOException {
        try {
            URI uri = URI.create(location);
            if (uri.isAbsolute()) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(location + " is neither a file nor a URL", e);
        }
        throw new IOException(location + " is neither a file nor a URL");
    }

    /** What is not there is left to the opening, which says why. */
    private static void refuseSpecial(URI uri, String location) throws IOException {
        if (!"file".equalsIgnoreCase(uri.getScheme())) {
            return;
        }
        try {
            Path file = Path.of(uri.isOpaque() ? uri.getSchemeSpecificPart() : uri.getPath());
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new IOException(location + " is no regular file");
            }
        } catch (InvalidPathException e) {
            throw new IOException(location + ": " + e.getReason(), e);
        }
    }

    private void copy(URI uri, Path file) throws IOException {
        // Not created: after the time is over it is gone, and stays so.
        try (InputStream in = open(uri); OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
            byte[] part = new byte[1 << 16];
            long left = MOST_BYTES;
            for (int length = in.read(part); length >= 0; length = in.read(part)) {
                left -= length;
                if (left < 0) {
                    throw new IOException("larger than " + MOST_BYTES + " bytes");
                }
                out.write(part, 0, length);
            }
        }
    }

    private InputStream open(URI uri) throws IOException {
        URLConnection connection = uri.toURL().openConnection();
        connection.setConnectTimeout((int) patience.toMillis());
        connection.setReadTimeout((int) patience.toMillis());
        return connection.getInputStream();
    }
}
