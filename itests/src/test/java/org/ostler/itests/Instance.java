// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A mail server instance of a test: a configuration directory, a queue, a data directory, two ports.
 *
 * @param configDirectory holds main.cf and master.cf
 * @param smtpPort        of the first smtpd row
 * @param submissionPort  of the second smtpd row
 * @param sinkPort        where mail for next.test goes; nobody listens there unless the test does
 */
record Instance(Path configDirectory, int smtpPort, int submissionPort, int sinkPort) {

    Path home() {
        return configDirectory.getParent();
    }

    /** Makes {@code target/instances/name} anew. */
    static Instance create(String name) {
        try {
            Path home = Path.of("target", "instances", name).toAbsolutePath();
            deleteTree(home);
            Path config = Files.createDirectories(home.resolve("etc"));
            for (String directory : new String[] {"spool", "lib", "log", "mail"}) {
                Files.createDirectories(home.resolve(directory));
            }
            int[] ports = freePorts();
            Files.writeString(config.resolve("main.cf"), mainCf(home, ports[2]));
            Files.writeString(config.resolve("mailboxes"), "you@example.test you/\n");
            Files.writeString(config.resolve("patterns"), "/^pattern-([a-z]+)@example\\.test$/ $1@example.test\n");
            Files.writeString(config.resolve("master.cf"), masterCf(ports[0], ports[1]));
            Files.writeString(config.resolve("aliases"), "me@example.test you@example.test\n");
            Files.writeString(config.resolve("swapped"), "swapped@example.test you@example.test\n");
            Files.writeString(config.resolve("swapped-btree"), "btree@example.test you@example.test\n");
            buildTables(config, "lmdb:" + config.resolve("aliases"), "cdb:" + config.resolve("swapped"), "lmdb:" + config.resolve("swapped-btree"));
            return new Instance(config, ports[0], ports[1], ports[2]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With our own postmap, as an operator would. */
    private static void buildTables(Path config, String... tables) throws IOException {
        var command = new ArrayList<>(List.of(System.getProperty("ostler.root") + "/ostler", "postmap", "-c", config.toString()));
        command.addAll(List.of(tables));
        Process postmap = new ProcessBuilder(command).inheritIO().start();
        try {
            if (!postmap.waitFor(Duration.ofSeconds(60)) || postmap.exitValue() != 0) {
                throw new IOException("postmap " + String.join(" ", tables) + " failed");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    static void deleteTree(Path root) throws IOException {
        if (Files.exists(root)) {
            try (var files = Files.walk(root)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /**
     * Three at once, so that they differ; below those that the system hands out for outgoing connections, any of which could take one before the server binds it.
     */
    private static int[] freePorts() throws IOException {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        for (int tries = 0; tries < 1000; tries++) {
            int first = ThreadLocalRandom.current().nextInt(10_240, 31_990);
            try (var one = new ServerSocket(first, 1, loopback); var two = new ServerSocket(first + 1, 1, loopback);
                    var three = new ServerSocket(first + 2, 1, loopback)) {
                return new int[] {one.getLocalPort(), two.getLocalPort(), three.getLocalPort()};
            } catch (BindException taken) {
                continue;
            }
        }
        throw new IOException("no free ports");
    }

    private static String mainCf(Path home, int sinkPort) {
        return """
                compatibility_level = 3.6
                queue_directory = %1$s/spool
                data_directory = %1$s/lib
                maillog_file = %1$s/log/mail.log
                maillog_file_prefixes = %1$s/log
                mail_owner = %2$s
                myhostname = mx.example.test
                mydestination =
                mynetworks = 127.0.0.0/8
                inet_interfaces = 127.0.0.1
                inet_protocols = ipv4
                virtual_mailbox_domains = example.test
                virtual_mailbox_maps = texthash:%1$s/etc/mailboxes
                virtual_mailbox_base = %1$s/mail
                virtual_alias_maps = lmdb:%1$s/etc/aliases, regexp:%1$s/etc/patterns
                alias_maps =
                transport_maps = inline:{next.test=smtp:[127.0.0.1]:%3$d}
                queue_run_delay = 2s
                minimal_backoff_time = 2s
                maximal_backoff_time = 4s
                """.formatted(home, System.getProperty("user.name"), sinkPort);
    }

    private static String masterCf(int smtp, int submission) {
        return """
                127.0.0.1:%d inet n - n - - smtpd
                127.0.0.1:%d inet n - n - - smtpd
                  -o syslog_name=postfix/submission
                pickup  unix n - n 60 1 pickup
                cleanup unix n - n -  0 cleanup
                qmgr    unix n - n 300 1 qmgr
                bounce  unix - - n -  0 bounce
                defer   unix - - n -  0 bounce
                trace   unix - - n -  0 bounce
                smtp    unix - - n -  - smtp
                relay   unix - - n -  - smtp
                lmtp    unix - - n -  - lmtp
                local   unix - n n -  - local
                virtual unix - n n -  - virtual
                discard unix - - n -  - discard
                error   unix - - n -  - error
                retry   unix - - n -  - error
                """.formatted(smtp, submission);
    }
}
