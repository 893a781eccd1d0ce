// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.notify.Reporter.Failure;
import org.ostler.mail.notify.Reporter.Success;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.GoldenFile;

/** Our reports against those of a real Postfix, byte for byte; ids, dates and times are words in both. */
class GoldenReportTest {

    private static final String ID = "4Original0z1";
    private static final String SAID = "host 127.0.0.1[127.0.0.1] said: ";
    private static final Map<String, Reason> REASONS = Map.of(
            "unknown@peer.example", smtp("5.1.1", "550 5.1.1 <unknown@peer.example>: no such user here"),
            "full@peer.example", smtp("5.2.2", "552 5.2.2 mailbox full"),
            "many@peer.example", smtp("5.7.1", "550-5.7.1 first line of the refusal 550-5.7.1 second line 550 5.7.1 third line"),
            "plain@peer.example", smtp("5.0.0", "550 no enhanced code"),
            "slow@peer.example", smtp("4.3.2", "451 4.3.2 come back later"),
            "nobody@box.example", local("5.1.1", "unknown user: \"nobody@box.example\""),
            "x@later.example", local("4.3.0", "try again later"),
            "x@nowhere.example", local("4.4.1", "connect to 127.0.0.1[127.0.0.1]:9: Connection refused"));
    private static final Map<String, String> SERVED = Map.of(
            "known@box.example", "delivery via virtual: delivered to maildir",
            "x@discard.example", "silently",
            "list@example.test", "alias expanded");

    @TempDir
    Path root;

    private static Reason smtp(String status, String reply) {
        return new Reason(EnhancedStatus.of(status), SAID + reply + " (in reply to RCPT TO command)", "127.0.0.1", "smtp", reply);
    }

    private static Reason local(String status, String text) {
        return Reason.local(EnhancedStatus.of(status), text);
    }

    static Stream<String> recordings() {
        return GoldenFile.names("bounce").stream().filter(name -> !GoldenFile.load(name).all("report").isEmpty());
    }

    /** A report as recorded: the envelope lines, an empty line, the text. */
    private record Recorded(String from, String to, List<String> lines) {

        static Recorded of(String text) {
            int end = text.indexOf("\n\n");
            String[] envelope = text.substring(0, end).split("\n");
            return new Recorded(path(envelope[0]), path(envelope[1]), text.substring(end + 2).lines().toList());
        }

        private static String path(String line) {
            return line.substring(line.indexOf('<') + 1, line.indexOf('>'));
        }

        /** Lines of the last part, without the Return-Path that stands before the message. */
        List<String> returned() {
            int from = lines.indexOf(lines.stream().filter(l -> l.startsWith("Return-Path:")).findFirst().orElseThrow()) + 1;
            return lines.subList(from, lines.size() - 2);
        }

        boolean isWhole() {
            return lines.contains("Content-Type: message/rfc822") || lines.contains("Content-Type: message/global");
        }

        List<String> values(String field) {
            // Not those of the message that is returned, which may be a report as well.
            return lines.stream().takeWhile(l -> !l.startsWith("Return-Path:")).filter(l -> l.startsWith(field + ": ")).map(l -> l.substring(field.length() + 2)).toList();
        }

        /** Without what cleanup adds. */
        String ours() {
            var all = new ArrayList<>(lines);
            all.remove(all.stream().filter(l -> l.startsWith("Message-Id: <time.queue-id@")).findFirst().orElseThrow());
            return String.join("\n", all) + "\n";
        }
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void reports_are_those_of_postfix(String name) throws Exception {
        GoldenFile golden = GoldenFile.load(name);
        var cleanup = new FakeCleanup();
        var service = new BounceService(cleanup, () -> Instant.parse("2026-11-22T10:00:00Z"));
        List<Recorded> recorded = golden.all("report").stream().map(section -> Recorded.of(section.text())).toList();
        StoredMessage message = message(golden, recorded);
        for (Recorded each : recorded) {
            boolean copyOfAnother = each.from().startsWith("double-bounce@") && recorded.size() > 1;
            if (!copyOfAnother) {
                report(service, message, fullest(recorded, each), settings(golden));
            }
        }
        assertThat(cleanup.submitted).hasSameSizeAs(recorded);
        for (int i = 0; i < recorded.size(); i++) {
            FakeCleanup.Submitted ours = cleanup.submitted.get(i);
            assertThat(ours.sender().text()).isEqualTo(recorded.get(i).from());
            assertThat(normal(ours.text())).isEqualTo(recorded.get(i).ours().replace("67511211511", "queue-id"));
            assertThat(ours.smtpUtf8()).isEqualTo(golden.all("report").get(i).text().lines().findFirst().orElseThrow().endsWith("SMTPUTF8"));
        }
    }

    /** The postmaster's copy names recipients whose NOTIFY keeps them out of the sender's report. */
    private static Recorded fullest(List<Recorded> recorded, Recorded report) {
        String action = report.values("Action").getFirst();
        return recorded.stream().filter(each -> each.values("Action").contains(action)).max(Comparator.comparingInt(each -> each.values("Action").size())).orElseThrow();
    }

