// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A client that writes what it is told, byte for byte, for what no script of a conversation says: half of a line, too much, an end in the middle. */
final class RawClient implements AutoCloseable {

    final Socket socket;
    private final BufferedReader in;

    /** The greeting is not read yet. */
    RawClient(Server server) throws IOException {
        socket = new Socket(server.address().getAddress(), server.address().getPort());
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    }

    /** One that has said DATA, and may begin. */
    static RawClient inMessage(Server server) throws IOException {
        var client = new RawClient(server);
        client.reply();
        for (String command : List.of("HELO x", "MAIL FROM:<a@b.c>", "RCPT TO:<d@e.f>", "DATA")) {
            client.send(command + "\r\n");
            client.reply();
        }
        return client;
    }

    RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.US_ASCII));
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** @return the next line; null where the server has closed */
    String reply() throws IOException {
        return in.readLine();
    }

    /** All lines until the server closes. */
    List<String> replies() {
        return in.lines().toList();
    }

    /** Nothing more will be sent. */
    void end() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
