// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Reply;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;

/**
 * The text of one message on its way into the store: header lines are gathered, the size is limited, and what the store cannot do is told as a refusal.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> as {@link Draft}. <b>Errors</b> go to the message; nothing is written any more once it is refused.
 */
final class Content implements AutoCloseable {

    private static final Reply TOO_BIG = Reply.of(552, "5.3.4", "Error: message file too big");
    private static final int MOST_HEAD = 16 * 1024;
    private static final byte[] CRLF = {'\r', '\n'};

    private final MessageSubmission message;
    private final Draft draft;
    private final long limit;
    private final StringBuilder head = new StringBuilder(1024);

    /**
     * @param message knows whether it was refused
     * @param limit   most bytes, 0 for none
     */
    Content(MessageSubmission message, Draft draft, long limit) {
        this.message = message;
        this.draft = draft;
        this.limit = limit;
    }

    QueueId id() {
        return draft.id();
    }

    /** A header line, perhaps folded, without its last line end; a character per byte. */
    void header(String line) {
        head.append(line).append("\r\n");
        if (head.length() > MOST_HEAD) {
            flush();
        }
    }

    /** The empty line behind the header. */
    void endOfHeader() {
        flush();
        body(CRLF, 0, CRLF.length);
    }

    /** Writes the header lines that wait. */
    void flush() {
        if (!head.isEmpty()) {
            byte[] bytes = head.toString().getBytes(StandardCharsets.ISO_8859_1);
            head.setLength(0);
            body(bytes, 0, bytes.length);
        }
    }

    void body(byte[] bytes, int offset, int length) {
        if (message.isFailed()) {
            return;
        }
        if (limit > 0 && draft.size() + length > limit) {
            message.refuse(TOO_BIG, "message exceeds size limit");
            return;
        }
        try {
            draft.write(bytes, offset, length);
        } catch (QueueException e) {
            refuse(e);
        }
    }

    /** Nothing where the message is refused. */
    Optional<StoredMessage> commit(Envelope envelope, boolean hold) {
        if (message.isFailed()) {
            return Optional.empty();
        }
        try {
            return Optional.of(draft.commit(envelope, Instant.now(), hold));
        } catch (QueueException e) {
            refuse(e);
            return Optional.empty();
        }
    }

    private void refuse(QueueException e) {
        message.refuse(e.kind() == QueueException.Kind.FULL ? Reply.of(452, "4.3.1", "Insufficient system storage") : Completion.WRITE_ERROR, e.getMessage());
    }

    @Override
    public void close() {
        draft.close();
    }
}
