// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.cleanup.spi.CleanupEdit;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.routing.Router;

/**
 * One message on its way through the stages into the queue.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> as the stages and the store do. <b>Errors</b> the first refusal is kept and answered by {@link #finish}; content after it is ignored.
 */
// size: the client's side and the stages' side of one message share its state; each method is short
final class MessageSubmission implements Submission, CleanupEdit, HeaderScanner.Handler {

    private static final Reply WRITE_ERROR = Reply.of(451, "4.3.0", "Error: queue file write error");
    private static final Reply TOO_BIG = Reply.of(552, "5.3.4", "Error: message file too big");
    /** Names of headers that are remembered at most; a hostile message may hold a million. */
    private static final int MOST_NAMES = 1000;
    /** Remembered however many came before: stages ask for these. */
    private static final Set<String> KNOWN = Set.of("date", "from", "message-id", "received", "return-path", "sender", "reply-to", "to", "cc", "bcc", "subject", "apparently-to",
            "resent-date", "resent-from", "resent-message-id", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc",
            "mime-version", "content-type", "content-transfer-encoding", "delivered-to", "errors-to", "precedence", "auto-submitted", "dkim-signature");
    private static final byte[] CRLF = {'\r', '\n'};
    /** Bytes of a recipient besides its text, roughly. */
    private static final int RECIPIENT_COST = 160;

    private final Origin origin;
    private final Settings settings;
    private final Draft draft;
    private final List<CleanupStage> stages;
    private final Leased<Router> router;
    private final HeaderScanner scanner;
    private final long sizeLimit;
    private final MemoryBudget memory;
    /** What this message has taken of the budget. */
    private long held;
    private final Set<String> headers = new HashSet<>();
    private final Map<Class<?>, Object> notes = new HashMap<>();
    private final Map<String, String> attributes;
    private final TlsHeaders tlsHeaders;
    private StringBuilder pendingHead = new StringBuilder(1024);
    private Address sender = Address.NULL;
    private List<Recipient> recipients = new ArrayList<>();
    private Ret ret = Ret.UNSPECIFIED;
    private String envelopeId = "";
    private Body body = Body.UNSPECIFIED;
    private boolean smtpUtf8;
    private TlsRequest tls = TlsRequest.UNSPECIFIED;
    private boolean begun;
    private boolean contentBegun;
    private boolean hold;
    private boolean discard;
    private Result.Refused refused;

    // size: all are handed over by the service, which holds them
    MessageSubmission(Origin origin, Settings settings, Draft draft, List<CleanupStage> stages, Leased<Router> router, MemoryBudget memory) {
        this.memory = memory;
        this.origin = origin;
        this.settings = settings;
        this.draft = draft;
        this.stages = stages;
        this.router = router;
        this.scanner = new HeaderScanner(this, settings.get(CleanupParameters.HEADER_SIZE_LIMIT));
        this.tlsHeaders = new TlsHeaders(settings);
        boolean ours = origin.source() == Origin.Source.BOUNCE || origin.source() == Origin.Source.NOTIFY;
        this.sizeLimit = ours ? 0 : settings.get(CleanupParameters.MESSAGE_SIZE_LIMIT);
        this.attributes = new HashMap<>(origin.attributes());
        attributes.putIfAbsent("rewrite_context", origin.local() ? "local" : "remote");
    }

    // ---- Submission

    @Override
    public QueueId id() {
        return draft.id();
    }

    @Override
    public void sender(Address from, Ret fromRet, String fromEnvelopeId, Body fromBody, boolean fromSmtpUtf8) {
        sender = from.isNull() ? from : rewritten(from);
        ret = fromRet;
        envelopeId = fromEnvelopeId;
        body = fromBody;
        smtpUtf8 = fromSmtpUtf8;
    }

    @Override
    public void tls(TlsRequest request) {
        tls = request;
    }

    @Override
    public void recipient(Recipient recipient) {
        if (refused != null || !mayHold(RECIPIENT_COST + 4 * recipient.address().text().length() + 2 * recipient.dsnOriginal().length())) {
            return;
        }
        Address address = recipient.address().isNull() ? Address.of(settings.text("empty_address_recipient")) : recipient.address();
        recipients.add(recipient.withAddress(rewritten(address)));
    }

