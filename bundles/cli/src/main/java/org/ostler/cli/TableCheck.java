// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ostler.config.maincf.Loaded;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.ParameterSet.EntryCheck;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.ProtectedMaps;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.TablesProvider;

/**
 * Tries to open every table that main.cf and the options of master.cf name, for {@code check} and {@code reload}.
 *
 * <p>A table is a word {@code type:name} in any parameter that is set, where the type is one that some bundle provides; in a parameter whose name ends in {@code _maps}, whatever the type. Each is tried
 * once, with what is demanded of it ({@link ProtectedMaps}); a program demands something where a row of master.cf runs it and a parameter such as {@code virtual_transport} names that row. Not those of
 * TLS session caches, which are never opened. In lists of domains and networks each word of the form is a table, and the files there are read ({@link ListCheck}). Also {@code alias_maps} where it is not set, if there is a local domain: its default names a file. Entries are looked at too where a bundle knows what is
 * wrong with one ({@link ParameterSet#entryCheck}) and the table is of a type that can be listed.
 */
final class TableCheck {

    /** Asks the running server, which may have types that no bundle here provides. */
    @FunctionalInterface
    interface Server {
        Server NONE = (_, _) -> Optional.empty();

        /** What is wrong with a table, each line with the parameter in front; empty where nobody can be asked. */
        Optional<List<String>> check(String table, Use use);
    }

    private static final String UNKNOWN_TYPE = "unsupported dictionary type: ";
    /** Of one table; the next mistakes are likely to be of the same kind. */
    private static final int MOST_TOLD = 20;

    private final Map<String, Provider<TableFactory>> types = new HashMap<>();
    /** By name of the table. */
    private final Map<String, Use> found = new LinkedHashMap<>();
    /** By name of the table and of the parameter, who can check entries of it. */
    private final Map<String, Map<String, List<EntryCheck>>> checked = new LinkedHashMap<>();
    private final Collection<ParameterSet> sets = Instance.sets();
    private final List<ProtectedMaps> demands = sets.stream().flatMap(set -> set.constants(ProtectedMaps.class).stream()).toList();

    /** @param parameter of those that have a table, the first of which most is demanded */
    record Use(String parameter, Protection protection) {

        Use and(Use other) {
            return other.protection.compareTo(protection) > 0 ? other : this;
        }
    }

    private final ListCheck lists = new ListCheck();
    private final Server server;
    /** Types that the server does not know either. It waits some seconds for each, since a bundle may be on its way. */
    private final Set<String> mistyped = new HashSet<>();

    private TableCheck(Server server) {
        this.server = server;
        ServiceLoader.load(TableFactory.class).stream().filter(provider -> provider.type().isAnnotationPresent(TableType.class))
                .forEach(provider -> Arrays.asList(provider.type().getAnnotation(TableType.class).value()).forEach(type -> types.put(type, provider)));
    }

    /** What is wrong, a line each. @param warnings takes what opening a table warns of: lines that make no sense */
    static List<String> of(Path directory, Loaded loaded, Consumer<String> warnings, Server server) {
        var check = new TableCheck(server);
        Function<String, Protection> demanded = check.demanded(loaded);
        check.settings(loaded.settings(), loaded.main().values().keySet(), "", demanded);
        if (!check.text(loaded.settings(), "mydestination").isEmpty()) {
            check.parameter("alias_maps", check.text(loaded.settings(), "alias_maps"), new Use("alias_maps", demanded.apply("alias_maps")));
        }
        for (ServiceRow row : loaded.rows()) {
            check.settings(loaded.settings().with(row.layer()), row.overrides().keySet(), row.key() + ": ", parameter -> check.demanded(parameter, Set.of("", row.command())));
        }
        return ServiceLoader.load(TablesProvider.class).findFirst()
                .map(provider -> {
                    Tables tables = provider.tables(loaded.settings(), directory, warnings);
                    check.domains(tables, loaded.settings(), directory);
                    // What opening one warns of, and opening those that it is made of, was said when it was tried.
                    Tables untold = provider.tables(loaded.settings(), directory, _ -> {});
                    return Stream.of(check.lists.wrong(), check.open(tables), check.entries(untold, loaded.settings(), directory)).flatMap(List::stream).toList();
                })
                .orElse(List.of("no lookup-core on the class path: tables are not checked"));
    }

    /** What is demanded of the tables of a parameter in main.cf: by all the programs that mail reaches, as far as parameters say, and that have no value of their own. */
    private Function<String, Protection> demanded(Loaded loaded) {
        Set<String> reached = sets.stream().flatMap(set -> set.all().stream()).map(Parameter::name).filter(name -> name.endsWith("_transport"))
                .map(name -> text(loaded.settings(), name).split("[:\\s]", 2)[0]).collect(Collectors.toSet());
        return parameter -> demanded(parameter, Stream.concat(Stream.of(""), loaded.rows().stream()
                .filter(row -> reached.contains(row.name()) && !row.overrides().containsKey(parameter)).map(ServiceRow::command)).collect(Collectors.toSet()));
    }

    private Protection demanded(String parameter, Set<String> programs) {
        return demands.stream().filter(each -> each.parameter().name().equals(parameter) && programs.contains(each.program())).map(ProtectedMaps::protection)
                .reduce(Protection.NONE, Protection::and);
    }

