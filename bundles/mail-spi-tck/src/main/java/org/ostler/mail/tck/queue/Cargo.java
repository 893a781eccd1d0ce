// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

/**
 * The messages of the crash contracts: everything about one follows from its key, so that a checker needs no copy of what was sent.
 */
final class Cargo {

    private static final String KEY_FIELD = "X-Key: ";

    private Cargo() {}

    static byte[] body(long key) {
        var random = new SplittableRandom(key);
        int luck = random.nextInt(100);
        int size = luck < 85 ? 200 + random.nextInt(6_000) : luck < 95 ? 6_000 + random.nextInt(54_000) : 66_000 + random.nextInt(130_000);
        byte[] body = Sample.body(key, size);
        byte[] head = Sample.bytes(KEY_FIELD + String.format("%016x", key) + "\r\n");
        System.arraycopy(head, 0, body, 0, head.length);
        return body;
    }

    static Envelope envelope(long key) {
        Recipient one = Recipient.of(Address.of("one-" + key + "@example.org"));
        Recipient two = Recipient.of(Address.of("two-" + key + "@example.net"));
        return new Envelope(Address.of("sender-" + key + "@example.com"), List.of(one, two), org.ostler.mail.model.Ret.FULL, "env" + key,
                org.ostler.mail.model.Body.EIGHT_BIT_MIME, false, TlsRequest.values()[(int) (key & 1)], Map.of("client_name", "client" + key));
    }

    /** The key that a body claims, empty where there is none to be read. */
    static Optional<Long> keyOf(byte[] body) {
        int start = KEY_FIELD.length();
        if (body.length < start + 16) {
            return Optional.empty();
        }
        try {
            return Optional.of(Long.parseUnsignedLong(new String(body, start, 16, java.nio.charset.StandardCharsets.ISO_8859_1), 16));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Both recipients carry the number of the update that was applied last, so that a half applied one shows. */
    static Map<Integer, RecipientState> statesOf(long update) {
        var state = new RecipientState.Pending(Optional.of(RecipientState.Reason.local(EnhancedStatus.of("4.0.0"), "update " + update)));
        return Map.of(0, state, 1, state);
    }

    /** Number of the last update applied, zero for a fresh message. */
    static long updateOf(StoredMessage message) {
        long first = updateOf(message.states().get(0));
        long second = updateOf(message.states().get(1));
        if (first != second) {
            throw new AssertionError(message.id() + ": half applied update: " + message.states());
        }
        return first;
    }

    private static long updateOf(RecipientState state) {
        return state instanceof RecipientState.Pending(Optional<RecipientState.Reason> last) && last.isPresent()
                ? Long.parseLong(last.get().text().substring("update ".length())) : 0;
    }
}
