// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceRegistration;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.Trait;

/**
 * Every parameter that names a table, with a table that cannot answer: mail waits, and no client and no sender is told "no".
 *
 * <p>Each trouble ({@link #troubles}) is put into each parameter in turn by a reload, and one message is sent. It must be answered 4xx or be accepted; what was accepted must wait in the queue, without
 * a bounce, and arrive once the table is back. Parameters that count inside TLS alone have their tests in {@code smtp-server} and {@code tls}.
 */
public class TablesDownIT extends ContainerTest {

    private static final String QUICK = """
            table_lookup_timeout = 1s
            table_replacement_timeout = 0s
            """;

    private static final String HERE = "you@example.test";
    private static final String AWAY = "org.ostler.lookup.cdb";

    /** Fails, hangs, has no file, is of a type that nobody knows, is of a bundle that has been stopped. */
    private static final List<String> TROUBLES = List.of("fail:x", "hangs:x", "texthash:/nonexistent/x", "nosuchtype:x", "cdb:/nonexistent/x");

    /** In main.cf, where $$ is $. It answers, but what it answers a stranger has written: not allowed in these parameters (docs/tables.md). */
    private static final String SUBSTITUTION = "regexp:{{/^(.*)$$/ $$1}}";
    private static final Set<String> NO_SUBSTITUTION = Set.of("transport_maps", "sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps", "alias_maps", "virtual_uid_maps",
            "virtual_gid_maps");

    /** Parameters in which a table is asked before the message is accepted, with what else makes that so; %s is the table. */
    private static final Map<String, String> REFUSED = new LinkedHashMap<>();
    /** Those asked by deliveries: the message is accepted and deferred. */
    private static final Map<String, String> DEFERRED = new LinkedHashMap<>();
    /** Those that count for mail to another host, before it is accepted or later. */
    private static final Map<String, String> OUTGOING = new LinkedHashMap<>();

    static {
        for (String restriction : List.of("client", "helo", "sender", "recipient")) {
            REFUSED.put("smtpd_" + restriction + "_restrictions", "check_" + restriction + "_access %s");
        }
        REFUSED.put("smtpd_data_restrictions", "check_sender_access %s");
        REFUSED.put("smtpd_end_of_data_restrictions", "check_sender_access %s");
        REFUSED.put("smtpd_relay_restrictions", "check_sender_access %s, permit_mynetworks, reject");
        for (String name : List.of("mynetworks", "mydestination", "virtual_mailbox_domains", "virtual_alias_domains", "virtual_alias_maps", "virtual_mailbox_maps", "transport_maps",
                "relocated_maps", "sender_bcc_maps", "recipient_bcc_maps", "local_header_rewrite_clients", "smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts",
                "smtpd_discard_ehlo_keyword_address_maps")) {
            REFUSED.put(name, "%s");
        }
        // Asked for domains that are in no other list.
        REFUSED.put("relay_domains", "%s\nvirtual_mailbox_domains =");
        REFUSED.put("local_recipient_maps", "%s\nmydestination = example.test\nvirtual_mailbox_domains =");
        REFUSED.put("relay_recipient_maps", "%s\nrelay_domains = example.test\nvirtual_mailbox_domains =");
        DEFERRED.put("alias_maps", "%s\nmydestination = example.test\nvirtual_mailbox_domains =\nvirtual_alias_maps =\nlocal_recipient_maps =");
        DEFERRED.put("virtual_uid_maps", "%s");
        DEFERRED.put("virtual_gid_maps", "%s");
        DEFERRED.put("virtual_mailbox_maps", "%s\nsmtpd_reject_unlisted_recipient = no");
        OUTGOING.put("smtp_tls_policy_maps", "%s");
        OUTGOING.put("smtp_tls_per_site", "%s");
        // These two are asked for what the transport table leaves open.
        OUTGOING.put("sender_dependent_relayhost_maps", "%s\ntransport_maps =");
        OUTGOING.put("sender_dependent_default_transport_maps", "%s\ntransport_maps =");
    }

    private static List<String> troubles(String parameter) {
        return NO_SUBSTITUTION.contains(parameter) ? Stream.concat(TROUBLES.stream(), Stream.of(SUBSTITUTION)).toList() : TROUBLES;
    }

