// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * <code>inline:{ key=value, { key = text with blanks or commas } }</code>: a small table inside a parameter.
 *
 * <p>Entries are separated by blanks or commas; where a key comes twice the last one counts. An empty value is reported when it is asked for.
 */
@Component(name = "table-inline", service = TableFactory.class)
@TableType("inline")
public final class InlineTable implements TableFactory {

    /** What stands for a byte that was no text where the parameter was read. */
    private static final char UNKNOWN = '\ufffd';
    private static final String NEED = "\"; need \"inline:{name=value...}\"";

    private record Entries(TableSpec spec, Map<String, String> map) implements Table {
        @Override
        public Answer find(String key) {
            String value = map.get(key);
            return value == null ? Answer.NOT_FOUND : spec.answer(key, value);
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(map.size());
        }

        @Override
        public boolean list(BiConsumer<String, String> sink) {
            map.forEach(sink);
            return true;
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        String text = spec.braced().filter(_ -> !spec.name().equals("{}")).orElseThrow(() -> new TableOpenException("bad syntax: \"" + spec.text() + NEED));
        if (spec.text().indexOf(UNKNOWN) >= 0) {
            throw new TableOpenException("bad UTF-8 syntax: \"" + spec.text().replace(UNKNOWN, '?') + NEED);
        }
        var map = new LinkedHashMap<String, String>();
        for (String element : Lists.split(text)) {
            if (Lists.endsEarly(element)) {
                throw new TableOpenException("syntax error after '}' in \"" + element + "\": \"" + spec.text() + NEED);
            }
            String entry = Lists.unbrace(element);
            int equals = entry.indexOf('=');
            if (equals < 0) {
                throw new TableOpenException("missing '=' after attribute name: \"" + spec.text() + NEED);
            }
            String key = entry.substring(0, equals).strip();
            map.put(CaseFold.fold(key), entry.substring(equals + 1).strip());
        }
        if (map.isEmpty()) {
            // One that is made of nothing would say "not found" to everything.
            throw new TableOpenException("empty table: \"" + spec.text() + NEED);
        }
        return new Entries(spec, map);
    }
}
