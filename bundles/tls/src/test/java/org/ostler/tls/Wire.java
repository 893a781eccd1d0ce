// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.ostler.mail.tck.LoopbackServer;

/**
 * Stands between a client and a server on loopback and reads in the clear messages of TLS 1.3 handshakes which group was agreed on (RFC 8446 section 4.2.8): what went over the wire, whatever either side says.
 */
final class Wire implements AutoCloseable {

    static final int SECP256R1 = 0x0017;
    static final int X25519 = 0x001d;
    static final int X25519_MLKEM768 = 0x11ec;

    /** SHA-256 of "HelloRetryRequest": the random of a ServerHello that only asks for another key. */
    private static final byte[] RETRY = HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
    private static final int KEY_SHARE = 51;
    private static final int SERVER_HELLO = 2;
    private static final int HANDSHAKE = 22;

    /**
     * One ServerHello.
     *
     * @param group that the server took, or asks for; -1: no key share, as in TLS 1.2
     * @param retry it asks: a round trip is lost
     */
    record Hello(int group, boolean retry) {}

    private final LoopbackServer listener;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Hello> hellos = new ArrayList<>();

    /** @param server the port where the connections go */
    Wire(int server) throws IOException {
        listener = new LoopbackServer(peer -> {
            var onward = new Socket(InetAddress.getLoopbackAddress(), server);
            threads.submit(() -> pass(peer.socket(), onward, false));
            pass(onward, peer.socket(), true);
        });
    }

    int port() {
        return listener.port();
    }

    /** Of all connections so far; those whose first data after the handshake has arrived are complete. */
    List<Hello> hellos() {
        synchronized (hellos) {
            return List.copyOf(hellos);
        }
    }

    private Void pass(Socket from, Socket to, boolean look) throws IOException {
        try (from; to; InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            byte[] head = new byte[5];
            while (in.readNBytes(head, 0, 5) == 5) {
                byte[] body = in.readNBytes((head[3] & 0xff) << 8 | head[4] & 0xff);
                if (look && head[0] == HANDSHAKE && body.length > 0 && body[0] == SERVER_HELLO) {
                    synchronized (hellos) {
                        hellos.add(read(body));
                    }
                }
                out.write(head);
                out.write(body);
            }
        }
        return null;
    }

    /** type 1, length 3, version 2, random 32, session id, suite 2, compression 1, extensions. */
    private static Hello read(byte[] body) {
        boolean retry = Arrays.equals(Arrays.copyOfRange(body, 6, 38), RETRY);
        int at = 38 + 1 + body[38] + 3 + 2;
        int end = 4 + ((body[1] & 0xff) << 16 | (body[2] & 0xff) << 8 | body[3] & 0xff);
        while (at + 4 <= end) {
            if (number(body, at) == KEY_SHARE) {
                return new Hello(number(body, at + 4), retry);
            }
            at += 4 + number(body, at + 2);
        }
        return new Hello(-1, retry);
    }

    private static int number(byte[] from, int at) {
        return (from[at] & 0xff) << 8 | from[at + 1] & 0xff;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }
}
