// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** The next host: an SMTP server that takes everything and remembers the test's message ids. One virtual thread per connection. */
final class MailSink implements AutoCloseable {

    private final LoopbackServer server;
    private final Set<String> ids = new ConcurrentSkipListSet<>();

    MailSink(int port) throws IOException {
        server = new LoopbackServer(port, this::serve);
    }

    Set<String> ids() {
        return ids;
    }

    /** Ends the connections as well: a client that keeps one would go on talking to a sink that nobody reads. */
    @Override
    public void close() throws IOException {
        server.close();
    }

    /** A client that goes away, as clients do while they are replaced, sends again what it did not get a 250 for. */
    private void serve(Socket socket) throws IOException {
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        OutputStream out = socket.getOutputStream();
        say(out, "220 sink.example.test ESMTP");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equalsIgnoreCase("DATA")) {
                say(out, "354 go on");
                ids.add(readMessage(in));
                say(out, "250 2.0.0 Ok");
            } else if (line.equalsIgnoreCase("QUIT")) {
                say(out, "221 2.0.0 Bye");
                return;
            } else {
                say(out, "250 2.0.0 Ok");
            }
        }
    }

    private static String readMessage(BufferedReader in) throws IOException {
        String id = "none";
        for (String line = in.readLine(); !".".equals(line); line = in.readLine()) {
            if (line == null) {
                throw new IOException("connection lost in a message");
            }
            if (line.startsWith("X-Test-Id: ")) {
                id = line.substring("X-Test-Id: ".length());
            }
        }
        return id;
    }

    private static void say(OutputStream out, String reply) throws IOException {
        out.write((reply + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }
}
