// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.control.spi.ControlCommand;
import org.ostler.mail.control.spi.ControlCommand.ControlException;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;

/**
 * Listens on {@code $queue_directory/private/control} and runs the commands that are services.
 *
 * <h2>Security</h2>
 * The directory has mode 0700, so only the owner of the instance and root can connect.
 *
 * <p><b>Threads</b> one virtual thread accepts, one per connection. At most {@value #MOST_CONNECTIONS} connections at once; further ones wait. A command that is away is waited for a short time, then refused.
 */
@Component(name = "control", service = ControlServer.class, immediate = true)
public final class ControlServer {

    private static final int MOST_CONNECTIONS = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Map<String, Leased<ControlCommand>> commands = new ConcurrentHashMap<>();
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final Semaphore places = new Semaphore(MOST_CONNECTIONS);
    private final MailLog log = MailLog.of("postfix/control");
    private ServerSocketChannel listening;
    private Thread acceptor;
    private Path path;

    @Activate
    public ControlServer() {}

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.OPTIONAL)
    void bindConfiguration(Configuration configuration) {
        try {
            listen(configuration.current().main().text("queue_directory"));
        } catch (IOException e) {
            log.error("no control socket: " + e.getMessage());
        }
    }

    void unbindConfiguration(Configuration configuration) {
        // The socket stays while the configuration is being replaced: queue_directory changes by restart only, as in Postfix.
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    public void bindCommand(ControlCommand command, ServiceReference<ControlCommand> ref) {
        named(ref.getProperty("command.name").toString()).bind(command, ref);
    }

    public void unbindCommand(ControlCommand command, ServiceReference<ControlCommand> ref) {
        named(ref.getProperty("command.name").toString()).unbind(command, ref);
    }

    /** Without a container. */
    void command(String name, ControlCommand command) {
        named(name).bind(command, 0);
    }

    private Leased<ControlCommand> named(String name) {
        return commands.computeIfAbsent(name, n -> new Leased<>("command " + n, PATIENCE));
    }

    synchronized void listen(String queueDirectory) throws IOException {
        Path wanted = Protocol.socket(queueDirectory);
        if (wanted.equals(path)) {
            return;
        }
        Files.createDirectories(wanted.getParent().getParent());
        if (!Files.isDirectory(wanted.getParent())) {
            Files.createDirectory(wanted.getParent());
        }
        Files.setPosixFilePermissions(wanted.getParent(), PosixFilePermissions.fromString("rwx------"));
        // A socket left by a process that was killed. A live one cannot be here: the queue store holds its lock.
        Files.deleteIfExists(wanted);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(wanted));
        Files.setPosixFilePermissions(wanted, PosixFilePermissions.fromString("rw-------"));
        listening = channel;
        path = wanted;
        acceptor = Thread.ofVirtual().name("control").start(() -> accept(channel));
    }

    private void accept(ServerSocketChannel channel) {
        while (channel.isOpen()) {
            try {
                places.acquire();
                SocketChannel connection = channel.accept();
                open.add(connection);
                Thread.ofVirtual().name("control-session").start(() -> serve(connection));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                places.release();
                log.warning("control socket: " + e.getMessage());
                // No file descriptors, perhaps: the next attempt would fail the same way.
                LockSupport.parkNanos(PAUSE.toNanos());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            var in = new BufferedReader(new InputStreamReader(Channels.newInputStream(connection), StandardCharsets.UTF_8));
            for (List<String> request = Protocol.readRequest(in); !request.isEmpty(); request = Protocol.readRequest(in)) {
                write(connection, run(request, connection) + "\n");
            }
        } catch (IOException | UncheckedIOException e) {
            // The client went away: its business.
            log.info("control session ended: " + e.getMessage());
        } finally {
            open.remove(connection);
            places.release();
        }
    }

    /** @return the last line of the answer */
    private String run(List<String> request, SocketChannel connection) {
        Leased<ControlCommand> command = commands.get(request.getFirst());
        if (command == null) {
            return "error unknown command: " + Protocol.escape(request.getFirst());
        }
        var out = new Output(connection);
        try (Leased<ControlCommand>.Lease lease = command.acquire()) {
            lease.service().run(request.subList(1, request.size()), out::line);
            out.flush();
            return "ok";
        } catch (ControlException | UnavailableException e) {
            out.flush();
            return "error " + Protocol.escape(String.valueOf(e.getMessage()));
        } catch (UncheckedIOException e) {
            throw e;
        } catch (RuntimeException e) {
            log.error("command " + request.getFirst() + " failed: " + e);
            return "error internal error: " + Protocol.escape(e.toString());
        }
    }

    /** Collects lines, so that a long listing is not a system call per line. */
    private static final class Output {
        private static final int FULL = 32 * 1024;
        private final SocketChannel connection;
        private final StringBuilder text = new StringBuilder();

        Output(SocketChannel connection) {
            this.connection = connection;
        }

        void line(String line) {
            text.append('+').append(Protocol.escape(line)).append('\n');
            if (text.length() > FULL) {
                flush();
            }
        }

        void flush() {
            try {
                write(connection, text.toString());
                text.setLength(0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void write(SocketChannel connection, String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            connection.write(bytes);
        }
    }

    /** Nobody is connected when this returns. */
    @Deactivate
    synchronized void deactivate() throws IOException {
        if (listening != null) {
            listening.close();
            Files.deleteIfExists(path);
            // The acceptor may wait for a place. In accept it gets one more connection after the close, if somebody has just come.
            places.release();
            try {
                if (!acceptor.join(PATIENCE)) {
                    log.warning("control socket: still in use");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            for (SocketChannel connection : open) {
                connection.close();
            }
        }
    }
}
