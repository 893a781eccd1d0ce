// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.cleanup.spi;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;

/** The message that a stage works on. Used by one thread. */
@ProviderType
public interface CleanupEdit {

    QueueId id();

    Origin origin();

    Settings settings();

    Address sender();

    void sender(Address sender);

    /** Recipients so far, in order. */
    List<Recipient> recipients();

    void recipients(List<Recipient> recipients);

    /** Whether a header of this name has been seen, any case. */
    boolean hasHeader(String name);

    /** Adds a header line (without CR LF at its end): in {@code begin} at the top, in {@code endOfHeaders} at the end. */
    void addHeader(String line);

    /** Stage-private note for the time of this message. */
    <T> T note(Class<T> type, java.util.function.Supplier<T> first);

    /** Refuses the message; the first refusal stands. */
    void refuse(Reply reply, String detail);
}
