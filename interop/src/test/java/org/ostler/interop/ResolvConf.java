// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A name server for programs of the C library, which knows no ports: UDP on port 53 of a loopback address of its own, handed on to another, and a resolv.conf that names it.
 *
 * <p>A program sees the file through a mount of its own: {@code unshare -m sh -c "mount --bind FILE /etc/resolv.conf && exec PROGRAM"}. Needs root.
 */
final class ResolvConf implements AutoCloseable {

    private static final int MOST = 65_535;
    private static final int PATIENCE = 10_000;

    private final DatagramSocket socket;
    private final Path file;

    ResolvConf(Path folder, InetSocketAddress server) {
        try {
            var dice = ThreadLocalRandom.current();
            InetAddress address = InetAddress.ofLiteral("127." + dice.nextInt(1, 255) + "." + dice.nextInt(1, 255) + "." + dice.nextInt(2, 255));
            socket = new DatagramSocket(53, address);
            file = Files.writeString(folder.resolve("resolv.conf"), "nameserver " + address.getHostAddress() + "\noptions edns0 trust-ad timeout:5\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(() -> receive(server));
    }

    Path file() {
        return file;
    }

    private void receive(InetSocketAddress server) {
        while (!socket.isClosed()) {
            try {
                var query = new DatagramPacket(new byte[MOST], MOST);
                socket.receive(query);
                byte[] bytes = Arrays.copyOf(query.getData(), query.getLength());
                Thread.ofVirtual().start(() -> answer(bytes, query.getSocketAddress(), server));
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** An answer that does not come is what the program would see with any other server. */
    private void answer(byte[] query, java.net.SocketAddress client, InetSocketAddress server) {
        try (var upstream = new DatagramSocket()) {
            upstream.setSoTimeout(PATIENCE);
            upstream.send(new DatagramPacket(query, query.length, server));
            var answer = new DatagramPacket(new byte[MOST], MOST);
            upstream.receive(answer);
            socket.send(new DatagramPacket(answer.getData(), answer.getLength(), client));
        } catch (IOException silent) {
            // the client asks again, or gives up
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
