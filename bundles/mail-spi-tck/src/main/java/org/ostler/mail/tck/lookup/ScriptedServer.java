// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.ostler.mail.tck.LoopbackServer;

/**
 * A server on the loopback that answers each request by a function; texts have one character per byte. An empty reply closes the connection; {@link #SILENCE} lets the client wait.
 *
 * <p><b>Threads</b> one virtual thread per connection; all end at {@link #close}.
 */
public final class ScriptedServer implements AutoCloseable {

    /** What a request is: a line, or the text of a netstring. */
    public enum Framing { LINE, NETSTRING }

    /** No reply, and the connection stays open. */
    public static final String SILENCE = "\0silence";

    private final Framing framing;
    private final UnaryOperator<String> replies;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final LoopbackServer server;

    public ScriptedServer(Framing framing, UnaryOperator<String> replies) throws IOException {
        this(framing, 0, replies);
    }

    /** @param port 0: any that is free */
    public ScriptedServer(Framing framing, int port, UnaryOperator<String> replies) throws IOException {
        this.framing = framing;
        this.replies = replies;
        this.server = new LoopbackServer(port, this::serve);
    }

    public int port() {
        return server.port();
    }

    /** In the order in which they came. */
    public List<String> requests() {
        return requests;
    }

    /** How many have been accepted so far. */
    public int connections() {
        return server.connections();
    }

    /** A port on which nobody listens. */
    public static int closedPort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    public static String netstring(String text) {
        return text.length() + ":" + text + ",";
    }

    private void serve(SocketChannel peer) throws IOException {
        var in = new BufferedInputStream(Channels.newInputStream(peer));
        OutputStream out = Channels.newOutputStream(peer);
        for (String request = request(in); request != null; request = request(in)) {
            requests.add(request);
            String reply = replies.apply(request);
            if (reply.isEmpty()) {
                return;
            }
            if (!reply.equals(SILENCE)) {
                out.write(reply.getBytes(ISO_8859_1));
            }
        }
    }

    private String request(InputStream in) throws IOException {
        if (framing == Framing.LINE) {
            String line = until(in, '\n');
            return line == null || !line.endsWith("\r") ? line : line.substring(0, line.length() - 1);
        }
        String length = until(in, ':');
        if (length == null) {
            return null;
        }
        byte[] text = in.readNBytes(Integer.parseInt(length) + 1);
        return new String(text, 0, text.length - 1, ISO_8859_1);
    }

    private static String until(InputStream in, char end) throws IOException {
        var text = new StringBuilder();
        for (int c = in.read(); c != end; c = in.read()) {
            if (c < 0) {
                return null;
            }
            text.append((char) c);
        }
        return text.toString();
    }

    /** Hangs up on everybody, but goes on listening. */
    public void hangUp() throws IOException {
        server.hangUp();
    }

    /** Nobody is answered any more when this returns. */
    @Override
    public void close() throws IOException {
        server.close();
    }
}
