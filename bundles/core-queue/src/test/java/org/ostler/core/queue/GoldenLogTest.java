// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.delivery.Outcome.Timing;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.GoldenFile;

/** The queue manager's log lines against those recorded from Postfix; ids, sizes and times are words in both. */
@Timeout(60)
class GoldenLogTest {

    private static final String RELAY = "127.0.0.1[127.0.0.1]:25";

    /** Lines of the programs that the queue manager logs for, about the first message. */
    private static List<String> recorded(String name) {
        return GoldenFile.load("log/" + name).text("log").lines()
                .filter(line -> line.matches("postfix/(qmgr|smtp|error|postsuper)\\[.*"))
                .filter(line -> !line.contains("message") && !line.contains("adjusting"))
                .takeWhile(line -> !line.contains("from=<>") && !line.contains("to=<sender@example.org>"))
                .map(line -> line.replace("[pid]", "").replace(":peer-port", ":25").replace("size=366", "size=n").replaceAll("size=\\d+", "size=n")).toList();
    }

    private static List<String> ours(Rig rig, StoredMessage message) {
        return rig.log.stream().filter(line -> line.contains(message.id() + ": ")).map(line -> line.replace(message.id().text(), "queue-id")
                .replaceAll("size=\\d+", "size=n").replaceAll("delay=[0-9.]+, delays=[0-9./]+", "delay=seconds, delays=delays")).toList();
    }

    private static Rig rig(String settings) {
        var rig = new Rig(settings);
        rig.smtp = GoldenLogTest::deliver;
        return rig;
    }

    private static DeliveryResult deliver(Delivery delivery) {
        int number = delivery.recipients().getFirst();
        var timing = new Timing(1, 1, 0, "none");
        return DeliveryResult.of(List.of(switch (delivery.addresses().getFirst().address().localPart()) {
            case "unknown" -> new Outcome.Bounced(number, said("5.1.1", "550 5.1.1 <unknown@peer.example>: no such user here"), RELAY, timing);
            case "slow" -> new Outcome.Deferred(number, said("4.3.2", "451 4.3.2 come back later"), RELAY, timing);
            default -> new Outcome.Delivered(number, EnhancedStatus.of("2.0.0"), "250 2.0.0 Ok: accepted as 12345", true, RELAY, timing);
        }));
    }

    private static Reason said(String status, String reply) {
        return new Reason(EnhancedStatus.of(status), "host 127.0.0.1[127.0.0.1] said: " + reply + " (in reply to RCPT TO command)", "127.0.0.1", "smtp", reply);
    }

    @Test
    void mail_that_is_relayed() throws Exception {
        try (var rig = rig("")) {
            StoredMessage m = rig.send("good@peer.example");
            rig.awaitLog(m.id() + ": removed");
            assertThat(ours(rig, m)).isEqualTo(recorded("relayed"));
        }
    }

    @Test
    void mail_that_bounces() throws Exception {
        try (var rig = rig("")) {
            StoredMessage m = rig.send("unknown@peer.example");
            rig.awaitLog(m.id() + ": removed");
            assertThat(ours(rig, m)).startsWith(recorded("bounced").toArray(String[]::new));
        }
    }

    @Test
    void mail_that_is_deferred() throws Exception {
        try (var rig = rig("")) {
            StoredMessage m = rig.awaitDeferred(rig.send("slow@peer.example"));
            assertThat(ours(rig, m)).isEqualTo(recorded("deferred-recipient"));
        }
    }

    @Test
    void mail_for_a_deferred_transport() throws Exception {
        try (var rig = rig("defer_transports = smtp\n")) {
            StoredMessage m = rig.awaitDeferred(rig.send("good@peer.example"));
            assertThat(ours(rig, m)).isEqualTo(recorded("deferred-transport"));
        }
    }

    @Test
    void mail_that_expires() throws Exception {
        try (var rig = rig("maximal_queue_lifetime = 0\n")) {
            StoredMessage m = rig.send("slow@peer.example");
            rig.awaitLog(m.id() + ": removed");
            assertThat(ours(rig, m)).startsWith(recorded("expired").toArray(String[]::new));
            assertThat(rig.logged("postfix/qmgr: warning: bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime")).isOne();
        }
    }

    @Test
    void mail_that_is_held_and_released() throws Exception {
        try (var rig = rig("")) {
            StoredMessage m = rig.awaitDeferred(rig.send("slow@peer.example"));
            rig.verbs().hold(m.id());
            rig.verbs().release(m.id());
            rig.awaitLog("released from hold");
            rig.advance(Duration.ZERO);
            assertThat(ours(rig, m)).containsAll(recorded("hold-release"));
        }
    }

    @Test
    void mail_that_is_deleted() throws Exception {
        try (var rig = rig("")) {
            StoredMessage m = rig.awaitDeferred(rig.send("slow@peer.example"));
            rig.verbs().delete(m.id());
            assertThat(ours(rig, m)).isEqualTo(recorded("delete"));
        }
    }
}
