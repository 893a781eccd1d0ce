// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A server of socketmap_table(5) or tcp_table(5), on loopback, that knows one key. One virtual thread per connection. */
final class SmallTableServer implements AutoCloseable {

    private static final int LONGEST = 1000;

    private interface Protocol {
        /** Reads one question. @return the answer, as it goes over the wire */
        String answer(InputStream in) throws IOException;
    }

    private final ServerSocket server = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Protocol protocol;

    private SmallTableServer(Protocol protocol) throws IOException {
        this.protocol = protocol;
        Thread.ofVirtual().start(this::accept);
    }

    /** @param known name of the map, blank, key */
    static SmallTableServer socketmap(String known, String value) throws IOException {
        return new SmallTableServer(in -> {
            String reply = netstring(in).equals(known) ? "OK " + value : "NOTFOUND ";
            return reply.length() + ":" + reply + ",";
        });
    }

    /** @param value of printable characters other than %, which need no encoding */
    static SmallTableServer tcp(String known, String value) throws IOException {
        return new SmallTableServer(in -> URLDecoder.decode(line(in).replace("+", "%2B"), StandardCharsets.US_ASCII).equals("get " + known) ? "200 " + value + "\n" : "500 nothing\n");
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
                socket.getOutputStream().write(protocol.answer(in).getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException lost) {
            // The table was closed: its bundle went. It connects again when it is back.
            return;
        } finally {
            open.remove(socket);
        }
    }

    private static String netstring(InputStream in) throws IOException {
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

    private static String line(InputStream in) throws IOException {
        var text = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 || text.length() > LONGEST) {
                throw new EOFException("no line");
            }
            text.append((char) c);
        }
        return text.toString();
    }
}
