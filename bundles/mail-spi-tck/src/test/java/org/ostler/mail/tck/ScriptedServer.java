// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Says to one client what it is told at once, collects what it hears, then closes or stays silent. */
final class ScriptedServer implements AutoCloseable {

    private final LoopbackServer server;
    private final CountDownLatch served = new CountDownLatch(1);
    private volatile String heard = "";

    /** @param says one part for each chunk of client input; the first part is said at once */
    ScriptedServer(boolean closes, String... says) throws IOException {
        server = new LoopbackServer(peer -> serve(peer.socket(), closes, says));
    }

    private void serve(Socket socket, boolean closes, String[] says) {
        try {
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
        } finally {
            served.countDown();
        }
    }

    InetSocketAddress address() {
        return server.address();
    }

    String heard() throws InterruptedException {
        served.await(10, TimeUnit.SECONDS);
        return heard;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
