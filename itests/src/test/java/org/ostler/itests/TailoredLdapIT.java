// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** A relay whose routing is in LDAP, and nothing else: made from the archive, it sends mail where a real directory says, and waits while the directory is away. */
public class TailoredLdapIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Set<String> RELAY = Tailored.relayWith("lookup-ldap");

    private static SmallDirectory directory;
    private static Installation relay;
    private static Instance instance;

    @BeforeClass
    public static void make_and_start_a_relay() throws Exception {
        relay = new Installation(Tailored.place("ldap-relay"));
        Tailored.tailor(0, "-o", relay.home().toString(), "smtp-server", "smtp-client", "table:ldap");
        instance = Tailored.relayInstance("ldap-relay", "ldap:%s/etc/routes.cf");
        directory = new SmallDirectory();
        directory.add("route", "next.test", "description", "smtp:[127.0.0.1]:" + instance.sinkPort());
        directory.add("alias", "info@alias.test", "street", "there@next.test");
        Path etc = instance.configDirectory();
        Files.writeString(etc.resolve("routes.cf"), directory.cf());
        Files.writeString(etc.resolve("aliases.cf"), directory.cf("street"));
        Files.writeString(etc.resolve("main.cf"), "virtual_alias_domains = alias.test\nvirtual_alias_maps = ldap:" + etc.resolve("aliases.cf") + "\n", StandardOpenOption.APPEND);
        relay.ostler(0, "start", instance);
    }

    @AfterClass
    public static void stop() throws Exception {
        try {
            if (instance != null) {
                relay.ostler(0, "stop", instance);
            }
        } finally {
            if (directory != null) {
                directory.close();
            }
        }
    }

    @Test
    public void mail_goes_where_the_directory_says() throws Exception {
        Tailored.assertRelays(instance, "there@next.test");
        Tailored.assertRelays(instance, "info@alias.test");
        assertTrue(relay.ostler(0, "postmap", instance, "-q", "info@alias.test", "ldap:" + instance.configDirectory().resolve("aliases.cf")).output().contains("there@next.test"));
    }

    @Test
    public void without_the_directory_mail_waits_and_goes_on_with_it() throws Exception {
        try (var sink = new MailSink(instance.sinkPort()); var load = new MailLoad(instance.smtpPort(), "ldap-down", List.of("there@next.test"))) {
            assertTrue("mail is accepted", load.awaitMore(5, PATIENCE));
            directory.goAway();
            load.lap();
            MailLoad.Refusal refusal = awaitRefusal(load);
            assertTrue(refusal.why(), refusal.why().startsWith("451 4.3.0"));
            directory.comeBack();
            assertTrue("mail is accepted again", load.awaitMore(20, PATIENCE));
            load.close();
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            Tailored.assertArrive(load.accepted(), sink);
        }
    }

    private static MailLoad.Refusal awaitRefusal(MailLoad load) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<MailLoad.Refusal> refusals = load.lap().refusals();
        while (refusals.isEmpty() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            refusals = load.lap().refusals();
        }
        assertFalse("a table that cannot answer lets nobody pass", refusals.isEmpty());
        return refusals.getFirst();
    }

    @Test
    public void it_holds_what_it_needs_and_nothing_else() throws Exception {
        assertEquals("installed in the running server", RELAY, Tailored.installedIn(instance));
        assertEquals("in the archive", RELAY, Tailored.shippedIn(relay));
        String bill = Files.readString(relay.home().resolve("sbom.json"));
        assertTrue("LDAP's library is in the bill of materials", bill.contains("unboundid-ldapsdk"));
        for (String jar : new String[] {"lmdb", "sqlite", "postgresql", "mariadb", "jline", "lookup-builtin", "lookup-regexp"}) {
            assertFalse(jar + " is not in the bill of materials", bill.contains(jar));
        }
        assertTrue(relay.ostler(1, "postmap", instance, "-q", "x", "lmdb:/etc/x").output().contains("unsupported dictionary type: lmdb"));
    }
}
