// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
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
 * {@code unix:passwd.byname} and {@code unix:group.byname}: the users and groups of the machine, as lines of the password and group files.
 *
 * <h2>Bugs</h2>
 * Reads {@code /etc/passwd} and {@code /etc/group}; users that only a name service knows (LDAP, sssd) are not seen. The password field is always {@code x}.
 */
@Component(name = "table-unix", service = TableFactory.class)
@TableType("unix")
public final class UnixTable implements TableFactory {

    private final Path etc;

    public UnixTable() {
        this(Path.of("/etc"));
    }

    UnixTable(Path etc) {
        this.etc = etc;
    }

    private record Lines(Path file, Map<String, Answer> map) implements Table {
        @Override
        public Answer find(String key) {
            return map.getOrDefault(key, Answer.NOT_FOUND);
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(map.size());
        }

        @Override
        public List<Path> sources() {
            return List.of(file);
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return switch (spec.name()) {
            case "passwd.byname" -> read("passwd", 7);
            case "group.byname" -> read("group", 4);
            default -> throw new TableOpenException("unknown table: " + spec.text());
        };
    }

    private Table read(String name, int fields) throws TableOpenException {
        Path file = etc.resolve(name);
        var map = new HashMap<String, Answer>();
        try {
            for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n")) {
                String text = new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
                String[] parts = text.split(":", -1);
                // Lines that begin with + or - belong to NIS.
                if (parts.length == fields && !parts[0].isEmpty() && "+-#".indexOf(parts[0].charAt(0)) < 0) {
                    parts[1] = "x";
                    map.putIfAbsent(CaseFold.fold(parts[0]), Answer.found(String.join(":", parts)));
                }
            }
        } catch (IOException e) {
            throw new TableOpenException("open " + file + ": " + TableSource.reason(e), e);
        }
        if (map.isEmpty()) {
            // Every machine has users: this file is being written, and nobody is unknown for that.
            throw new TableOpenException("open " + file + ": no entries");
        }
        return new Lines(file, map);
    }
}
