// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Done;
import org.ostler.mail.queue.RecipientState.Failed;
import org.ostler.mail.queue.RecipientState.Pending;
import org.ostler.mail.queue.RecipientState.Reason;

/**
 * Envelopes and recipient states as bytes. Reading and writing stand side by side; a change of either is a new format version ({@link Segment#VERSION}), also where older programs would read
 * it without a complaint: a store of version 1 has zeros where {@link TlsRequest} stands since version 2, and a program of version 1 would send in the clear what must not be.
 *
 * <p>States are written as runs of equal ones over a list of distinct reasons, so that a message to fifty thousand recipients costs little with every update.
 */
final class Forms {

    /** The fixed part of a MESSAGE head. */
    record Head(long micros, Instant arrival, long contentLength, int contentChecksum, Envelope envelope) {}

    private static final Ret[] RETS = Ret.values();
    private static final Body[] BODIES = Body.values();
    private static final TlsRequest[] TLS = TlsRequest.values();

    private Forms() {}

    static void putHead(Wire out, Head head) {
        out.putLong(head.micros);
        out.putLong(head.arrival.getEpochSecond());
        out.putInt(head.arrival.getNano());
        out.putLong(head.contentLength);
        out.putInt(head.contentChecksum);
        putEnvelope(out, head.envelope);
    }

    static Head takeHead(Wire in) {
        long micros = in.takeLong();
        Instant arrival = Instant.ofEpochSecond(in.takeLong(), in.takeInt());
        long length = in.takeLong();
        int checksum = in.takeInt();
        return new Head(micros, arrival, length, checksum, takeEnvelope(in));
    }

    private static void putEnvelope(Wire out, Envelope envelope) {
        putAddress(out, envelope.sender());
        out.putText(envelope.envelopeId());
        out.putByte(envelope.ret().ordinal() | envelope.body().ordinal() << 2 | (envelope.smtpUtf8() ? 16 : 0) | envelope.tls().ordinal() << 5);
        out.putCount(envelope.attributes().size());
        envelope.attributes().forEach((name, value) -> {
            out.putText(name);
            out.putText(value);
        });
        List<Recipient> recipients = envelope.recipients();
        out.putCount(recipients.size());
        for (int i = 0; i < recipients.size(); i++) {
            putRecipient(out, recipients.get(i));
        }
    }

    private static void putRecipient(Wire out, Recipient one) {
        Notify notify = one.dsnNotify();
        boolean same = one.original().equals(one.address());
        out.putByte((notify.given() ? 1 : 0) | (notify.success() ? 2 : 0) | (notify.failure() ? 4 : 0) | (notify.delay() ? 8 : 0) | (same ? 16 : 0));
        putAddress(out, one.address());
        if (!same) {
            putAddress(out, one.original());
        }
        out.putText(one.dsnOriginal());
    }

    private static void putAddress(Wire out, Address address) {
        out.putText(address.localPart());
        out.putText(address.domain());
    }

    private static Envelope takeEnvelope(Wire in) {
        Address sender = takeAddress(in);
        String envelopeId = in.takeText();
        int bits = in.takeByte();
        int count = in.takeCount();
        Map<String, String> attributes = HashMap.newHashMap(Math.min(count, 64));
        for (int i = 0; i < count; i++) {
            String name = in.takeText();
            attributes.put(name, in.takeText());
        }
        int recipients = in.takeCount();
        List<Recipient> all = new ArrayList<>(Math.min(recipients, 4096));
        for (int i = 0; i < recipients; i++) {
            all.add(takeRecipient(in));
        }
        return new Envelope(sender, all, RETS[bits & 3], envelopeId, BODIES[bits >> 2 & 3], (bits & 16) != 0, TLS[bits >> 5 & 3], attributes);
    }

    private static Recipient takeRecipient(Wire in) {
        int bits = in.takeByte();
        Address address = takeAddress(in);
        Address original = (bits & 16) != 0 ? address : takeAddress(in);
        Notify notify = (bits & 15) == 0 ? Notify.DEFAULT : new Notify((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0);
        return new Recipient(address, original, in.takeText(), notify);
    }

    private static Address takeAddress(Wire in) {
        String localPart = in.takeText();
        return new Address(localPart, in.takeText());
    }

    static void putStates(Wire out, List<RecipientState> states) {
        Map<RecipientState, Integer> distinct = new HashMap<>();
        List<RecipientState> order = new ArrayList<>();
        for (RecipientState state : states) {
            if (distinct.putIfAbsent(state, order.size()) == null) {
                order.add(state);
            }
        }
        out.putCount(order.size());
        order.forEach(state -> putState(out, state));
        out.putCount(states.size());
        int at = 0;
        while (at < states.size()) {
            RecipientState state = states.get(at);
            int end = at + 1;
            while (end < states.size() && states.get(end).equals(state)) {
                end++;
            }
            out.putCount(end - at);
            out.putCount(distinct.get(state));
            at = end;
        }
    }

    private static void putState(Wire out, RecipientState state) {
        switch (state) {
            case Done _ -> out.putByte(0);
            case Pending(Optional<Reason> last) -> {
                out.putByte(last.isPresent() ? 2 : 1);
                last.ifPresent(reason -> putReason(out, reason));
            }
            case Failed(Reason reason) -> {
                out.putByte(3);
                putReason(out, reason);
            }
        }
    }

    private static void putReason(Wire out, Reason reason) {
        EnhancedStatus status = reason.status();
        out.putByte(status.kind());
        out.putCount(status.subject());
        out.putCount(status.detail());
        out.putText(reason.text());
        out.putText(reason.remoteMta());
        out.putText(reason.diagnosticType());
        out.putText(reason.diagnostic());
    }

    static List<RecipientState> takeStates(Wire in) {
        RecipientState[] order = new RecipientState[in.takeCount()];
        for (int i = 0; i < order.length; i++) {
            order[i] = takeState(in);
        }
        RecipientState[] states = new RecipientState[in.takeCount()];
        int at = 0;
        while (at < states.length) {
            int run = in.takeCount();
            Arrays.fill(states, at, at + run, order[in.takeCount()]);
            at += run;
        }
        return List.of(states);
    }

    private static RecipientState takeState(Wire in) {
        return switch (in.takeByte()) {
            case 0 -> RecipientState.DONE;
            case 1 -> RecipientState.FRESH;
            case 2 -> new Pending(Optional.of(takeReason(in)));
            default -> new Failed(takeReason(in));
        };
    }

    private static Reason takeReason(Wire in) {
        EnhancedStatus status = new EnhancedStatus(in.takeByte(), in.takeCount(), in.takeCount());
        return new Reason(status, in.takeText(), in.takeText(), in.takeText(), in.takeText());
    }
}
