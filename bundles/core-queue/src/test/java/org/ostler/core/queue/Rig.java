// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.delivery.Outcome.Timing;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.routing.AddressClass;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Router;

/**
 * A queue manager among fakes. The happy default delivers everything by transport {@code smtp}; the recipient's domain says what else is to happen:
 * {@code later.*} defers, {@code gone.*} bounces, {@code down.*} cannot be reached, {@code hang.*} waits until the test opens the gate.
 */
final class Rig implements AutoCloseable {

    static final Reason LATER = new Reason(EnhancedStatus.of("4.3.2"), "host mx said: 451 4.3.2 come back later", "mx", "smtp", "451 4.3.2 come back later");
    static final Reason GONE = new Reason(EnhancedStatus.of("5.1.1"), "host mx said: 550 5.1.1 no such user", "mx", "smtp", "550 5.1.1 no such user");
    static final Reason DOWN = Reason.local(EnhancedStatus.of("4.4.1"), "connect to mx[192.0.2.1]:25: Connection refused");

    final Events events = new Events();
    final FakeStore store = new FakeStore(events);
    final List<String> log = new CopyOnWriteArrayList<>();
    final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
    final List<String> reports = new CopyOnWriteArrayList<>();
    final Map<String, java.util.concurrent.CountDownLatch> gates = new ConcurrentHashMap<>();
    final Engine.Neighbours neighbours;
    final Engine engine;
    final Clocks clocks;
    volatile boolean reporterWorks = true;
    volatile Error reportError;
    volatile boolean routerWorks = true;
    /** Asked with nothing remembered. */
    final List<String> resolvedAnew = new CopyOnWriteArrayList<>();
    volatile Transport smtp = this::deliver;
    /** Starts one. */
    volatile Consumer<Runnable> threads = Thread::startVirtualThread;
    private final AtomicLong nanos = new AtomicLong();
    private volatile Instant wall = Instant.parse("2026-01-01T00:00:00Z");
    private final AutoCloseable logging;

    Rig(String settings) {
        this(settings, true);
    }

    Rig(String settings, boolean started) {
        this(settings, started, Flush.MOST_IN_WALK);
    }

    Rig(String settings, boolean started, int walk) {
        clocks = new Clocks(() -> wall, nanos::get);
        neighbours = Engine.Neighbours.none(clocks);
        logging = MailLog.attach((when, severity, tag, text) -> {
            log.add(tag + ": " + severity.prefix() + text);
            events.happened();
        });
        neighbours.store().bind(store, 0);
        neighbours.router().bind(router(), 0);
        neighbours.reporter().bind(reporter(), 0);
        neighbours.transports().bind(delivery -> smtp.deliver(delivery), Set.of("smtp"), 0);
        engine = new Engine(clocks, neighbours, generation(settings), walk, what -> threads.accept(what));
        if (started) {
            start();
        }
    }

    void start() {
        engine.start();
        events.await("attached", engine::isAttached);
    }

    Generation generation(String settings) {
        Settings main = Settings.parse("myhostname = mx.example.test\nqmgr_stop_time_limit = 1s\n" + settings);
        return new Generation(1, Path.of("/"), main, List.of(row("smtp", "smtp"), row("local", "local"), row("slow", "smtp")));
    }

    private static ServiceRow row(String name, String command) {
        return new ServiceRow(name, "unix", true, true, false, "-", OptionalInt.empty(), command, List.of(), Map.of(), "master.cf", 1);
    }

    QueueManager verbs() {
        return engine.verbs();
    }

