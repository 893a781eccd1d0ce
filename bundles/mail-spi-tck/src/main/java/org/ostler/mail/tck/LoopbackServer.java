// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server that a test needs on the other side: it listens, and runs the test's code for each connection.
 *
 * <p><b>Threads</b> any; one virtual thread per connection. <b>Errors</b> an {@link IOException} ends its session and is nobody's concern: the client went away, or the server was closed.
 */
public final class LoopbackServer implements AutoCloseable {

    /** What a connection meets; it is closed when this returns. */
    @FunctionalInterface
    public interface Session {
        void serve(SocketChannel peer) throws IOException;
    }

    private static final int BACKLOG = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Session session;
    private final ServerSocketChannel listener;
    private final SocketAddress address;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final Thread acceptor;
    private volatile boolean closed;

    /** On any port that is free. */
    public LoopbackServer(Session session) throws IOException {
        this(0, session);
    }

    /** @param port 0: any that is free */
    public LoopbackServer(int port, Session session) throws IOException {
        this(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), session);
    }

    /** @param wanted an address of the loopback, or a path */
    public LoopbackServer(SocketAddress wanted, Session session) throws IOException {
        this.session = session;
        listener = wanted instanceof UnixDomainSocketAddress ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
        try {
            address = listener.bind(wanted, BACKLOG).getLocalAddress();
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        acceptor = Thread.ofVirtual().name("accept-" + address).start(this::accept);
    }

    /** Throws {@link ClassCastException} where it is a path. */
    public InetSocketAddress address() {
        return (InetSocketAddress) address;
    }

    public int port() {
        return address().getPort();
    }

    /** How many have been accepted so far. */
    public int connections() {
        return connections.get();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel peer = listener.accept();
                open.add(peer);
                if (closed) {
                    return;
                }
                connections.incrementAndGet();
                Thread.ofVirtual().name("serve-" + address).start(() -> serve(peer));
            }
        } catch (IOException end) {
            return;
        }
    }

    private void serve(SocketChannel peer) {
        try (peer) {
            session.serve(peer);
        } catch (IOException gone) {
            return;
        } finally {
            open.remove(peer);
        }
    }

    /** Hangs up on everybody, but goes on listening. */
    public void hangUp() throws IOException {
        for (SocketChannel peer : open) {
            peer.close();
        }
    }

    /** Nobody is answered any more when this returns, and the port is free: the socket of a virtual thread that waits in accept stays open, and takes one more connection, until that thread has run. */
    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
        try {
            if (!acceptor.join(PATIENCE)) {
                throw new IOException("the acceptor does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        hangUp();
    }
}
