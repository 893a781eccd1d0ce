// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.delivery.Outcome.Timing;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.smtp.grammar.ReplyReader;

/**
 * One delivery under way: which recipients are left, what became of the others.
 *
 * <p><b>Threads</b> one. <b>Invariant</b> a recipient is settled once; settling it again is a bug.
 */
final class Mail {

    private static final EnhancedStatus SENT = new EnhancedStatus(2, 0, 0);

    final Delivery delivery;
    private final Outcome[] outcomes;
    private int left;
    private Optional<Reason> siteDown = Optional.empty();
    /** By recipient, made when first needed. */
    private Outcome[] putOff;
    /** Those that the present server has put off: what it says of the message afterwards is not about them. */
    private final BitSet putOffHere = new BitSet();
    /** Where the present session goes, for {@code relay=}. */
    private String relay = "none";
    private long began = System.nanoTime();
    private long connected = began;
    private int uses;
    private String tls = "";

    Mail(Delivery delivery) {
        this.delivery = delivery;
        this.outcomes = new Outcome[delivery.recipients().size()];
        this.left = outcomes.length;
    }

    /**
     * A connection is about to be tried; until it stands the relay is "none", as in Postfix's log.
     *
     * @param wantedTls for {@code tls=} until it is known: {@code may?}
     */
    void trying(String wantedTls) {
        relay = "none";
        tls = wantedTls;
        began = System.nanoTime();
        connected = began;
        uses = 0;
        putOffHere.clear();
    }

    /** A host answers. */
    void connected(Host host) {
        relay = host.withPort();
        connected = System.nanoTime();
    }

    /** A session stands; the transaction begins. */
    void talking(Peer peer) {
        relay = peer.host.withPort();
        connected = System.nanoTime();
        uses = peer.uses;
        putOffHere.clear();
        tls = peer.uses > 0 ? "" : peer.tls; // as Postfix: said once per connection
    }

    /** What became of TLS, where no transaction follows: {@code !encrypt}. */
    void tls(String word) {
        tls = word;
    }

    /** No host at all. */
    void nowhere() {
        relay = "none";
        tls = "";
    }

    boolean isDone() {
        return left == 0;
    }

    /** Nobody is settled yet. */
    boolean isUntouched() {
        return left == outcomes.length;
    }

    int count() {
        return outcomes.length;
    }

    boolean isLeft(int i) {
        return outcomes[i] == null;
    }

    Recipient recipient(int i) {
        return delivery.addresses().get(i);
    }

    String id() {
        return delivery.message().id().text();
    }

    void delivered(int i, Reply reply, boolean dsn) {
        settle(i, new Outcome.Delivered(number(i), ReplyReader.status(reply).filter(s -> s.kind() == 2).orElse(SENT), Failure.text(reply), dsn, relay, timing()));
    }

    void deferred(int i, Reason reason) {
        settle(i, new Outcome.Deferred(number(i), reason.status().isTemporary() ? reason : Failure.as(reason, 4), relay, timing()));
    }

    /** A host put the recipient off while others are left to be tried; the words hold if none of those is. */
    void putOff(int i, Reason reason) {
        if (putOff == null) {
            putOff = new Outcome[outcomes.length];
        }
        putOff[i] = new Outcome.Deferred(number(i), reason, relay, timing());
        putOffHere.set(i);
    }

    /** Nobody else could be asked: what was said of each recipient holds. */
    void settlePutOff() {
        for (int i = 0; putOff != null && i < outcomes.length; i++) {
            if (isLeft(i) && putOff[i] != null) {
                settle(i, putOff[i]);
            }
        }
    }

    /** The last server that had a word has put them off: what became of others, or of hosts before, is not about them. */
    void settlePutOffHere() {
        putOffHere.stream().filter(this::isLeft).forEach(i -> settle(i, putOff[i]));
    }

    void bounced(int i, Reason reason) {
        settle(i, new Outcome.Bounced(number(i), reason, relay, timing()));
    }

    void deferAll(Reason reason) {
        for (int i = 0; i < outcomes.length; i++) {
            if (isLeft(i)) {
                deferred(i, reason);
            }
        }
    }

    /** All but those that the same server has just put off: they are tried elsewhere, or again. */
    void bounceAll(Reason reason) {
        for (int i = 0; i < outcomes.length; i++) {
            if (isLeft(i) && !putOffHere.get(i)) {
                bounced(i, reason);
            }
        }
    }

    /** The destination as a whole does not answer. */
    void down(Reason reason) {
        if (siteDown.isEmpty()) {
            siteDown = Optional.of(reason);
        }
    }

    DeliveryResult result() {
        return new DeliveryResult(left == 0 ? List.of(outcomes) : Arrays.stream(outcomes).filter(Objects::nonNull).toList(), siteDown);
    }

    private int number(int i) {
        return delivery.recipients().get(i);
    }

    private Timing timing() {
        return new Timing(connected - began, System.nanoTime() - connected, uses, tls);
    }

    private void settle(int i, Outcome outcome) {
        if (outcomes[i] != null) {
            throw new IllegalStateException(id() + ": recipient " + i + " is settled already");
        }
        outcomes[i] = outcome;
        left--;
    }
}