    // --- time

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
        wall = wall.plus(time);
        engine.wake();
    }

    /** As {@link #advance}, but nobody asks for a scan. */
    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        wall = wall.plus(time);
        engine.clerk().timer();
    }

    void jump(Duration time) {
        wall = wall.plus(time);
        engine.wake();
    }

    Instant now() {
        return wall;
    }

    /** As the service does it: in between, the clerk may attach to the store once more. */
    void unbindStore() {
        engine.storeLeaves(store);
        neighbours.store().unbind(store, 0);
        engine.storeLeaves(store);
    }

    /** After {@link #unbindStore}. */
    void rebindStore() {
        neighbours.store().bind(store, 1);
        engine.storeCame();
        events.await("attached again", engine::isAttached);
    }

    /** All claims end, and the next scan brings what is there: to the queue manager a store that another has taken the place of, or a restart. */
    void replaceStore() {
        engine.storeLeaves(store);
        engine.storeCame();
        events.await("attached again", engine::isAttached);
    }

    /** The second task begins after all that the clerk does after the first. */
    void awaitClerk() throws QueueException {
        engine.clerk().call(() -> true);
        engine.clerk().call(() -> true);
    }

    // --- mail

    StoredMessage send(String... recipients) {
        return sendFrom("sender@example.org", Notify.DEFAULT, recipients);
    }

    StoredMessage sendFrom(String sender, Notify notify, String... recipients) {
        List<Recipient> all = Arrays.stream(recipients).map(Address::of).map(a -> new Recipient(a, a, "", notify)).toList();
        return store.put(Envelope.of(Address.of(sender), all), "Subject: test\r\n\r\ntext\r\n", wall);
    }

    Optional<StoredMessage> stored(QueueId id) {
        try {
            return store.load(id);
        } catch (QueueException e) {
            throw new AssertionError(e);
        }
    }

    void awaitGone(StoredMessage message) {
        events.await(message.id() + " removed", () -> stored(message.id()).isEmpty());
    }

    /** Waits until the message is in the deferred queue and not active. */
    StoredMessage awaitDeferred(StoredMessage message) {
        return awaitUpdates(message, 1);
    }

    StoredMessage awaitUpdates(StoredMessage message, int count) {
        events.await(message.id() + " deferred", () -> store.updatesOf(message.id()).size() >= count
                && stored(message.id()).filter(m -> m.queue() == QueueName.DEFERRED).isPresent() && !isActive(message.id()));
        return stored(message.id()).orElseThrow();
    }

    boolean isActive(QueueId id) {
        return engine.isActive(id);
    }

    void awaitLog(String part) {
        events.await("log line with " + part, () -> logged(part) > 0);
    }

    long logged(String part) {
        return log.stream().filter(line -> line.contains(part)).count();
    }

    long deliveriesTo(String recipient) {
        return deliveries.stream().flatMap(d -> d.addresses().stream()).filter(r -> r.address().text().equals(recipient)).count();
    }

    void awaitDeliveriesTo(String recipient, long count) {
        events.await(count + " deliveries to " + recipient, () -> deliveriesTo(recipient) >= count);
    }

    // --- fakes

    Router router() {
        return new Router() {
            @Override
            public Address rewrite(Address address, Context context, Settings settings) {
                return address;
            }

            @Override
            public Resolution resolve(Address sender, Address recipient, Settings settings) {
                if (!routerWorks) {
                    return new Resolution.Unavailable("table trouble");
                }
                return switch (recipient.domain()) {
                    case "nonsense" -> new Resolution.Undeliverable(EnhancedStatus.of("5.1.3"), "bad address syntax");
                    case "unknown.transport" -> new Resolution.Route(AddressClass.DEFAULT, "nosuch", recipient.domain(), recipient);
                    case "example.test" -> new Resolution.Route(AddressClass.LOCAL, "local", "example.test", recipient);
                    case "slow.test" -> new Resolution.Route(AddressClass.DEFAULT, "slow", "slow.test", recipient);
                    default -> new Resolution.Route(AddressClass.DEFAULT, "smtp", recipient.domain(), recipient);
                };
            }

            @Override
            public Resolution resolveAnew(Address sender, Address recipient, Settings settings) {
                resolvedAnew.add(recipient.text());
                return resolve(sender, recipient, settings);
            }
        };
    }

    Reporter reporter() {
        return new Reporter() {
            @Override
            public void failed(StoredMessage message, List<Failure> failures, Settings settings) throws QueueException {
                told("failed " + message.id() + " " + failures.stream().map(f -> f.recipient() + ":" + f.reason().status()).toList());
            }

            @Override
            public void delayed(StoredMessage message, List<Failure> failures, Settings settings) throws QueueException {
                told("delayed " + message.id() + " " + failures.stream().map(Failure::recipient).toList());
            }

            @Override
            public void delivered(StoredMessage message, List<Success> successes, Settings settings) throws QueueException {
                told("delivered " + message.id() + " " + successes.stream().map(s -> s.recipient() + ":" + s.action()).toList());
            }

            private void told(String what) throws QueueException {
                if (reportError != null) {
                    throw reportError;
                }
                if (!reporterWorks) {
                    throw new QueueException(QueueException.Kind.UNAVAILABLE, "no report today");
                }
                reports.add(what);
                events.happened();
            }
        };
    }

    void hang(String domain) {
        gates.put(domain, new java.util.concurrent.CountDownLatch(1));
    }

    void open(String domain) {
        gates.remove(domain).countDown();
    }

    DeliveryResult deliver(Delivery delivery) throws InterruptedException {
        deliveries.add(delivery);
        events.happened();
        java.util.concurrent.CountDownLatch gate = gates.get(delivery.nextHop());
        if (gate != null) {
            gate.await();
        }
        var outcomes = new ArrayList<Outcome>();
        Optional<Reason> down = Optional.empty();
        for (int i = 0; i < delivery.recipients().size(); i++) {
            int number = delivery.recipients().get(i);
            String kind = delivery.addresses().get(i).address().domain().split("\\.")[0];
            outcomes.add(switch (kind) {
                case "later" -> new Outcome.Deferred(number, LATER, "mx[192.0.2.1]:25", Timing.NONE);
                case "gone" -> new Outcome.Bounced(number, GONE, "mx[192.0.2.1]:25", Timing.NONE);
                case "down" -> {
                    down = Optional.of(DOWN);
                    yield new Outcome.Deferred(number, DOWN, "none", Timing.NONE);
                }
                default -> new Outcome.Delivered(number, EnhancedStatus.of("2.0.0"), "250 2.0.0 Ok", false, "mx[192.0.2.1]:25", new Timing(1_000_000, 2_000_000, 0));
            });
        }
        return new DeliveryResult(outcomes, down);
    }

    static boolean isDone(RecipientState state) {
        return state instanceof RecipientState.Done;
    }

    @Override
    public void close() throws Exception {
        gates.values().forEach(java.util.concurrent.CountDownLatch::countDown);
        engine.close();
        logging.close();
    }
}
