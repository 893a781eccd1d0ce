// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.listen.spi.ConnectionHandler;
import org.ostler.mail.log.MailLog;

/**
 * Listens on the inet rows of master.cf.
 *
 * <h2>Description</h2>
 * A row is bound when its program has a handler for the first time, and stays bound while it is in the configuration: a handler that is replaced costs no connection.
 * A new generation opens, closes and keeps sockets; sessions go on with the settings under which they came. With IPv6 and IPv4 both in use the wildcard is one socket.
 *
 * <h2>Security</h2>
 * Reads nothing from a client. Bounds: connections per row, time per session (the handler's deadline).
 *
 * <h2>Diagnostics</h2>
 * {@code fatal: bind HOST port N: reason} for a row that cannot be bound, the others are served; {@code warning: service ... has reached its process limit}.
 * {@code $queue_directory/pid/ports} names what answers.
 *
 * <p><b>Threads</b> one virtual thread per socket and per connection, one platform thread for the deadlines. <b>Blocking</b> a handler that leaves is waited for at most 5 s.
 */
@Component(name = "listener", service = {}, immediate = true)
public final class ListenerService {

    /** How long a connection waits for a handler. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final ReentrantLock lock = new ReentrantLock();
    private final Deadlines deadlines = new Deadlines(System::nanoTime);
    private final ClientCounts counts = new ClientCounts();
    private final Handlers handlers = new Handlers(this::synchronise);
    private final Map<InetSocketAddress, Acceptor> open = new LinkedHashMap<>();
    private final Map<Configuration, AutoCloseable> subscriptions = new LinkedHashMap<>();
    private final long patience;
    private Optional<Generation> generation = Optional.empty();
    private Optional<Path> portsFile = Optional.empty();
    private boolean stopped;

    public ListenerService() {
        this(PATIENCE);
    }

    /** @param patience nanoseconds that a connection waits for a handler */
    ListenerService(long patience) {
        this.patience = patience;
    }

