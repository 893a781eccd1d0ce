// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A private memcached(1) of Debian's package on a port of its own. <b>Blocking</b> until it listens. */
public final class Memcached implements AutoCloseable {

    private static final Path PROGRAM = Path.of("/usr/bin/memcached");

    public final int port;
    private final Process process;

    public Memcached() throws IOException {
        this(ScriptedServer.closedPort());
    }

    public Memcached(int port) throws IOException {
        this.port = port;
        var command = new ArrayList<>(List.of(PROGRAM.toString(), "-l", "127.0.0.1", "-p", String.valueOf(port), "-U", "0"));
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("-u", "nobody"));
        }
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!answers()) {
            assertThat(System.nanoTime()).as("memcached listens").isLessThan(end);
            assertThat(process.isAlive()).as("memcached runs").isTrue();
        }
    }

    /** Tests that need it are skipped, by name, where it is not. */
    public static boolean isHere() {
        return Files.isExecutable(PROGRAM);
    }

    private boolean answers() {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            process.waitFor(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
