// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One command of the running server, its answer on standard output, its failure as exit status: {@code shell tables-find lmdb:/etc/aliases root}, {@code bundle install FILE}, {@code feature list}.
 *
 * <p>The server does not know where the caller stands: an argument that names a file here becomes its URL.
 */
final class ServerCommand {

    private ServerCommand() {}

    /** {@code bundle VERB ...} and {@code feature VERB ...}; the word is the name of the terminal. */
    static int parts(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        String kind = terminal.name();
        String usage = "usage: " + kind + " [-c config_dir] list"
                + (kind.equals("bundle") ? " | install FILE_OR_URL | update BUNDLE [FILE_OR_URL] | start BUNDLE | stop BUNDLE | uninstall BUNDLE" : " | add FILE_OR_URL | install NAME | uninstall NAME");
        GetOpt options = GetOpt.parse(terminal, "c:", usage, false, arguments);
        if (options.operands().isEmpty()) {
            throw new Terminal.Fatal(usage);
        }
        var words = new ArrayList<String>(List.of(kind + "." + options.operands().getFirst()));
        options.operands().stream().skip(1).map(ServerCommand::asUrl).forEach(words::add);
        try {
            return run(terminal, options.value('c', ""), words);
        } catch (Terminal.Fatal e) {
            if (e.getMessage().equals("unknown command: " + words.getFirst())) {
                throw new Terminal.Fatal(kind + " " + options.operands().getFirst() + ": no part of this server does that; it is in the part \"shell\"");
            }
            throw e;
        }
    }

    /** As the console knows it, {@code mail:queue-list} or {@code queue-list}, or as the socket does, {@code queue.list}. */
    static int run(Terminal terminal, String configDirectory, List<String> words) throws Terminal.Fatal {
        Instance instance = Instance.open(configDirectory);
        String name = words.getFirst().startsWith("mail:") ? words.getFirst().substring("mail:".length()) : words.getFirst();
        // Groups of commands are one word each; behind the first separator a dash is part of the verb: queue.flush-id.
        var request = new ArrayList<String>(List.of(name.contains(".") ? name : name.replaceFirst("-", ".")));
        request.addAll(words.subList(1, words.size()));
        return RunningServer.ask(instance, request, terminal::line);
    }

    private static String asUrl(String argument) {
        Path file = Path.of(argument);
        return Files.isRegularFile(file) ? file.toAbsolutePath().normalize().toUri().toString() : argument;
    }
}
