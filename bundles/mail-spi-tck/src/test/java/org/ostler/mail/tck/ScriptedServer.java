// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Accepts one connection, says what it is told at once, collects what it hears, then closes or stays silent. */
final class ScriptedServer implements AutoCloseable {

    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final Thread thread;
    private volatile String heard = "";
    private volatile Socket peer;

    /** @param says one part for each chunk of client input; the first part is said at once */
    ScriptedServer(boolean closes, String... says) throws IOException {
        thread = Thread.ofVirtual().start(() -> serve(closes, says));
    }

    private void serve(boolean closes, String[] says) {
        try (Socket socket = listener.accept()) {
            peer = socket;
            byte[] buffer = new byte[65_536];
            for (int i = 0; i < says.length; i++) {
                if (i > 0) {
                    int n = socket.getInputStream().read(buffer);
                    heard += new String(buffer, 0, Math.max(n, 0), StandardCharsets.ISO_8859_1);
                }
                socket.getOutputStream().write(says[i].getBytes(StandardCharsets.UTF_8));
            }
            while (!closes) {
                int n = socket.getInputStream().read(buffer);
                if (n < 0) {
                    return;
                }
                heard += new String(buffer, 0, n, StandardCharsets.ISO_8859_1);
            }
        } catch (IOException e) {
            heard += "[" + e.getMessage() + "]";
        }
    }

    InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    String heard() throws InterruptedException {
        thread.join(java.time.Duration.ofSeconds(10));
        return heard;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        if (peer != null) {
            peer.close();
        }
    }
}
