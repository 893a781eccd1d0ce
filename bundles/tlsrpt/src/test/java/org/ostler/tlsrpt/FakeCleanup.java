// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;

/** Keeps what is submitted, or refuses it. */
final class FakeCleanup implements Cleanup {

    record Submitted(Address sender, Address recipient, TlsRequest tls, String text) {}

    final List<Submitted> submitted = new CopyOnWriteArrayList<>();
    volatile boolean refuses;
    /** On the thread that hands over, before it has done so. */
    volatile Runnable whenFinished = () -> { };

    @Override
    public Submission open(Origin origin, Settings settings) {
        return new Submission() {
            private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            private Address from;
            private Address to;
            private TlsRequest tls = TlsRequest.UNSPECIFIED;

            @Override
            public QueueId id() {
                return new QueueId("4Report001");
            }

            @Override
            public void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8) {
                from = sender;
            }

            @Override
            public void tls(TlsRequest request) {
                tls = request;
            }

            @Override
            public void recipient(Recipient recipient) {
                to = recipient.address();
            }

            @Override
            public void action(String name, String argument) {
                throw new AssertionError();
            }

            @Override
            public void content(byte[] piece, int offset, int length) {
                bytes.write(piece, offset, length);
            }

            @Override
            public boolean isFailed() {
                return false;
            }

            @Override
            public Result finish() {
                whenFinished.run();
                if (refuses) {
                    return new Result.Refused(Reply.of(451, "4.3.0", "Error: queue file write error"), "");
                }
                submitted.add(new Submitted(from, to, tls, bytes.toString(StandardCharsets.UTF_8)));
                return new Result.Queued(id(), bytes.size(), Instant.EPOCH);
            }

            @Override
            public void close() {
            }
        };
    }
}
