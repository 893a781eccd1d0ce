// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.ostler.bounce.Report.Entry;
import org.ostler.bounce.Report.Kind;
import org.ostler.bounce.Report.Returned;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.smtp.grammar.AddressSyntax;

/**
 * Writes one report into a submission, in the form of Postfix 3.12 to the byte.
 *
 * <p>The message that goes with it is streamed; nothing here grows with its size. Message-Id is left to cleanup.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> reads the message, writes the submission.
 */
final class ReportWriter {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("EEE, ppd MMM yyyy HH:mm:ss xx '('zzz')'", Locale.ENGLISH);
    private static final byte[] CRLF = {'\r', '\n'};

    private final Report report;
    private final Template template;
    private final Settings settings;
    private final MailLog log;
    private final Submission out;
    private final byte[] buffer = new byte[16 * 1024];
    private final String host;
    private final String boundary;
    /** Empty where the message says nothing but seven bits. */
    private final boolean eightBit;
    private int used;

    ReportWriter(Report report, Template template, MailLog log, Submission out) {
        this.report = report;
        this.template = template;
        this.settings = report.settings();
        this.log = log;
        this.out = out;
        this.host = settings.text("myhostname");
        this.boundary = report.message().id() + "." + report.now().getEpochSecond() + "/" + host;
        this.eightBit = report.message().envelope().body() != Body.SEVEN_BIT;
    }

    void write() throws IOException {
        header();
        notification();
        status();
        returned();
        line("");
        line("--" + boundary + "--");
        flush();
    }

    private void header() {
        line("Received: by " + host + " (" + settings.text("mail_name") + ")");
        line("\tid " + out.id() + "; " + date(report.now()));
        line("Date: " + date(report.now()));
        line("From: " + from());
        line("Subject: " + (report.copy() ? template.postmasterSubject() : template.subject()));
        line("To: " + AddressSyntax.quote(report.to()));
        if (report.isTlsWaived()) {
            line("TLS-Required: no");
        }
        line("Auto-Submitted: " + (report.copy() ? "auto-generated" : "auto-replied"));
        line("MIME-Version: 1.0");
        line("Content-Type: multipart/report; report-type=delivery-status;");
        line("\tboundary=\"" + boundary + "\"");
        line("Content-Transfer-Encoding: " + (eightBit ? "8bit" : "7bit"));
        line("");
        line("This is a MIME-encapsulated message.");
    }

    private String from() {
        String origin = settings.text("myorigin");
        String given = template.from();
        if (given.isEmpty()) {
            boolean obsolete = settings.get(BounceParameters.HEADER_FROM_FORMAT).equals("obsolete");
            return obsolete ? "MAILER-DAEMON@" + origin + " (Mail Delivery System)" : "Mail Delivery System <MAILER-DAEMON@" + origin + ">";
        }
        // "MAILER-DAEMON (name)" and "name <MAILER-DAEMON>" are completed like any local address.
        String word = "MAILER-DAEMON";
        boolean bare = given.contains(word) && !given.contains(word + "@");
        return bare ? given.replace(word, word + "@" + origin) : given;
    }

    private void part(String description, String type) {
        line("");
        line("--" + boundary);
        line("Content-Description: " + description);
        line("Content-Type: " + type);
    }

    private void encoding() {
        if (eightBit) {
            line("Content-Transfer-Encoding: 8bit");
        }
    }

    private void notification() {
        boolean ascii = template.charset().equalsIgnoreCase("us-ascii");
        part("Notification", "text/plain; charset=" + (ascii && settings.get(BounceParameters.SMTPUTF8) ? "utf-8" : template.charset()));
        encoding();
        line("");
        if (!report.copy()) {
            template.expanded(settings, log).forEach(this::line);
        }
        for (Entry entry : report.entries()) {
            line("");
            Address address = entry.recipient().address();
            Address original = entry.recipient().original();
            boolean renamed = !original.isNull() && !original.text().equalsIgnoreCase(address.text());
            String who = "<" + AddressSyntax.quote(address) + ">" + (renamed ? " (expanded from <" + AddressSyntax.quote(original) + ">)" : "");
            Wrap.lines(who + ": " + clean(entry.text()), this::line);
        }
    }

