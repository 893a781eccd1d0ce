// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** An SMTP session by hand. Reads wait at most a minute. */
final class Dialogue implements AutoCloseable {

    private final Socket socket;
    private final BufferedReader in;

    /** Connects and reads the greeting. */
    Dialogue(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        reply();
    }

    Socket socket() {
        return socket;
    }

    /** Sends a line, returns the reply with all its lines. */
    String say(String line) throws IOException {
        raw(line + "\r\n");
        return reply();
    }

    void raw(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** The next reply; empty at the end of the connection. */
    String reply() throws IOException {
        var reply = new StringBuilder();
        String line = in.readLine();
        while (line != null) {
            reply.append(line).append('\n');
            if (line.length() < 4 || line.charAt(3) != '-') {
                break;
            }
            line = in.readLine();
        }
        return reply.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
