// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;

/**
 * {@link Tables} behind a leased reference: what a worker hands to its lists.
 *
 * <p>Handles opened here may be kept for as long as the worker lives. They follow the replacement of {@code lookup-core} itself: each lookup takes a lease, and asks the provider
 * of the moment for its own handle when that has changed.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> lookups; up to the lease's patience while nobody provides tables. <b>Errors</b> {@link Answer.Unavailable}. <b>Nulls</b> none.
 */
public final class LeasedTables implements Tables {

    private final Leased<Tables> tables;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock.
    /** With a list of the provider's. One that is seldom asked, or never again, must not keep one that has long been replaced. */
    private final Set<Handle> holders = Collections.newSetFromMap(new WeakHashMap<>());
    private Tables provider;

    public LeasedTables(Leased<Tables> tables) {
        this.tables = tables;
    }

    @Override
    public TableList open(String maps, String title) {
        return open(maps, title, Protection.NONE);
    }

    @Override
    public TableList open(String maps, String title, Protection protection) {
        return maps.isBlank() ? new Empty(maps) : new Handle(maps, title, protection);
    }

    @Override
    public String text(Path file) throws IOException {
        try {
            return tables.call(service -> service.text(file));
        } catch (UnavailableException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public List<String> check(String maps, String title) {
        return check(maps, title, Protection.NONE);
    }

    @Override
    public List<String> check(String maps, String title, Protection protection) {
        try {
            return tables.call(service -> service.check(maps, title, protection));
        } catch (UnavailableException e) {
            return List.of(title + ": " + e.getMessage());
        }
    }

    @Override
    public List<TableStatistics> statistics() {
        try {
            return tables.call(Tables::statistics);
        } catch (UnavailableException e) {
            // Nobody provides tables at this moment, so there are none to count.
            return List.of();
        }
    }

    private void opened(Handle handle, Opened list) {
        lock.lock();
        try {
            if (provider != list.by) {
                holders.forEach(each -> each.opened = null);
                holders.clear();
                provider = list.by;
            }
            handle.opened = list;
            holders.add(handle);
        } finally {
            lock.unlock();
        }
    }

    private record Empty(String text) implements TableList {
        @Override
        public Answer find(String key) {
            return Answer.NOT_FOUND;
        }

        @Override
        public Answer findExact(String key) {
            return Answer.NOT_FOUND;
        }

        @Override
        public boolean isEmpty() {
            return true;
        }
    }

    private record Opened(Tables by, TableList list) {}

    private final class Handle implements TableList {

        private final String maps;
        private final String title;
        private final Protection protection;
        private volatile Opened opened;

        Handle(String maps, String title, Protection protection) {
            this.maps = maps;
            this.title = title;
            this.protection = protection;
        }

        @Override
        public Answer find(String key) {
            try (Leased<Tables>.Lease lease = tables.acquire()) {
                return current(lease.service()).find(key);
            } catch (UnavailableException e) {
                return Answer.unavailable(title + ": " + e.getMessage());
            }
        }

        @Override
        public Answer findExact(String key) {
            try (Leased<Tables>.Lease lease = tables.acquire()) {
                return current(lease.service()).findExact(key);
            } catch (UnavailableException e) {
                return Answer.unavailable(title + ": " + e.getMessage());
            }
        }

        private TableList current(Tables service) {
            Opened now = opened;
            if (now == null || now.by != service) {
                now = new Opened(service, service.open(maps, title, protection));
                LeasedTables.this.opened(this, now);
            }
            return now.list;
        }

        @Override
        public boolean isEmpty() {
            return false;
        }

        @Override
        public String text() {
            return maps;
        }
    }
}
