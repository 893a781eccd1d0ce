// SPDX-License-Identifier: Apache-2.0
package com.example.lookup.csv;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/** {@code csv:/file}: one {@code key,value} per line, held in memory; the value may hold commas. Blank lines and lines that begin with {@code #} are skipped. */
@Component(service = TableFactory.class)
@TableType("csv")
public final class CsvTable implements TableFactory {

    /** The server watches {@code sources} and opens the table anew when one has changed. */
    private record Entries(Map<String, Answer> map, List<Path> sources) implements Table {
        @Override
        public Answer find(String key) {
            return map.getOrDefault(key, Answer.NOT_FOUND);
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        var map = new HashMap<String, Answer>();
        try {
            List<String> lines = Files.readAllLines(spec.file());
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                int comma = line.indexOf(',');
                if (comma > 0 && !line.startsWith("#")) {
                    String key = CaseFold.fold(line.substring(0, comma).strip());
                    map.putIfAbsent(key, spec.answer(key, line.substring(comma + 1).strip()));
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    spec.warn(i + 1, "expected key,value: skipping this line");
                }
            }
        } catch (IOException e) {
            // "Cannot open" is unavailable: mail waits. It is never "not found".
            throw new TableOpenException("open " + spec.text() + ": " + TableSource.reason(e), e);
        }
        return new Entries(map, spec.sources());
    }
}
