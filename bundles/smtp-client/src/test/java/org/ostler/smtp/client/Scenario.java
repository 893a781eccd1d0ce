// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.TlsReports;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.dane.verifier.Planner;

/** One message on its way, with a happy default: change a field, deliver, look at the outcomes. */
final class Scenario implements AutoCloseable {

    static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    final Map<String, String> mainCf = new HashMap<>(Map.of("myhostname", "me.example.test", "inet_protocols", "ipv4", "inet_interfaces", "127.0.0.1",
            "smtp_tls_security_level", "none"));
    Dns dns = Zone.of("example.test");
    Address sender = Address.of("sender@example.test");
    List<Recipient> recipients = List.of(Recipient.of(Address.of("bob@example.test")));
    byte[] content = "Subject: hello\r\n\r\nHi Bob.\r\n".getBytes(StandardCharsets.US_ASCII);
    Content stored;
    Body body = Body.UNSPECIFIED;
    Ret ret = Ret.UNSPECIFIED;
    String envelopeId = "";
    boolean smtpUtf8;
    TlsRequest asked = TlsRequest.UNSPECIFIED;
    Map<String, String> attributes = Map.of();
    Instant arrival = NOW;
    boolean lmtp;
    int loopPort = Courier.LOOP_PORT;

    TlsProvider tls = new JudgingTls();
    Tables tables = new MapTables();
    TlsPolicySource source;
    TlsReports reports;
    final Neighbours neighbours = new Neighbours(Duration.ZERO);

    private Settings settings;
    private Courier courier;

    static Scenario happy() {
        return new Scenario();
    }

    Scenario set(String name, String value) {
        mainCf.put(name, value);
        return this;
    }

    Scenario to(String... addresses) {
        var all = new ArrayList<Recipient>();
        for (String address : addresses) {
            all.add(Recipient.of(Address.of(address)));
        }
        recipients = all;
        return this;
    }

    Courier courier() {
        if (courier == null) {
            neighbours.dns.bind(dns, 0);
            if (tls != null) {
                neighbours.tls.bind(tls, 0);
            }
            neighbours.tables.bind(tables, 0);
            neighbours.planner.bind(new Planner(), 0);
            if (source != null) {
                neighbours.policySources.bind(source, 0, "source");
            }
            if (reports != null) {
                neighbours.reports.bind(reports, 0);
            }
            courier = new Courier(lmtp, neighbours, InstantSource.fixed(NOW), loopPort);
            settings = Settings.of(mainCf);
        }
        return courier;
    }

    DeliveryResult deliver(String nextHop) {
        Courier c = courier();
        var envelope = new Envelope(sender, recipients, ret, envelopeId, body, smtpUtf8, asked, attributes);
        List<RecipientState> states = recipients.stream().map(_ -> (RecipientState) RecipientState.FRESH).toList();
        var message = new StoredMessage(new QueueId("3Pt2mN2VXxznjll"), QueueName.INCOMING, envelope, states, arrival, Instant.EPOCH, false,
                stored != null ? stored : new Content.InMemory(content));
        List<Integer> numbers = java.util.stream.IntStream.range(0, recipients.size()).boxed().toList();
        return c.deliver(new Delivery(message, lmtp ? "lmtp" : "smtp", nextHop, numbers, recipients, settings, Optional.empty()));
    }

    /** What {@code tls=} says, and the outcome in short: {@code dane sent}, {@code !dane deferred 4.7.5 (Server certificate not verified)}. */
    static String fate(DeliveryResult result) {
        Outcome outcome = result.outcomes().getFirst();
        String tls = outcome.timing().tls().isEmpty() ? "-" : outcome.timing().tls();
        return tls + " " + (outcome instanceof Outcome.Delivered ? "sent" : told(result).getFirst());
    }

    /** One line per outcome: {@code sent 2.0.0 [relay] (text)}. */
    static List<String> told(DeliveryResult result) {
        return result.outcomes().stream().map(outcome -> switch (outcome) {
            case Outcome.Delivered d -> "sent " + d.status() + " (" + d.text() + ")";
            case Outcome.Deferred d -> "deferred " + d.reason().status() + " (" + d.reason().text() + ")";
            case Outcome.Bounced b -> "bounced " + b.reason().status() + " (" + b.reason().text() + ")";
        }).toList();
    }

    @Override
    public void close() {
        if (courier != null) {
            courier.close();
        }
    }
}
