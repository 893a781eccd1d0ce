// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.ostler.config.maincf.ConfigurationFiles;
import org.ostler.config.maincf.MasterCf;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Expansion;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.PostfixDefaults;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.Reasons;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableType;

/**
 * postconf(1): shows and changes configuration.
 *
 * <pre>
 *   postconf [-dfhHnx] [-o name=value] [name ...]    values; -d defaults, -n those set, -h no names, -H names only, -x expanded
 *   postconf -e name=value ...                      sets (also without -e), -X name removes, -# name comments out
 *   postconf -m                                     types of lookup tables
 *   postconf -M [-f] [service[/type] ...]           master.cf rows
 *   postconf -M -e service/type=row ..., -M -X, -M -#  changes them
 * </pre>
 * Warnings and exit status are Postfix's.
 */
final class Postconf {

    private static final String USAGE = "usage: postconf [-c config_dir] [-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] [-h (no names)] [-H (no values)] [-m (map types)] [-M (master.cf)]"
            + " [-n (non-default parameters)] [-o name=value (override parameter value)] [-p (main.cf, default)] [-v (verbose)] [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]";

    private static final int[] COLUMNS = {0, 11, 17, 25, 33, 41, 49, 57};
    private static final int LINE = 80;

    private final Terminal terminal;
    private final GetOpt options;
    private final Instance instance;
    private final Settings settings;
    private final Map<String, String> own = new HashMap<>();

    private Postconf(Terminal terminal, GetOpt options, Instance instance) throws Terminal.Fatal {
        this.terminal = terminal;
        this.options = options;
        this.instance = instance;
        var layer = new LinkedHashMap<String, String>();
        for (String override : options.values('o')) {
            int equals = override.indexOf('=');
            if (equals <= 0) {
                throw new Terminal.Fatal("invalid parameter override: " + override + (equals < 0 ? ": missing '=' after attribute name" : ": missing attribute name"));
            }
            layer.put(override.substring(0, equals).strip(), override.substring(equals + 1).strip());
        }
        this.settings = instance.settings().with(layer);
        for (Parameter<?> parameter : Instance.declared()) {
            own.put(parameter.name(), parameter.defaultText());
        }
        ConfigurationFiles.serviceNames(instance.directory()).forEach(own::putIfAbsent);
    }

    static int run(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = GetOpt.parse(terminal, "c:defhHmMno:pvxX#", USAGE, true, arguments);
        if (options.has('m')) {
            tableTypes().forEach(terminal::line);
            return 0;
        }
        String directory = options.value('c', "");
        boolean assigns = !options.operands().isEmpty() && options.operands().stream().allMatch(word -> word.indexOf('=') >= 0);
        if (options.has('e') || options.has('X') || options.has('#') || assigns) {
            return PostconfEdit.run(options, Instance.directory(directory));
        }
        Instance instance = Instance.open(directory);
        var postconf = new Postconf(terminal, options, instance);
        if (!options.has('d')) {
            instance.main().warnings().forEach(terminal::warn);
            postconf.warnUndefined();
        }
        if (options.has('M')) {
            return postconf.rows();
        }
        postconf.show();
        if (!options.has('d')) {
            postconf.warnUnused();
        }
        return 0;
    }

    /** What this distribution has, and {@code proxy}, which needs no part here. */
    private static Set<String> tableTypes() {
        var names = new TreeSet<>(Set.of("proxy"));
        ServiceLoader.load(TableFactory.class).stream().map(factory -> factory.type().getAnnotation(TableType.class)).filter(Objects::nonNull).forEach(type -> names.addAll(List.of(type.value())));
        return names;
    }

    private void show() throws Terminal.Fatal {
        if (options.operands().isEmpty()) {
            var names = new TreeSet<String>();
            if (options.has('n')) {
                names.addAll(instance.main().values().keySet());
                names.add("config_directory"); // known from the command line, whatever main.cf says
                options.values('o').forEach(o -> names.add(o.substring(0, o.indexOf('=')).strip()));
            } else {
                names.addAll(PostfixDefaults.all().keySet());
                names.addAll(own.keySet());
            }
            names.removeIf(name -> !isKnown(name));
            for (String name : names) {
                print(name);
            }
            return;
        }
        for (String name : options.operands()) {
            if (!isKnown(name)) {
                terminal.warn(name + ": unknown parameter");
            } else if (!options.has('n') || instance.main().values().containsKey(name)) {
                print(name);
            }
        }
    }

    private boolean isKnown(String name) {
        return PostfixDefaults.of(name).isPresent() || own.containsKey(name) || !options.has('d') && instance.main().values().containsKey(name) && userNames().contains(name);
    }