    private Path mainCf;
    private final List<String> wrong = new ArrayList<>();
    private String original;
    private ServiceRegistration<TableFactory> hanging;
    private Bundle away;
    private int number;

    @Before
    public void remember() throws Exception {
        mainCf = Path.of(System.getProperty("ostler.config_directory"), "main.cf");
        original = Files.readString(mainCf);
        var properties = new Hashtable<String, Object>(Map.of("table.type", "hangs"));
        hanging = context.registerService(TableFactory.class, spec -> new Hanging(), properties);
        away = Arrays.stream(context.getBundles()).filter(each -> AWAY.equals(each.getSymbolicName())).findFirst().orElseThrow();
        away.stop();
    }

    @After
    public void restore() throws Exception {
        away.start();
        Files.writeString(mainCf, original);
        reload();
        hanging.unregister();
    }

    private record Hanging() implements Table {
        @Override
        public Answer find(String key) {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Answer.NOT_FOUND;
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.MAY_BLOCK);
        }
    }

    private void reload() {
        Configuration configuration = context.getService(context.getServiceReference(Configuration.class));
        assertEquals(List.of(), configuration.reload());
    }

    private void configure(String parameter, String value) throws Exception {
        var text = new StringBuilder();
        var set = new ArrayList<String>();
        String added = QUICK + parameter + " = " + value + "\n";
        added.lines().forEach(line -> set.add(line.substring(0, line.indexOf(' '))));
        original.lines().filter(line -> !set.contains(line.split(" ", 2)[0])).forEach(line -> text.append(line).append('\n'));
        Files.writeString(mainCf, text.append(added).toString());
        reload();
    }

    /** One message; what the client was told in the end. */
    private String send(String recipient, String id) throws Exception {
        try (var client = new OneMessage(Integer.getInteger(SMTP_PORT))) {
            return client.send("you@example.test", recipient, id);
        }
    }

    @Test
    public void no_feature_takes_a_table_that_cannot_answer_for_a_no() throws Exception {
        for (Map.Entry<String, String> each : REFUSED.entrySet()) {
            for (String table : troubles(each.getKey())) {
                configure(each.getKey(), each.getValue().replace("%s", table));
                String reply = send(HERE, "refused-" + ++number);
                if (!reply.startsWith("4")) {
                    wrong.add(each.getKey() + " = " + table + ": " + reply);
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    /** What the log says has become of a message first. */
    private String awaitStatus(String queueId) throws Exception {
        Path log = mainCf.getParent().resolveSibling("log/mail.log");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
            for (String line : lines) {
                if (line.contains(": " + queueId + ": ") && line.contains("status=")) {
                    return line;
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        return "no status of " + queueId;
    }

    /** Sends one message for each trouble in each parameter; the ids of those that were accepted, and wait. */
    private Set<String> deferred(Map<String, String> parameters, String recipient) throws Exception {
        var accepted = new TreeSet<String>();
        for (Map.Entry<String, String> each : parameters.entrySet()) {
            for (String table : troubles(each.getKey())) {
                configure(each.getKey(), each.getValue().replace("%s", table));
                String id = "deferred-" + ++number;
                String reply = send(recipient, id);
                if (reply.startsWith("2")) {
                    accepted.add(id);
                    String status = awaitStatus(reply.substring(reply.lastIndexOf(' ') + 1));
                    if (!status.contains("status=deferred")) {
                        wrong.add(each.getKey() + " = " + table + ": " + status);
                    }
                } else if (!reply.startsWith("4")) {
                    wrong.add(each.getKey() + " = " + table + ": " + reply);
                }
            }
        }
        return accepted;
    }

    @Test
    public void what_was_accepted_waits_for_its_tables_and_arrives() throws Exception {
        var accepted = new TreeSet<String>();
        try (var sink = new MailSink(Integer.getInteger(SINK_PORT))) {
            accepted.addAll(deferred(DEFERRED, HERE));
            accepted.addAll(deferred(OUTGOING, "you@next.test"));
            assertEquals(List.of(), wrong);
            assertTrue("some were accepted", accepted.size() > 3);
            Files.writeString(mainCf, original);
            reload();
            Arrivals.assertAll(accepted, sink, Duration.ofSeconds(60));
        }
    }
}
