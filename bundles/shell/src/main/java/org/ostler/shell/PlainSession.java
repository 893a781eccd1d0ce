// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.History;
import org.apache.karaf.shell.api.console.Registry;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.apache.karaf.shell.api.console.Terminal;

/**
 * A session that runs one command a line: {@code scope:name word "quoted words" ...}.
 *
 * <p>Karaf's own sessions ask the JDK for the current subject, which JDK 24 and later answer with an exception; the commands themselves do not, so they are run from here. No pipes, no scripts. Used by one thread.
 */
final class PlainSession implements Session {

    /** Where a name without a scope is looked for. */
    private static final List<String> SCOPES = List.of("mail", "bundle", "feature", "scr", "config", "service", "package", "system", "log", "shell");

    private final SessionFactory factory;
    private final Supplier<List<String>> mailCommands;
    private final PrintStream out;
    private final Map<String, Object> variables = new HashMap<>();
    private Path directory = Path.of("").toAbsolutePath();

    /** @param mailCommands names of the mail commands, for {@code help} */
    PlainSession(SessionFactory factory, Supplier<List<String>> mailCommands, PrintStream out) {
        this.factory = factory;
        this.mailCommands = mailCommands;
        this.out = out;
        variables.put(Session.SCOPE, "mail:*");
        variables.put(Session.SUBSHELL, "");
    }

    @Override
    public Object execute(CharSequence line) throws Exception {
        List<String> words = words(line.toString());
        if (words.isEmpty()) {
            return null;
        }
        if (words.getFirst().equals("help")) {
            mailCommands.get().forEach(out::println);
            out.println("Karaf's own commands ask the JDK who is calling, which it no longer tells: bundle-* and feature-* stand in for them.");
            return null;
        }
        Command command = find(words.getFirst());
        if (command == null) {
            throw new IllegalArgumentException("unknown command: " + words.getFirst() + ". \"help\" lists all");
        }
        return command.execute(this, new ArrayList<>(words.subList(1, words.size())));
    }

    /** Asks by name: the registry's list of all commands would ask the JDK for the current subject again. */
    private Command find(String name) {
        int colon = name.indexOf(':');
        if (colon >= 0) {
            return factory.getRegistry().getCommand(name.substring(0, colon), name.substring(colon + 1));
        }
        for (String scope : SCOPES) {
            Command command = factory.getRegistry().getCommand(scope, name);
            if (command != null) {
                return command;
            }
        }
        return null;
    }

    /** Blanks separate; double or single quotes keep together; a backslash takes the next character as it is. */
    static List<String> words(String line) {
        var words = new ArrayList<String>();
        StringBuilder word = null;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote == 0 && Character.isWhitespace(c)) {
                if (word != null) {
                    words.add(word.toString());
                    word = null;
                }
                continue;
            }
            word = word == null ? new StringBuilder() : word;
            if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
                word.append(line.charAt(++i));
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else {
                word.append(c);
            }
        }
        if (word != null) {
            words.add(word.toString());
        }
        return words;
    }

    @Override
    public void run() {
        throw new IllegalStateException("a plain session is driven by its caller");
    }

    @Override
    public Object get(String name) {
        return variables.get(name);
    }

    @Override
    public void put(String name, Object value) {
        variables.put(name, value);
    }

    @Override
    public InputStream getKeyboard() {
        return InputStream.nullInputStream();
    }

    @Override
    public PrintStream getConsole() {
        return out;
    }

    @Override
    public String readLine(String prompt, Character mask) throws IOException {
        throw new IOException("this console asks no questions: use the command's own option to confirm");
    }

    @Override
    public Terminal getTerminal() {
        return null;
    }

    @Override
    public History getHistory() {
        return null;
    }

    @Override
    public Registry getRegistry() {
        return factory.getRegistry();
    }

    @Override
    public SessionFactory getFactory() {
        return factory;
    }

    @Override
    public String resolveCommand(String name) {
        Command command = find(name);
        return command == null ? name : command.getScope() + ":" + command.getName();
    }

    @Override
    public Path currentDir() {
        return directory;
    }

    @Override
    public void currentDir(Path other) {
        directory = other;
    }

    @Override
    public void close() {
        variables.clear();
    }
}
