// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.cdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.BuiltFile;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * {@code cdb:/file}: the table {@code /file.cdb} that postmap(1) has built, Postfix's or Ostler's.
 *
 * <h2>Diagnostics</h2>
 * {@code open database FILE.cdb: REASON}; {@code unable to init FILE.cdb: Protocol error}: it is no such file, or damaged; {@code database FILE.cdb is older than source file FILE}.
 */
@Component(name = "table-cdb", service = TableFactory.class)
@TableType("cdb")
public final class CdbFactory implements TableFactory {

    private record CdbTable(BuiltFile database, CdbFile file) implements Table {

        /** Keys and values with and without a zero byte behind them, as Postfix's postmap may have written either. */
        @Override
        public Answer find(String key) {
            if (key.indexOf('\0') >= 0) {
                return Answer.NOT_FOUND;
            }
            try {
                byte[] bytes = key.getBytes(UTF_8);
                byte[] value = file.find(bytes);
                if (value == null) {
                    value = file.find(Arrays.copyOf(bytes, bytes.length + 1));
                }
                file.requireWhole();
                return value == null ? Answer.NOT_FOUND : database.spec().answer(key, withoutNul(value), "cdb:" + database.name());
            } catch (IOException | InternalError e) {
                // The JVM's way of saying that a mapped file was cut short under it is an InternalError.
                return Answer.unavailable("error reading " + database.name() + ": " + e.getMessage());
            }
        }

        private static String text(byte[] stored) {
            return new String(withoutNul(stored), UTF_8);
        }

        private static byte[] withoutNul(byte[] stored) {
            int last = stored.length - 1;
            return last >= 0 && stored[last] == 0 ? Arrays.copyOf(stored, last) : stored;
        }

        @Override
        public boolean list(BiConsumer<String, String> sink) {
            try {
                file.each((key, value) -> sink.accept(text(key), text(value)));
                file.requireWhole();
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public OptionalLong size() {
            try {
                return file.records();
            } catch (IOException | InternalError e) {
                // Damaged: the next lookup says so.
                return OptionalLong.empty();
            }
        }

        @Override
        public List<Path> sources() {
            return List.of(database.path());
        }

        @Override
        public void close() {
            file.close();
        }
    }

    static BuiltFile database(TableSpec spec) {
        return new BuiltFile(spec, ".cdb");
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        BuiltFile database = database(spec);
        try {
            Table table = new CdbTable(database, new CdbFile(database.path()));
            database.warnIfOld();
            return table;
        } catch (CdbFile.CorruptException e) {
            throw new TableOpenException("unable to init " + database.name() + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw database.cannotOpen(e);
        }
    }
}
