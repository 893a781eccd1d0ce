// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.ostler.config.maincf.ConfigurationFiles;
import org.ostler.config.maincf.MainCf;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.Reasons;

/**
 * The instance that a command works on: {@code -c}, else {@code MAIL_CONFIG}, else {@code /etc/postfix}.
 *
 * @param directory of main.cf
 * @param main      parsed main.cf
 * @param settings  over the defaults
 */
record Instance(Path directory, MainCf main, Settings settings) {

    static Path directory(String option) {
        String environment = System.getenv("MAIL_CONFIG");
        return Path.of(!option.isEmpty() ? option : environment != null && !environment.isEmpty() ? environment : "/etc/postfix");
    }

    /** Reads main.cf only: what a command needs that has to be quick. */
    static Instance open(String option) throws Terminal.Fatal {
        Path directory = directory(option);
        Path file = directory.resolve("main.cf");
        try {
            MainCf main = MainCf.parse(file.toString(), Files.readString(file));
            if (!main.problems().isEmpty()) {
                throw new Terminal.Fatal(main.problems().getFirst());
            }
            return new Instance(directory, main, ConfigurationFiles.settings(directory, main.values()));
        } catch (IOException e) {
            throw new Terminal.Fatal("open " + file + ": " + Reasons.of(e));
        }
    }

    /** Ends a command that got no answer because its user may not ask: the control socket and the store are the owner's. */
    void requireOwner(int status) throws Terminal.Fatal {
        Path sockets = Path.of(settings.text("queue_directory"), "private");
        if (Files.isDirectory(sockets) && !Files.isExecutable(sockets)) {
            throw new Terminal.Fatal(status, "only the owner of " + sockets + " and root may ask the mail system");
        }
    }

    /** Parameters that the parts on the class path declare. */
    static List<Parameter<?>> declared() {
        var all = new ArrayList<Parameter<?>>();
        sets().forEach(set -> all.addAll(set.all()));
        return all;
    }

    static List<ParameterSet> sets() {
        return ServiceLoader.load(ParameterSet.class).stream().map(ServiceLoader.Provider::get).toList();
    }
}
