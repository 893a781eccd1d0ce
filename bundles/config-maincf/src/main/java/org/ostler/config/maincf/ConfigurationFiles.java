// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.ostler.config.maincf.Loaded.Texts;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.CompatibilityLevel;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.PostfixDefaults;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.Reasons;

/**
 * Reads and checks a configuration directory.
 *
 * <p>Used by the server ({@link MasterService}) and by the command line. <b>Threads</b> any. <b>Blocking</b> file reads. <b>Errors</b> never thrown: they are the
 * {@code problems} of the result, each with file and line.
 */
public final class ConfigurationFiles {

    /** Programs of this server. */
    private static final Set<String> SERVED = Set.of("smtpd", "pickup", "cleanup", "qmgr", "oqmgr", "nqmgr", "bounce", "smtp", "lmtp", "local", "virtual", "pipe", "discard", "error");
    /** Programs whose work is done inside the one process. */
    private static final Set<String> IN_PROCESS = Set.of("tlsmgr", "proxymap", "trivial-rewrite", "verify", "flush", "showq", "scache", "anvil", "postlogd", "tlsproxy", "dnsblog");
    /** Postfix programs that come with a later issue. */
    private static final Set<String> PLANNED = Set.of("postscreen", "spawn", "qmqpd");

    private ConfigurationFiles() {}

    /**
     * @param sets parameters whose values are to be checked; those of the bundles at hand
     */
    public static Loaded load(Path directory, Collection<? extends ParameterSet> sets) {
        var problems = new ArrayList<String>();
        Texts texts = read(directory, problems);
        return load(directory, texts, sets, problems);
    }

    static Texts read(Path directory, List<String> problems) {
        return new Texts(readFile(directory.resolve("main.cf"), problems), readFile(directory.resolve("master.cf"), problems));
    }

    /** Checks what is, or is to be, in the files of {@code directory}. */
    static Loaded load(Path directory, Texts texts, Collection<? extends ParameterSet> sets, List<String> problems) {
        List<Parameter<?>> declared = sets.stream().<Parameter<?>>flatMap(set -> set.all().stream()).toList();
        var warnings = new ArrayList<String>();
        var unused = new ArrayList<String>();
        var notes = new ArrayList<String>();
        Path mainFile = directory.resolve("main.cf");
        MainCf main = MainCf.parse(mainFile.toString(), texts.main());
        problems.addAll(main.problems());
        warnings.addAll(main.warnings());
        Settings settings = settings(directory, main.values());
        boolean chroot = chrootDefault(settings, problems);
        Path masterFile = directory.resolve("master.cf");
        MasterCf master = MasterCf.parse(masterFile.toString(), texts.master(), chroot);
        problems.addAll(master.problems());
        List<ServiceRow> rows = master.rows().stream().map(row -> HostDefaults.of(row, settings)).toList();
        if (problems.isEmpty()) {
            checkValues(mainFile, main, settings, declared, problems);
            checkRows(rows, settings, declared, problems, warnings);
            Set<String> known = known(main, rows, declared);
            unused.addAll(unused(mainFile, main, rows, known));
            checkCoverage(mainFile, main, rows, known, warnings, notes);
        }
        if (problems.isEmpty()) {
            ask(sets, settings, finding -> (finding.fatal() ? problems : warnings).add(mainFile + (main.lines().containsKey(finding.parameter())
                    ? ", line " + main.lines().get(finding.parameter()) : "") + ": " + finding.text()));
            for (ServiceRow row : rows) {
                ask(sets, settings.with(row.layer()), finding -> {
                    if (row.overrides().containsKey(finding.parameter())) {
                        (finding.fatal() ? problems : warnings).add(row.file() + ": line " + row.line() + ": " + finding.text());
                    }
                });
            }
        }
        return new Loaded(texts, main, settings, rows, master.rows(), problems.stream().distinct().toList(), List.copyOf(warnings), List.copyOf(unused), List.copyOf(notes));
    }

    /** Explicit values over the defaults, those of the machine included; nothing is checked. */
    public static Settings settings(Path directory, Map<String, String> explicit) {
        Map<String, String> values = HostDefaults.under(explicit);
        values.put("config_directory", directory.toString());
        return Settings.of(values);
    }

    /** Names that Postfix does not know but that this configuration gives a meaning, as postconf(1) counts them. */
    public static Set<String> userNames(Path directory, MainCf main) {
        var ignored = new ArrayList<String>();
        return UserNames.of(main, MasterCf.parse("master.cf", readFile(directory.resolve("master.cf"), ignored), false).rows());
    }

    /** Names that the rows of master.cf bring along ({@code slow_destination_rate_delay}), with their defaults. */
    public static Map<String, String> serviceNames(Path directory) {
        var ignored = new ArrayList<String>();
        return UserNames.ofServices(MasterCf.parse("master.cf", readFile(directory.resolve("master.cf"), ignored), false).rows());
    }

