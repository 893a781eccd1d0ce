// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A server of socketmap_table(5), on loopback, that knows one key. One virtual thread per connection. */
final class SmallSocketmap implements AutoCloseable {

    private static final int LONGEST = 1000;

    private final ServerSocket server = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final String known;
    private final String value;

    /** @param known name of the map, blank, key */
    SmallSocketmap(String known, String value) throws IOException {
        this.known = known;
        this.value = value;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        open.add(socket);
        try (socket) {
            socket.setTcpNoDelay(true);
            var in = new BufferedInputStream(socket.getInputStream());
            while (!server.isClosed()) {
                String reply = read(in).equals(known) ? "OK " + value : "NOTFOUND ";
                socket.getOutputStream().write((reply.length() + ":" + reply + ",").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException lost) {
            // The table was closed: its bundle went. It connects again when it is back.
            return;
        } finally {
            open.remove(socket);
        }
    }

    /** One netstring. */
    private static String read(InputStream in) throws IOException {
        int length = 0;
        for (int c = in.read(); c != ':'; c = in.read()) {
            if (c < '0' || c > '9' || length > LONGEST) {
                throw new EOFException("no netstring");
            }
            length = length * 10 + c - '0';
        }
        String text = new String(in.readNBytes(length), StandardCharsets.US_ASCII);
        if (in.read() != ',') {
            throw new EOFException("no end of netstring");
        }
        return text;
    }
}
