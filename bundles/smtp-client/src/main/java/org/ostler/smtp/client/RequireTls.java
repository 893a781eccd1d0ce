// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.Locale;
import java.util.Optional;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.smtp.client.Failure.DemandFailure;
import org.ostler.smtp.client.TlsDecision.Plan;

/**
 * How far a server is held to REQUIRETLS (RFC 8689) for one message, the weakest first, and what follows where it falls short: {@code smtp_requiretls_policy}, in the words of Postfix 3.12.
 *
 * <p>The failures made here are permanent, as RFC 8689 section 4.2.1 has it, unless it is for now only that nobody can tell; {@link Courier} makes them temporary where some host could not be asked.
 */
enum RequireTls {

    /** The sender did not ask, or the operator does not support it: mail goes as any other. */
    OFF,
    /** Asked of a server that offers it over TLS; no reason not to deliver. */
    OPPORTUNISTIC,
    /** TLS is a must; the rest is as above. */
    STARTTLS,
    /** No server but one that has proved who it is and offers REQUIRETLS. */
    ENFORCE;

    private static final String ASKED = "Sender requested REQUIRETLS, but ";

    /** What {@code smtp_requiretls_policy} and its tables say. */
    static Optional<RequireTls> of(String action) {
        return switch (action.strip().toLowerCase(Locale.ROOT)) {
            case "disable" -> Optional.of(OFF);
            case "opportunistic" -> Optional.of(OPPORTUNISTIC);
            case "opportunistic+starttls" -> Optional.of(STARTTLS);
            case "enforce" -> Optional.of(ENFORCE);
            default -> Optional.empty();
        };
    }

    boolean isAsked() {
        return this != OFF;
    }

    boolean needsTls() {
        return compareTo(STARTTLS) >= 0;
    }

    /** What a plan lacks, in the words of {@code tls=}; empty where it may do. */
    Optional<String> lacking(Plan plan) {
        if (this == ENFORCE && !plan.level().isAuthenticated()) {
            return Optional.of("nocertmatch");
        }
        return needsTls() && plan.level() == TlsLevel.NONE ? Optional.of("noencryption") : Optional.empty();
    }

    /** The plan asks for less than the sender does: no connection is made. */
    static DemandFailure weakPlan(Plan plan, String lacking, Host host) {
        String what = lacking.equals("noencryption") ? "encryption" : "certificate matching";
        Reason reason = Failure.local("5.7.10", ASKED + "my configured TLS security level '" + plan.level().text() + "' disables " + what + last(host.name()));
        // What could not be had may ask for the proof: with it the same mail would go.
        return new DemandFailure(plan.doubt().isEmpty() ? reason : Failure.as(reason, 4));
    }

    static DemandFailure notOffered(Host host) {
        return new DemandFailure(Failure.local("5.7.30", ASKED + "TLS service was not offered by host " + host.named()));
    }

    static DemandFailure notProved(Host host) {
        return new DemandFailure(Failure.local("5.7.10", ASKED + "no trusted server certificate was found" + last(host.named())));
    }

    static DemandFailure notSupported(Host host) {
        return new DemandFailure(Failure.local("5.7.30", ASKED + "no server was found that supports REQUIRETLS" + last(host.named())));
    }

    /** Nobody can tell what is asked: mail waits. */
    static DemandFailure undecided(String what, Host host) {
        return new DemandFailure(Failure.local("4.7.10", "REQUIRETLS policy " + what + " error" + last(host.name())));
    }

    private static String last(String host) {
        return ". The last attempted server was " + host;
    }

    /** Whether a session that stands will do. */
    Optional<Failure> check(Peer peer) {
        if (this == ENFORCE && !peer.proved) {
            return Optional.of(notProved(peer.host));
        }
        if (needsTls() && !peer.encrypted) {
            return Optional.of(notOffered(peer.host));
        }
        return this == ENFORCE && !peer.features.requireTls() ? Optional.of(notSupported(peer.host)) : Optional.empty();
    }

    /** What {@code tls=} says of a session that stands, behind the level: {@code /requiretls:nocertmatch}. */
    String word(Peer peer) {
        if (!isAsked()) {
            return "";
        }
        if (!peer.encrypted || !peer.features.requireTls()) {
            return this == ENFORCE ? violated("none") : "/requiretls:none";
        }
        return peer.proved ? "/requiretls" : "/requiretls:nocertmatch";
    }

    String violated(String how) {
        return isAsked() ? "/!requiretls:" + how : "";
    }

    String undecided() {
        return isAsked() ? "/requiretls?" : "";
    }
}
