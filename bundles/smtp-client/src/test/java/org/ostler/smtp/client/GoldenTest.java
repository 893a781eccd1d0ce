// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.smtp.grammar.AddressSyntax;
import org.ostler.smtp.grammar.Xtext;

/**
 * What Postfix 3.12 said to the next host and logged, said again by this client. The host's side of each recording is played by {@link FakeServer}, which checks our lines; outcomes are held against the delivery lines.
 *
 * <p>Two differences are allowed for: Postfix sends RSET before QUIT when a transaction stays open, we do not; and a connection that Postfix leaves without a word gets our QUIT.
 */
@Timeout(60)
class GoldenTest {

    /** Not about this client, or decided differently: see the README. */
    private static final Set<String> ELSEWHERE = Set.of(
            "client/bcc-split-by-recipient-limit", // the queue manager splits
            "client/two-messages-in-a-row",        // ReuseTest; we send no RSET as a probe
            "client/reply-garbage");               // Postfix reads on and goes out of step; we end the session and mail waits

    static Stream<String> recordings() {
        return GoldenFile.names("client").stream().filter(name -> !ELSEWHERE.contains(name));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void the_client_says_and_reports_what_Postfix_did(String name) throws Exception {
        GoldenFile golden = GoldenFile.load(name);
        String[] scripts = golden.all("connection").stream().map(section -> script(section.text())).toArray(String[]::new);
        try (var server = FakeServer.start(scripts); var scenario = Scenario.happy().set("myhostname", "mx.example.test")) {
            golden.text("settings").lines().forEach(line -> scenario.set(line.substring(0, line.indexOf('=')).strip(), line.substring(line.indexOf('=') + 1).strip()));
            envelope(golden, scenario);
            List<String> contents = golden.all("connection").stream().flatMap(section -> content(section.text()).stream()).toList();
            if (!contents.isEmpty()) {
                scenario.content = (unstuffed(contents.getFirst()) + "\n").replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
            } else {
                scenario.content = new byte[360];
            }
            String text = golden.text("connection");
            scenario.lmtp = text.contains("C: LHLO");
            DeliveryResult result = scenario.deliver(scenario.lmtp ? "inet:127.0.0.1:" + server.port() : server.nextHop());
            List<String> log = golden.text("log").lines().filter(line -> line.contains(" to=<")).map(GoldenTest::comparable).toList();
            assertThat(told(scenario, result, server.port())).containsExactlyInAnyOrderElementsOf(log);
            if (!text.contains("RCPT TO") || !text.contains("421 ")) {
                server.verify(); // after 421 we leave at once, Postfix hears the other replies out
            }
            assertThat(server.contents()).isEqualTo(contents);
        }
    }

    /** The recorded dialogue as steps of the fake host. */
    private static String script(String connection) {
        var steps = new ArrayList<String>();
        boolean content = false;
        boolean dataAllowed = false;
        for (String line : connection.lines().toList()) {
            if (content) {
                if (line.equals("C: .")) {
                    steps.add("CONTENT");
                    content = false;
                }
            } else if (line.equals("[the host closes]")) {
                steps.add("DROP");
            } else if (line.equals("C: RSET")) {
                steps.add("O: RSET");
            } else if (line.startsWith("C: ")) {
                steps.add(line.replaceAll(" SIZE=[0-9]+", " SIZE=*"));
            } else if (line.startsWith("S: ")) {
                steps.add(line);
                content = dataAllowed && line.startsWith("S: 354");
            }
            dataAllowed = line.equals("C: DATA");
        }
        return String.join("\n", steps);
    }

    private static List<String> content(String connection) {
        var all = new ArrayList<String>();
        var lines = new ArrayList<String>();
        boolean content = false;
        for (String line : connection.lines().toList()) {
            if (content && line.equals("C: .")) {
                all.add(String.join("\n", lines));
                lines.clear();
                content = false;
            } else if (content) {
                lines.add(line.substring(3));
            } else {
                content = line.startsWith("S: 354");
            }
        }
        return all;
    }

    private static String unstuffed(String content) {
        // A line that was broken on the way out is put together again, so that it is broken anew.
        String whole = content.replaceAll("(x{998})\n x", "$1x");
        return whole.lines().map(line -> line.startsWith("..") ? line.substring(1) : line).reduce((a, b) -> a + "\n" + b).orElse("");
    }

    private static void envelope(GoldenFile golden, Scenario scenario) {
        var recipients = new ArrayList<Recipient>();
        for (String line : golden.text("envelope").lines().toList()) {
            boolean mail = line.startsWith("MAIL FROM:");
            int close = line.lastIndexOf('>');
            Address address = AddressSyntax.read(line.substring(line.indexOf('<'), close + 1), false).orElseThrow().address();
            String orcpt = "";
            Notify notify = Notify.DEFAULT;
            for (String option : line.substring(close + 1).strip().split(" ")) {
                String value = option.substring(option.indexOf('=') + 1);
                switch (option.replaceFirst("=.*", "")) {
                    case "RET" -> scenario.ret = Ret.valueOf(value);
                    case "ENVID" -> scenario.envelopeId = Xtext.decode(value).orElseThrow();
                    case "BODY" -> scenario.body = Body.EIGHT_BIT_MIME;
                    case "SMTPUTF8" -> scenario.smtpUtf8 = true;
                    case "ORCPT" -> orcpt = Xtext.decode(value).orElseThrow();
                    case "NOTIFY" -> notify = new Notify(true, value.contains("SUCCESS"), value.contains("FAILURE"), value.contains("DELAY"));
                    default -> assertThat(option).isEmpty();
                }
            }
            if (mail) {
                scenario.sender = address;
            } else {
                recipients.add(new Recipient(address, address, orcpt, notify));
            }
        }
        // Postfix's queue manager may have put them in another order.
        String dialogue = golden.text("connection");
        recipients.sort(Comparator.comparingInt(r -> dialogue.indexOf("RCPT TO:" + AddressSyntax.path(r.address()))));
        scenario.recipients = recipients;
        if (dialogue.contains("BODY=8BITMIME")) {
            scenario.body = Body.EIGHT_BIT_MIME; // SMTPUTF8 implies it; cleanup finds out
        }
    }

    private static String comparable(String line) {
        return line.substring(line.indexOf("to=<")).replaceAll("delay=seconds, delays=delays, ", "");
    }

    private static List<String> told(Scenario scenario, DeliveryResult result, int port) {
        return result.outcomes().stream().map(outcome -> "to=" + AddressSyntax.path(scenario.recipients.get(outcome.recipient()).address())
                + ", relay=" + outcome.relay() + ", tls=" + outcome.timing().tls() + ", " + switch (outcome) {
                    case Outcome.Delivered d -> "dsn=" + d.status() + ", status=sent (" + d.text() + ")";
                    case Outcome.Deferred d -> "dsn=" + d.reason().status() + ", status=deferred (" + d.reason().text() + ")";
                    case Outcome.Bounced b -> "dsn=" + b.reason().status() + ", status=bounced (" + b.reason().text() + ")";
                }).map(line -> line.replace(":" + port, ":peer-port")).toList();
    }
}
