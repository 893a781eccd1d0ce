// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;

/** Envelopes and bodies for the contracts. */
final class Sample {

    static final Instant ARRIVAL = Instant.parse("2026-02-03T04:05:06.789Z");

    private Sample() {}

    static Envelope envelope(String... recipients) {
        return Envelope.of(Address.of("sender@example.org"), Arrays.stream(recipients).map(r -> Recipient.of(Address.of(r))).toList());
    }

    /** Every field set to something that a careless encoding would lose. */
    static Envelope richEnvelope() {
        var plain = Recipient.of(Address.of("a@example.org"));
        var dsn = new Recipient(Address.of("joe smith@exämple.org"), Address.of("joe@alias.example"), "rfc822;joe+ä@example.org", new Notify(true, true, false, true));
        var never = new Recipient(new Address("odd@local", ""), new Address("", "x.example"), "", Notify.NEVER);
        return new Envelope(Address.NULL, java.util.List.of(plain, dsn, never), Ret.HDRS, "env;id=\u20ac", Body.EIGHT_BIT_MIME, true, TlsRequest.NOT_REQUIRED,
                Map.of("client_name", "mx.example.net", "client_address", "2001:db8::1", "x_plugin", "line\nbreak"));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Reproducible content of a given size, in lines of 72 letters. */
    static byte[] body(long seed, int size) {
        var random = new java.util.SplittableRandom(seed);
        byte[] out = new byte[size];
        for (int i = 0; i < size; i++) {
            int column = i % 74;
            out[i] = (byte) (column == 72 ? '\r' : column == 73 ? '\n' : 'a' + random.nextInt(26));
        }
        return out;
    }

    static StoredMessage commit(QueueStore store, Envelope envelope, byte[] content, boolean onHold) throws QueueException {
        try (Draft draft = store.create()) {
            for (int at = 0; at < content.length; at += 8192) {
                draft.write(content, at, Math.min(8192, content.length - at));
            }
            return draft.commit(envelope, ARRIVAL, onHold);
        }
    }

    static StoredMessage commit(QueueStore store, String content) throws QueueException {
        return commit(store, envelope("rcpt@example.net"), bytes(content), false);
    }

    static byte[] read(Content content) {
        try (InputStream in = content.open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