    private void settings(Settings settings, Set<String> names, String row, Function<String, Protection> demanded) {
        for (String name : new TreeSet<>(names)) {
            parameter(name, text(settings, name), new Use(row + name, demanded.apply(name)));
        }
    }

    /** Empty where it cannot be expanded; that is among the problems already. */
    private String text(Settings settings, String name) {
        try {
            return settings.text(name).strip();
        } catch (BadValueException e) {
            return "";
        }
    }

    private void parameter(String name, String text, Use use) {
        if (name.endsWith("_tls_session_cache_database")) {
            return; // sessions are kept in memory: the name in it, which stock configurations have, is never opened
        }
        if (ListCheck.LISTS.contains(name)) {
            lists.tables(text, use.parameter).forEach(table -> found.merge(TableSpec.withoutProxy(table), use, Use::and));
            return;
        }
        for (String word : Lists.split(text)) {
            String table = TableSpec.withoutProxy(word);
            int colon = table.indexOf(':');
            boolean formed = colon > 0 && colon < table.length() - 1;
            // A word without the form is none that can be looked up: said here, or mail would wait for it.
            if (formed ? isTable(name, table.substring(0, colon), table.substring(colon + 1)) : name.endsWith("_maps")) {
                found.merge(table, use, Use::and);
                List<EntryCheck> checks = sets.stream().flatMap(set -> set.entryCheck(name).stream()).toList();
                if (formed && !checks.isEmpty()) {
                    checked.computeIfAbsent(table, _ -> new TreeMap<>()).put(name, checks);
                }
            }
        }
    }

    /** Tables in files of the lists {@code domain} of databases; a table that is found in one may have such a list itself. */
    private void domains(Tables tables, Settings settings, Path directory) {
        var done = new HashSet<String>();
        for (var open = List.copyOf(found.entrySet()); !open.isEmpty(); open = found.entrySet().stream().filter(each -> !done.contains(each.getKey())).toList()) {
            for (var each : open) {
                done.add(each.getKey());
                int colon = each.getKey().indexOf(':');
                if (colon > 0) {
                    var database = new TableSpec(each.getKey().substring(0, colon), each.getKey().substring(colon + 1), settings, directory, tables, _ -> {});
                    var use = new Use(each.getValue().parameter + ": " + each.getKey(), Protection.NONE);
                    lists.tables(database, use.parameter).forEach(table -> found.merge(TableSpec.withoutProxy(table), use, Use::and));
                }
            }
        }
    }

    private boolean isTable(String parameter, String type, String name) {
        if (parameter.endsWith("_maps")) {
            return true;
        }
        // A socket of a policy server or mail filter has the same form.
        return types.containsKey(type) && (!type.equals("unix") || name.endsWith(".byname"));
    }

    private List<String> open(Tables tables) {
        return found.entrySet().stream().flatMap(each -> wrong(tables, each.getKey(), each.getValue()).stream()).toList();
    }

    private List<String> wrong(Tables tables, String table, Use use) {
        List<String> wrong = tables.check(table, use.parameter, use.protection);
        Set<String> unknown = unknownTypes(wrong);
        if (unknown.isEmpty() || mistyped.containsAll(unknown)) {
            return wrong;
        }
        List<String> there = server.check(table, use).orElse(wrong);
        mistyped.addAll(unknownTypes(there));
        return there;
    }

    private static Set<String> unknownTypes(List<String> wrong) {
        return wrong.stream().filter(line -> line.contains(UNKNOWN_TYPE)).map(line -> line.substring(line.indexOf(UNKNOWN_TYPE))).collect(Collectors.toSet());
    }

    private List<String> entries(Tables tables, Settings settings, Path directory) {
        var wrong = new ArrayList<String>();
        checked.forEach((name, checks) -> {
            int colon = name.indexOf(':');
            Provider<TableFactory> type = types.get(name.substring(0, colon));
            if (type != null) {
                entries(type.get(), new TableSpec(name.substring(0, colon), name.substring(colon + 1), settings, directory, tables, _ -> {}), checks, wrong);
            }
        });
        return wrong;
    }

    private void entries(TableFactory factory, TableSpec spec, Map<String, List<EntryCheck>> checks, List<String> wrong) {
        var mistakes = new ArrayList<String>();
        var left = new AtomicLong();
        String name = spec.type() + ":" + spec.name();
        try (Table table = factory.open(spec)) {
            table.list((key, value) -> checks.forEach((parameter, each) -> each.stream().flatMap(check -> check.mistake(key, value).stream()).forEach(why -> {
                if (mistakes.size() < MOST_TOLD) {
                    mistakes.add(parameter + ": " + name + ": key \"" + MailLog.printable(key) + "\": " + MailLog.printable(why));
                } else {
                    left.incrementAndGet();
                }
            })));
        } catch (TableOpenException _) {
            return; // said when it was tried
        } catch (RuntimeException | InternalError e) {
            // Damaged behind its head, locked by another program, or cut while it was mapped, which the JVM calls an internal error.
            mistakes.add(name + ": entries cannot be looked at: " + MailLog.printable(e instanceof UncheckedIOException io ? TableSource.reason(io.getCause()) : e.toString()));
        }
        wrong.addAll(mistakes);
        if (left.get() > 0) {
            wrong.add(name + ": " + left + " mistakes more");
        }
    }
}
