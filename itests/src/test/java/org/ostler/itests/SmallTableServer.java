// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** A server of socketmap_table(5) or tcp_table(5), on loopback, that knows one key. One virtual thread per connection. */
final class SmallTableServer implements AutoCloseable {

    private static final int LONGEST = 1000;

    private interface Protocol {
        /** Reads one question. @return the answer, as it goes over the wire */
        String answer(InputStream in) throws IOException;
    }

    private final LoopbackServer server;

    private SmallTableServer(Protocol protocol) throws IOException {
        server = new LoopbackServer(0, socket -> serve(socket, protocol));
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
        return server.port();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    /** Until the table is closed, as when its bundle goes. It connects again when it is back. */
    private static void serve(Socket socket, Protocol protocol) throws IOException {
        socket.setTcpNoDelay(true);
        var in = new BufferedInputStream(socket.getInputStream());
        while (true) {
            socket.getOutputStream().write(protocol.answer(in).getBytes(StandardCharsets.US_ASCII));
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
