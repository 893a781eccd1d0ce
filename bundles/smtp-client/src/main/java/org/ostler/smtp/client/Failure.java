// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Reply;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.smtp.grammar.ReplyReader;

/** What went wrong, by whose fault it is. What follows from it: {@link FailurePolicy}. */
sealed interface Failure {

    Reason reason();

    default boolean isTemporary() {
        return reason().status().isTemporary();
    }

    /** The destination has no host that could be tried: not found, no address, loops, or nobody knows. */
    record NoHost(Reason reason) implements Failure {}

    /** A host does not answer. */
    record NoConnection(Reason reason) implements Failure {}

    /** A host answers and does not want to talk, or not as we must: greeting, EHLO, TLS. */
    record HostFailure(Reason reason) implements Failure {}

    /** A host is not even connected to: what TLS policy asks of it cannot be had, or nobody can tell what it asks. Temporary, always. */
    record PolicyFailure(Reason reason) implements Failure {}

    /** A host does not do what the sender asked for with REQUIRETLS (RFC 8689), or nobody can tell how much is asked. Mail without that wish is not concerned. */
    record DemandFailure(Reason reason) implements Failure {}

    /**
     * The TLS handshake failed.
     *
     * @param optional TLS is a wish and not a must: an old message may go without, and the destination does not count as down
     */
    record TlsFailure(Reason reason, boolean optional) implements Failure {}

    /** Our TLS engine or verifier is away, broke, or cannot read what it judges by: perhaps at this host's certificate, so the next one is tried. The destination is well, and no mail goes in the clear for it. */
    record OwnTlsFailure(Reason reason) implements Failure {}

    /** A server ends a conversation with 421. */
    record Leaving(Reason reason) implements Failure {}

    /**
     * The connection broke, or a deadline passed.
     *
     * @param timedOut  by our deadline
     * @param dataEnded the end of the message was sent, so the server may have taken it
     */
    record SessionLost(Reason reason, boolean timedOut, boolean dataEnded) implements Failure {}

    /** MAIL, DATA or the message itself was refused, or cannot go to this host. */
    record MessageFailure(Reason reason) implements Failure {}

    /** One recipient was refused. */
    record RecipientFailure(Reason reason) implements Failure {}

    /** The trouble is ours: our copy of the message cannot be read, or our TLS engine is away. Another host would change nothing, and the destination is well. */
    record LocalFailure(Reason reason) implements Failure {}

    /** {@code host mx[192.0.2.1] said: 550 5.1.1 No such user (in reply to RCPT TO command)}. */
    static Reason said(Host host, Reply reply, String command) {
        String text = text(reply);
        String odd = reply.code() / 100 == 2 ? "Protocol error: " : "";
        return remote(host, reply, odd + "host " + host.named() + " said: " + text + " (in reply to " + command + ")", text);
    }

    /** {@code host mx[192.0.2.1] refused to talk to me: 421 4.3.2 Too busy}. */
    static Reason refused(Host host, Reply reply, boolean temporary) {
        String text = text(reply);
        Reason reason = remote(host, reply, "host " + host.named() + " refused to talk to me: " + text, text);
        return temporary ? as(reason, 4) : reason;
    }

    /** The same reason in another class: 4 makes it temporary. */
    static Reason as(Reason reason, int kind) {
        return new Reason(reason.status().as(kind), reason.text(), reason.remoteMta(), reason.diagnosticType(), reason.diagnostic());
    }

    static Reason remote(Host host, Reply reply, String text, String diagnostic) {
        return new Reason(status(reply), text, host.name(), "smtp", diagnostic);
    }

    static Reason local(String status, String text) {
        return Reason.local(EnhancedStatus.of(status), text);
    }

    /** The reply's own status, else its class; a reply that is neither 4xx nor 5xx where one was due is a protocol error, permanent as in Postfix. */
    static EnhancedStatus status(Reply reply) {
        int kind = reply.isTemporary() ? 4 : 5;
        return ReplyReader.status(reply).filter(s -> s.kind() == kind).orElseGet(() -> new EnhancedStatus(kind, reply.isPermanent() || reply.isTemporary() ? 0 : 5, 0));
    }

    /** All lines with their codes, as Postfix logs them: {@code 550-5.7.1 one 550 5.7.1 two}. */
    static String text(Reply reply) {
        if (reply.lines().size() == 1) {
            return reply.toString().stripTrailing(); // a reply may be a bare code
        }
        var out = new StringBuilder();
        int left = reply.lines().size();
        for (String line : reply.lines()) {
            out.append(out.isEmpty() ? "" : " ").append(reply.code()).append(--left > 0 ? '-' : ' ');
            reply.status().ifPresent(s -> out.append(s).append(' '));
            out.append(line);
        }
        return out.toString();
    }
}
