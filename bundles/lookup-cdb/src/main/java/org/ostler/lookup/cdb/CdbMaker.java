// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.cdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * Builds cdb tables as postmap(1) does: into a file beside it that takes the place of the old one when it is complete and on disk.
 *
 * <p>A cdb file cannot be changed, only built anew. <b>Threads</b> any. <b>Blocking</b> on the disk. <b>Errors</b> as {@link TableMaker} says.
 */
@Component(name = "table-maker-cdb", service = TableMaker.class)
@TableType("cdb")
public final class CdbMaker implements TableMaker {

    @Override
    public void change(TableSpec spec, Options options, Change change) throws TableOpenException, IOException {
        if (!options.rebuild()) {
            throw new TableOpenException("dict_cdb_open: inappropriate open flags for cdb database - specify O_RDONLY or O_WRONLY|O_CREAT|O_TRUNC");
        }
        CdbFactory.database(spec).replace(options.permissions(), fresh -> {
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                var writer = new CdbWriter(channel);
                change.apply(new Entries(writer, options.trailingNul().orElse(false)));
                writer.finish();
            }
        });
    }

    private record Entries(CdbWriter writer, boolean nul) implements Writer {

        @Override
        public boolean put(String key, String value, boolean replace) throws IOException {
            return put(key.getBytes(UTF_8), value.getBytes(UTF_8), replace);
        }

        @Override
        public boolean put(byte[] key, byte[] value, boolean replace) throws IOException {
            return writer.put(stored(key), stored(value), replace);
        }

        /** Everything in it has been put by this very change. */
        @Override
        public boolean delete(String key) throws IOException {
            throw new IOException("delete operation is not supported");
        }

        private byte[] stored(byte[] bytes) {
            return nul ? Arrays.copyOf(bytes, bytes.length + 1) : bytes;
        }
    }
}
