// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.ostler.config.maincf.Loaded;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.TablesProvider;

/**
 * Tries to open every table that main.cf and the options of master.cf name, for {@code check}.
 *
 * <p>A table is a word {@code type:name} in any parameter that is set, where the type is one that some bundle provides; in a parameter whose name ends in {@code _maps}, whatever the type. Each is tried
 * once. Also {@code alias_maps} where it is not set, if there is a local domain: its default names a file.
 */
final class TableCheck {

    private final Set<String> types = new HashSet<>();
    /** By name of the table, the first parameter that has it. */
    private final Map<String, String> found = new LinkedHashMap<>();

    private TableCheck() {
        ServiceLoader.load(TableFactory.class).stream().map(provider -> provider.type().getAnnotation(TableType.class)).filter(type -> type != null)
                .forEach(type -> types.addAll(Arrays.asList(type.value())));
    }

    /** What is wrong, a line each. @param warnings takes what opening a table warns of: lines that make no sense */
    static List<String> of(Path directory, Loaded loaded, Consumer<String> warnings) {
        var check = new TableCheck();
        check.settings(loaded.settings(), loaded.main().values().keySet(), "");
        if (!check.text(loaded.settings(), "mydestination").isEmpty()) {
            check.parameter("alias_maps", check.text(loaded.settings(), "alias_maps"), "");
        }
        for (ServiceRow row : loaded.rows()) {
            check.settings(loaded.settings().with(row.layer()), row.overrides().keySet(), row.key() + ": ");
        }
        return ServiceLoader.load(TablesProvider.class).findFirst()
                .map(provider -> check.open(provider.tables(loaded.settings(), directory, warnings)))
                .orElse(List.of("no lookup-core on the class path: tables are not checked"));
    }

    private void settings(Settings settings, Set<String> names, String row) {
        for (String name : new TreeSet<>(names)) {
            parameter(name, text(settings, name), row);
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

    private void parameter(String name, String text, String row) {
        for (String word : Lists.split(text)) {
            String table = word;
            while (table.startsWith("proxy:")) {
                table = table.substring("proxy:".length());
            }
            int colon = table.indexOf(':');
            if (colon > 0 && colon < table.length() - 1 && isTable(name, table.substring(0, colon), table.substring(colon + 1))) {
                found.putIfAbsent(table, row + name);
            }
        }
    }

    private boolean isTable(String parameter, String type, String name) {
        if (parameter.endsWith("_maps")) {
            return true;
        }
        // A socket of a policy server or mail filter has the same form.
        return types.contains(type) && (!type.equals("unix") || name.endsWith(".byname"));
    }

    private List<String> open(Tables tables) {
        return found.entrySet().stream().flatMap(each -> tables.check(each.getKey(), each.getValue()).stream()).toList();
    }
}
