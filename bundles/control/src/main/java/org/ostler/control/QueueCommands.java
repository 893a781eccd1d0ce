// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.io.IOException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.ostler.mail.control.spi.ControlCommand.ControlException;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * The verbs of postqueue, postsuper and postcat on a running server.
 *
 * <pre>
 *   queue.list                 mailq's listing
 *   queue.json                 a JSON object per message
 *   queue.flush                all deferred mail now
 *   queue.flush-id ID          one message now
 *   queue.flush-site DOMAIN    mail for a domain now
 *   queue.delete|hold|release|requeue  ID... | ALL [queue...]     answers the changed ids, then "count N"
 *   queue.cat ID [e][h][b]     envelope, header, body; all where none is named
 * </pre>
 * <b>Threads</b> any. <b>Blocking</b> bounded by the queue manager.
 */
public final class QueueCommands {

    private static final int MOST_AT_ONCE = 10_000;
    /** Messages in a row that cannot be changed: then it is the queue manager. */
    private static final int MOST_FAILURES = 5;

    private final Leased<QueueManager> manager;
    private final Leased<QueueStore> store;
    private final MailLog log = MailLog.of("postfix/postsuper");

    QueueCommands(Leased<QueueManager> manager, Leased<QueueStore> store) {
        this.manager = manager;
        this.store = store;
    }

    void run(String verb, List<String> arguments, Consumer<String> out) throws ControlException {
        try {
            switch (verb) {
                case "list" -> list(out);
                case "json" -> json(out);
                case "flush" -> manager.call(m -> {
                    m.flushAll();
                    return true;
                });
                case "flush-id" -> out.accept(manager.<Boolean, QueueException>call(m -> m.flush(id(arguments.getFirst()))) ? "found" : "not found");
                case "flush-site" -> out.accept("count " + manager.<Integer, QueueException>call(m -> m.flushSite(arguments.getFirst())));
                case "cat" -> cat(arguments, out);
                default -> change(verb, arguments, out);
            }
        } catch (QueueException | UnavailableException | IOException e) {
            throw new ControlException(e.getMessage());
        } catch (IllegalArgumentException | java.util.NoSuchElementException e) {
            throw new ControlException("bad argument: " + e.getMessage());
        }
    }

    private static QueueId id(String text) {
        return new QueueId(text);
    }

    private void list(Consumer<String> out) throws QueueException, UnavailableException {
        var text = new QueueText(out);
        manager.call(m -> {
            m.list(listed -> {
                text.list(listed.message(), listed.queue());
                return true;
            });
            return true;
        });
        text.endOfList();
    }

    private void json(Consumer<String> out) throws QueueException, UnavailableException {
        var text = new QueueText(out);
        manager.call(m -> {
            m.list(listed -> {
                text.json(listed.message(), listed.queue());
                return true;
            });
            return true;
        });
    }

    private void cat(List<String> arguments, Consumer<String> out) throws QueueException, UnavailableException, IOException, ControlException {
        StoredMessage message = store.<Optional<StoredMessage>, QueueException>call(s -> s.load(id(arguments.getFirst())))
                .orElseThrow(() -> new ControlException("open queue file " + arguments.getFirst() + ": No such file or directory"));
        new QueueText(out).cat(message, arguments.size() > 1 ? arguments.get(1) : "ehb");
    }

    private void change(String verb, List<String> arguments, Consumer<String> out) throws QueueException, UnavailableException, ControlException {
        boolean all = arguments.getFirst().equals("ALL");
        long count = 0;
        if (all) {
            count = changeAll(verb, queues(verb, arguments.subList(1, arguments.size())));
        } else {
            for (String argument : arguments) {
                if (!QueueId.isValid(argument)) {
                    log.warning("invalid mail queue id: " + argument);
                    out.accept("invalid " + argument);
                } else if (one(verb, id(argument)).isPresent()) {
                    // The queue manager logs what becomes of each message.
                    out.accept("id " + argument);
                    count++;
                }
            }
        }
        log.info(summary(verb, count));
        out.accept("count " + count);
    }

    /**
     * In batches, so that any number of messages fits. As many as there are now are changed at most, or new mail would keep this going; and none twice, though a message in
     * delivery stays listed until that has ended, and one that is requeued is listed again under its new id.
     */
    private long changeAll(String verb, Set<QueueName> queues) throws QueueException, UnavailableException, ControlException {
        long left = store.<Long, RuntimeException>call(s -> s.counts().values().stream().mapToLong(Long::longValue).sum());
        long count = 0;
        int failures = 0;
        Set<QueueId> passed = new HashSet<>();
        while (left > 0) {
            int most = MOST_AT_ONCE + passed.size();
            var listed = new HashSet<>(manager.<List<QueueId>, QueueException>call(m -> m.ids(queues, most)));
            List<QueueId> fresh = listed.stream().filter(id -> !passed.contains(id)).sorted().limit(left).toList();
            if (fresh.isEmpty()) {
                break;
            }
            if (!verb.equals("requeue")) {
                passed.retainAll(listed);
            }
            left -= fresh.size();
            for (QueueId id : fresh) {
                passed.add(id);
                try {
                    Optional<QueueId> now = one(verb, id);
                    now.ifPresent(passed::add);
                    count += now.isPresent() ? 1 : 0;
                    failures = 0;
                } catch (QueueException e) {
                    log.warning(id + ": " + e.getMessage());
                    if (++failures >= MOST_FAILURES) {
                        throw e;
                    }
                }
            }
        }
        return count;
    }

    /** @return the message's id from now on; empty where it does not exist */
    private Optional<QueueId> one(String verb, QueueId id) throws QueueException, UnavailableException, ControlException {
        Optional<QueueId> same = Optional.of(id);
        return switch (verb) {
            case "delete" -> manager.<Boolean, QueueException>call(m -> m.delete(id)) ? same : Optional.empty();
            case "hold" -> manager.<Boolean, QueueException>call(m -> m.hold(id)) ? same : Optional.empty();
            case "release" -> manager.<Boolean, QueueException>call(m -> m.release(id)) ? same : Optional.empty();
            case "requeue" -> manager.<Optional<QueueId>, QueueException>call(m -> m.requeue(id));
            default -> throw new ControlException("unknown command: queue." + verb);
        };
    }

    private static Set<QueueName> queues(String verb, List<String> names) throws ControlException {
        if (names.isEmpty()) {
            return queuesOf(verb);
        }
        var queues = EnumSet.noneOf(QueueName.class);
        for (String name : names) {
            try {
                queues.add(QueueName.valueOf(name.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw new ControlException("invalid directory name: " + name);
            }
        }
        return queues;
    }

    /** The queues that a verb means when none is named (postsuper(1)). */
    public static Set<QueueName> queuesOf(String verb) {
        return switch (verb) {
            case "release" -> EnumSet.of(QueueName.HOLD);
            case "hold" -> EnumSet.of(QueueName.INCOMING, QueueName.ACTIVE, QueueName.DEFERRED);
            default -> EnumSet.allOf(QueueName.class);
        };
    }

    /** The words of postsuper's log lines. */
    public static String done(String verb) {
        return switch (verb) {
            case "delete" -> "removed";
            case "hold" -> "placed on hold";
            case "release" -> "released from hold";
            default -> "requeued";
        };
    }

    /** The closing line of postsuper. */
    public static String summary(String verb, long count) {
        String what = switch (verb) {
            case "delete" -> "Deleted";
            case "hold" -> "Placed on hold";
            case "release" -> "Released from hold";
            default -> "Requeued";
        };
        return what + ": " + count + " message" + (count == 1 ? "" : "s");
    }
}
