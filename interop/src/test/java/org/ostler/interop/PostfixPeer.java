// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * A private Postfix on loopback: own configuration, queue, data and log; never the machine's service.
 *
 * <p>Postfix can only be started by root; elsewhere the test is skipped. Its directories are world readable below /tmp, because its
 * daemons run as the user postfix.
 */
final class PostfixPeer implements AutoCloseable {

    private static final Path PROTO = Path.of("/etc/postfix/master.cf.proto");

    private final Path root;
    private final int port = Server.freePort();
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> rows = new ArrayList<>();
    private Path resolvConf;

    PostfixPeer() {
        Program.need("postfix");
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root to start a private Postfix");
        Assumptions.assumeTrue(Files.exists(PROTO), "needs " + PROTO);
        try {
            root = Files.createTempDirectory("interop-postfix");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        set("compatibility_level", "3.6").set("queue_directory", root + "/queue").set("data_directory", root + "/data")
                .set("maillog_file", root + "/log/maillog").set("maillog_file_prefixes", root.toString())
                .set("inet_interfaces", "127.0.0.1").set("inet_protocols", "ipv4").set("disable_dns_lookups", "yes")
                .set("myhostname", "postfix.peer.test").set("mydestination", "").set("alias_maps", "").set("alias_database", "")
                .set("mynetworks", "127.0.0.0/8").set("minimal_backoff_time", "2s").set("queue_run_delay", "2s").set("message_size_limit", "104857600");
    }

    PostfixPeer set(String name, Object value) {
        settings.put(name, String.valueOf(value));
        return this;
    }

    /** Another row of master.cf. */
    PostfixPeer row(String row) {
        rows.add(row);
        return this;
    }

    /** Its daemons see this file as /etc/resolv.conf. */
    PostfixPeer resolvConf(Path file) {
        Program.need("unshare");
        resolvConf = file;
        return this;
    }

    int port() {
        return port;
    }

    Path root() {
        return root;
    }

    String log() {
        Path log = root.resolve("log/maillog");
        return Files.exists(log) ? Server.read(log) : "";
    }

    PostfixPeer start() {
        try {
            for (String folder : List.of("etc", "data", "log", "queue")) {
                Files.createDirectories(root.resolve(folder));
            }
            Program.run(List.of("chmod", "-R", "a+rX", root.toString())).ok();
            Program.run(List.of("chown", "postfix", root + "/data")).ok();
            var main = new StringBuilder();
            settings.forEach((name, value) -> main.append(name).append(" = ").append(value).append('\n'));
            Files.writeString(root.resolve("etc/main.cf"), main);
            Files.writeString(root.resolve("etc/master.cf"), masterCf());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (resolvConf == null) {
            command("postfix", "start").ok();
        } else {
            Program.run(List.of(Program.need("unshare"), "-m", "sh", "-c",
                    "mount --bind " + resolvConf + " /etc/resolv.conf && exec /usr/sbin/postfix -c " + root + "/etc start")).ok();
        }
        Eventually.waitFor(this::answers, () -> "no answer from Postfix: " + log());
        return this;
    }

    /** Debian's rows without chroot, the smtp row on our port. */
    private String masterCf() throws IOException {
        var master = new StringBuilder();
        for (String line : Files.readAllLines(PROTO)) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (!Character.isWhitespace(line.charAt(0))) {
                String[] fields = line.split("\\s+", 8);
                fields[4] = "n";
                if (fields[0].equals("smtp") && fields[1].equals("inet")) {
                    fields[0] = "127.0.0.1:" + port;
                }
                line = String.join(" ", fields);
            }
            master.append(line).append('\n');
        }
        rows.forEach(row -> master.append(row).append('\n'));
        return master.toString();
    }

    private boolean answers() {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    Program.Result command(String name, String... arguments) {
        var command = new java.util.ArrayList<>(List.of("/usr/sbin/" + name, "-c", root + "/etc"));
        command.addAll(List.of(arguments));
        return Program.run(command);
    }

    @Override
    public void close() {
        command("postfix", "stop");
        Server.deleteTree(root);
    }
}
