// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Tables;

/**
 * What a table is opened from.
 *
 * @param type            word before the colon
 * @param name            text behind it: a file, a value, {@code { ... }} with the braces removed
 * @param settings        the generation in force
 * @param configDirectory directory of main.cf, against which relative names are resolved
 * @param tables          for combinators (union, pipe, proxy)
 * @param warnings        takes a finished line such as {@code /etc/aliases, line 3: duplicate entry: "root"}
 */
public record TableSpec(String type, String name, Settings settings, Path configDirectory, Tables tables, Consumer<String> warnings) {

    /** The name as a file, resolved against the configuration directory. */
    public Path file() {
        return configDirectory.resolve(name);
    }

    /** Warns about one line of the source in Postfix's form. */
    public void warn(Path file, int line, String what) {
        warnings.accept(file + ", line " + line + ": " + what);
    }

    /** {@code type:name}, as operators write it. */
    public String text() {
        return type + ":" + name;
    }
}
