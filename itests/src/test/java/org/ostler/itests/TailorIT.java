// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** The walk of {@code docs/extending/vendor.md}: a relay with routing in one type of table, made from the archive, holds what it needs and nothing else, and relays. */
public class TailorIT {

    private static final Set<String> RELAY = Tailored.relayWith("lmdb", "lookup-lmdb");

    private static Installation whole;
    private static Installation relay;
    private static Instance instance;
    private static String told;

    @BeforeClass
    public static void make_and_start_a_relay() throws Exception {
        whole = Installation.shared();
        relay = new Installation(Tailored.place("relay"));
        told = Tailored.tailor(0, "-o", relay.home().toString(), "smtp-server", "smtp-client", "table:lmdb");
        instance = Tailored.relayInstance("relay", "lmdb:%s/etc/transport");
        Path transport = Files.writeString(instance.configDirectory().resolve("transport"), "next.test smtp:[127.0.0.1]:" + instance.sinkPort() + "\n");
        relay.ostler(0, "postmap", instance, "lmdb:" + transport);
        relay.ostler(0, "start", instance);
    }

    @AfterClass
    public static void stop() throws Exception {
        if (instance != null) {
            relay.ostler(0, "stop", instance);
        }
    }

    @Test
    public void mail_is_relayed() throws Exception {
        Tailored.assertRelays(instance, "there@next.test");
    }

    @Test
    public void it_holds_what_it_needs_and_nothing_else() throws Exception {
        assertEquals("installed in the running server", RELAY, Tailored.installedIn(instance));
        assertEquals("in the archive", RELAY, Tailored.shippedIn(relay));
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
        Files.writeString(other.configDirectory().resolve("main.cf"), "tls_provider = bc\n", StandardOpenOption.APPEND);
        assertTrue(relay.ostler(0, "check", other).output().contains("main.cf: tls_provider: no part of this distribution is the TLS engine \"bc\""));
        assertFalse(whole.ostler(0, "check", other).output().contains("TLS engine"));
        assertTrue(relay.ostler(1, "postmap", instance, "-q", "x", "pcre:/etc/x").output().contains("unsupported dictionary type: pcre"));
        assertTrue(relay.ostler(1, "shell", instance, "tables-find", "pcre:/etc/x", "x").output().contains("unavailable: pcre:/etc/x: unsupported dictionary type: pcre"));
        assertTrue("a whole distribution has nothing to name", whole.ostler(0, "check", other).output().lines().noneMatch(line -> line.contains("made without")));
    }

    /** One bundle has three types of tables, each with a driver in a bundle of its own. */
    @Test
    public void a_table_type_of_a_database_brings_its_driver_and_no_other() throws Exception {
        var drivers = Map.of("pgsql", "sql-postgresql", "mysql", "sql-mariadb", "sqlite", "sql-sqlite");
        for (String type : drivers.keySet()) {
            Set<String> parts = Tailored.named("smtp-server", "smtp-client", "table:" + type);
            assertTrue(type + ": " + parts, parts.contains("lookup-sql"));
            parts.retainAll(drivers.values());
            assertEquals(type, Set.of(drivers.get(type)), parts);
        }
        assertTrue("all types, all drivers", Tailored.named("lookup-sql").containsAll(drivers.values()));
    }

    @Test
    public void the_shell_comes_with_its_console_and_a_database_type_without_driver_is_named() throws Exception {
        var other = new Installation(Tailored.place("with-shell"));
        Tailored.tailor(0, "-o", other.home().toString(), "shell", "table:sqlite");
        String boot = Files.readString(other.home().resolve("etc/org.apache.karaf.features.cfg"));
        for (String feature : new String[] {"ostler-console", "ostler-shell", "ostler-sql-sqlite"}) {
            assertTrue(boot, boot.matches("(?s).*\\b" + feature + "\\b.*"));
        }
        assertTrue("the console's library is there", Files.isDirectory(other.home().resolve("system/org/jline/jline")));
        List<String> parts = Files.readAllLines(other.home().resolve("parts.tsv"));
        assertTrue(parts.toString(), parts.contains("lacks\ttable:pgsql\tsql-postgresql") && parts.contains("lacks\ttable:mysql\tsql-mariadb"));
        assertTrue(parts.toString(), parts.stream().noneMatch(line -> line.startsWith("lacks\ttable:sqlite")));
    }

    @Test
    public void every_need_of_every_part_is_met_in_the_whole_distribution() throws Exception {
        String[] all = Tailored.shippedIn(whole).stream().filter(name -> !Set.of("mail-model", "mail-spi", "smtp-grammar", "mime").contains(name)).toArray(String[]::new);
        String output = Tailored.tailor(0, Stream.concat(Stream.of("-n"), Stream.of(all)).toArray(String[]::new));
        assertEquals(output, all.length, output.lines().count());
    }

    @Test
    public void a_wish_that_nobody_meets_makes_nothing() throws Exception {
        Path nothing = Path.of("target", "tailored", "nothing").toAbsolutePath();
        assertTrue(Tailored.tailor(1, "-o", nothing.toString(), "smtp-server", "table:abacus").contains("table:abacus, which no part provides"));
        assertFalse(Files.exists(nothing));
    }
}
