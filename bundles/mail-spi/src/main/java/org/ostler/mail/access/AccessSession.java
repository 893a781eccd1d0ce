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

    /** XCLIENT: another client, everything forgotten. */
    void client(ClientInfo client);

    /** STARTTLS or authentication changed what is known of the peer; attribute names as in the policy protocol ({@code encryption_protocol}, {@code sasl_username} ...). */
    void attribute(String name, String value);

    /** Actions collected for the message in progress, in order. */
    List<Action> actions();
}
