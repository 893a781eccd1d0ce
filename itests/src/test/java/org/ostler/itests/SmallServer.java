// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server program from a Debian package beside the container: in a directory of its own, on loopback; none of the machine's services. One thread.
 *
 * <p>What it is told to do are shell scripts, run in that directory. They find {@code PORT} and {@code PORT2}, both free, and what else they are given in their environment.
 */
final class SmallServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    /** For an end in good order. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /**
     * @param user    who runs it where the test runs as root, for programs that will not; empty: the test's own
     * @param prepare makes what the server needs
     * @param run     is the server; it ends by SIGINT or SIGTERM, and with it what it has started
     * @param isReady succeeds when it answers
     */
    record Scripts(String user, String prepare, String run, String isReady) {}

    private final Scripts scripts;
    private final Path dir;
    private final int port;
    private final Map<String, String> environment = new HashMap<>();
    private Process server;

    SmallServer(Scripts scripts, Map<String, String> more) throws Exception {
        this.scripts = scripts;
        // Short, because the path of a socket has at most 107 bytes.
        dir = Files.createTempDirectory(Path.of("/tmp"), "osit");
        port = freePort();
        environment.putAll(more);
        environment.putAll(Map.of("PORT", Integer.toString(port), "PORT2", Integer.toString(freePort()), "HOME", dir.toString(), "PATH", "/usr/sbin:/usr/bin:/sbin:/bin"));
        try {
            own();
            end(shell("set -e\n" + scripts.prepare), "prepare");
            server = shell(scripts.run);
            awaitReady();
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    Path dir() {
        return dir;
    }

    int port() {
        return port;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private boolean isAnother() {
        return System.getProperty("user.name").equals("root") && !scripts.user.isEmpty();
    }

    private void own() throws Exception {
        if (isAnother()) {
            end(new ProcessBuilder("chown", scripts.user + ":", dir.toString()).start(), "chown");
        }
        end(new ProcessBuilder("chmod", "755", dir.toString()).start(), "chmod");
    }

    private Process shell(String script) throws IOException {
        var command = new ArrayList<String>();
        if (isAnother()) {
            command.addAll(List.of("setpriv", "--reuid=" + scripts.user, "--regid=" + scripts.user, "--clear-groups", "--"));
        }
        command.addAll(List.of("bash", "-c", script));
        var builder = new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Beside its directory, which is not ours to write to. */
    private Path log() {
        return dir.resolveSibling(dir.getFileName() + ".log");
    }

    private String said() throws IOException {
        return Files.exists(log()) ? Files.readString(log()) : "";
    }

    private void end(Process process, String what) throws Exception {
        if (!process.waitFor(PATIENCE) || process.exitValue() != 0) {
            kill(tree(process));
            throw new IllegalStateException(what + ": " + said());
        }
    }

    private void awaitReady() throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Process ask = shell(scripts.isReady);
            if (ask.waitFor(PATIENCE) && ask.exitValue() == 0) {
                return;
            }
            kill(tree(ask));
            // A poll, not a synchronisation: servers tell nobody when they are ready; the process that ends is the other way out.
            if (server.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                throw new IllegalStateException(said());
            }
        }
    }

    /** The process first: when it is dead nothing new is started. */
    private static List<ProcessHandle> tree(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    }

    private static void kill(List<ProcessHandle> all) throws Exception {
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : all) {
            each.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Asks first: a PostgreSQL that is killed leaves its shared memory to the machine. It waits for no session after SIGINT, and then takes no notice of the SIGTERM, which is what MariaDB heeds. */
    private void stop() throws Exception {
        List<ProcessHandle> before = tree(server);
        if (server.isAlive()) {
            new ProcessBuilder("kill", "-INT", Long.toString(server.pid())).start().waitFor(PATIENCE);
            server.destroy();
            server.waitFor(GRACE);
        }
        kill(Stream.concat(tree(server).stream(), before.stream()).distinct().toList());
    }

    private void delete() throws Exception {
        for (int left = 50; ; left--) {
            try (Stream<Path> files = Files.walk(dir)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
                Files.deleteIfExists(log());
                return;
            } catch (IOException | UncheckedIOException e) {
                if (left == 0) {
                    throw e;
                }
                // A poll, not a synchronisation: what was started while its parent was killed is nobody's child, may write for a moment still, and tells nobody of its end.
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    @Override
    public void close() throws Exception {
        try {
            if (server != null) {
                stop();
            }
        } finally {
            delete();
        }
    }
}
