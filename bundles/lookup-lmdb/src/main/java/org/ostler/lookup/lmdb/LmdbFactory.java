// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import java.io.IOException;
import org.osgi.service.component.annotations.Component;
import org.ostler.lmdb.Lmdb;
import org.ostler.lmdb.LmdbException;
import org.ostler.mail.lookup.spi.BuiltFile;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
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

    private final OpenFiles files = new OpenFiles();

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return open(spec, files);
    }

    static BuiltFile database(TableSpec spec) {
        return new BuiltFile(spec, ".lmdb");
    }

    static Table open(TableSpec spec, OpenFiles files) throws TableOpenException {
        BuiltFile database = database(spec);
        try {
            Table table = new LmdbTable(spec, database.path(), files);
            database.warnIfOld();
            return table;
        } catch (IOException e) {
            throw database.cannotOpen(e);
        } catch (LmdbException e) {
            throw new TableOpenException("open database " + database.name() + ": " + Lmdb.message(e.code()), e);
        } catch (UnsatisfiedLinkError e) {
            throw new TableOpenException(e.getMessage(), e);
        }
    }
}
