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
 * case matches however it was written. A value that is not UTF-8 is unavailable, as in Postfix 3.12; 3.7 left such a line out, and "not found" sent the mail back.
 */
@Component(name = "table-texthash", service = TableFactory.class)
@TableType("texthash")
public final class TextHash implements TableFactory {

    /** @param foreign lines of the values that are not UTF-8 */
    private record Entries(TableSpec spec, Map<String, Answer.Found> map, Map<String, Integer> foreign) implements Table {
        @Override
        public Answer find(String key) {
            Answer.Found found = map.get(key);
            if (found == null) {
                return Answer.NOT_FOUND;
            }
            Integer line = foreign.isEmpty() ? null : foreign.get(key);
            return line == null ? found : spec.foreign(key, found.value(), line);
        }

        @Override
        public List<Path> sources() {
            return spec.sources();
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
        var foreign = new HashMap<String, Integer>();
        try {
            TableSource source = TableSource.read(spec).sayingIgnored();
            for (TableSource.Entry e = source.nextAnyEntry(); e != null; e = source.nextAnyEntry()) {
                String key = CaseFold.fold(e.key());
                if (map.putIfAbsent(key, new Answer.Found(e.value())) != null) {
                    spec.warn(e.line(), "duplicate entry: \"" + e.key() + "\"");
                } else if (TableSource.isForeign(e.value())) {
                    foreign.put(key, e.line());
                }
            }
        } catch (IOException e) {
            throw TableSource.cannotOpen("open database", spec, e);
        }
        return new Entries(spec, map, foreign);
    }
}
