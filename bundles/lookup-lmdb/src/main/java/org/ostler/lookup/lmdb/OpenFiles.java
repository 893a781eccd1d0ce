// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The files that are open, each once, with the number of tables that use it. <b>Threads</b> any. */
final class OpenFiles {

    private static final class Entry {
        final SharedFile file;
        int tables;

        Entry(SharedFile file) {
            this.file = file;
        }
    }

    private final Map<Path, Entry> open = new HashMap<>();

    synchronized SharedFile acquire(Path file) throws IOException {
        Path key = file.toAbsolutePath().normalize();
        Entry entry = open.get(key);
        if (entry == null) {
            entry = new Entry(new SharedFile(key));
            open.put(key, entry);
        }
        entry.tables++;
        return entry.file;
    }

    void release(Path file) throws IOException {
        SharedFile last = null;
        synchronized (this) {
            Path key = file.toAbsolutePath().normalize();
            Entry entry = open.get(key);
            if (--entry.tables == 0) {
                open.remove(key);
                last = entry.file;
            }
        }
        if (last != null) {
            last.close();
        }
    }
}
