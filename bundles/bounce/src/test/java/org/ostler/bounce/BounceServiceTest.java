// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
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
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;

/** Who is told, what happens when that fails, and what odd messages do to a report. */
class BounceServiceTest {

    private static final Reason GONE = Reason.local(EnhancedStatus.of("5.1.1"), "no such user");
    private static final Notify NEVER = Notify.NEVER;

    private final List<String> log = new ArrayList<>();
    private final AutoCloseable logging = MailLog.attach((when, severity, tag, text) -> log.add(tag + ": " + severity.prefix() + text));
    private final FakeCleanup cleanup = new FakeCleanup();
    private final BounceService service = new BounceService(cleanup, () -> Instant.parse("2026-11-22T10:00:00Z"));

    @TempDir
    Path dir;

    @AfterEach
    void stop() throws Exception {
        logging.close();
    }

    private static StoredMessage message(String sender, Notify notify, Content content) {
        Recipient recipient = new Recipient(Address.of("a@example.org"), Address.of("a@example.org"), "", notify);
        var envelope = new Envelope(Address.of(sender), List.of(recipient, Recipient.of(Address.of("b@example.org"))), Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false, TlsRequest.UNSPECIFIED, Map.of());
        return new StoredMessage(new QueueId("4Original0z1"), QueueName.INCOMING, envelope, Collections.nCopies(2, RecipientState.FRESH),
                Instant.parse("2026-11-22T09:00:00Z"), Instant.EPOCH, false, content);
    }

    private static StoredMessage asking(TlsRequest request, String sender, Ret ret) {
        var envelope = new Envelope(Address.of(sender), List.of(Recipient.of(Address.of("a@example.org"))), ret, "", Body.UNSPECIFIED, false, request, Map.of());
        return new StoredMessage(new QueueId("4Original0z1"), QueueName.INCOMING, envelope, List.of(RecipientState.FRESH), Instant.parse("2026-11-22T09:00:00Z"), Instant.EPOCH, false,
                text("Subject: x\r\nRequire-TLS-ESMTP: yes\r\n\r\nsecret\r\n"));
    }

    /** RFC 8689 section 5: the header alone, whatever RET says; and with the demand, or, so that it arrives, without it. */
    @Test
    void a_report_on_a_message_that_asked_for_TLS_returns_no_content() throws Exception {
        String notify = "notify_classes = bounce, 2bounce, delay\n";
        for (String redact : List.of("yes", "no")) {
            Settings settings = settings(notify + "requiretls_redact_dsn = " + redact + "\n");
            service.failed(asking(TlsRequest.REQUIRED, "s@example.net", Ret.FULL), List.of(new Failure(0, GONE)), settings);
            service.delayed(asking(TlsRequest.REQUIRED, "s@example.net", Ret.FULL), List.of(new Failure(0, GONE)), settings);
            service.failed(asking(TlsRequest.REQUIRED, "", Ret.FULL), List.of(new Failure(0, GONE)), settings);
            service.delayed(asking(TlsRequest.REQUIRED, "", Ret.FULL), List.of(new Failure(0, GONE)), settings);
            assertThat(cleanup.submitted).as("to sender and postmaster, failure and delay").hasSize(6)
                    .allSatisfy(s -> assertThat(s.text()).contains("Subject: x\r\n").doesNotContain("secret").doesNotContain("TLS-Required"))
                    .allSatisfy(s -> assertThat(s.tls()).isEqualTo(redact.equals("yes") ? TlsRequest.UNSPECIFIED : TlsRequest.REQUIRED));
            cleanup.submitted.clear();
        }
    }

    @Test
    void a_report_on_a_message_that_waived_TLS_waives_it_too() throws Exception {
        service.failed(asking(TlsRequest.NOT_REQUIRED, "s@example.net", Ret.FULL), List.of(new Failure(0, GONE)), settings(""));
        assertThat(cleanup.submitted.getFirst().text()).containsOnlyOnce("\r\nTLS-Required: no\r\n").contains("secret");
        service.failed(asking(TlsRequest.NOT_REQUIRED, "s@example.net", Ret.FULL), List.of(new Failure(0, GONE)), settings("tls_required_enable = no\n"));
        assertThat(cleanup.submitted.getLast().text()).doesNotContain("TLS-Required");
        service.failed(asking(TlsRequest.UNSPECIFIED, "s@example.net", Ret.FULL), List.of(new Failure(0, GONE)), settings(""));
        assertThat(cleanup.submitted.getLast().text()).doesNotContain("TLS-Required");
        assertThat(cleanup.submitted).allSatisfy(s -> assertThat(s.tls()).as("the header says it").isEqualTo(TlsRequest.UNSPECIFIED));
    }

