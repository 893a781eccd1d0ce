// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A private OpenLDAP server on loopback and on a socket of its own, with the data of the recordings; never the system's service. */
final class Slapd implements AutoCloseable {

    static final Path PROGRAM = Path.of("/usr/sbin/slapd");

    final int port;
    /** Of {@code ldaps:}; 0 where the configuration names no certificate. */
    final int tlsPort;
    final Path socket;
    private final Process process;

    static boolean isHere() {
        return Files.isExecutable(PROGRAM);
    }

    /** @param more lines for slapd.conf, in front of the database */
    Slapd(Path dir, String configuration, String data, String more) throws Exception {
        this(dir, configuration, data, more, Map.of());
    }

    Slapd(Path dir, String configuration, String data, String more, Map<String, String> environment) throws Exception {
        port = freePort();
        tlsPort = more.contains("TLSCertificateFile") ? freePort() : 0;
        socket = dir.resolve("ldapi");
        Path store = Files.createDirectories(dir.resolve("slapd"));
        Path conf = dir.resolve("slapd.conf");
        Files.writeString(conf, configuration.replace("{slapd}", store.toString()).replace("database mdb", more + "database mdb"));
        Files.writeString(dir.resolve("data.ldif"), data.replace("SLAPD_PORT", Integer.toString(port)));
        run(dir, "/usr/sbin/slapadd", "-q", "-f", conf.toString(), "-l", dir.resolve("data.ldif").toString());
        String urls = "ldap://127.0.0.1:" + port + " ldapi://" + socket.toString().replace("/", "%2F") + (tlsPort > 0 ? " ldaps://127.0.0.1:" + tlsPort : "");
        var builder = new ProcessBuilder(PROGRAM.toString(), "-d", "0", "-f", conf.toString(), "-h", urls).redirectErrorStream(true).redirectOutput(dir.resolve("slapd.log").toFile());
        builder.environment().putAll(environment);
        process = builder.start();
        awaitPort(dir);
    }

    private static int freePort() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static void run(Path dir, String... command) throws IOException, InterruptedException {
        Path log = dir.resolve("slapadd.log");
        Process adding = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (!adding.waitFor(60, TimeUnit.SECONDS) || adding.exitValue() != 0) {
            adding.destroyForcibly();
            throw new IOException("slapadd: " + Files.readString(log));
        }
    }

    private void awaitPort(Path dir) throws Exception {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30); System.nanoTime() < end;) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                // Not yet; the process that ends is the other way out.
                if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new IOException("slapd: " + Files.readString(dir.resolve("slapd.log")), e);
                }
            }
        }
        throw new IOException("slapd does not listen");
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
