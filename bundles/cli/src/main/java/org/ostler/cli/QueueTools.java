// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.ostler.control.QueueCommands;
import org.ostler.mail.model.QueueId;

/**
 * postqueue(1), postsuper(1), postcat(1).
 *
 * <p>They ask the running server; while it is down they work on the store itself, under its lock ({@link OfflineQueue}).
 */
final class QueueTools {

    private static final int UNAVAILABLE = 69;
    private static final String POSTQUEUE = "usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site";
    private static final String POSTSUPER = "usage: postsuper [-c config_dir] [-d queue_id (delete)] [-h queue_id (hold)] [-H queue_id (un-hold)] [-r queue_id (requeue)] [-v (verbose)] [directory...]";
    private static final String POSTCAT = "usage: postcat [-b (body text)] [-c config_dir] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]";

    private QueueTools() {}

    static int postqueue(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = usage(terminal, "c:fi:jps:v", POSTQUEUE, arguments, UNAVAILABLE);
        long verbs = options.options().stream().filter(option -> "fijps".indexOf(option.letter()) >= 0).count();
        if (verbs != 1 || !options.operands().isEmpty()) {
            throw new Terminal.Fatal(UNAVAILABLE, POSTQUEUE);
        }
        Instance instance = Instance.open(options.value('c', ""));
        for (char verb : new char[] {'p', 'j', 'f', 'i', 's'}) {
            if (options.has(verb)) {
                return postqueue(terminal, instance, verb, options.value(verb, ""));
            }
        }
        throw new Terminal.Fatal(UNAVAILABLE, POSTQUEUE);
    }

    /** Also for {@code sendmail -bp}, {@code -q} and the like. */
    static int postqueue(Terminal terminal, Instance instance, char verb, String argument) throws Terminal.Fatal {
        List<String> request = switch (verb) {
            case 'p' -> List.of("queue.list");
            case 'j' -> List.of("queue.json");
            case 'f' -> List.of("queue.flush");
            case 'i' -> List.of("queue.flush-id", argument);
            default -> List.of("queue.flush-site", argument);
        };
        if (verb == 'i' && !QueueId.isValid(argument)) {
            throw new Terminal.Fatal(UNAVAILABLE, "Cannot flush queue ID - invalid name: \"" + argument + "\"");
        }
        if (verb == 's' && (argument.isEmpty() || argument.chars().anyMatch(c -> c <= ' ' || c == '@'))) {
            throw new Terminal.Fatal(UNAVAILABLE, "Cannot flush mail queue - invalid destination: \"" + argument + "\"");
        }
        boolean prints = verb == 'p' || verb == 'j';
        return RunningServer.ask(instance, request, prints ? terminal::line : line -> {}, UNAVAILABLE, () -> {
            if (!prints) {
                throw new Terminal.Fatal(UNAVAILABLE, "Cannot flush mail queue - mail system is down");
            }
            terminal.warn("Mail system is down -- accessing queue directly");
            return OfflineQueue.list(terminal, instance, verb == 'j');
        });
    }

    private static GetOpt usage(Terminal terminal, String spec, String usage, List<String> arguments, int status) throws Terminal.Fatal {
        try {
            return GetOpt.parse(terminal, spec, usage, true, arguments);
        } catch (Terminal.Fatal e) {
            throw new Terminal.Fatal(status, e.getMessage());
        }
    }

    static int postsuper(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = usage(terminal, "c:d:h:H:r:psSv", POSTSUPER, arguments, 1);
        Instance instance = Instance.open(options.value('c', ""));
        for (String directory : options.operands()) {
            if (!List.of("incoming", "active", "deferred", "hold", "corrupt").contains(directory)) {
                throw new Terminal.Fatal("invalid directory name: " + directory);
            }
        }
        if (options.has('p') || options.has('s') || options.has('S')) {
            terminal.warn("-p, -s and -S have nothing to repair here: the store does so at every start");
        }
        for (GetOpt.Option option : options.options()) {
            String verb = switch (option.letter()) {
                case 'd' -> "delete";
                case 'h' -> "hold";
                case 'H' -> "release";
                case 'r' -> "requeue";
                default -> "";
            };
            if (!verb.isEmpty()) {
                change(terminal, instance, verb, ids(terminal, option.value()), options.operands());
            }
        }
        return 0;
    }

    /** {@code -} stands for ids on standard input, one a line. */
    private static List<String> ids(Terminal terminal, String value) throws Terminal.Fatal {
        if (!value.equals("-")) {
            return List.of(value);
        }
        try {
            var in = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
            return in.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        } catch (java.io.UncheckedIOException e) {
            throw new Terminal.Fatal("cannot read standard input: " + e.getMessage());
        }
    }

    private static void change(Terminal terminal, Instance instance, String verb, List<String> ids, List<String> queues) throws Terminal.Fatal {
        if (ids.isEmpty()) {
            terminal.info(QueueCommands.summary(verb, 0));
            return;
        }
        var request = new ArrayList<String>();
        request.add("queue." + verb);
        request.addAll(ids);
        if (ids.getFirst().equals("ALL")) {
            request.addAll(queues);
        }
        RunningServer.ask(instance, request, line -> report(terminal, verb, line), 1, () -> {
            OfflineQueue.change(terminal, instance, verb, request.subList(1, request.size()), line -> report(terminal, verb, line));
            return 0;
        });
    }

    private static void report(Terminal terminal, String verb, String line) {
        int blank = line.indexOf(' ');
        String value = line.substring(blank + 1);
        switch (line.substring(0, blank)) {
            case "id" -> terminal.info(value + ": " + QueueCommands.done(verb));
            case "invalid" -> terminal.warn("invalid mail queue id: " + value);
            default -> terminal.info(QueueCommands.summary(verb, Long.parseLong(value)));
        }
    }

    static int postcat(Terminal terminal, List<String> arguments) throws Terminal.Fatal {
        GetOpt options = usage(terminal, "bc:dehnoqv", POSTCAT, arguments, 1);
        if (!options.has('q')) {
            throw new Terminal.Fatal("messages are not files of their own here: use postcat -q queue_id");
        }
        Instance instance = Instance.open(options.value('c', ""));
        String parts = (options.has('e') ? "e" : "") + (options.has('h') ? "h" : "") + (options.has('b') ? "b" : "");
        for (String id : options.operands()) {
            if (!QueueId.isValid(id)) {
                throw new Terminal.Fatal("bad mail queue ID: " + id);
            }
            List<String> request = List.of("queue.cat", id, parts.isEmpty() ? "ehb" : parts);
            RunningServer.ask(instance, request, terminal::line, 1, () -> {
                OfflineQueue.cat(terminal, instance, id, request.get(2));
                return 0;
            });
        }
        return 0;
    }
}