    private static Content text(String text) {
        return new Content.InMemory(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Settings settings(String more) {
        return Settings.parse("myhostname = mx.example.test\n" + more);
    }

    @Test
    void only_recipients_whose_sender_wants_to_know_are_in_the_report() throws Exception {
        StoredMessage m = message("s@example.net", NEVER, text("Subject: x\r\n\r\nhello\r\n"));
        service.failed(m, List.of(new Failure(0, GONE)), settings(""));
        assertThat(cleanup.submitted).isEmpty();
        service.failed(m, List.of(new Failure(0, GONE), new Failure(1, GONE)), settings(""));
        assertThat(cleanup.submitted).singleElement().satisfies(s -> assertThat(s.text()).contains("<b@example.org>").doesNotContain("a@example.org"));
        assertThat(cleanup.submitted.getFirst().source()).isEqualTo(Origin.Source.BOUNCE);
        assertThat(log).contains("postfix/bounce: 4Original0z1: sender non-delivery notification: 4Report001");
        service.delayed(m, List.of(new Failure(0, GONE)), settings(""));
        service.delivered(m, List.of(new Success(1, EnhancedStatus.of("2.0.0"), "delivered", "ok", "")), settings(""));
        assertThat(cleanup.submitted).as("nobody asked for success").hasSize(1);
    }

    @Test
    void a_notice_that_comes_back_to_the_double_bounce_sender_is_dropped() throws Exception {
        StoredMessage m = message("Double-Bounce@mx.example.test", Notify.DEFAULT, text("\r\n"));
        service.failed(m, List.of(new Failure(0, GONE)), settings("notify_classes = 2bounce, bounce\n"));
        assertThat(cleanup.submitted).isEmpty();
        assertThat(log).contains("postfix/bounce: warning: 4Original0z1: undeliverable postmaster notification discarded");
    }

    @Test
    void a_report_that_cannot_be_queued_is_an_error_and_a_copy_that_cannot_is_not() throws Exception {
        StoredMessage m = message("s@example.net", Notify.DEFAULT, text("Subject: x\r\n\r\nhello\r\n"));
        cleanup.refuse = 1;
        assertThatThrownBy(() -> service.failed(m, List.of(new Failure(0, GONE)), settings(""))).isInstanceOf(QueueException.class)
                .hasMessageContaining("451 4.3.0 Error: queue file write error");
        cleanup.refuse = 3;
        service.failed(m, List.of(new Failure(0, GONE)), settings("notify_classes = bounce\n"));
        assertThat(cleanup.submitted).hasSize(1);
        assertThat(log.getLast()).contains("warning: 4Original0z1: postmaster non-delivery notification not queued");
    }

    @Test
    void a_bug_over_the_postmaster_s_copy_does_not_tell_the_sender_again_and_again() throws Exception {
        StoredMessage m = message("s@example.net", Notify.DEFAULT, text("Subject: x\r\n\r\nhello\r\n"));
        cleanup.bug = 2;
        service.failed(m, List.of(new Failure(0, GONE)), settings("notify_classes = bounce\n"));
        assertThat(cleanup.submitted).hasSize(1);
        assertThat(log.getLast()).contains("warning: 4Original0z1: postmaster non-delivery notification not queued");
    }

    @Test
    void content_that_cannot_be_read_is_temporary_trouble() {
        Content broken = new Content() {
            @Override
            public long size() {
                return 10;
            }

            @Override
            public InputStream open() throws IOException {
                throw new IOException("disk");
            }
        };
        StoredMessage m = message("s@example.net", Notify.DEFAULT, broken);
        assertThatThrownBy(() -> service.failed(m, List.of(new Failure(0, GONE)), settings(""))).isInstanceOf(QueueException.class);
        assertThat(cleanup.submitted).isEmpty();
    }

    @Test
    void a_large_message_is_streamed() throws Exception {
        String line = "0123456789".repeat(7) + "\r\n";
        StoredMessage m = message("s@example.net", Notify.DEFAULT, text("Subject: x\r\n\r\n" + line.repeat(20_000)));
        service.failed(m, List.of(new Failure(0, GONE)), settings("bounce_size_limit = 10000000\n"));
        assertThat(cleanup.submitted.getFirst().text()).contains(line.repeat(20_000));
        assertThat(cleanup.largestPiece).isLessThanOrEqualTo(16 * 1024);
    }

    @Test
    void a_message_without_body_or_last_line_end_makes_a_sound_report() throws Exception {
        for (String odd : List.of("Subject: x", "Subject: x\r\n", "", "\r\n", "Subject: x\r\n\r\nno end")) {
            for (String limit : List.of("bounce_size_limit = 1\n", "")) {
                cleanup.submitted.clear();
                service.failed(message("s@example.net", Notify.DEFAULT, text(odd)), List.of(new Failure(0, GONE)), settings(limit));
                assertThat(cleanup.submitted.getFirst().text()).as(odd).endsWith("\r\n\r\n--4Original0z1.1795341600/mx.example.test--\r\n").doesNotContainPattern("[^\r]\n");
            }
        }
    }

    @Test
    void what_a_peer_says_never_makes_a_second_header_line() throws Exception {
        Reason evil = new Reason(EnhancedStatus.of("5.0.0"), "host said:\r\nX-Evil: 1\u0000", "mx", "smtp", "550 a\r\n\r\nX-Evil: 1");
        service.failed(message("s@example.net", Notify.DEFAULT, text("\r\n")), List.of(new Failure(0, evil)), settings(""));
        assertThat(cleanup.submitted.getFirst().text()).contains("Diagnostic-Code: smtp; 550 a X-Evil: 1\r\n").contains(": host said: X-Evil: 1?\r\n");
    }

    @Test
    void mail_that_was_relayed_is_reported_with_the_words_of_the_peer() throws Exception {
        StoredMessage m = message("s@example.net", new Notify(true, true, false, false), text("\r\n"));
        service.delivered(m, List.of(new Success(0, EnhancedStatus.of("2.0.0"), "relayed", "delivery via mx[192.0.2.1]:25: 250 2.0.0 Ok", "mx")), settings(""));
        assertThat(cleanup.submitted.getFirst().text()).contains("<a@example.org>: delivery via mx[192.0.2.1]:25: 250 2.0.0 Ok\r\n")
                .contains("Action: relayed\r\nStatus: 2.0.0\r\nRemote-MTA: dns; mx\r\nDiagnostic-Code: smtp; 250 2.0.0 Ok\r\n");
        assertThat(log.getLast()).isEqualTo("postfix/bounce: 4Original0z1: sender delivery status notification: 4Report001");
    }

    @Test
    void long_words_stay_whole() {
        var lines = new ArrayList<String>();
        Wrap.lines("x".repeat(100) + " " + "y".repeat(75) + " z", lines::add);
        assertThat(lines).containsExactly("x".repeat(100), "    " + "y".repeat(75), "    z");
        lines.clear();
        Wrap.lines("", lines::add);
        assertThat(lines).containsExactly("");
    }

    @Test
    void a_bad_template_file_costs_a_warning_and_no_report() throws Exception {
        Path file = dir.resolve("bounce.cf");
        StoredMessage m = message("s@example.net", Notify.DEFAULT, text("\r\n"));
        Settings settings = settings("bounce_template_file = " + file + "\n");
        service.failed(m, List.of(new Failure(0, GONE)), settings);
        assertThat(log.getFirst()).startsWith("postfix/bounce: warning: open " + file);
        Files.writeString(file, "# mine\nfailure_template = <<X\nCharset: utf-8\nSubjekt: no\n\nKosten: $$5 bei $myhostname\nX\nnosuch_template = <<X\nX\nrubbish\n");
        service.failed(m, List.of(new Failure(0, GONE)), settings);
        assertThat(cleanup.submitted.getLast().text()).contains("Kosten: $5 bei mx.example.test\r\n").contains("Subject: Undelivered Mail Returned to Sender\r\n");
        assertThat(log).anyMatch(l -> l.contains("line 4: unknown failure template header: Subjekt: no"))
                .anyMatch(l -> l.contains("line 8: unknown template name: nosuch_template"))
                .anyMatch(l -> l.contains("line 10: missing '=<<'"));
    }
}
