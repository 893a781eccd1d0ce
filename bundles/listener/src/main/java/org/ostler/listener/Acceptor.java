// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;

/**
 * One listening socket and the thread that takes its connections.
 *
 * <p>A row serves a bounded number of connections; beyond it clients wait in the kernel's backlog, as with Postfix. The row and its settings may be replaced while
 * the socket stays ({@link #serve}); a connection keeps those in force when it came.
 *
 * <p><b>Threads</b> a virtual one of its own; the other methods any. <b>Errors</b> trouble of a single accept (no file descriptors) is logged, and tried again after a second.
 */
final class Acceptor implements AutoCloseable {

    static final int BACKLOG = 4096;
    /** Connections of a row that has no explicit limit. */
    static final int OWN_LIMIT = 2000;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long WARN_INTERVAL = TimeUnit.MINUTES.toNanos(1);

    /** What the row says now. */
    record Target(ServiceRow row, Settings settings, boolean ipv4, boolean ipv6, int limit) {

        static Target of(ServiceRow row, Generation generation) {
            Settings settings = generation.settings(row);
            var protocols = String.join(" ", settings.get(ListenerParameters.INET_PROTOCOLS)).toLowerCase(java.util.Locale.ROOT);
            boolean all = protocols.contains("all");
            return new Target(row, settings, all || protocols.contains("ipv4"), all || protocols.contains("ipv6"), limit(row, settings));
        }

        private static int limit(ServiceRow row, Settings settings) {
            if (row.maxproc().isPresent()) {
                return row.maxproc().getAsInt() == 0 ? Integer.MAX_VALUE : row.maxproc().getAsInt();
            }
            return settings.isSet("default_process_limit") ? settings.get(ListenerParameters.DEFAULT_PROCESS_LIMIT) : OWN_LIMIT;
        }
    }

    private final InetSocketAddress wanted;
    private final ServerSocketChannel channel;
    private final BiConsumer<Target, Socket> session;
    private final Gate gate = new Gate();
    private final MailLog log;
    private final Thread thread;
    private volatile Target target;
    private long lastWarning = System.nanoTime() - WARN_INTERVAL;

    /** Binds and starts. @param session called on the connection's own virtual thread; closes the socket */
    Acceptor(InetSocketAddress address, Target target, MailLog log, BiConsumer<Target, Socket> session) throws IOException {
        this.wanted = address;
        this.target = target;
        this.log = log;
        this.session = session;
        boolean ipv6 = address.getAddress() instanceof Inet6Address;
        this.channel = ServerSocketChannel.open(ipv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(address, BACKLOG);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        this.thread = Thread.ofVirtual().name("accept-" + address).start(this::run);
    }

    /** The address asked for; the port may be 0. */
    InetSocketAddress wanted() {
        return wanted;
    }

    InetSocketAddress bound() throws IOException {
        return (InetSocketAddress) channel.getLocalAddress();
    }

    Target target() {
        return target;
    }

    void serve(Target next) {
        target = next;
        gate.wake();
    }

    private void run() {
        while (channel.isOpen()) {
            try {
                if (gate.enter(() -> target.limit(), this::warnFull)) {
                    accept();
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException | Error e) {
                // No file descriptors, or no memory for a moment: a thread that ended here would leave a port that is open and never answers.
                log.warning("accept connection on " + wanted + ": " + (e instanceof IOException ? e.getMessage() : e));
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
            }
        }
    }

    private void accept() throws IOException {
        SocketChannel accepted = null;
        try {
            accepted = channel.accept();
            serve(target, accepted.socket());
        } catch (IOException | RuntimeException | Error e) {
            gate.leave();
            if (accepted != null) {
                accepted.close();
            }
            throw e;
        }
    }

    private void serve(Target now, Socket socket) {
        Thread.ofVirtual().name("session").start(() -> {
            try {
                boolean ipv4 = socket.getInetAddress() instanceof Inet4Address;
                if (ipv4 ? now.ipv4 : now.ipv6) {
                    socket.setTcpNoDelay(true);
                    session.accept(now, socket);
                }
            } catch (IOException e) {
                log.warning("connection lost before its session began: " + e.getMessage());
            } finally {
                close(socket);
                gate.leave();
            }
        });
    }

    private void warnFull() {
        long now = System.nanoTime();
        if (now - lastWarning >= WARN_INTERVAL) {
            lastWarning = now;
            log.warning("service \"" + target.row.name() + "\" has reached its process limit \"" + target.limit
                    + "\": new clients may experience noticeable delays");
        }
    }

    private void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            log.warning("close " + wanted + ": " + e.getMessage());
        }
    }

    /**
     * Stops listening; sessions go on. The port is free when this returns: the socket of a thread that waits in accept stays open until that thread has run, refuses the port to the next acceptor,
     * and takes one more connection, which is served as any other.
     */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.warning("close " + wanted + ": " + e.getMessage());
        }
        gate.close();
        LockSupport.unpark(thread);
        try {
            if (!thread.join(PATIENCE)) {
                log.warning("close " + wanted + ": the socket is still in use");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
