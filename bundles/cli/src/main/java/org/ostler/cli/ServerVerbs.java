// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.ostler.config.maincf.ConfigurationFiles;
import org.ostler.config.maincf.Loaded;
import org.ostler.control.ControlClient;

/** The verbs of postfix(1) that talk with a running server or look at its files; start and stop are the launcher's. */
final class ServerVerbs {

    private static final String USAGE = "usage: postfix [-c config_dir] check [-v] | flush | reload | logrotate";
    private static final String TABLES_USAGE = "usage: tables [-j] [-c config_dir]";

    private static final String UNUSED = ": unused parameter: ";

    private ServerVerbs() {}

    /**
     * Names every problem with file and line, and each table that cannot be opened; with {@code -v} also parameters without meaning in one process, with {@code -n} no tables are tried.
     *
     * @return 1 where there is a problem. A table that cannot be opened is none: the server starts, and what needs the table answers 451 or defers
     */
    static int check(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = GetOpt.parse(terminal, "c:nv", USAGE, false, arguments);
        Path directory = Instance.directory(options.value('c', "")).toAbsolutePath().normalize();
        Loaded loaded = ConfigurationFiles.load(directory, Instance.sets());
        warn(terminal, loaded);
        if (options.has('v')) {
            loaded.notes().forEach(terminal::info);
        }
        loaded.problems().forEach(problem -> terminal.err().print(terminal.name() + ": fatal: " + Rights.explained(problem) + "\n"));
        if (!options.has('n')) {
            TableCheck.of(directory, loaded, warning(terminal), TableCheck.Server.NONE).forEach(warning(terminal));
        }
        return loaded.problems().isEmpty() ? 0 : 1;
    }

    private static void warn(Terminal terminal, Loaded loaded) throws Terminal.Fatal {
        loaded.warnings().forEach(warning(terminal));
        unused(loaded).forEach(terminal::warn);
        TailorVerb.absent(loaded).forEach(terminal::warn);
        TailorVerb.engines(loaded).forEach(terminal::warn);
    }

    private static Consumer<String> warning(Terminal terminal) {
        return line -> terminal.warn(Rights.explained(line));
    }

    /** A bundle that was installed into the running server may use what nothing here does: the server says so, and where it is down nobody can. */
    private static List<String> unused(Loaded loaded) {
        List<String> names = loaded.unused().stream().map(ServerVerbs::nameIn).toList();
        if (names.isEmpty()) {
            return names;
        }
        Optional<Set<String>> known = RunningServer.knows(loaded.settings(), names);
        String doubt = known.isEmpty() && hasBundlesOfItsOwn(loaded) ? " (unless by a bundle that was installed by hand: the server, which would know, does not answer)" : "";
        return loaded.unused().stream().filter(line -> !known.orElse(Set.of()).contains(nameIn(line))).map(line -> line + doubt).toList();
    }

    private static String nameIn(String line) {
        int name = line.indexOf(UNUSED) + UNUSED.length();
        return line.substring(name, line.indexOf('=', name));
    }

    /** See the bundle shell, which keeps them there. */
    private static boolean hasBundlesOfItsOwn(Loaded loaded) {
        String[] kept = Path.of(loaded.settings().text("data_directory"), "karaf", "bundles").toFile().list((_, name) -> name.endsWith(".jar"));
        return kept != null && kept.length > 0;
    }

    /**
     * Has the files applied, then warns of what {@link #check} warns of; with {@code -n} no tables are tried. In that order, so that a table which takes its time to open keeps no configuration back.
     *
     * @return 0 where the configuration is in force, whatever its tables are
     */
    static int reload(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = GetOpt.parse(terminal, "c:nv", USAGE, false, arguments);
        refuseOperands(options, USAGE);
        Instance instance = readable(options.value('c', ""));
        int status = RunningServer.ask(instance, List.of("config.reload"), line -> terminal.err().print(Rights.explained(line) + "\n"));
        Path directory = instance.directory().toAbsolutePath().normalize();
        Loaded loaded = ConfigurationFiles.load(directory, Instance.sets());
        warn(terminal, loaded);
        if (!options.has('n')) {
            TableCheck.of(directory, loaded, warning(terminal), onServer(instance)).forEach(warning(terminal));
        }
        return status;
    }

    private static Instance readable(String option) throws Terminal.Fatal {
        try {
            return Instance.open(option);
        } catch (Terminal.Fatal e) {
            throw new Terminal.Fatal(e.status(), Rights.explained(e.getMessage()));
        }
    }

    /** Asks the running server about tables; one that does not answer for one table is not waited for again for the next. */
    static TableCheck.Server onServer(Instance instance) {
        var silent = new AtomicReference<String>();
        return (table, use) -> {
            var wrong = new ArrayList<String>();
            String command = "tables.check";
            try {
                if (silent.get() != null) {
                    throw new Terminal.Fatal(silent.get());
                }
                RunningServer.ask(instance, List.of(command, use.protection().name(), table), line -> wrong.add(use.parameter() + line.substring(line.startsWith(command) ? command.length() : 0)));
                return Optional.of(wrong);
            } catch (Terminal.Fatal e) {
                if (e.getMessage().startsWith(ControlClient.SILENT)) {
                    silent.set(e.getMessage());
                }
                return Optional.of(List.of(use.parameter() + ": " + table + ": " + e.getMessage()));
            }
        };
    }

    static int flush(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        return ask(terminal, arguments, "queue.flush");
    }

    static int logrotate(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        return ask(terminal, arguments, "log.rotate");
    }

    /** What the running server's lookup tables are doing; {@code -j}: a JSON object a line. */
    static int tables(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = GetOpt.parse(terminal, "c:jv", TABLES_USAGE, false, arguments);
        refuseOperands(options, TABLES_USAGE);
        return RunningServer.ask(Instance.open(options.value('c', "")), List.of(options.has('j') ? "tables.json" : "tables.list"), terminal::line);
    }

    static int postfix(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = GetOpt.parse(terminal, "c:v", USAGE, false, arguments);
        if (options.operands().size() != 1) {
            throw new Terminal.Fatal(USAGE);
        }
        List<String> rest = options.has('c') ? List.of("-c", options.value('c', "")) : List.of();
        Terminal named = terminal.named(options.operands().getFirst());
        return switch (named.name()) {
            case "check", "reload", "flush", "logrotate", "tables" -> Main.run(named, rest);
            default -> throw new Terminal.Fatal("unknown command: '" + named.name() + "'. " + USAGE);
        };
    }

    private static int ask(Terminal terminal, List<String> arguments, String command) throws Terminal.Fatal {
        GetOpt options = GetOpt.parse(terminal, "c:v", USAGE, false, arguments);
        refuseOperands(options, USAGE);
        return RunningServer.ask(Instance.open(options.value('c', "")), List.of(command), line -> terminal.err().print(line + "\n"));
    }

    private static void refuseOperands(GetOpt options, String usage) throws Terminal.Fatal {
        if (!options.operands().isEmpty()) {
            throw new Terminal.Fatal(usage);
        }
    }
}
