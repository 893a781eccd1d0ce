// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * {@code postmap -d} for memcache tables: a key is removed at once. They cannot be built, and where there is a backup it is the backup that must be changed.
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
            if (!server.backup.isEmpty()) {
                throw new TableOpenException(spec.text() + ": has a backup; change " + server.backup + " instead");
            }
            change.apply(new Entries(spec, server));
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
            byte[] asked = server.keyFormat.expand(key, part -> part).getBytes(UTF_8);
            try {
                return Memcache.isKey(asked) && server.delete(asked);
            } catch (Trouble e) {
                throw new IOException("table " + spec.text() + ": delete error: " + e.getMessage(), e);
            }
        }
    }
}
