// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ostler.cli.GetOpt.Option;
import org.ostler.cli.tailor.Tailor;
import org.ostler.config.maincf.Loaded;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.lookup.spi.TableSource;

/** {@code ostler tailor}, and what {@code check} has to say in a distribution that it made. */
final class TailorVerb {

    private static final String USAGE = "usage: tailor -n | -o DIR [-a BUNDLE.jar ...] WISH ...  (a part such as smtp-server, table:TYPE, program:NAME or engine:NAME)";
    /** The distribution that this program belongs to; bin/ostler sets it. */
    private static final String HOME = "ostler.home";
    /** A word that may begin a table: {@code pcre:/file}, {@code proxy:pcre:/file}. */
    private static final Pattern TABLE = Pattern.compile("(?<![\\w/:.\\[-])(?:proxy:)?([a-z][a-z0-9-]*):(?=[/{$\\w])");

    /** Parameters whose values look like tables and are sockets or transports. */
    private static final Pattern NO_TABLES = Pattern.compile("(_milters|_transport|content_filter)$");
    private static final String PROVIDER = "tls_provider";
    private static final String ENGINE = "engine:";
    private static final Pattern NOTHING = Pattern.compile("(?!)");

    private TailorVerb() {}

    static int run(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = GetOpt.parse(terminal, "no:a:", USAGE, false, arguments);
        boolean tellOnly = options.has('n');
        if (tellOnly == options.has('o') || options.operands().isEmpty()) {
            throw new Terminal.Fatal(USAGE);
        }
        List<Path> bundles = options.options().stream().filter(option -> option.letter() == 'a').map(Option::value).map(Path::of).toList();
        var lines = new ArrayList<String>();
        try {
            Tailor.run(home(), bundles, options.operands(), tellOnly ? null : Path.of(options.value('o', "")).toAbsolutePath().normalize(), lines::add);
        } catch (IOException e) {
            throw new Terminal.Fatal(e instanceof FileSystemException file ? file.getFile() + ": " + TableSource.reason(e) : e.getMessage());
        }
        lines.forEach(line -> terminal.line(String.format("%-20s %s", (Object[]) line.split("\t"))));
        return 0;
    }

    /** Tables and programs that main.cf and master.cf name and that were left out; nothing in a whole distribution. */
    static List<String> absent(Loaded loaded) throws Terminal.Fatal {
        Map<String, String> lacks = lacks();
        var found = new ArrayList<String>();
        if (!lacks.isEmpty()) {
            loaded.settings().names().forEach(name -> loaded.settings().explicit(name).ifPresent(value -> tables(lacks, "main.cf: " + name, value, found)));
            for (ServiceRow row : loaded.rows()) {
                String part = lacks.get("program:" + row.command());
                if (part != null) {
                    found.add("master.cf: " + row.key() + ": this distribution was made without program \"" + row.command() + "\" (part " + part + ")");
                }
                row.overrides().forEach((name, value) -> tables(lacks, "master.cf: " + row.key() + ": " + name, value, found));
            }
        }
        return found;
    }

    /** Values of {@code tls_provider} that no part of this distribution answers to. A bundle that somebody installs later may. */
    static List<String> engines(Loaded loaded) throws Terminal.Fatal {
        var named = new LinkedHashMap<String, String>();
        named.put("main.cf: " + PROVIDER, loaded.settings().text(PROVIDER));
        loaded.rows().forEach(row -> Optional.ofNullable(row.overrides().get(PROVIDER)).ifPresent(value -> named.put("master.cf: " + row.key() + ": " + PROVIDER, value)));
        named.values().removeIf(value -> value.strip().equals("jsse") || value.isBlank() || value.contains("$"));
        if (named.isEmpty() || System.getProperty(HOME) == null) {
            return List.of();
        }
        try {
            var known = new TreeSet<String>(Tailor.engines(home()));
            // Whether or not it came with the distribution, an engine that is in the running server will do.
            List<String> strange = named.values().stream().map(String::strip).filter(value -> !known.contains(value)).map(value -> ENGINE + value).toList();
            if (!strange.isEmpty()) {
                RunningServer.knows(loaded.settings(), strange).orElse(Set.of()).forEach(word -> known.add(word.substring(ENGINE.length())));
            }
            return named.entrySet().stream().filter(each -> !known.contains(each.getValue().strip())).map(each -> each.getKey() + ": no part of this distribution is the TLS engine \""
                    + each.getValue().strip() + "\": TLS fails until a bundle that is one has been installed (here: " + String.join(", ", Stream.concat(Stream.of("jsse"), known.stream()).toList()) + ")").toList();
        } catch (IOException e) {
            throw new Terminal.Fatal(e.getMessage());
        }
    }

    private static void tables(Map<String, String> lacks, String where, String value, List<String> found) {
        Matcher word = NO_TABLES.matcher(where).find() ? NOTHING.matcher("") : TABLE.matcher(value);
        while (word.find()) {
            String part = lacks.get("table:" + word.group(1));
            if (part != null) {
                found.add(where + ": this distribution was made without table type \"" + word.group(1) + "\" (part " + part + ")");
            }
        }
    }

    private static Map<String, String> lacks() throws Terminal.Fatal {
        var lacks = new LinkedHashMap<String, String>();
        if (System.getProperty(HOME) == null) {
            return lacks;
        }
        Path file = home().resolve(Tailor.PARTS_FILE);
        try {
            if (Files.exists(file)) {
                Files.readAllLines(file).stream().map(line -> line.split("\t")).filter(words -> words[0].equals("lacks")).forEach(words -> lacks.put(words[1], words[2]));
            }
        } catch (IOException e) {
            throw new Terminal.Fatal("read " + file + ": " + e.getMessage());
        }
        return lacks;
    }

    private static Path home() throws Terminal.Fatal {
        String home = System.getProperty(HOME);
        if (home == null) {
            throw new Terminal.Fatal("start this through bin/ostler: which distribution?");
        }
        return Path.of(home);
    }
}
