// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.spi.TableOpenException;

/**
 * The commands postmap(1) and postalias(1).
 *
 * <h2>Diagnostics</h2>
 * {@code postmap: warning: ...} for lines left out and duplicates; {@code postmap: fatal: ...} and status 1 where it cannot go on. Status 1 also where a key was asked for or removed and not found.
 * <h2>Bugs</h2>
 * {@code -u} folds the letters of ASCII only; what is no UTF-8 is refused then, too.
 *
 * <p><b>Threads</b> one call, one thread. Never ends the process.
 */
public final class Postmap {

    /** Which of the two commands. */
    public enum Program {
        POSTMAP("postmap"), POSTALIAS("postalias");

        final String word;

        Program(String word) {
            this.word = word;
        }
    }

    /** Reads the configuration of an instance. */
    @FunctionalInterface
    public interface Configurations {
        /** @param directory of {@code -c}, or null: the usual one; throws with Postfix's text, for instance {@code open /x/main.cf: No such file or directory} */
        Settings settings(String directory) throws IOException;
    }

    /**
     * Streams and place of a command.
     *
     * @param directory against which names of tables are resolved
     * @param input     what {@code in} reads, whose owner counts where root adds from it
     * @param terminal  whether somebody looks at {@code err}: a long build then shows how far it is
     * @param nanoTime  the clock that says what is long
     */
    public record Surroundings(InputStream in, PrintStream out, PrintStream err, Path directory, Configurations configurations, Path input, boolean terminal, LongSupplier nanoTime) {

        public Surroundings(InputStream in, PrintStream out, PrintStream err, Path directory, Configurations configurations, boolean terminal) {
            this(in, out, err, directory, configurations, Path.of("/dev/stdin"), terminal, System::nanoTime);
        }

        public Surroundings(InputStream in, PrintStream out, PrintStream err, Path directory, Configurations configurations) {
            this(in, out, err, directory, configurations, false);
        }
    }

    /** The command cannot go on; the message follows {@code fatal:}. */
    static final class Fatal extends Exception {
        private static final long serialVersionUID = 1L;

        Fatal(String message) {
            super(message, null, false, false);
        }

        Fatal(TableOpenException trouble) {
            super(trouble.getMessage(), trouble, false, false);
        }
    }

    private Postmap() {}

    /**
     * Runs a command; its exit status.
     *
     * @param arguments a byte of a key that belongs to no character is U+DC00 and the byte
     */
    public static int run(Program program, List<String> arguments, Surroundings around) {
        try {
            Request request = Request.parse(program, arguments, around.err());
            var types = new Types(request, around);
            return switch (request.mode()) {
                case BUILD, INCREMENT -> new Builder(request, around, types).run();
                case QUERY, DELETE, LIST -> new Querier(request, around, types).run();
            };
        } catch (Fatal e) {
            around.err().print(program.word + ": fatal: " + Key.shown(e.getMessage()) + "\n");
            return 1;
        } catch (OutOfMemoryError e) {
            // What the tables hold is untouched: they are changed whole or not at all.
            around.err().print(program.word + ": fatal: not enough memory: " + e.getMessage() + "\n");
            return 1;
        } finally {
            around.out().flush();
            around.err().flush();
        }
    }
}
