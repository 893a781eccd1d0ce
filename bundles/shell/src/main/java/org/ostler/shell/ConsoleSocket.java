// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.log.MailLog;

/**
 * The console on {@code $queue_directory/private/shell}: a line in, its output back, with a prompt. The terminal of the caller edits the line, so it works in a pipe as well.
 *
 * <h2>Security</h2>
 * The directory has mode 0700: only the owner of the instance and root can connect. Each connection is logged.
 *
 * <p><b>Threads</b> one virtual thread accepts, one per connection; at most {@value #MOST} at once.
 */
@Component(name = "console", service = ConsoleSocket.class, immediate = true)
public final class ConsoleSocket {

    private static final int MOST = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final String PROMPT = "ostler> ";

    private final SessionFactory sessions;
    private final MailCommands commands;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final MailLog log = MailLog.of("postfix/console");
    private ServerSocketChannel listening;
    private Thread acceptor;
    private Path path;

    @Activate
    public ConsoleSocket(@Reference SessionFactory sessions, @Reference MailCommands commands) {
        this.sessions = sessions;
        this.commands = commands;
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.OPTIONAL)
    synchronized void bindConfiguration(Configuration configuration) {
        Path wanted = Path.of(configuration.current().main().text("queue_directory"), "private", "shell");
        if (wanted.equals(path)) {
            return;
        }
        try {
            Files.createDirectories(wanted.getParent());
            Files.setPosixFilePermissions(wanted.getParent(), PosixFilePermissions.fromString("rwx------"));
            Files.deleteIfExists(wanted);
            ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            channel.bind(UnixDomainSocketAddress.of(wanted));
            Files.setPosixFilePermissions(wanted, PosixFilePermissions.fromString("rw-------"));
            listening = channel;
            path = wanted;
            acceptor = Thread.ofVirtual().name("console").start(() -> accept(channel));
        } catch (IOException e) {
            log.error("no console: " + e.getMessage());
        }
    }

    void unbindConfiguration(Configuration configuration) {
        // The socket stays where it is while the configuration is replaced.
    }

    private void accept(ServerSocketChannel channel) {
        while (channel.isOpen()) {
            try {
                SocketChannel connection = channel.accept();
                if (open.size() >= MOST) {
                    connection.close();
                } else {
                    open.add(connection);
                    Thread.ofVirtual().name("console-session").start(() -> serve(connection));
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                log.warning("console: " + e.getMessage());
                // No file descriptors, perhaps: the next attempt would fail the same way.
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private void serve(SocketChannel connection) {
        log.info("console session begins");
        try (connection; PrintStream out = new PrintStream(Channels.newOutputStream(connection), true, StandardCharsets.UTF_8)) {
            var in = new BufferedReader(new InputStreamReader(Channels.newInputStream(connection), StandardCharsets.UTF_8));
            Session session = new PlainSession(sessions, commands::names, out);
            try {
                out.print(PROMPT);
                out.flush();
                for (String line = in.readLine(); line != null && !isEnd(line); line = in.readLine()) {
                    run(session, line, out);
                    out.print(PROMPT);
                    out.flush();
                }
            } finally {
                session.close();
            }
        } catch (IOException e) {
            log.info("console session: " + e.getMessage());
        } finally {
            open.remove(connection);
            log.info("console session ends");
        }
    }

    private static boolean isEnd(String line) {
        return line.strip().equals("exit") || line.strip().equals("logout") || line.strip().equals("quit");
    }

    private static void run(Session session, String line, PrintStream out) {
        if (line.isBlank()) {
            return;
        }
        try {
            Object result = session.execute(line);
            if (result != null) {
                out.println(result);
            }
        } catch (Exception e) {
            // What a command throws is the answer of that command; the session goes on.
            out.println(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    /** Nobody is connected when this returns: accept gives one more connection after the close, if somebody has just come. */
    @Deactivate
    synchronized void deactivate() throws IOException {
        if (listening != null) {
            listening.close();
            Files.deleteIfExists(path);
            try {
                if (!acceptor.join(PATIENCE)) {
                    log.warning("console: the socket is still in use");
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
