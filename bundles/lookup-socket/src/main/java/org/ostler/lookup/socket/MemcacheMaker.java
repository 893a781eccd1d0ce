// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import java.io.IOException;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * {@code postmap -d} for memcache tables: a key is removed at once. They cannot be built. Where there is a backup, {@code postmap} changes that first; a server that cannot be reached is then a warning, as
 * in Postfix: what it remembers is forgotten after {@code ttl} seconds.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as the table's parameters say. A change is not one step here: each key goes by itself.
 */
@Component(name = "table-maker-memcache", service = TableMaker.class)
@TableType("memcache")
public final class MemcacheMaker implements TableMaker {

    @Override
    public void change(TableSpec spec, Options options, Change change) throws TableOpenException, IOException {
        if (options.rebuild()) {
            throw new TableOpenException("unsupported dictionary type: memcache does not support bulk-mode creation.");
        }
        try (var server = new Memcache(spec)) {
            change.apply(new Entries(spec, server));
        }
    }

    @Override
    public Optional<String> behind(TableSpec spec) throws TableOpenException {
        try (var server = new Memcache(spec)) {
            return server.backup.isEmpty() ? Optional.empty() : Optional.of(server.backup);
        }
    }

    private record Entries(TableSpec spec, Memcache server) implements Writer {

        @Override
        public boolean put(String key, String value, boolean replace) throws IOException {
            throw new IOException("unsupported dictionary type: memcache does not support bulk-mode creation.");
        }

        @Override
        public boolean delete(String key) throws IOException {
            if (server.templates.withoutAsking(key).isPresent()) {
                return false;
            }
            byte[] asked = server.key(key);
            try {
                return Memcache.isKey(asked) && !Memcache.isTooLong(asked) && server.delete(asked);
            } catch (Trouble e) {
                if (!server.backup.isEmpty()) {
                    spec.warnings().accept(server.warning(spec, e));
                    return false;
                }
                throw new IOException("table " + spec.text() + ": delete error: " + e.getMessage(), e);
            }
        }
    }
}
