// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ostler.mail.config.Lists;
import org.ostler.postmap.Postmap;
import org.ostler.postmap.Postmap.Program;
import org.ostler.postmap.Postmap.Surroundings;

/** postmap(1), postalias(1), newaliases(1): the engine of {@code org.ostler.postmap} with this program's streams and configuration. */
final class MapTools {

    private static final Path HERE = Path.of("");

    private MapTools() {}

    /** Named postmap or postalias, as the terminal says. */
    static int run(Terminal terminal, List<String> arguments) {
        Program program = terminal.name().equals("postalias") ? Program.POSTALIAS : Program.POSTMAP;
        return Postmap.run(program, arguments, new Surroundings(terminal.in(), terminal.out(), terminal.err(), HERE, MapTools::settings, isTerminal()));
    }

    /** Whether standard error is a terminal; Java itself only tells it of input and output together. */
    private static boolean isTerminal() {
        try {
            String device = java.nio.file.Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    private static org.ostler.mail.config.Settings settings(String directory) throws IOException {
        try {
            return Instance.open(directory == null ? "" : directory).settings();
        } catch (Terminal.Fatal e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Builds every table of alias_database; the first failure ends it. @param options of postalias */
    static int newaliases(Terminal terminal, Instance instance, List<String> options) {
        Terminal postalias = terminal.named("postalias");
        for (String table : Lists.split(instance.settings().text("alias_database"))) {
            var words = new ArrayList<String>(options);
            words.addAll(List.of("--", table));
            int status = Postmap.run(Program.POSTALIAS, words, new Surroundings(postalias.in(), postalias.out(), postalias.err(), HERE, directory -> instance.settings(), isTerminal()));
            if (status != 0) {
                return status;
            }
        }
        return 0;
    }
}