    private static String readFile(Path file, List<String> problems) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            problems.add("open " + file + ": " + Reasons.of(e));
        }
        return "";
    }

    private static boolean chrootDefault(Settings settings, List<String> problems) {
        try {
            return CompatibilityLevel.of(settings.text("compatibility_level")).compareTo(new CompatibilityLevel(1, 0, 0)) < 0;
        } catch (BadValueException e) {
            problems.add(settings.text("config_directory") + "/main.cf: " + e.getMessage());
            return false;
        }
    }

    private static void checkValues(Path file, MainCf main, Settings settings, Collection<Parameter<?>> declared, List<String> problems) {
        for (Map.Entry<String, String> entry : main.values().entrySet()) {
            try {
                settings.text(entry.getKey());
            } catch (BadValueException e) {
                problems.add(file + ", line " + main.lines().get(entry.getKey()) + ": " + e.getMessage());
            }
        }
        if (main.values().containsKey("myorigin")) {
            checkOrigin(settings, file + ", line " + main.lines().get("myorigin") + ": ", problems);
        }
        for (Parameter<?> parameter : declared) {
            try {
                settings.get(parameter);
            } catch (BadValueException e) {
                Integer line = main.lines().get(parameter.name());
                problems.add(file + (line == null ? "" : ", line " + line) + ": " + e.getMessage());
            }
        }
    }

    private static void checkOrigin(Settings settings, String where, List<String> problems) {
        try {
            if (HostDefaults.isFile(settings.text("myorigin"))) {
                problems.add(where + "no name in the first line of file " + settings.text("myorigin") + ": myorigin");
            }
        } catch (BadValueException e) {
            problems.add(where + e.getMessage());
        }
    }

    private static void checkRows(List<ServiceRow> rows, Settings settings, Collection<Parameter<?>> declared, List<String> problems, List<String> warnings) {
        for (ServiceRow row : rows) {
            String where = row.file() + ": line " + row.line() + ": ";
            if (PLANNED.contains(row.command())) {
                warnings.add(where + "program \"" + row.command() + "\" is not supported yet; service " + row.key() + " is not started");
            } else if (!SERVED.contains(row.command()) && !IN_PROCESS.contains(row.command())) {
                warnings.add(where + "unknown program \"" + row.command() + "\"; service " + row.key() + " works only if a plugin provides it");
            }
            if (!row.overrides().isEmpty()) {
                Settings layer = settings.with(row.layer());
                if (row.overrides().containsKey("myorigin")) {
                    checkOrigin(layer, where, problems);
                }
                for (Parameter<?> parameter : declared) {
                    if (row.overrides().containsKey(parameter.name())) {
                        try {
                            layer.get(parameter);
                        } catch (BadValueException e) {
                            problems.add(where + e.getMessage());
                        }
                    }
                }
            }
        }
    }

    private static void ask(Collection<? extends ParameterSet> sets, Settings settings, Consumer<ParameterSet.Finding> out) {
        for (ParameterSet set : sets) {
            set.check(settings).forEach(out);
        }
    }

    private static Set<String> known(MainCf main, List<ServiceRow> rows, Collection<Parameter<?>> declared) {
        Set<String> known = new HashSet<>(PostfixDefaults.all().keySet());
        declared.forEach(parameter -> known.add(parameter.name()));
        known.addAll(UserNames.of(main, rows));
        return known;
    }

    /** Names nobody uses. */
    private static List<String> unused(Path file, MainCf main, List<ServiceRow> rows, Set<String> known) {
        var unused = new ArrayList<String>();
        main.values().forEach((name, value) -> {
            if (!known.contains(name)) {
                unused.add(file.getParent() + "/main.cf: unused parameter: " + name + "=" + value);
            }
        });
        for (ServiceRow row : rows) {
            row.overrides().forEach((name, value) -> {
                if (!known.contains(name)) {
                    unused.add(row.file() + ": unused parameter: " + name + "=" + value);
                }
            });
        }
        return unused;
    }

    /** Names that Postfix knows and this server does not act on. */
    private static void checkCoverage(Path file, MainCf main, List<ServiceRow> rows, Set<String> known, List<String> warnings, List<String> notes) {
        for (String name : main.values().keySet()) {
            if (known.contains(name)) {
                tellCoverage(file + ", line " + main.lines().get(name) + ": ", name, warnings, notes);
            }
        }
        for (ServiceRow row : rows) {
            for (String name : row.overrides().keySet()) {
                if (known.contains(name) && SERVED.contains(row.command())) {
                    tellCoverage(row.file() + ": line " + row.line() + ": -o ", name, warnings, notes);
                }
            }
        }
    }

    private static void tellCoverage(String where, String name, List<String> warnings, List<String> notes) {
        Coverage.of(name).ifPresent(covered -> {
            switch (covered.status()) {
                case WORKS -> { }
                case MEANINGLESS -> notes.add(where + name + " has no meaning here: " + covered.reason());
                case PLANNED -> warnings.add(where + name + " is not supported yet: " + covered.reason());
                case NEVER -> warnings.add(where + name + " is not supported: " + covered.reason());
            }
        });
    }
}