    /** Most addresses are complete; only the others cost a call of the router. */
    private Address rewritten(Address address) {
        boolean complete = address.domain().indexOf('.') > 0 && address.localPart().indexOf('%') < 0 && address.localPart().indexOf('!') < 0 && address.localPart().indexOf('@') < 0
                && !address.localPart().isEmpty() && !address.domain().endsWith(".");
        if (complete) {
            return address;
        }
        try {
            return router.<Address, RuntimeException>call(r -> r.rewrite(address, Router.Context.LOCAL, settings));
        } catch (UnavailableException e) {
            refuse(WRITE_ERROR, e.getMessage());
            return address;
        }
    }

    @Override
    public void action(String name, String argument) {
        switch (name.toUpperCase(Locale.ROOT)) {
            case "HOLD" -> hold = true;
            case "DISCARD" -> discard = true;
            case "PREPEND" -> pendingPrepend(argument);
            case "REDIRECT" -> attributes.put("redirect", argument);
            case "FILTER" -> attributes.put("content_filter", argument);
            case "BCC" -> {
                Address copy = Address.of(AddressSpans.internal(argument));
                recipients.add(new Recipient(rewritten(copy), copy, "", Notify.NEVER));
            }
            default -> refuse(Reply.of(451, "4.3.5", "Server configuration error"), "unknown action: " + name);
        }
    }

    private void pendingPrepend(String header) {
        if (contentBegun) {
            // Behind what the client has sent it would be a line of its text.
            MailLog.of(settings.text("syslog_name") + "/cleanup").warning(id() + ": action PREPEND must be used before smtpd_end_of_data_restrictions; ignored");
            return;
        }
        begin();
        writeHeader(Bytes.asHeader(header));
    }

    @Override
    public void content(byte[] bytes, int offset, int length) {
        if (refused != null || length == 0) {
            return;
        }
        begin();
        contentBegun = true;
        scanner.write(bytes, offset, length);
    }

    private void begin() {
        if (!begun) {
            begun = true;
            for (CleanupStage stage : stages) {
                guarded(stage, () -> stage.begin(this));
            }
        }
    }

    @Override
    public boolean isFailed() {
        return refused != null;
    }

    @Override
    public Result finish() {
        begin();
        if (refused == null) {
            scanner.end();
            flushHead();
        }
        for (CleanupStage stage : stages) {
            if (refused == null) {
                guarded(stage, () -> stage.envelope(this));
            }
        }
        if (refused != null) {
            warnRefused();
            return refused;
        }
        if (discard) {
            return new Result.Discarded(id());
        }
        return commit();
    }

    private Result commit() {
        String redirect = attributes.remove("redirect");
        if (redirect != null) {
            Address target = Address.of(AddressSpans.internal(redirect));
            recipients = List.of(Recipient.of(rewritten(target)));
        }
        if (recipients.isEmpty()) {
            refuse(Reply.of(451, "4.3.0", "Error: queue file write error"), "no recipients");
            return refused;
        }
        try {
            var envelope = new Envelope(sender, recipients, ret, envelopeId, body, smtpUtf8, tls, attributes);
            StoredMessage stored = draft.commit(envelope, Instant.now(), hold);
            return new Result.Queued(id(), stored.content().size(), stored.arrival());
        } catch (QueueException e) {
            refuse(reply(e), e.getMessage());
            return refused;
        }
    }

    private static Reply reply(QueueException e) {
        return e.kind() == QueueException.Kind.FULL ? Reply.of(452, "4.3.1", "Insufficient system storage") : WRITE_ERROR;
    }

    private void warnRefused() {
        MailLog log = MailLog.of(settings.text("syslog_name") + "/cleanup");
        log.warning(id() + ": " + refused.detail());
        log.info(id() + ": removed (canceled)");
    }

    @Override
    public void close() {
        draft.close();
        memory.giveBack(held);
        held = 0;
    }

    // ---- HeaderScanner.Handler

    @Override
    public boolean mayHold(int bytes) {
        if (!memory.take(bytes)) {
            refuse(WRITE_ERROR, "not enough memory for the messages that are being received");
            return false;
        }
        held += bytes;
        return true;
    }

