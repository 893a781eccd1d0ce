// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
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
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** The walk of {@code docs/extending/vendor.md}: a relay with routing in one type of table, made from the archive, holds what it needs and nothing else, and relays. */
public class TailorIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern OURS = Pattern.compile("mvn:org\\.ostler/([a-z-]+)/");

    /** What a relay is made of; a part that comes in or goes is a decision, and changes this line. */
    private static final Set<String> RELAY = Set.of("access", "bounce", "cleanup", "config-maincf", "control", "core-queue", "dane-verifier", "delivery-trivial", "dns", "listener", "lmdb", "lookup-core",
            "lookup-lmdb", "mail-model", "mail-spi", "maillog", "mime", "queue-log", "smtp-client", "smtp-grammar", "smtp-server", "tls", "tlsrpt", "trivial-rewrite");

    private static Installation whole;
    private static Installation relay;
    private static Instance instance;
    private static String told;

    @BeforeClass
    public static void make_and_start_a_relay() throws Exception {
        whole = Installation.shared();
        Path made = Path.of("target", "tailored", "relay").toAbsolutePath();
        Instance.deleteTree(made.getParent());
        Files.createDirectories(made.getParent());
        told = tailor(0, "-o", made.toString(), "smtp-server", "smtp-client", "table:lmdb");
        relay = new Installation(made);
        instance = Instance.create("relay");
        Path transport = Files.writeString(instance.configDirectory().resolve("transport"), "next.test smtp:[127.0.0.1]:" + instance.sinkPort() + "\n");
        Files.writeString(instance.configDirectory().resolve("main.cf"), mainCf(instance.home()));
        Files.writeString(instance.configDirectory().resolve("master.cf"), Files.readString(instance.configDirectory().resolve("master.cf")).replaceAll("(?m)^(pickup|local|virtual|lmtp|discard) .*\n", ""));
        relay.ostler(0, "postmap", instance, "lmdb:" + transport);
        relay.ostler(0, "start", instance);
    }

    @AfterClass
    public static void stop() throws Exception {
        relay.ostler(0, "stop", instance);
    }

    @Test
    public void mail_is_relayed() throws Exception {
        Set<String> accepted;
        try (var sink = new MailSink(instance.sinkPort()); var load = new MailLoad(instance.smtpPort(), "relay", List.of("there@next.test"))) {
            assertTrue("mail is accepted", load.awaitMore(20, PATIENCE));
            load.close();
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            accepted = load.accepted();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!sink.ids().containsAll(accepted) && System.nanoTime() < deadline) {
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
            assertTrue("all arrive", sink.ids().containsAll(accepted));
        }
    }

    @Test
    public void it_holds_what_it_needs_and_nothing_else() throws Exception {
        assertEquals("installed in the running server", new TreeSet<>(RELAY), installed());
        assertEquals("in the archive", new TreeSet<>(RELAY), shipped());
        for (String jar : new String[] {"jline", "org.apache.karaf.shell", "lookup-regexp"}) {
            assertFalse(jar + " is not in the bill of materials", Files.readString(relay.home().resolve("sbom.json")).contains(jar));
        }
        assertTrue(told, told.lines().anyMatch(line -> line.matches("listener +needed by smtp-server")));
    }

    @Test
    public void what_was_left_out_is_named() throws Exception {
        Instance other = Instance.create("relay-check");
        String main = Files.readString(other.configDirectory().resolve("main.cf"));
        Files.writeString(other.configDirectory().resolve("main.cf"), main.replaceFirst("virtual_alias_maps = .*", "virtual_alias_maps = pcre:/etc/x"));
        String output = relay.ostler(0, "check", other).output();
        assertTrue(output, output.contains("main.cf: virtual_alias_maps: this distribution was made without table type \"pcre\" (part lookup-regexp)"));
        assertTrue(output, output.contains("main.cf: transport_maps: this distribution was made without table type \"inline\" (part lookup-builtin)"));
        assertTrue(output, output.contains("master.cf: virtual/unix: this distribution was made without program \"virtual\" (part virtual)"));
        assertTrue(relay.ostler(1, "postmap", instance, "-q", "x", "pcre:/etc/x").output().contains("unsupported dictionary type: pcre"));
        assertTrue(relay.ostler(1, "shell", instance, "tables-find", "pcre:/etc/x", "x").output().contains("unavailable: pcre:/etc/x: unsupported dictionary type: pcre"));
        assertTrue("a whole distribution has nothing to name", whole.ostler(0, "check", other).output().lines().noneMatch(line -> line.contains("made without")));
    }

    @Test
    public void with_LDAP_in_the_place_of_LMDB_the_rest_is_the_same() throws Exception {
        Set<String> parts = tailor(0, "-n", "smtp-server", "smtp-client", "table:ldap").lines().map(line -> line.split(" ")[0]).collect(Collectors.toCollection(TreeSet::new));
        var expected = new TreeSet<>(RELAY);
        expected.removeAll(Set.of("lmdb", "lookup-lmdb", "mail-model", "mail-spi", "mime", "smtp-grammar"));
        expected.add("lookup-ldap");
        assertEquals(expected, parts);
    }

    @Test
    public void every_need_of_every_part_is_met_in_the_whole_distribution() throws Exception {
        String[] all = shippedIn(whole).stream().filter(name -> !Set.of("mail-model", "mail-spi", "smtp-grammar", "mime").contains(name)).toArray(String[]::new);
        String output = tailor(0, Stream.concat(Stream.of("-n"), Stream.of(all)).toArray(String[]::new));
        assertEquals(output, all.length, output.lines().count());
    }

    @Test
    public void a_wish_that_nobody_meets_makes_nothing() throws Exception {
        Path nothing = Path.of("target", "tailored", "nothing").toAbsolutePath();
        assertTrue(tailor(1, "-o", nothing.toString(), "smtp-server", "table:abacus").contains("table:abacus, which no part provides"));
        assertFalse(Files.exists(nothing));
    }

    private static String tailor(int expected, String... arguments) throws Exception {
        return Installation.run(whole.home(), Map.of(), expected, Stream.concat(Stream.of("bin/ostler", "tailor"), Stream.of(arguments)).toArray(String[]::new)).output();
    }

    /** From the framework's own cache: there is no console in this server that could be asked. */
    private static Set<String> installed() throws IOException {
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

    private static Set<String> shipped() throws IOException {
        return shippedIn(relay);
    }

    private static Set<String> shippedIn(Installation installation) throws IOException {
        Path ours = installation.home().resolve("system/org/ostler");
        try (Stream<Path> files = Files.walk(ours)) {
            return files.filter(file -> file.toString().endsWith(".jar")).map(file -> ours.relativize(file).getName(0).toString()).collect(Collectors.toCollection(TreeSet::new));
        }
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
                transport_maps = lmdb:%1$s/etc/transport
                """.formatted(home, System.getProperty("user.name"));
    }
}