    @Reference(service = Configuration.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindConfiguration(Configuration configuration) {
        AutoCloseable subscription = configuration.onChange(this::apply);
        lock.lock();
        try {
            subscriptions.put(configuration, subscription);
        } finally {
            lock.unlock();
        }
    }

    /** The last generation stays in force. */
    public void unbindConfiguration(Configuration configuration) {
        AutoCloseable subscription;
        lock.lock();
        try {
            subscription = subscriptions.remove(configuration);
        } finally {
            lock.unlock();
        }
        closeQuietly(subscription);
    }

    @Reference(service = ConnectionHandler.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindHandler(ConnectionHandler handler, ServiceReference<ConnectionHandler> reference) {
        for (String program : programs(reference)) {
            handlers.bind(program, handler, reference);
        }
    }

    public void unbindHandler(ConnectionHandler handler, ServiceReference<ConnectionHandler> reference) {
        for (String program : programs(reference)) {
            handlers.unbind(program, reference);
        }
    }

    /** Without OSGi. @param rank the highest wins */
    public void serve(String program, ConnectionHandler handler, Comparable<?> rank) {
        handlers.bind(program, handler, rank);
    }

    /** Without OSGi. */
    public void dismiss(String program, Comparable<?> rank) {
        handlers.unbind(program, rank);
    }

    private static List<String> programs(ServiceReference<?> reference) {
        return switch (reference.getProperty("program")) {
            case String one -> List.of(one);
            case String[] several -> List.of(several);
            case null, default -> List.of();
        };
    }

    /** A new generation is in force. */
    public void apply(Generation next) {
        lock.lock();
        try {
            generation = Optional.of(next);
        } finally {
            lock.unlock();
        }
        synchronise();
    }

    /** Addresses that answer now. */
    public List<InetSocketAddress> addresses() {
        lock.lock();
        try {
            return bound();
        } finally {
            lock.unlock();
        }
    }

    @Deactivate
    public void stop() {
        lock.lock();
        try {
            stopped = true;
            open.values().forEach(Acceptor::close);
            open.clear();
            publish();
        } finally {
            lock.unlock();
        }
        handlers.drainAll(TimeUnit.SECONDS.toNanos(5));
        deadlines.close();
    }

    /** Makes the sockets what generation and handlers ask for. */
    private void synchronise() {
        lock.lock();
        try {
            if (stopped || generation.isEmpty()) {
                return;
            }
            Map<InetSocketAddress, Acceptor.Target> wanted = wanted(generation.get());
            open.entrySet().removeIf(entry -> {
                boolean gone = !wanted.containsKey(entry.getKey());
                if (gone) {
                    entry.getValue().close();
                }
                return gone;
            });
            wanted.forEach(this::serve);
            publish();
        } finally {
            lock.unlock();
        }
    }

    /** A row whose program has no handler is wanted only where it is open already. */
    private Map<InetSocketAddress, Acceptor.Target> wanted(Generation now) {
        var wanted = new LinkedHashMap<InetSocketAddress, Acceptor.Target>();
        for (ServiceRow row : now.rows()) {
            if (!row.type().equals("inet")) {
                continue;
            }
            boolean served = handlers.serves(row.command());
            try {
                for (InetSocketAddress address : Endpoints.of(row, now.settings(row))) {
                    Acceptor present = open.get(address);
                    if (served || present != null && present.target().row().command().equals(row.command())) {
                        wanted.putIfAbsent(address, Acceptor.Target.of(row, now));
                    }
                }
            } catch (Endpoints.BadRowException e) {
                if (served) {
                    log().fatal(row.file() + ": line " + row.line() + ": " + e.getMessage());
                }
            }
        }
        return wanted;
    }

    private void serve(InetSocketAddress address, Acceptor.Target target) {
        Acceptor present = open.get(address);
        if (present != null) {
            present.serve(target);
            return;
        }
        try {
            open.put(address, new Acceptor(address, target, log(), this::session));
        } catch (IOException | UnsupportedOperationException e) {
            log().fatal("bind " + address.getAddress().getHostAddress() + " port " + address.getPort() + ": " + e.getMessage());
        }
    }

    private void publish() {
        Optional<Path> next = generation.map(g -> PortsFile.of(g.main().text("queue_directory")));
        try {
            if (portsFile.isPresent() && (open.isEmpty() || !portsFile.equals(next))) {
                PortsFile.remove(portsFile.get());
                portsFile = Optional.empty();
            }
            if (next.isPresent() && !open.isEmpty()) {
                PortsFile.write(next.get(), bound());
                portsFile = next;
            }
        } catch (IOException e) {
            log().warning("cannot write " + next.map(Path::toString).orElse("pid/ports") + ": " + e.getMessage());
        }
    }

    private List<InetSocketAddress> bound() {
        var out = new ArrayList<InetSocketAddress>();
        for (Acceptor acceptor : open.values()) {
            try {
                out.add(acceptor.bound());
            } catch (IOException e) {
                log().warning("socket of " + acceptor.wanted() + ": " + e.getMessage());
            }
        }
        return out;
    }

    /** One connection, on its own thread. The acceptor closes the socket. */
    private void session(Acceptor.Target target, Socket socket) {
        var network = ClientCounts.Network.of(target.row().key(), socket.getInetAddress(),
                target.settings().get(ListenerParameters.SMTPD_CLIENT_IPV4_PREFIX_LENGTH),
                target.settings().get(ListenerParameters.SMTPD_CLIENT_IPV6_PREFIX_LENGTH));
        var connection = new Accepted(socket, target.row(), target.settings(), counts.enter(network), deadlines);
        deadlines.watch(connection);
        try {
            Optional<Handlers.Serving> serving = handlers.enter(target.row().command(), connection, patience);
            if (serving.isEmpty()) {
                refuse(target, connection);
                return;
            }
            try {
                serving.get().handler().serve(connection);
            } finally {
                serving.get().leave(connection);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            log().error(target.row().command() + " session ended by a bug: " + e);
            org.slf4j.LoggerFactory.getLogger(ListenerService.class).error("session of {}", target.row().key(), e);
        } finally {
            deadlines.forget(connection);
            counts.leave(network);
        }
    }

    private void refuse(Acceptor.Target target, Accepted connection) {
        connection.deadline(TimeUnit.SECONDS.toNanos(5));
        String host = target.settings().text("myhostname");
        String ip = connection.socket().getInetAddress().getHostAddress();
        log().warning("no " + target.row().command() + " to serve a connection from " + (connection.socket().getInetAddress() instanceof Inet6Address ? "[" + ip + "]" : ip));
        try {
            connection.socket().getOutputStream()
                    .write(("421 4.3.0 " + host + " Service unavailable - try again later\r\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(ListenerService.class).debug("the client did not wait for 421", e);
        }
    }

    private void closeQuietly(AutoCloseable subscription) {
        try {
            if (subscription != null) {
                subscription.close();
            }
        } catch (Exception e) {
            log().warning("configuration: " + e.getMessage());
        }
    }

    private MailLog log() {
        return MailLog.of(generation.map(g -> g.main().text("syslog_name")).orElse("postfix") + "/master");
    }
}