    @Override
    public void header(String name, String line) {
        if (refused != null) {
            return;
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (headers.size() < MOST_NAMES || KNOWN.contains(lower)) {
            headers.add(lower);
        }
        String kept = line;
        for (CleanupStage stage : stages) {
            if (!kept.isEmpty()) {
                kept = guardedHeader(stage, name, kept);
            }
        }
        if (!kept.isEmpty()) {
            noteEncoding(name, kept);
            tlsHeaders.see(lower, kept);
            writeHeader(kept);
        }
    }

    @Override
    public boolean isSeparator(String line) {
        return origin.source() == Origin.Source.PICKUP && (line.startsWith("From ") || line.startsWith(">From "));
    }

    private void noteEncoding(String name, String line) {
        if (body == Body.UNSPECIFIED && name.equalsIgnoreCase("content-transfer-encoding") && settings.get(CleanupParameters.DETECT_8BIT_ENCODING_HEADER)) {
            String encoding = line.substring(line.indexOf(':') + 1).strip().toLowerCase(Locale.ROOT);
            if (encoding.startsWith("8bit") || encoding.equals("binary")) {
                body = Body.EIGHT_BIT_MIME;
            }
        }
        if (!smtpUtf8 && origin.source() == Origin.Source.PICKUP && line.chars().anyMatch(c -> c > 0x7f)
                && settings.get(CleanupParameters.SMTPUTF8_AUTODETECT_CLASSES).contains("sendmail")) {
            smtpUtf8 = true;
        }
    }

    @Override
    public void endOfHeaders(HeaderScanner.End end) {
        for (CleanupStage stage : stages) {
            guarded(stage, () -> stage.endOfHeaders(this));
        }
        tls = tlsHeaders.together(tls);
        tlsHeaders.missing(tls).ifPresent(this::writeHeader);
        flushHead();
        if (end != HeaderScanner.End.CONTENT) {
            put(CRLF, 0, 2);
        }
    }

    @Override
    public void body(byte[] bytes, int offset, int length) {
        put(bytes, offset, length);
    }

    /** For tests. */
    int rememberedHeaders() {
        return headers.size();
    }

    // ---- writing

    private void writeHeader(String line) {
        pendingHead.append(line).append("\r\n");
        if (pendingHead.length() > 16 * 1024) {
            flushHead();
        }
    }

    private void flushHead() {
        if (!pendingHead.isEmpty()) {
            byte[] bytes = pendingHead.toString().getBytes(StandardCharsets.ISO_8859_1);
            pendingHead.setLength(0);
            put(bytes, 0, bytes.length);
        }
    }

    private void put(byte[] bytes, int offset, int length) {
        if (refused != null) {
            return;
        }
        if (sizeLimit > 0 && draft.size() + length > sizeLimit) {
            refuse(TOO_BIG, "message exceeds size limit");
            return;
        }
        try {
            draft.write(bytes, offset, length);
        } catch (QueueException e) {
            refuse(reply(e), e.getMessage());
        }
    }

    // ---- stages

    private void guarded(CleanupStage stage, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            broken(stage, e);
        }
    }

    private String guardedHeader(CleanupStage stage, String name, String line) {
        try {
            return stage.header(this, name, line);
        } catch (RuntimeException e) {
            broken(stage, e);
            return line;
        }
    }

    private void broken(CleanupStage stage, RuntimeException e) {
        MailLog.of(settings.text("syslog_name") + "/cleanup").error(id() + ": bug in stage " + stage.getClass().getName() + ": " + e);
        refuse(WRITE_ERROR, "bug in a cleanup stage");
    }

    // ---- CleanupEdit

    @Override
    public Origin origin() {
        return origin;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public Address sender() {
        return sender;
    }

    @Override
    public void sender(Address other) {
        sender = other;
    }

    @Override
    public List<Recipient> recipients() {
        return recipients;
    }

    @Override
    public void recipients(List<Recipient> other) {
        recipients = new ArrayList<>(other);
    }

    @Override
    public boolean hasHeader(String name) {
        return headers.contains(name.toLowerCase(Locale.ROOT));
    }

    @Override
    public void addHeader(String line) {
        writeHeader(line);
    }

    @Override
    public <T> T note(Class<T> type, Supplier<T> first) {
        return type.cast(notes.computeIfAbsent(type, t -> first.get()));
    }

    @Override
    public void refuse(Reply reply, String detail) {
        if (refused == null) {
            refused = new Result.Refused(reply, detail);
        }
    }
}
