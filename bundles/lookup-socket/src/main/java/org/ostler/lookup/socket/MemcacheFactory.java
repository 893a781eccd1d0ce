// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/**
 * {@code memcache:/file.cf} or {@code memcache:name}: a memcache server, with another table behind it where {@code backup} names one (memcache_table(5)).
 *
 * <h2>Description</h2>
 * A key that the server does not know is looked up in the backup, and what is found there is stored in the server for {@code ttl} seconds. A server that fails costs a warning where there is a backup; where
 * there is none the table is unavailable. With a backup the server gets half of the time that is left at most, and is left alone for a while when it did not answer in that time: a cache that hangs must
 * not take the time that the backup needs.
 *
 * <h2>Diagnostics</h2>
 * {@code connect to HOST:PORT: REASON}; {@code NAME: unexpected memcache server reply: TEXT}; {@code database memcache:NAME: I/O error: REASON}.
 *
 * <h2>Bugs</h2>
 * Whoever reaches the server can write into it: as in Postfix refused for what is security-sensitive.
 */
@Component(name = "table-memcache", service = TableFactory.class)
@TableType("memcache")
public final class MemcacheFactory implements TableFactory {

    private record MemcacheTable(TableSpec spec, Memcache server, Optional<TableList> backup) implements Table {

        @Override
        public Answer find(String key) {
            Optional<Answer> early = server.templates.withoutAsking(key);
            if (early.isPresent()) {
                return early.get();
            }
            long end = System.nanoTime() + spec.lookupTimeout().toNanos();
            byte[] asked = server.key(key);
            boolean possible = Memcache.isKey(asked);
            Answer cached = !possible ? Answer.NOT_FOUND : Memcache.isTooLong(asked) ? tooLong(key) : cached(key, asked, end);
            if (cached instanceof Answer.Found || backup.isEmpty()) {
                return cached;
            }
            if (Thread.currentThread().isInterrupted()) {
                // Nobody waits any more; the backup would fail at once, and its warning would put the blame on it.
                return Answer.unavailable("interrupted");
            }
            Answer kept = backup.get().find(key);
            if (kept instanceof Answer.Found(String value) && possible && cached instanceof Answer.NotFound) {
                remember(asked, value, end);
            }
            return kept;
        }

        /** The server would refuse it. That says nothing of the key, which the backup may know. */
        private Answer tooLong(String key) {
            String reason = "key longer than " + Memcache.LONGEST_KEY + " bytes";
            if (backup.isEmpty()) {
                spec.warnings().accept("table " + spec.text() + ": key " + TcpFactory.printable(key) + ": " + reason);
            }
            return Answer.unavailable(reason);
        }

        private Answer cached(String key, byte[] asked, long end) {
            try {
                byte[] value = server.get(asked, end);
                if (value == null) {
                    return Answer.NOT_FOUND;
                }
                return TcpFactory.utf8(value).map(text -> Values.answer(spec, key, text)).orElseGet(() -> {
                    spec.warnings().accept("table " + spec.text() + ": key " + key + ": value is not UTF-8");
                    return Answer.unavailable("value is not UTF-8");
                });
            } catch (Trouble e) {
                warn(e);
                return Answer.unavailable(e.getMessage());
            }
        }

        /** The answer is known; a server that does not take it will be asked again next time. */
        private void remember(byte[] asked, String value, long end) {
            if (end - System.nanoTime() <= 0) {
                return;
            }
            try {
                server.set(asked, value.getBytes(UTF_8), end);
            } catch (Trouble e) {
                warn(e);
            }
        }

        private void warn(Trouble e) {
            spec.warnings().accept(server.warning(spec, e));
        }

        /** A server does not tell what it holds. */
        @Override
        public boolean list(BiConsumer<String, String> sink) {
            if (!backup.isEmpty()) {
                return false;
            }
            spec.warnings().accept("database " + spec.text() + ": first/next support requires backup database");
            return true;
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.MAY_BLOCK);
        }

        @Override
        public List<Path> sources() {
            return server.sources;
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        spec.refuseWhereSecuritySensitive();
        var server = new Memcache(spec);
        return new MemcacheTable(spec, server, server.backup.isEmpty() ? Optional.empty() : Optional.of(backup(spec, server.backup)));
    }

    /** One that cannot be opened is trouble now, not at the first key that the server does not know. */
    private static TableList backup(TableSpec spec, String text) throws TableOpenException {
        TableList backup = spec.tables().open(text, spec.text());
        List<String> wrong = spec.tables().check(text, spec.text());
        if (!wrong.isEmpty()) {
            throw new TableOpenException("backup: " + String.join("; ", wrong));
        }
        return backup;
    }
}
