// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.access;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.model.Address;

/**
 * The restriction lists of one SMTP session, with what they must remember between commands (defer_if_permit, delayed rejects).
 *
 * <p><b>Threads</b> the session's own. <b>Blocking</b> table, DNS and policy lookups within their deadlines. <b>Errors</b> are verdicts (451). With
 * {@code smtpd_delay_reject} the client, helo and sender lists answer at RCPT, ETRN; the caller asks at every command all the same.
 */
@ProviderType
public interface AccessSession {

    /** An action from access(5) that concerns the message: HOLD, DISCARD, FILTER, REDIRECT, BCC, PREPEND. */
    record Action(String name, String argument) {}

    Verdict connect();

    /** One that is refused changes nothing: name, sender and recipients stay as they were. */
    Verdict helo(String name);

    /** @param declaredSize SIZE option, 0 when not given */
    Verdict mail(Address sender, long declaredSize);

    Verdict rcpt(Address recipient);

    Verdict data();

    Verdict endOfData(long size);

    Verdict etrn(String domain);

    Verdict vrfy(Address recipient);

    /** RSET, end of a transaction, or a new HELO: forgets sender, recipients, actions. */
    void reset();

    /** STARTTLS: what was said in the clear counts no more (RFC 3207 section 4.2). The name of HELO is forgotten, with what a list has made of it, and all that {@link #reset} forgets. */
    void forgetHelo();

    /**
     * This session takes the place of one that is gone, in the middle of a transaction, and has been told what had happened.
     *
     * @param collected actions of that one: they take the place of this one's. After DISCARD, which ends all lists as in access(5), no list is asked for the rest of the transaction
     */
    void resume(List<Action> collected);

    /** XCLIENT: another client, everything forgotten. */
    void client(ClientInfo client);

    /**
     * Something became known, under the names of the policy protocol: {@code protocol_name} (at HELO; for log lines), {@code queue_id} (when the message was opened; forgotten at its end),
     * {@code recipient_count} (before {@link #data} and {@link #endOfData}), {@code encryption_protocol}, {@code sasl_username}, {@code sasl_method} ...; and under
     * {@code improper_pipelining}, value {@code yes}, that the client talked ahead where it must not.
     *
     * <p>Of a client's certificate: {@code ccert_fingerprint} and {@code ccert_pubkey_fingerprint} where it showed one, {@code ccert_trusted}, value {@code yes}, where an authority stands behind it,
     * {@code unknown} where trouble of ours kept it from being judged,
     * {@code ccert_name}, its common name as it stands there, in any case, and {@code ccert_subject} and {@code ccert_issuer}, as policy services get them, for a trusted one only.
     */
    void attribute(String name, String value);

    /** Actions collected for the message in progress, in order. */
    List<Action> actions();
}
