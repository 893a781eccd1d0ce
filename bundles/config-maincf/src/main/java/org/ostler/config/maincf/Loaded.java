// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.util.List;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;

/**
 * What a configuration directory says.
 *
 * @param texts    what the files say, byte for byte
 * @param main     parsed main.cf with positions
 * @param settings main.cf over the defaults, those of the machine included
 * @param rows     good rows of master.cf, with the name that {@code -o myorigin=/file} means
 * @param written  the same rows as they stand there
 * @param problems why it cannot be used; empty when it can
 * @param warnings for the log at start, those of {@code unused} not among them
 * @param unused   warnings for names that none of the given parameter sets has: they hold once every bundle has given its own
 * @param notes    parameters without meaning in one process, with the reason: for {@code check -v} only
 */
public record Loaded(Texts texts, MainCf main, Settings settings, List<ServiceRow> rows, List<ServiceRow> written, List<String> problems, List<String> warnings, List<String> unused,
                     List<String> notes) {

    /** Both files; empty text for one that cannot be read. */
    public record Texts(String main, String master) {}
}