    private void report(BounceService service, StoredMessage message, Recorded recorded, Settings settings) throws Exception {
        List<String> actions = recorded.values("Action");
        List<Integer> numbers = recorded.values("Final-Recipient").stream().map(v -> number(message, v.substring(v.indexOf("; ") + 2))).toList();
        if (actions.getFirst().equals("delayed")) {
            service.delayed(message, failures(message, numbers), settings);
        } else if (actions.getFirst().equals("failed")) {
            service.failed(message, failures(message, numbers), settings);
        } else {
            service.delivered(message, numbers.stream().map(n -> new Success(n, EnhancedStatus.of("2.0.0"), actions.getFirst(), SERVED.get(address(message, n)), ""))
                    .toList(), settings);
        }
    }

    private static List<Failure> failures(StoredMessage message, List<Integer> numbers) {
        return numbers.stream().map(n -> new Failure(n, REASONS.getOrDefault(address(message, n), local("5.1.2", "this domain is gone")))).toList();
    }

    private static String address(StoredMessage message, int number) {
        return message.envelope().recipients().get(number).address().text();
    }

    private static int number(StoredMessage message, String address) {
        for (int i = 0; i < message.envelope().recipients().size(); i++) {
            if (address(message, i).equals(address)) {
                return i;
            }
        }
        throw new AssertionError(address);
    }

    private Settings settings(GoldenFile golden) throws IOException {
        Path etc = Files.createDirectories(root.resolve("etc"));
        Files.writeString(etc.resolve("bounce.cf"), golden.text("template"));
        return Settings.parse("compatibility_level = 3.11\nmyhostname = mx.example.test\n" + golden.text("settings").replace("{root}", root.toString()));
    }

    // --- the message that the recording was made with

    private static StoredMessage message(GoldenFile golden, List<Recorded> recorded) {
        if (golden.name().contains("double-bounce")) {
            return of("", Ret.UNSPECIFIED, "", false, List.of(Recipient.of(Address.of("unknown@peer.example"))), recorded.getFirst().returned());
        }
        List<String> envelope = golden.text("envelope").lines().toList();
        String mail = envelope.getFirst();
        var recipients = new ArrayList<Recipient>();
        for (String line : envelope.subList(1, envelope.size())) {
            String given = Recorded.path(line);
            String target = golden.name().endsWith("failed-after-alias") ? "unknown@peer.example" : given;
            recipients.add(new Recipient(Address.of(target), Address.of(given), original(option(line, "ORCPT")), notify(option(line, "NOTIFY"))));
        }
        var lines = new ArrayList<>(recorded.getFirst().returned());
        if (!recorded.getFirst().isWhole()) {
            List<String> sent = golden.text("message").lines().toList();
            lines.add("");
            lines.addAll(sent.subList(sent.indexOf("") + 1, sent.size()));
        }
        Ret ret = option(mail, "RET").isEmpty() ? Ret.UNSPECIFIED : Ret.valueOf(option(mail, "RET"));
        return of(Recorded.path(mail), ret, option(mail, "ENVID").replace("+2B", "+"), mail.contains("SMTPUTF8"), recipients, lines);
    }

    private static StoredMessage of(String sender, Ret ret, String envelopeId, boolean utf8, List<Recipient> recipients, List<String> lines) {
        byte[] bytes = (String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.UTF_8);
        var envelope = new Envelope(Address.of(sender), recipients, ret, envelopeId, Body.UNSPECIFIED, utf8, TlsRequest.UNSPECIFIED, Map.of());
        return new StoredMessage(new QueueId(ID), QueueName.INCOMING, envelope, Collections.nCopies(recipients.size(), RecipientState.FRESH),
                Instant.parse("2026-11-22T09:00:00Z"), Instant.EPOCH, false, new Content.InMemory(bytes));
    }

    private static String option(String line, String name) {
        return Arrays.stream(line.split(" ")).filter(word -> word.startsWith(name + "=")).map(word -> word.substring(name.length() + 1)).findFirst().orElse("");
    }

    private static String original(String orcpt) {
        return orcpt.replace("+2B", "+").replace("\\x{DF}", "ß");
    }

    private static Notify notify(String value) {
        return value.isEmpty() ? Notify.DEFAULT : new Notify(true, value.contains("SUCCESS"), value.contains("FAILURE"), value.contains("DELAY"));
    }

    /** Our text with the words of the recordings, lines ending in LF. */
    private static String normal(String text) {
        assertThat(text).endsWith("\r\n").doesNotContainPattern("[^\r]\n");
        return text.replace("\r\n", "\n").replaceAll("\\b4(Original0z|Report00)\\d+\\b", "queue-id").replaceAll("queue-id\\.\\d+/", "queue-id.time/")
                .replaceAll("[A-Z][a-z]{2}, [ 1-3]\\d [A-Z][a-z]{2} 2026 \\d\\d:\\d\\d:\\d\\d [+-]\\d{4} \\([A-Z]+\\)", "date");
    }

    @Test
    void there_are_recordings() {
        assertThat(recordings().count()).isGreaterThan(20);
    }
}
