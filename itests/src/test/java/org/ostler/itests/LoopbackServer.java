// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Runs the test's code for each connection, on a virtual thread, as its namesake in mail-spi-tck does: that is no bundle, and these tests run in the container. A session that loses its client has ended. */
final class LoopbackServer implements AutoCloseable {

    interface Session {
        void serve(Socket socket) throws IOException;
    }

    private final Session session;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Thread acceptor;

    /** @param port 0: any that is free */
    LoopbackServer(int port, Session session) throws IOException {
        this.session = session;
        listener = new ServerSocket(port, 100, InetAddress.getLoopbackAddress());
        acceptor = Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                if (listener.isClosed()) {
                    return;
                }
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException end) {
            return;
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            session.serve(socket);
        } catch (IOException lost) {
            return;
        } finally {
            open.remove(socket);
        }
    }

    /** Nobody is answered any more when this returns, and the port is free: accept takes one more connection after the close. */
    @Override
    public void close() throws IOException {
        listener.close();
        try {
            if (!acceptor.join(Duration.ofSeconds(30))) {
                throw new IOException("the acceptor does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Socket socket : open) {
            socket.close();
        }
    }
}
