// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.ostler.mail.config.ConfigChange;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.control.spi.ControlCommand;
import org.ostler.mail.control.spi.ControlCommand.ControlException;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;

/**
 * The configuration as control commands: read, check, change, undo.
 *
 * <pre>
 *   config.get NAME ...         the expanded values
 *   config.list                 what main.cf and the machine set, unexpanded
 *   config.status               generation, directory, process id, rows
 *   config.check                what a reload would find wrong; fails then
 *   config.reload               reads main.cf and master.cf again; answers the problems, if any, and fails then
 *   config.set NAME=VALUE ...   all of them as one: checked, written to main.cf, in force
 *   config.unset NAME ...       the defaults hold again
 *   config.row-set ROW          puts a row into master.cf, in place of the one of the same name and type
 *   config.row-remove KEY       takes out the row {@code smtp/inet}
 *   config.undo                 takes back the last change
 * </pre>
 * A refused change changes nothing; the answer says why. <b>Threads</b> any.
 */
final class ConfigCommands {

    private final Leased<Configuration> configuration;

    ConfigCommands(Leased<Configuration> configuration) {
        this.configuration = configuration;
    }

    void register(BiConsumer<String, ControlCommand> registry) {
        registry.accept("config.get", (arguments, out) -> {
            Generation generation = with(Configuration::current);
            arguments.forEach(name -> out.accept(generation.main().text(name)));
        });
        registry.accept("config.list", (_, out) -> {
            Generation generation = with(Configuration::current);
            new TreeSet<>(generation.main().names()).forEach(name -> out.accept(name + " = " + generation.main().unexpanded(name)));
        });
        registry.accept("config.status", (_, out) -> status(out));
        registry.accept("config.check", (_, out) -> refuse(with(Configuration::check), "the configuration has problems", out));
        registry.accept("config.reload", (_, out) -> refuse(with(Configuration::reload), "the configuration has problems; the one in force stays", out));
        registry.accept("config.set", (arguments, out) -> change(entries(arguments), out));
        registry.accept("config.unset", (arguments, out) ->
            change(some(arguments).stream().map(name -> (ConfigChange) new ConfigChange.Entry(name, Optional.empty())).toList(), out));
        registry.accept("config.row-set", (arguments, out) -> {
            String row = String.join(" ", some(arguments));
            String[] words = row.strip().split("\\s+", 3);
            change(List.of(new ConfigChange.Row(words[0] + "/" + (words.length > 1 ? words[1] : ""), Optional.of(row))), out);
        });
        registry.accept("config.row-remove", (arguments, out) -> {
            for (String key : some(arguments)) {
                if (with(Configuration::current).rows().stream().noneMatch(row -> row.key().equals(key))) {
                    throw new ControlException("no row " + key);
                }
            }
            change(arguments.stream().map(key -> (ConfigChange) new ConfigChange.Row(key, Optional.empty())).toList(), out);
        });
        registry.accept("config.undo", (_, out) -> refuse(with(Configuration::undo), "nothing was changed", out));
    }

    private void status(Consumer<String> out) throws ControlException {
        Generation generation = with(Configuration::current);
        out.accept("pid " + ProcessHandle.current().pid());
        out.accept("generation " + generation.number());
        out.accept("config_directory " + generation.directory());
        for (ServiceRow row : generation.rows()) {
            out.accept("row " + row.key() + " " + row.command());
        }
    }

    private void change(List<ConfigChange> changes, Consumer<String> out) throws ControlException {
        refuse(with(c -> c.change(changes)), "nothing was changed", out);
    }

    private static void refuse(List<String> problems, String why, Consumer<String> out) throws ControlException {
        problems.forEach(out);
        if (!problems.isEmpty()) {
            throw new ControlException(why);
        }
    }

    private static List<ConfigChange> entries(List<String> arguments) throws ControlException {
        var entries = new ArrayList<ConfigChange>();
        for (String argument : some(arguments)) {
            int equals = argument.indexOf('=');
            if (equals <= 0) {
                throw new ControlException("missing '=' after attribute name: \"" + argument + "\"");
            }
            entries.add(new ConfigChange.Entry(argument.substring(0, equals).strip(), Optional.of(argument.substring(equals + 1).strip())));
        }
        return entries;
    }

    private static List<String> some(List<String> arguments) throws ControlException {
        if (arguments.isEmpty()) {
            throw new ControlException("an argument is missing");
        }
        return arguments;
    }

    private <R> R with(Leased.Call<Configuration, R, RuntimeException> ask) throws ControlException {
        try {
            return configuration.call(ask);
        } catch (UnavailableException e) {
            throw new ControlException(e.getMessage());
        }
    }
}
