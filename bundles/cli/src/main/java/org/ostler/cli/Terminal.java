// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.ostler.mail.log.MailLog;

/**
 * Standard streams of a command, and the name under which it complains.
 *
 * @param name what stands before messages: {@code postconf}
 */
record Terminal(String name, InputStream in, PrintStream out, PrintStream err) {

    /** A command cannot go on; the message follows {@code fatal:}. */
    static final class Fatal extends Exception {
        private static final long serialVersionUID = 1L;
        private final int status;

        Fatal(String message) {
            this(1, message);
        }

        Fatal(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    static Terminal system(String name) {
        var err = new FileOutputStream(FileDescriptor.err);
        var out = new Output(new FileOutputStream(FileDescriptor.out), err, name);
        return new Terminal(name, System.in, new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    Terminal named(String other) {
        return new Terminal(other, in, out, err);
    }

    /** Text of files may hold what would steer a terminal. */
    void warn(String text) {
        err.print(name + ": warning: " + MailLog.printable(text) + "\n");
    }

    void info(String text) {
        err.print(name + ": " + text + "\n");
    }

    void line(String text) {
        out.print(text);
        out.print('\n');
    }
}
