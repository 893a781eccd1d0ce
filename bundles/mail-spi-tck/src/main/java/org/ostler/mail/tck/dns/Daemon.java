// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.dns;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A name server process on a loopback port, ready when it answers.
 *
 * <p><b>Blocking</b> starting waits until the first answer, at most 20 seconds. <b>Errors</b> {@link IOException} with what the program printed.
 */
final class Daemon implements AutoCloseable {

    private static final int TRIES = 400;
    private static final int MILLIS_EACH = 50;

    /** {@code version.bind} and the like differ; the SOA of the root is something that every server has an answer to, if only a refusal. */
    private static final byte[] PROBE = {0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1};

    private final Process process;
    private final InetSocketAddress address;

    private Daemon(Process process, InetSocketAddress address) {
        this.process = process;
        this.address = address;
    }

    static Daemon start(Path home, String name, int port, List<String> command) throws IOException {
        Path log = home.resolve(name + ".log");
        Process process = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        var daemon = new Daemon(process, new InetSocketAddress("127.0.0.1", port));
        if (!daemon.answers()) {
            daemon.close();
            throw new IOException(name + " does not answer: " + Files.readString(log));
        }
        return daemon;
    }

    InetSocketAddress address() {
        return address;
    }

    /** Each try waits for the socket, so nothing sleeps: a closed port says so at once or the packet is lost, an open one answers. */
    private boolean answers() throws IOException {
        for (int i = 0; i < TRIES && process.isAlive(); i++) {
            try (var socket = new DatagramSocket()) {
                socket.connect(address);
                socket.setSoTimeout(MILLIS_EACH);
                socket.send(new DatagramPacket(PROBE, PROBE.length));
                socket.receive(new DatagramPacket(new byte[512], 512));
                return true;
            } catch (SocketTimeoutException _) {
                continue;
            } catch (PortUnreachableException _) {
                waitedFor(process, MILLIS_EACH);
            }
        }
        return false;
    }

    private static boolean waitedFor(Process process, int millis) throws IOException {
        try {
            return process.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Runs a program to its end and gives what it printed. */
    static String run(Path home, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!waitedFor(process, 20_000) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(command + ": " + output);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        if (!waitedFor(process, 2_000)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            waitedFor(process, 5_000);
        }
    }
}
