// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.nio.file.InvalidPathException;
import java.util.List;
import org.ostler.mail.log.MailLog;

/** Runs the command named by the first argument. */
public final class Main {

    private static final int FAILED = 1;

    private Main() {}

    public static void main(String[] arguments) {
        if (arguments.length == 0) {
            System.err.println("usage: ostler COMMAND [argument ...]");
            System.exit(1);
        }
        List<String> words = Arguments.exact(arguments);
        int status = run(Terminal.system(words.getFirst()), words.subList(1, words.size()));
        System.out.flush();
        System.err.flush();
        // Not exit: since JDK 21 that starts the logging system first, a tenth of all the time that sendmail needs. No command has a shutdown hook.
        Runtime.getRuntime().halt(status);
    }

    /** @return the exit status */
    static int run(Terminal terminal, List<String> arguments) {
        try {
            return dispatch(terminal, arguments);
        } catch (Terminal.Fatal e) {
            terminal.out().flush();
            terminal.err().print(terminal.name() + ": fatal: " + e.getMessage() + "\n");
            return e.status();
        } catch (InvalidPathException e) {
            terminal.err().print(terminal.name() + ": fatal: open " + MailLog.printable(e.getInput()) + ": " + e.getReason() + "\n");
            return FAILED;
        } catch (OutOfMemoryError e) {
            terminal.err().print(terminal.name() + ": fatal: not enough memory: " + e.getMessage() + "\n");
            return FAILED;
        } finally {
            terminal.out().flush();
        }
    }

    private static int dispatch(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        return switch (terminal.name()) {
            case "postconf" -> Postconf.run(terminal, arguments);
            case "sendmail" -> Sendmail.run(terminal, arguments);
            case "mailq" -> Sendmail.mailq(terminal, arguments);
            case "newaliases" -> Sendmail.newaliases(terminal, arguments);
            case "postqueue" -> QueueTools.postqueue(terminal, arguments);
            case "postsuper" -> QueueTools.postsuper(terminal, arguments);
            case "postcat" -> QueueTools.postcat(terminal, arguments);
            case "postmap", "postalias" -> MapTools.run(terminal, arguments);
            case "posttls-finger" -> finger(terminal, arguments);
            case "check" -> ServerVerbs.check(terminal, arguments);
            case "reload" -> ServerVerbs.reload(terminal, arguments);
            case "flush" -> ServerVerbs.flush(terminal, arguments);
            case "logrotate" -> ServerVerbs.logrotate(terminal, arguments);
            case "tables" -> ServerVerbs.tables(terminal, arguments);
            case "shell" -> Console.run(terminal, arguments);
            case "bundle", "feature" -> ServerCommand.parts(terminal, arguments);
            case "tailor" -> TailorVerb.run(terminal, arguments);
            case "postfix" -> ServerVerbs.postfix(terminal, arguments);
            default -> throw new Terminal.Fatal("unknown command: " + terminal.name());
        };
    }

    /** Needs the SMTP client and what belongs to it; a tailored distribution may be without. */
    private static int finger(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        try {
            return PosttlsFinger.run(terminal, arguments);
        } catch (NoClassDefFoundError e) {
            throw new Terminal.Fatal("this distribution has no SMTP client: " + e.getMessage());
        }
    }
}
