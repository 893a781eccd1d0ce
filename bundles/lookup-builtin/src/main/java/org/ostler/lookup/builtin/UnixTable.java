// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/**
 * {@code unix:passwd.byname} and {@code unix:group.byname}: the users and groups of the machine, as lines of the password and group files.
 *
 * <h2>Description</h2>
 * {@code /etc/passwd} and {@code /etc/group} are kept in memory ({@link AccountFile}). Where {@code /etc/nsswitch.conf} names another source besides files, names that are not there are asked for by {@link NameService}. The password
 * field is always {@code x}.
 *
 * <h2>Bugs</h2>
 * A name service is asked on Linux only. What it knows under a name in capitals is found in lower case only if it folds names itself.
 */
@Component(name = "table-unix", service = TableFactory.class)
@TableType("unix")
public final class UnixTable implements TableFactory {

    /** Sources of names that are those files again, or know nobody who gets mail. */
    private static final Set<String> FILES = Set.of("files", "compat", "db", "systemd", "mymachines", "altfiles");

    private final Path etc;
    private final Supplier<Optional<NameService>> names;

    public UnixTable() {
        this(Path.of("/etc"), NameService::ofThisMachine);
    }

    UnixTable(Path etc, Supplier<Optional<NameService>> names) {
        this.etc = etc;
        this.names = names;
    }

    /** @param others asks the name service; empty where there is none to ask */
    private record Lines(List<Path> sources, AccountFile file, Optional<Function<String, Answer>> others) implements Table {

        @Override
        public Answer find(String key) {
            Answer answer = file.find(key);
            return answer instanceof Answer.NotFound ? others.map(service -> service.apply(key)).orElse(answer) : answer;
        }

        @Override
        public Set<Trait> traits() {
            return others.isPresent() ? Set.of(Trait.MAY_BLOCK, Trait.HOLDS_THREADS) : Set.of();
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(file.size());
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return switch (spec.name()) {
            case "passwd.byname" -> read("passwd", 7, NameService::user);
            case "group.byname" -> read("group", 4, NameService::group);
            default -> throw new TableOpenException("unknown table: " + spec.text());
        };
    }

    private Table read(String name, int fields, BiFunction<NameService, String, Answer> ask) throws TableOpenException {
        Path file = etc.resolve(name);
        AccountFile accounts;
        try {
            accounts = new AccountFile(file, fields);
        } catch (IOException e) {
            throw new TableOpenException("open " + file + ": " + TableSource.reason(e), e);
        }
        Path order = etc.resolve("nsswitch.conf");
        Optional<Function<String, Answer>> others = hasOtherSources(order, name) ? names.get().map(service -> key -> ask.apply(service, key)) : Optional.empty();
        return new Lines(Files.exists(order) ? List.of(file, order) : List.of(file), accounts, others);
    }

    /** nsswitch.conf(5): {@code passwd: files [NOTFOUND=continue] sss}. */
    private static boolean hasOtherSources(Path order, String database) throws TableOpenException {
        if (!Files.exists(order)) {
            return false;
        }
        try {
            for (String line : Files.readString(order, StandardCharsets.ISO_8859_1).split("\n")) {
                String text = line.replaceFirst("#.*", "").replaceAll("\\[[^]]*]", " ").strip();
                if (text.startsWith(database + ":")) {
                    return Arrays.stream(text.substring(database.length() + 1).strip().split("\\s+")).anyMatch(word -> !word.isEmpty() && !FILES.contains(word));
                }
            }
            return false;
        } catch (IOException e) {
            throw new TableOpenException("open " + order + ": " + TableSource.reason(e), e);
        }
    }
}
