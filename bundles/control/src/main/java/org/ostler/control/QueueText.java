// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

/**
 * The queue as mailq, {@code postqueue -j} and postcat print it: Postfix's layout for long queue ids, because other programs parse it.
 *
 * <p>Used by the server and, while it is down, by the command line. An instance counts for one listing; one thread.
 */
public final class QueueText {

    private static final DateTimeFormatter SHORT = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter LONG = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);
    private static final int REASON_COLUMN = 78;
    private static final String RECIPIENT_INDENT = " ".repeat(47);

    private final Consumer<String> out;
    private long messages;
    private long bytes;

    public QueueText(Consumer<String> out) {
        this.out = out;
    }

    /** One message of a mailq listing. */
    public void list(StoredMessage message, QueueName queue) {
        out.accept(messages++ == 0 ? "----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------" : "");
        bytes += message.content().size();
        String mark = queue == QueueName.ACTIVE ? "*" : queue == QueueName.HOLD ? "!" : " ";
        out.accept(String.format("%-17s %8d %19.19s %s", message.id() + mark, message.content().size(), SHORT.format(local(message.arrival())), sender(message)));
        String reason = "";
        for (int i = 0; i < message.states().size(); i++) {
            String why = reason(message.states().get(i));
            if (message.states().get(i) instanceof RecipientState.Done) {
                continue;
            }
            // Postfix sorts recipients by reason and prints each reason once before them.
            if (!why.isEmpty() && !why.equals(reason)) {
                out.accept(" ".repeat(Math.max(0, REASON_COLUMN - 2 - why.length())) + "(" + why + ")");
            }
            reason = why;
            out.accept(RECIPIENT_INDENT + message.envelope().recipients().get(i).address());
        }
    }

    /** The last lines of a mailq listing. */
    public void endOfList() {
        if (messages == 0) {
            out.accept("Mail queue is empty");
        } else {
            out.accept("");
            out.accept("-- " + bytes / 1024 + " Kbytes in " + messages + " Request" + (messages == 1 ? "" : "s") + ".");
        }
    }

    /** One message as a line of JSON. */
    public void json(StoredMessage message, QueueName queue) {
        var line = new StringBuilder(256);
        line.append("{\"queue_name\": ").append(quoted(queue.text())).append(", \"queue_id\": ").append(quoted(message.id().text()))
                .append(", \"arrival_time\": ").append(message.arrival().getEpochSecond()).append(", \"message_size\": ").append(message.content().size())
                .append(", \"forced_expire\": false, \"sender\": ").append(quoted(sender(message))).append(tls(message)).append(", \"recipients\": [");
        String separator = "";
        for (int i = 0; i < message.states().size(); i++) {
            if (message.states().get(i) instanceof RecipientState.Done) {
                continue;
            }
            line.append(separator).append("{\"address\": ").append(quoted(message.envelope().recipients().get(i).address().text()));
            String why = reason(message.states().get(i));
            if (!why.isEmpty()) {
                line.append(", \"delay_reason\": ").append(quoted(why));
            }
            line.append('}');
            separator = ", ";
        }
        out.accept(line.append("]}").toString());
    }

    /**
     * A message as postcat prints it.
     *
     * @param parts any of e (envelope records), h (header) and b (body)
     */
    public void cat(StoredMessage message, String parts) throws IOException {
        boolean envelope = parts.contains("e");
        String file = message.queue().text() + "/" + message.id();
        if (envelope) {
            out.accept("*** ENVELOPE RECORDS " + file + " ***");
            out.accept(String.format("message_size: %15d %15d %15d %15d %15d %15d", message.content().size(), 0, message.envelope().recipients().size(), 0, message.content().size(), 0));
            out.accept("message_arrival_time: " + LONG.format(local(message.arrival())));
            out.accept("create_time: " + LONG.format(local(message.arrival())));
            for (Map.Entry<String, String> attribute : new TreeMap<>(message.envelope().attributes()).entrySet()) {
                out.accept("named_attribute: " + attribute.getKey() + "=" + attribute.getValue());
            }
            String wish = asked(message);
            if (!wish.isEmpty()) {
                out.accept("named_attribute: tls_request=" + wish);
            }
            out.accept("sender: " + message.envelope().sender());
            recipients(message);
        }
        if (envelope) {
            out.accept("*** MESSAGE CONTENTS " + file + " ***");
        }
        lines(message, parts.contains("h"), parts.contains("b"));
        if (envelope) {
            out.accept("*** HEADER EXTRACTED " + file + " ***");
            out.accept("*** MESSAGE FILE END " + file + " ***");
        }
    }

    /** What the sender asked of TLS (RFC 8689), in the words with which it is asked; empty where it is nothing. */
    private static String asked(StoredMessage message) {
        return switch (message.envelope().tls()) {
            case UNSPECIFIED -> "";
            case REQUIRED -> "REQUIRETLS";
            case NOT_REQUIRED -> "TLS-Required: no";
        };
    }

    /** Only where there is something to say: Postfix has no such field, and programs read its form. */
    private static String tls(StoredMessage message) {
        String wish = asked(message);
        return wish.isEmpty() ? "" : ", \"tls_request\": " + quoted(wish);
    }

    private void recipients(StoredMessage message) {
        List<Recipient> recipients = message.envelope().recipients();
        for (int i = 0; i < recipients.size(); i++) {
            Recipient recipient = recipients.get(i);
            if (!recipient.dsnOriginal().isEmpty()) {
                // It may hold line ends, which would begin a line of ours.
                out.accept("named_attribute: dsn_orig_rcpt=" + recipient.dsnOriginal().replaceAll("\\p{Cntrl}", "?"));
            }
            out.accept("original_recipient: " + recipient.original());
            out.accept((message.states().get(i) instanceof RecipientState.Done ? "done_recipient: " : "recipient: ") + recipient.address());
        }
    }

    /** The empty line belongs to the body. */
    private void lines(StoredMessage message, boolean header, boolean body) throws IOException {
        boolean inHeader = true;
        var line = new ByteArrayOutputStream();
        try (InputStream in = new BufferedInputStream(message.content().open(), 16 * 1024)) {
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b == '\n') {
                    inHeader &= line.size() > 0;
                    if (!body && !inHeader) {
                        return;
                    }
                    if (inHeader ? header : body) {
                        out.accept(line.toString(StandardCharsets.UTF_8));
                    }
                    line.reset();
                } else if (b != '\r') {
                    line.write(b);
                }
            }
        }
        if (line.size() > 0 && (inHeader ? header : body)) {
            out.accept(line.toString(StandardCharsets.UTF_8));
        }
    }

    private static String reason(RecipientState state) {
        return switch (state) {
            case RecipientState.Pending(var last) -> last.map(RecipientState.Reason::text).orElse("");
            case RecipientState.Failed(var reason) -> reason.text();
            case RecipientState.Done _ -> "";
        };
    }

    private static String sender(StoredMessage message) {
        return message.envelope().sender().isNull() ? "MAILER-DAEMON" : message.envelope().sender().text();
    }

    private static java.time.ZonedDateTime local(Instant when) {
        return when.atZone(ZoneId.systemDefault());
    }

    /** A JSON string (RFC 8259 section 7). */
    static String quoted(String text) {
        var out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x7f) {
                        out.append(String.format("\\u%04X", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('"').toString();
    }
}
