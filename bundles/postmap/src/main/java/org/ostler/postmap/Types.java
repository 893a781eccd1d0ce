// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.TablesProvider;
import org.ostler.postmap.Postmap.Fatal;
import org.ostler.postmap.Postmap.Surroundings;

/** The table types on the class path, and specifications made from words of the command line. */
final class Types {

    private static final String PROXY = "proxy";
    private static final String DEBUG = "debug";

    private final Request request;
    private final Surroundings around;
    private final Settings settings;

    Types(Request request, Surroundings around) throws Fatal {
        this.request = request;
        this.around = around;
        try {
            this.settings = around.configurations().settings(request.configDirectory());
        } catch (IOException e) {
            throw new Fatal(e.getMessage());
        }
    }

    Settings settings() {
        return settings;
    }

    void warn(String text) {
        around.err().print(request.program().word + ": warning: " + Key.shown(text) + "\n");
    }

    /** What {@code debug:} tells, which is no warning: one line, whatever key and value hold. */
    void info(String text) {
        around.err().print(request.program().word + ": " + MailLog.printable(text) + "\n");
    }

    private TableSpec.Messages messages() {
        return new TableSpec.Messages() {
            @Override
            public void accept(String line) {
                warn(line);
            }

            @Override
            public void info(String line) {
                Types.this.info(line);
            }
        };
    }

    /** @param write to make it or to change it, which {@code proxy:} does not allow */
    TableSpec spec(String map, boolean write) throws Fatal {
        String text = TableSpec.withoutProxy(map);
        if (write && !text.equals(map)) {
            throw new Fatal("can't create maps via the proxy service");
        }
        int colon = text.indexOf(':');
        if (colon > 0 && colon == text.length() - 1 && request.mode() == Request.Mode.BUILD) {
            throw new Fatal("open : No such file or directory");
        }
        if (colon == 0 || colon == text.length() - 1 || text.isEmpty()) {
            throw formless(map);
        }
        String type = colon < 0 ? settings.text("default_database_type") : text.substring(0, colon);
        String name = text.substring(colon + 1);
        if (request.verbose()) {
            around.err().print(request.program().word + ": " + (request.mode() == Request.Mode.BUILD ? "open " + type + " " : "dict_open: " + type + ":") + name + "\n");
        }
        return new TableSpec(type, name, settings, around.directory(), new LazyTables(), messages());
    }

    private static Fatal formless(String map) {
        return new Fatal("open dictionary: expecting \"type:name\" form instead of \"" + map + "\"");
    }

    /** The table behind {@code debug:type:name}, which is opened, listed and changed here as if it stood alone; empty for other types. */
    Optional<TableSpec> watched(TableSpec spec, boolean write) throws Fatal {
        if (!spec.type().equals(DEBUG)) {
            return Optional.empty();
        }
        if (spec.name().indexOf(':') < 0) {
            throw formless(spec.name());
        }
        return Optional.of(spec(spec.name(), write));
    }

    TableFactory factory(String type) throws Fatal {
        return of(TableFactory.class, type).orElseThrow(() -> new Fatal("unsupported dictionary type: " + type));
    }

    Optional<TableMaker> maker(String type) {
        return of(TableMaker.class, type);
    }

    private static <S> Optional<S> of(Class<S> service, String type) {
        return ServiceLoader.load(service, Types.class.getClassLoader()).stream()
                .filter(provider -> serves(provider.type(), type)).findFirst().map(ServiceLoader.Provider::get);
    }

    private static boolean serves(Class<?> service, String type) {
        TableType types = service.getAnnotation(TableType.class);
        return types != null && Arrays.asList(types.value()).contains(type);
    }

    /** Of a table inside another: there is nothing to be done without its type. */
    static final class Unsupported extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unsupported(String message) {
            super(message, null, false, false);
        }
    }

    /** Where a single table is named; lists say themselves what they cannot open. */
    private static void requireTypeOfOne(String maps) {
        int colon = maps.indexOf(':');
        String type = colon > 0 && Lists.split(maps).size() == 1 ? maps.substring(0, colon) : PROXY;
        if (!type.equals(PROXY) && of(TableFactory.class, type).isEmpty()) {
            throw new Unsupported("unsupported dictionary type: " + type);
        }
    }

    /** For the few types that are made of others. */
    private final class LazyTables implements Tables {

        @Override
        public TableList open(String maps, String title) {
            requireTypeOfOne(maps);
            return tables().map(tables -> tables.open(maps, title)).orElseGet(() -> new Unavailable(maps));
        }

        @Override
        public List<String> check(String maps, String title) {
            return tables().map(tables -> tables.check(maps, title)).orElse(List.of());
        }

        private Optional<Tables> tables() {
            return ServiceLoader.load(TablesProvider.class, Types.class.getClassLoader()).findFirst()
                    .map(provider -> provider.tables(settings, around.directory(), messages()));
        }
    }

    private record Unavailable(String text) implements TableList {
        @Override
        public Answer find(String key) {
            return Answer.unavailable("no lookup-core on the class path");
        }

        @Override
        public Answer findExact(String key) {
            return find(key);
        }

        @Override
        public boolean isEmpty() {
            return false;
        }
    }
}
