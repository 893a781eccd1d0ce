// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

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
import org.ostler.mail.queue.spi.Draft;

/**
 * One message on its way through the stages into the queue.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> as the stages and the store do. <b>Errors</b> the first refusal is kept and answered by {@link #finish}; content after it is ignored.
 */
final class MessageSubmission implements Submission, CleanupEdit, HeaderScanner.Handler {

    /** Names of headers that are remembered at most; a hostile message may hold a million. */
    private static final int MOST_NAMES = 1000;
    /** Remembered however many came before: stages ask for these. */
    private static final Set<String> KNOWN = Set.of("date", "from", "message-id", "received", "return-path", "sender", "reply-to", "to", "cc", "bcc", "subject", "apparently-to",
            "resent-date", "resent-from", "resent-message-id", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc",
            "mime-version", "content-type", "content-transfer-encoding", "delivered-to", "errors-to", "precedence", "auto-submitted", "dkim-signature");
    /** Bytes of a recipient besides its text, roughly. */
    private static final int RECIPIENT_COST = 160;

    private final Origin origin;
    private final Settings settings;
    private final Content content;
    private final List<CleanupStage> stages;
    private final Completion completion;
    private final HeaderScanner scanner;
    private final MemoryBudget memory;
    /** What this message has taken of the budget. */
    private long held;
    private final Set<String> headers = new HashSet<>();
    private final Map<Class<?>, Object> notes = new HashMap<>();
    private final Map<String, String> attributes;
    private final TlsHeaders tlsHeaders;
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
    MessageSubmission(Origin origin, Settings settings, Draft draft, List<CleanupStage> stages, Completion completion, MemoryBudget memory) {
        this.memory = memory;
        this.origin = origin;
        this.settings = settings;
        this.stages = stages;
        this.completion = completion;
        this.scanner = new HeaderScanner(this, settings.get(CleanupParameters.HEADER_SIZE_LIMIT));
        this.tlsHeaders = new TlsHeaders(settings, this::log);
        boolean ours = origin.source() == Origin.Source.BOUNCE || origin.source() == Origin.Source.NOTIFY;
        this.content = new Content(this, draft, ours ? 0 : settings.get(CleanupParameters.MESSAGE_SIZE_LIMIT));
        this.attributes = new HashMap<>(origin.attributes());
        attributes.putIfAbsent("rewrite_context", origin.local() ? "local" : "remote");
    }

    // ---- Submission

    @Override
    public QueueId id() {
        return content.id();
    }

    @Override
    public void sender(Address from, Ret fromRet, String fromEnvelopeId, Body fromBody, boolean fromSmtpUtf8) {
        sender = from.isNull() ? from : completion.of(from, this);
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
        recipients.add(recipient.withAddress(completion.of(address, this)));
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
                recipients.add(new Recipient(completion.of(copy, this), copy, "", Notify.NEVER));
            }
            default -> refuse(Reply.of(451, "4.3.5", "Server configuration error"), "unknown action: " + name);
        }
    }

    private void pendingPrepend(String header) {
        if (contentBegun) {
            // Behind what the client has sent it would be a line of its text.
            log().warning(id() + ": action PREPEND must be used before smtpd_end_of_data_restrictions; ignored");
            return;
        }
        begin();
        content.header(Bytes.asHeader(header));
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
            content.flush();
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
        Result result = commit();
        if (refused != null) {
            warnRefused();
        }
        return result;
    }

    private Result commit() {
        String redirect = attributes.remove("redirect");
        if (redirect != null) {
            Address target = Address.of(AddressSpans.internal(redirect));
            // May refuse: content.commit looks.
            recipients = List.of(Recipient.of(completion.of(target, this)));
        }
        if (recipients.isEmpty()) {
            refuse(Completion.WRITE_ERROR, "no recipients");
            return refused;
        }
        var envelope = new Envelope(sender, recipients, ret, envelopeId, body, smtpUtf8, tls, attributes);
        return content.commit(envelope, hold).<Result>map(stored -> new Result.Queued(id(), stored.content().size(), stored.arrival())).orElseGet(() -> refused);
    }

    private void warnRefused() {
        MailLog log = log();
        log.warning(id() + ": " + refused.detail());
        log.info(id() + ": removed (canceled)");
    }

    private MailLog log() {
        return MailLog.of(settings.text("syslog_name") + "/cleanup");
    }

    @Override
    public void close() {
        content.close();
        memory.giveBack(held);
        held = 0;
    }

    // ---- HeaderScanner.Handler

    @Override
    public boolean mayHold(int bytes) {
        if (!memory.take(bytes)) {
            refuse(Completion.WRITE_ERROR, "not enough memory for the messages that are being received");
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
            content.header(kept);
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
        tlsHeaders.missing(tls).ifPresent(content::header);
        if (end == HeaderScanner.End.CONTENT) {
            content.flush();
        } else {
            content.endOfHeader();
        }
    }

    @Override
    public void body(byte[] bytes, int offset, int length) {
        content.body(bytes, offset, length);
    }

    /** For tests. */
    int rememberedHeaders() {
        return headers.size();
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
        log().error(id() + ": bug in stage " + stage.getClass().getName() + ": " + e);
        refuse(Completion.WRITE_ERROR, "bug in a cleanup stage");
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
        content.header(line);
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
