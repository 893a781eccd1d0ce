// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.cleanup;

import java.time.Instant;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;

/**
 * One message on its way into the queue: {@link #sender}, recipients, content, {@link #finish}.
 *
 * <p><b>Threads</b> one at a time. <b>Blocking</b> {@link #content} may wait for the disk, {@link #finish} waits for tables and stable storage. <b>Errors</b> are kept and told by
 * {@link #finish}; after a first error content is ignored, so that the caller may read its input to the end. <b>Lifetime</b> {@link #close} drops what was not finished.
 */
@ProviderType
public interface Submission extends AutoCloseable {

    QueueId id();

    void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8);

    /** What the envelope says of TLS; without this call nothing. Headers may add to it: {@link TlsRequest#REQUIRED} stands whatever they say. */
    void tls(TlsRequest request);

    void recipient(Recipient recipient);

    /** Access actions: HOLD, FILTER, REDIRECT, BCC, PREPEND text; names as in access(5), in upper case. */
    void action(String name, String argument);

    /** Canonical content (see Content) in pieces of any size. The array may be reused. */
    void content(byte[] bytes, int offset, int length);

    /** Whether something is wrong already, so that the caller may skip work. */
    boolean isFailed();

    /** Ends the content, makes the message durable. */
    Result finish();

    @Override
    void close();

    /** What became of the submission. */
    sealed interface Result {
        /** On stable storage. @param size bytes of the stored content */
        record Queued(QueueId id, long size, Instant arrival) implements Result {}

        /** Accepted and dropped on purpose (DISCARD). */
        record Discarded(QueueId id) implements Result {}

        /** Refused; the reply is for the SMTP client (4xx or 5xx), the detail for the log. */
        record Refused(Reply reply, String detail) implements Result {}
    }
}