    private void status() {
        StoredMessage message = report.message();
        part("Delivery report", report.isUtf8() ? "message/global-delivery-status" : "message/delivery-status");
        if (report.isUtf8()) {
            encoding();
        }
        line("");
        line("Reporting-MTA: dns; " + host);
        if (!message.envelope().envelopeId().isEmpty()) {
            line("Original-Envelope-Id: " + clean(message.envelope().envelopeId()));
        }
        line("X-" + settings.text("mail_name") + "-Queue-ID: " + message.id());
        line("X-" + settings.text("mail_name") + "-Sender: " + typed(sender()));
        line("Arrival-Date: " + date(message.arrival()));
        report.entries().forEach(this::recipient);
    }

    private void recipient(Entry entry) {
        line("");
        line("Final-Recipient: " + typed(entry.recipient().address()));
        String given = entry.recipient().dsnOriginal();
        Address original = entry.recipient().original().isNull() ? entry.recipient().address() : entry.recipient().original();
        // Without ORCPT Postfix says rfc822 whatever the characters.
        line("Original-Recipient: " + (given.isEmpty() ? "rfc822;" + AddressSyntax.quote(original) : clean(given)));
        line("Action: " + entry.action());
        line("Status: " + entry.status());
        if (!entry.remoteMta().isEmpty()) {
            line("Remote-MTA: dns; " + entry.remoteMta());
        }
        Wrap.lines("Diagnostic-Code: " + entry.diagnosticType() + "; " + clean(entry.diagnostic()), this::line);
        if (report.kind() == Kind.DELAY) {
            line("Will-Retry-Until: " + date(report.message().arrival().plus(settings.get(Lifetimes.LIFETIME))));
        }
    }

    private static String typed(Address address) {
        return (address.isInternationalized() ? "utf-8; " : "rfc822; ") + AddressSyntax.quote(address);
    }

    /** Who sent the message; the null sender by its header name. */
    private Address sender() {
        Address sender = report.message().envelope().sender();
        return sender.isNull() ? new Address("MAILER-DAEMON", host) : sender;
    }

    private void returned() throws IOException {
        boolean header = report.returned() == Returned.HEADER;
        String type = report.isUtf8() ? header ? "message/global-headers" : "message/global" : header ? "text/rfc822-headers" : "message/rfc822";
        part(report.kind().description + (header ? " Headers" : ""), type);
        encoding();
        line("");
        line("Return-Path: <" + AddressSyntax.quote(sender()) + ">");
        try (InputStream in = new BufferedInputStream(report.message().content().open(), 8 * 1024)) {
            if (header) {
                copyHeader(in);
            } else {
                copy(in);
            }
        }
    }

    private void copy(InputStream in) throws IOException {
        flush();
        int last = '\n';
        for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
            out.content(buffer, 0, n);
            last = buffer[n - 1];
        }
        if (last != '\n') {
            line("");
        }
    }

    /** Up to the first empty line. */
    private void copyHeader(InputStream in) throws IOException {
        boolean lineStart = true;
        int previous = '\n';
        for (int c = in.read(); c >= 0; c = in.read()) {
            if (lineStart && c == '\r') {
                return;
            }
            put((byte) c);
            lineStart = c == '\n';
            previous = c;
        }
        if (previous != '\n') {
            line("");
        }
    }

    static String date(Instant when) {
        return DATE.format(when.atZone(ZoneId.systemDefault()));
    }

    /** Text from peers and operators: never a second line. */
    private static String clean(String text) {
        return MailLog.printable(text.replaceAll("[\\r\\n\\t]+", " "));
    }

    private void line(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length + 2 > buffer.length - used) {
            flush();
        }
        if (bytes.length + 2 > buffer.length) {
            out.content(bytes, 0, bytes.length);
            out.content(CRLF, 0, 2);
            return;
        }
        System.arraycopy(bytes, 0, buffer, used, bytes.length);
        used += bytes.length;
        put((byte) '\r');
        put((byte) '\n');
    }

    private void put(byte b) {
        if (used == buffer.length) {
            flush();
        }
        buffer[used++] = b;
    }

    private void flush() {
        if (used > 0) {
            out.content(buffer, 0, used);
            used = 0;
        }
    }
}
