// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the tests of tailored distributions do: make one, look into it, send mail through it. */
final class Tailored {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern OURS = Pattern.compile("mvn:org\\.ostler/([a-z-]+)/");
    /** Programs of the instances of other tests that a relay has not. */
    private static final String NO_RELAY = "(?m)^(pickup|local|virtual|lmtp|discard) .*\n";

    /** What every relay is made of; a part that comes in or goes is a decision, and changes this line. */
    private static final Set<String> RELAY = Set.of("access", "bounce", "cleanup", "config-maincf", "control", "core-queue", "dane-verifier", "delivery-trivial", "dns", "listener", "lookup-core",
            "mail-model", "mail-spi", "maillog", "mime", "queue-log", "smtp-client", "smtp-grammar", "smtp-server", "tls", "tlsrpt", "trivial-rewrite");

    private Tailored() {}

    /** What a relay with these parts for its tables holds. */
    static Set<String> relayWith(String... parts) {
        var all = new TreeSet<>(RELAY);
        all.addAll(Set.of(parts));
        return all;
    }

    /** Where to make it; nothing is there. */
    static Path place(String name) throws IOException {
        Path place = Path.of("target", "tailored", name).toAbsolutePath();
        Instance.deleteTree(place);
        Files.createDirectories(place.getParent());
        return place;
    }

    /** {@code ostler tailor} of the whole distribution. */
    static String tailor(int expected, String... arguments) throws Exception {
        return Installation.run(Installation.shared().home(), Map.of(), expected, Stream.concat(Stream.of("bin/ostler", "tailor"), Stream.of(arguments)).toArray(String[]::new)).output();
    }

    /** The parts that would be in it. */
    static Set<String> named(String... wishes) throws Exception {
        String told = tailor(0, Stream.concat(Stream.of("-n"), Stream.of(wishes)).toArray(String[]::new));
        return told.lines().map(line -> line.split(" ")[0]).collect(Collectors.toCollection(TreeSet::new));
    }

    /** @param transportMaps with {@code %s} for the home of the instance */
    static Instance relayInstance(String name, String transportMaps) throws IOException {
        Instance instance = Instance.create(name);
        Files.writeString(instance.configDirectory().resolve("main.cf"), mainCf(instance.home()) + "transport_maps = " + transportMaps.formatted(instance.home()) + "\n");
        Path masterCf = instance.configDirectory().resolve("master.cf");
        Files.writeString(masterCf, Files.readString(masterCf).replaceAll(NO_RELAY, ""));
        return instance;
    }

    /** From the framework's own cache: there is no console in such a server that could be asked. */
    static Set<String> installedIn(Instance instance) throws IOException {
        var names = new TreeSet<String>();
        try (Stream<Path> files = Files.walk(instance.home().resolve("lib/karaf/cache"), 2)) {
            for (Path file : files.filter(each -> each.getFileName().toString().equals("bundle.info")).toList()) {
                Matcher location = OURS.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
                if (location.find()) {
                    names.add(location.group(1));
                }
            }
        }
        return names;
    }

    static Set<String> shippedIn(Installation installation) throws IOException {
        Path ours = installation.home().resolve("system/org/ostler");
        try (Stream<Path> files = Files.walk(ours)) {
            return files.filter(file -> file.toString().endsWith(".jar")).map(file -> ours.relativize(file).getName(0).toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Mail for this recipient is accepted, and arrives at the next host. */
    static void assertRelays(Instance instance, String recipient) throws Exception {
        try (var sink = new MailSink(instance.sinkPort()); var load = new MailLoad(instance.smtpPort(), instance.home().getFileName().toString(), List.of(recipient))) {
            assertTrue("mail is accepted", load.awaitMore(20, PATIENCE));
            load.close();
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            assertArrive(load.accepted(), sink);
        }
    }

    static void assertArrive(Set<String> accepted, MailSink sink) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!sink.ids().containsAll(accepted) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        assertTrue("all arrive", sink.ids().containsAll(accepted));
    }

    private static String mainCf(Path home) {
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
                alias_maps =
                local_recipient_maps =
                queue_run_delay = 2s
                minimal_backoff_time = 2s
                maximal_backoff_time = 4s
                """.formatted(home, System.getProperty("user.name"));
    }
}
