// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;

/** Keeps messages in memory as they come. */
final class FakeCleanup implements Cleanup {

    /** A message that was finished. */
    record Message(QueueId id, Origin origin, Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8, TlsRequest tls, List<Recipient> recipients,
                   List<String> actions, String content) {}

    final List<Message> messages = new CopyOnWriteArrayList<>();
    final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger next = new AtomicInteger();

    @Override
    public Submission open(Origin origin, Settings settings) {
        open.incrementAndGet();
        return new Taking(QueueId.of(1_800_000_000, 0, next.incrementAndGet()), origin);
    }

    private final class Taking implements Submission {
        private final QueueId id;
        private final Origin origin;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private final List<Recipient> recipients = new ArrayList<>();
        private final List<String> actions = new ArrayList<>();
        private Message message;
        private TlsRequest tls = TlsRequest.UNSPECIFIED;
        private boolean closed;

        Taking(QueueId id, Origin origin) {
            this.id = id;
            this.origin = origin;
        }

        @Override
        public QueueId id() {
            return id;
        }

        @Override
        public void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8) {
            message = new Message(id, origin, sender, ret, envelopeId, body, smtpUtf8, tls, recipients, actions, "");
        }

        @Override
        public void tls(TlsRequest request) {
            tls = request;
        }

        @Override
        public void recipient(Recipient recipient) {
            recipients.add(recipient);
        }

        @Override
        public void action(String name, String argument) {
            actions.add(name + " " + argument);
        }

        @Override
        public void content(byte[] bytes, int offset, int length) {
            content.write(bytes, offset, length);
        }

        @Override
        public boolean isFailed() {
            return false;
        }

        @Override
        public Result finish() {
            messages.add(new Message(id, origin, message.sender, message.ret, message.envelopeId, message.body, message.smtpUtf8, tls, List.copyOf(recipients),
                    List.copyOf(actions), content.toString(StandardCharsets.ISO_8859_1)));
            return new Result.Queued(id, content.size(), Instant.EPOCH);
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                open.decrementAndGet();
            }
        }
    }
}
