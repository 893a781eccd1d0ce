// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.ostler.control.QueueCommands;
import org.ostler.control.QueueText;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.QueueStore;
import org.ostler.queue.log.LogStore;
import org.ostler.queue.log.Options;

/**
 * The queue commands while the server is down: the embedded store itself, under its exclusive lock, so that no server starts meanwhile.
 *
 * <p>{@code requeue} needs cleanup and therefore a running server. <b>Threads</b> one. <b>Blocking</b> until changes are on stable storage.
 */
final class OfflineQueue {

    private static final int UNAVAILABLE = 69;
    private static final long PATIENCE_SECONDS = 60;

    private OfflineQueue() {}

    /** Something to do with an open store. */
    private interface Work<R> {
        R on(QueueStore store) throws QueueException, IOException, Terminal.Fatal;
    }

    private static <R> R with(Instance instance, int status, Work<R> work) throws Terminal.Fatal {
        Path directory = Path.of(instance.settings().text("queue_directory"), "store");
        if (!Files.isDirectory(directory)) {
            throw new Terminal.Fatal(status, "Queue report unavailable - mail system is down and there is no queue in " + directory);
        }
        try (var store = new LogStore(directory, Options.DEFAULT.forTool())) {
            return work.on(store);
        } catch (IOException | QueueException e) {
            throw new Terminal.Fatal(status, e.getMessage());
        }
    }

    static int list(Terminal terminal, Instance instance, boolean json) throws Terminal.Fatal {
        return with(instance, UNAVAILABLE, store -> {
            var text = new QueueText(terminal::line);
            store.list(message -> {
                if (json) {
                    text.json(message, message.queue());
                } else {
                    text.list(message, message.queue());
                }
                return true;
            });
            if (!json) {
                text.endOfList();
            }
            return 0;
        });
    }

    static void cat(Terminal terminal, Instance instance, String id, String parts) throws Terminal.Fatal {
        with(instance, 1, store -> {
            StoredMessage message = store.load(new QueueId(id)).orElseThrow(() -> new Terminal.Fatal("open queue file " + id + ": No such file or directory"));
            new QueueText(terminal::line).cat(message, parts);
            return 0;
        });
    }

    /** @param words ids, or {@code ALL} and names of queues. @param report takes the same lines as the running server answers */
    static void change(Terminal terminal, Instance instance, String verb, List<String> words, Consumer<String> report) throws Terminal.Fatal {
        if (verb.equals("requeue")) {
            throw new Terminal.Fatal("mail system is down: -r needs a running server");
        }
        with(instance, 1, store -> {
            boolean all = words.getFirst().equals("ALL");
            long count = 0;
            for (QueueId id : all ? ids(store, queues(verb, words.subList(1, words.size()))) : known(store, words, report)) {
                if (apply(store, id, verb)) {
                    count++;
                    if (!all) {
                        report.accept("id " + id);
                    }
                }
            }
            report.accept("count " + count);
            return 0;
        });
    }

    private static List<QueueId> known(QueueStore store, List<String> words, Consumer<String> report) throws QueueException {
        var ids = new ArrayList<QueueId>();
        for (String word : words) {
            if (!QueueId.isValid(word)) {
                report.accept("invalid " + word);
            } else {
                Optional<StoredMessage> message = store.load(new QueueId(word));
                message.ifPresent(m -> ids.add(m.id()));
            }
        }
        return ids;
    }

    private static List<QueueId> ids(QueueStore store, Set<QueueName> queues) throws QueueException {
        var ids = new ArrayList<QueueId>();
        store.list(message -> {
            if (queues.contains(message.queue())) {
                ids.add(message.id());
            }
            return true;
        });
        return ids;
    }

    private static Set<QueueName> queues(String verb, List<String> names) {
        var queues = EnumSet.noneOf(QueueName.class);
        names.forEach(name -> queues.add(QueueName.valueOf(name.toUpperCase(Locale.ROOT))));
        return names.isEmpty() ? QueueCommands.queuesOf(verb) : queues;
    }

    private static boolean apply(QueueStore store, QueueId id, String verb) throws QueueException {
        Disposition disposition = switch (verb) {
            case "delete" -> new Disposition.Remove();
            case "hold" -> new Disposition.Hold();
            default -> new Disposition.Release();
        };
        try {
            store.update(id, MessageUpdate.of(disposition)).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, id + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "interrupted", e);
        }
    }
}
