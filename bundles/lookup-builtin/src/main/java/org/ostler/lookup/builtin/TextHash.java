// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * {@code texthash:/file}: a postmap(1) source file held in memory; no index file to build.
 *
 * <p>The whole file is kept, so for large tables prefer {@code lmdb:}. Duplicate keys: the first wins and each later one is a warning with file and line. A key that is folded to lower
 * case matches however it was written.
 */
@Component(name = "table-texthash", service = TableFactory.class)
@TableType("texthash")
public final class TextHash implements TableFactory {

    private record Entries(List<Path> sources, Map<String, Answer.Found> map) implements Table {
        @Override
        public Answer find(String key) {
            Answer found = map.get(key);
            return found == null ? Answer.NOT_FOUND : found;
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(map.size());
        }

        @Override
        public boolean list(BiConsumer<String, String> sink) {
            map.forEach((key, found) -> sink.accept(key, found.value()));
            return true;
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        var map = new HashMap<String, Answer.Found>();
        try {
            TableSource source = TableSource.read(spec).sayingIgnored();
            for (TableSource.Entry e = source.nextEntry(); e != null; e = source.nextEntry()) {
                if (map.putIfAbsent(CaseFold.fold(e.key()), new Answer.Found(e.value())) != null) {
                    spec.warn(e.line(), "duplicate entry: \"" + e.key() + "\"");
                }
            }
        } catch (IOException e) {
            throw new TableOpenException("open database " + spec.name() + ": " + TableSource.reason(e), e);
        }
        return new Entries(spec.sources(), map);
    }
}
