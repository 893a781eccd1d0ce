// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * {@code unix:passwd.byname} and {@code unix:group.byname}: the users and groups of the machine, as lines of the password and group files.
 *
 * <h2>Description</h2>
 * {@code /etc/passwd} and {@code /etc/group} are kept in memory ({@link AccountFile}). Where {@code /etc/nsswitch.conf} names another source besides files, names that are not there are asked for by {@link NameService}, within
 * {@code table_lookup_timeout}. The source {@code systemd}, which Debian names everywhere, is asked where it may know anybody ({@link SystemdUsers}). The password field is always {@code x}.
 *
 * <h2>Bugs</h2>
 * A name service is asked on Linux only. What it knows under a name in capitals is found in lower case only if it folds names itself.
 */
@Component(name = "table-unix", service = TableFactory.class)
@TableType("unix")
public final class UnixTable implements TableFactory {

    /** Sources that are those files again, or know nobody who gets mail. Whoever is in another source and is not asked for is unknown, and his mail goes back. */
    private static final Set<String> FILES = Set.of("files", "mymachines");
    private static final String SYSTEMD = "systemd";

    private final Path etc;
    private final BooleanSupplier systemd;
    private final Supplier<Optional<NameService>> names;
    private final Questions questions = new Questions();
    // Guarded by this; null before the first question.
    private Optional<NameService> service;

    public UnixTable() {
        this(Path.of("/etc"), new SystemdUsers(Path.of("/"), System::nanoTime)::any, NameService::ofThisMachine);
    }

    /** @param systemd whether systemd may know users; asked for each name that is not in the file */
    UnixTable(Path etc, BooleanSupplier systemd, Supplier<Optional<NameService>> names) {
        this.etc = etc;
        this.systemd = systemd;
        this.names = names;
    }

    @Deactivate
    void stop() {
        questions.close();
    }

    /** @param elsewhere is asked for what is not in the file */
    private record Lines(List<Path> sources, AccountFile file, Function<String, Answer> elsewhere) implements Table {

        @Override
        public Answer find(String key) {
            Answer answer = file.find(key);
            return answer instanceof Answer.NotFound ? elsewhere.apply(key) : answer;
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(file.size());
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        return switch (spec.name()) {
            case "passwd.byname" -> read(spec, "passwd", 7, NameService::user);
            case "group.byname" -> read(spec, "group", 4, NameService::group);
            default -> throw new TableOpenException("unknown table: " + spec.text());
        };
    }

    private Table read(TableSpec spec, String name, int fields, BiFunction<NameService, String, Answer> ask) throws TableOpenException {
        Path file = etc.resolve(name);
        AccountFile accounts;
        try {
            accounts = new AccountFile(file, fields);
        } catch (IOException e) {
            throw new TableOpenException("open " + file + ": " + TableSource.reason(e), e);
        }
        Path order = etc.resolve("nsswitch.conf");
        BooleanSupplier others = others(order, name);
        Duration limit = spec.lookupTimeout();
        Function<String, Answer> elsewhere = key -> others.getAsBoolean()
                ? questions.ask(limit, () -> nameService().map(service -> ask.apply(service, key)).orElse(Answer.NOT_FOUND)) : Answer.NOT_FOUND;
        return new Lines(Files.exists(order) ? List.of(file, order) : List.of(file), accounts, elsewhere);
    }

    /** Most machines never need it. */
    private synchronized Optional<NameService> nameService() {
        if (service == null) {
            service = names.get();
        }
        return service;
    }

    /** Whether another source may know a name. nsswitch.conf(5): {@code passwd: files [NOTFOUND=continue] sss}. */
    private BooleanSupplier others(Path order, String database) throws TableOpenException {
        Set<String> others = new HashSet<>(sources(order, database));
        others.removeAll(FILES);
        if (others.equals(Set.of(SYSTEMD))) {
            return systemd;
        }
        return () -> !others.isEmpty();
    }

    private static List<String> sources(Path order, String database) throws TableOpenException {
        if (!Files.exists(order)) {
            return List.of();
        }
        try {
            for (String line : Files.readString(order, StandardCharsets.ISO_8859_1).split("\n")) {
                String text = line.replaceFirst("#.*", "").replaceAll("\\[[^]]*]", " ").strip();
                String[] words = text.split("[\\s:]+");
                if (words[0].equals(database)) {
                    return List.of(words).subList(1, words.length);
                }
            }
            return List.of();
        } catch (IOException e) {
            throw new TableOpenException("open " + order + ": " + TableSource.reason(e), e);
        }
    }
}
