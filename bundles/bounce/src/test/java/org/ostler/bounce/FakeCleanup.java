// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

/** Keeps what is submitted. */
final class FakeCleanup implements Cleanup {

    record Submitted(Origin.Source source, Address sender, Address recipient, boolean smtpUtf8, TlsRequest tls, String text) {}

    final List<Submitted> submitted = new ArrayList<>();
    int largestPiece;
    /** Refuses the submission with this number, from 1. */
    int refuse;
    /** Trips over the submission with this number. */
    int bug;
    private int opened;

    @Override
    public Submission open(Origin origin, Settings settings) {
        int number = ++opened;
        if (number == bug) {
            throw new IllegalStateException("a bug");
        }
        return new Submission() {
            private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            private Address from;
            private Address to;
            private boolean utf8;
            private TlsRequest tls = TlsRequest.UNSPECIFIED;

            @Override
            public QueueId id() {
                return new QueueId("4Report00" + number);
            }

            @Override
            public void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8) {
                from = sender;
                utf8 = smtpUtf8;
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
                largestPiece = Math.max(largestPiece, length);
                bytes.write(piece, offset, length);
            }

            @Override
            public boolean isFailed() {
                return false;
            }

            @Override
            public Result finish() {
                if (number == refuse) {
                    return new Result.Refused(Reply.of(451, "4.3.0", "Error: queue file write error"), "");
                }
                submitted.add(new Submitted(origin.source(), from, to, utf8, tls, bytes.toString(StandardCharsets.UTF_8)));
                return new Result.Queued(id(), bytes.size(), Instant.EPOCH);
            }

            @Override
            public void close() {
            }
        };
    }
}
