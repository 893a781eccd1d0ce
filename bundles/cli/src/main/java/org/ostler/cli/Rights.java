// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whose rights this program has. The launcher, called by root, starts check and reload with those of {@code mail_owner}, as it starts the server: what cannot be read then is named with the user who cannot.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> looks at files.
 */
final class Rights {

    /** Set by the launcher, and only where it has given up root's rights: the name of mail_owner. */
    private static final String PROPERTY = "ostler.rights";
    /** A file in front of the words of the C library. Whoever may not search a directory may be told that there is no such file. The last path of the line: in front of it may stand the name of a table, which has one too. */
    private static final Pattern CLOSED = Pattern.compile(".*(?:^|[ :,\"])(/[^ ][^:]*): (?:.*: )?(?:Permission denied|No such file or directory).*", Pattern.DOTALL);

    private Rights() {}

    /** The line; behind it, where a file or a directory above it is closed to mail_owner, which. */
    static String explained(String line) {
        return explained(line, System.getProperty(PROPERTY, ""));
    }

    /** @param owner empty: nothing to explain */
    static String explained(String line, String owner) {
        return owner.isEmpty() ? line : line + fileIn(line).map(file -> closed(file, owner)).orElse("");
    }

    /** The file that could not be opened. */
    static Optional<String> fileIn(String line) {
        Matcher file = CLOSED.matcher(line);
        return file.matches() ? Optional.of(file.group(1)) : Optional.empty();
    }

    private static String closed(String name, String owner) {
        Path file;
        try {
            file = Path.of(name);
        } catch (InvalidPathException _) {
            return "";
        }
        String cannot = " (file " + name + " cannot be read by mail_owner " + owner;
        for (Path above = file.getRoot(); !above.equals(file); above = above.resolve(file.getName(above.getNameCount()))) {
            if (Files.isDirectory(above) && !Files.isExecutable(above)) {
                return cannot + ", who may not search " + above + ")";
            }
        }
        return Files.exists(file) && !Files.isReadable(file) ? cannot + ")" : "";
    }
}
