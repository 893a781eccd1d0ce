// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A client that sends one message and tells how it went. One thread. */
final class OneMessage implements AutoCloseable {

    private static final int REPLY_LIMIT_MILLIS = 60_000;

    private final Socket socket;
    private final BufferedReader in;
    private final OutputStream out;

    OneMessage(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(REPLY_LIMIT_MILLIS);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        out = socket.getOutputStream();
    }

    /** The first reply that is not what it should be, or the one to the whole message. */
    String send(String sender, String recipient, String id) throws IOException {
        String reply = reply();
        String end = "Subject: table\r\nX-Test-Id: " + id + "\r\n\r\nOne message.\r\n.";
        for (String line : List.of("EHLO client.example.test", "MAIL FROM:<" + sender + ">", "RCPT TO:<" + recipient + ">", "DATA", end)) {
            if (!reply.startsWith("2") && !reply.startsWith("3")) {
                return reply;
            }
            out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            reply = reply();
        }
        return reply;
    }

    private String reply() throws IOException {
        String line = in.readLine();
        while (line != null && line.length() > 3 && line.charAt(3) == '-') {
            line = in.readLine();
        }
        return line == null ? "connection lost" : line;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