    private java.util.Set<String> userNames;

    private java.util.Set<String> userNames() {
        if (userNames == null) {
            userNames = ConfigurationFiles.userNames(instance.directory(), instance.main());
        }
        return userNames;
    }

    private void print(String name) throws Terminal.Fatal {
        if (options.has('H')) {
            terminal.line(name);
            return;
        }
        // As Postfix shows it: one blank where the file has many, or the end of a line.
        String value = String.join(" ", value(name).strip().split("\\s+"));
        String shown = options.has('h') ? value : name + " =" + (value.isEmpty() ? "" : " " + value);
        terminal.line(options.has('f') ? fold(shown) : shown);
    }

    private String value(String name) throws Terminal.Fatal {
        String raw;
        if (options.has('d')) {
            // Defaults of the machine (myhostname ...) stand in the settings of an empty main.cf.
            raw = PostfixDefaults.of(name).isPresent() ? ConfigurationFiles.settings(instance.directory(), Map.of()).unexpanded(name) : own.get(name);
        } else {
            raw = settings.isKnown(name) ? settings.unexpanded(name) : own.getOrDefault(name, "");
        }
        try {
            return options.has('x') ? settings.expand(raw) : raw;
        } catch (BadValueException e) {
            throw new Terminal.Fatal(e.getMessage());
        }
    }

    /** Names that a value refers to and nobody knows: mostly a slip of the pen, which expands to nothing. */
    private void warnUndefined() {
        var undefined = new LinkedHashSet<String>();
        instance.main().values().forEach((name, value) -> {
            try {
                undefined.addAll(Expansion.unknownNames(name, value, other -> settings.isKnown(other) ? Optional.of(settings.unexpanded(other)) : Optional.ofNullable(own.get(other))));
            } catch (BadValueException e) {
                terminal.warn(instance.directory() + "/main.cf: " + e.getMessage());
            }
        });
        undefined.forEach(name -> terminal.warn(instance.directory() + "/main.cf: undefined parameter: " + name));
    }

    /** A field that is too long pushes the next ones until they are back in their columns. */
    private static String row(List<String> words, boolean folded) {
        var out = new StringBuilder();
        for (int i = 0; i < COLUMNS.length; i++) {
            while (out.length() < COLUMNS[i]) {
                out.append(' ');
            }
            out.append(words.get(i)).append(' ');
        }
        out.setLength(out.length() - 1);
        int length = out.length();
        boolean option = false;
        boolean options = true;
        for (String word : words.subList(COLUMNS.length, words.size())) {
            options &= option || word.startsWith("-");
            boolean begins = options && word.startsWith("-o");
            if (folded && (begins || !option && length + 1 + word.length() > LINE)) {
                out.append("\n   ");
                length = 3;
            }
            out.append(' ').append(word);
            length += 1 + word.length();
            option = begins;
        }
        return out.toString();
    }

    private static String fold(String line) {
        var out = new StringBuilder();
        int length = 0;
        for (String word : line.split("(?<=\\s)(?=\\S)")) {
            if (length > 0 && length + word.stripTrailing().length() > LINE) {
                out.setLength(out.toString().stripTrailing().length());
                out.append("\n    ");
                length = 4;
            }
            out.append(word);
            length += word.length();
        }
        return out.toString();
    }

    private void warnUnused() {
        instance.main().values().forEach((name, value) -> {
            if (!isKnown(name)) {
                terminal.warn(instance.directory() + "/main.cf: unused parameter: " + name + "=" + value);
            }
        });
    }

    private int rows() throws Terminal.Fatal {
        List<String> wanted = options.operands();
        var unmatched = new ArrayList<>(wanted);
        try {
            for (List<String> words : MasterCf.words(instance.directory().resolve("master.cf"))) {
                String key = words.get(0) + "/" + words.get(1);
                Optional<String> match = wanted.stream().filter(w -> w.equals(words.get(0)) || w.equals(key) || w.equals("*/" + words.get(1))).findFirst();
                if (wanted.isEmpty() || match.isPresent()) {
                    match.ifPresent(unmatched::remove);
                    terminal.line(row(words, options.has('f')));
                }
            }
        } catch (IOException e) {
            throw new Terminal.Fatal("open " + (e instanceof FileSystemException ? instance.directory().resolve("master.cf") + ": " + Reasons.of(e) : e.getMessage()));
        }
        unmatched.forEach(w -> terminal.warn("unmatched request: \"" + w + "\""));
        return 0;
    }
}
