// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Component;
import org.ostler.lmdb.LmdbException;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * {@code lmdb:/file}: the table {@code /file.lmdb} that postmap(1) has built, Postfix's or Ostler's.
 *
 * <h2>Diagnostics</h2>
 * {@code open database FILE.lmdb: REASON}; {@code database FILE.lmdb is older than source file FILE}: somebody edited the source and forgot postmap.
 */
@Component(name = "table-lmdb", service = TableFactory.class)
@TableType("lmdb")
public final class LmdbFactory implements TableFactory {

    static final String SUFFIX = ".lmdb";
    private static final long RECENT = TimeUnit.SECONDS.toMillis(100);

    private final OpenFiles files = new OpenFiles();

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return open(spec, files);
    }

    static Path database(TableSpec spec) {
        return spec.configDirectory().resolve(spec.name() + SUFFIX);
    }

    static Table open(TableSpec spec, OpenFiles files) throws TableOpenException {
        Path database = database(spec);
        try {
            Table table = new LmdbTable(spec, database, files);
            warnIfOld(spec, database);
            return table;
        } catch (IOException e) {
            throw new TableOpenException("open database " + spec.name() + SUFFIX + ": " + TableSource.reason(e), e);
        } catch (LmdbException e) {
            throw new TableOpenException("open database " + spec.name() + SUFFIX + ": " + org.ostler.lmdb.Lmdb.message(e.code()), e);
        } catch (UnsatisfiedLinkError e) {
            throw new TableOpenException(e.getMessage(), e);
        }
    }

    /** Not while somebody may be in the middle of edit and postmap. */
    private static void warnIfOld(TableSpec spec, Path database) throws IOException {
        try {
            long source = Files.getLastModifiedTime(spec.file()).toMillis();
            if (source > Files.getLastModifiedTime(database).toMillis() && source < System.currentTimeMillis() - RECENT) {
                spec.warnings().accept("database " + spec.name() + SUFFIX + " is older than source file " + spec.name());
            }
        } catch (NoSuchFileException e) {
            // The source need not be kept.
            return;
        }
    }
}
