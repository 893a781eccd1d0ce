// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;
import org.ostler.mail.log.MailLog;

/**
 * Waits for something to happen in a directory; where the system has no watch left for it, for some time to pass.
 *
 * <p><b>Threads</b> one, but for {@link #close}. <b>Blocking</b> {@link #await} only. <b>Errors</b> a closed one throws {@link java.nio.file.ClosedWatchServiceException}.
 */
final class Watching implements AutoCloseable {

    /** How a watch is had; the number of them is limited by user. */
    @FunctionalInterface
    interface Watches {
        WatchService open(Path directory) throws IOException;
    }

    static final Watches SYSTEM = directory -> directory.getFileSystem().newWatchService();

    private final MailLog log;
    private final Watches watches;
    private boolean told;
    private volatile WatchService service;

    Watching(MailLog log, Watches watches) {
        this.log = log;
        this.watches = watches;
    }

    /** @return this, to be closed and begun again when {@link #await} says so */
    Watching begin(Path directory) throws IOException {
        WatchService made = null;
        try {
            made = watches.open(directory);
            directory.register(made, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            told = false;
        } catch (IOException e) {
            if (made != null) {
                made.close();
                made = null;
            }
            if (!told) {
                told = true;
                log.warning("maildrop cannot be watched: " + e.getMessage() + "; looked into every minute");
            }
        }
        service = made;
        return this;
    }

    /** @return false where it has to be begun anew */
    boolean await(long seconds) throws InterruptedException {
        WatchService now = service;
        if (now == null) {
            Thread.sleep(TimeUnit.SECONDS.toMillis(seconds));
            return false;
        }
        WatchKey key = now.poll(seconds, TimeUnit.SECONDS);
        if (key == null) {
            return true;
        }
        key.pollEvents();
        return key.reset();
    }

    @Override
    public void close() throws IOException {
        WatchService now = service;
        if (now != null) {
            now.close();
        }
    }
}
