// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.AliasSource;
import org.ostler.mail.lookup.spi.BuiltFile;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * {@code hash:/file}, {@code btree:/file} and {@code dbm:/file}: the names of Postfix's Berkeley DB and DBM tables, so that an existing configuration runs as it is.
 *
 * <h2>Description</h2>
 * There is no Berkeley DB and no DBM here; {@code /file.db}, {@code /file.dir} and {@code /file.pag} are not read. Where {@code /file.lmdb} exists it is used; else the source text itself is read into memory, as texthash does, and watched for changes.
 * The text is taken for aliases(5) where the table is among {@code alias_maps} or {@code alias_database}, else for postmap(1) format.
 *
 * <h2>Diagnostics</h2>
 * Once per table: {@code hash:/file: Berkeley DB is not supported, using lmdb:/file instead; change main.cf and run "postmap lmdb:/file"}.
 */
@Component(name = "table-hash", service = TableFactory.class)
@TableType({"hash", "btree", "dbm"})
public final class HashFactory implements TableFactory {

    /** More tables than this are not remembered; they get the advice again at each opening. */
    private static final int MAX_ADVISED = 1000;

    private final OpenFiles files = new OpenFiles();
    private final Set<String> advised = ConcurrentHashMap.newKeySet();

    /** @param sources the database too: when it appears the table is opened anew */
    private record Text(List<Path> sources, Map<String, Answer.Found> entries) implements Table {
        @Override
        public Answer find(String key) {
            Answer found = entries.get(key);
            return found == null ? Answer.NOT_FOUND : found;
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(entries.size());
        }

        @Override
        public boolean list(BiConsumer<String, String> sink) {
            entries.forEach((key, found) -> sink.accept(key, found.value()));
            return true;
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        BuiltFile database = LmdbFactory.database(spec);
        boolean built = Files.exists(database.path());
        Table table = built ? LmdbFactory.open(spec, files) : text(spec, database);
        if (advised.size() < MAX_ADVISED && advised.add(spec.text())) {
            String program = isAliases(spec) ? "postalias" : "postmap";
            spec.warnings().accept(spec.text() + ": " + (spec.type().equals("dbm") ? "DBM" : "Berkeley DB") + " is not supported, using " + (built ? "lmdb:" + spec.name() : "the text of " + spec.name())
                    + " instead; change \"" + spec.type() + ":\" to \"lmdb:\" in main.cf and run \"" + program + " lmdb:" + spec.name() + "\"");
        }
        return table;
    }

    private static Table text(TableSpec spec, BuiltFile database) throws TableOpenException {
        try {
            TableSource source = TableSource.read(spec.file(), spec.name(), spec.warnings()).sayingIgnored();
            var aliases = isAliases(spec) ? new AliasSource(source) : null;
            var entries = new HashMap<String, Answer.Found>();
            for (TableSource.Entry e = next(source, aliases); e != null; e = next(source, aliases)) {
                String key = CaseFold.fold(e.key());
                if (!e.value().isEmpty() && entries.putIfAbsent(key, new Answer.Found(e.value())) != null) {
                    spec.warn(e.line(), "duplicate entry: \"" + key + "\"");
                }
            }
            return new Text(List.of(spec.file(), database.path()), entries);
        } catch (IOException e) {
            throw database.cannotOpen(e);
        }
    }

    private static TableSource.Entry next(TableSource source, AliasSource aliases) {
        return aliases == null ? source.nextEntry() : aliases.next();
    }

    private static boolean isAliases(TableSpec spec) {
        return Lists.split(spec.settings().text("alias_maps")).contains(spec.text())
                || Lists.split(spec.settings().text("alias_database")).contains(spec.text());
    }
}
