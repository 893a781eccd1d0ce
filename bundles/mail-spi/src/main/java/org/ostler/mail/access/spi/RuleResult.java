// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.access.spi;

import org.ostler.mail.model.Reply;

/** What one rule says. */
public sealed interface RuleResult {

    /** Nothing: the next rule decides. */
    record Dunno() implements RuleResult {}

    /** Ends the list with yes. */
    record Permit() implements RuleResult {}

    /** Ends the list with no. {@code what} is the thing refused: {@code Recipient address}, {@code Client host} ...; the reply is complete. */
    record Reject(Reply reply) implements RuleResult {}

    /** The verdict is no, with this 4xx reply, should everything else permit (defer_if_permit). */
    record DeferIfPermit(Reply reply) implements RuleResult {}

    /** A later reject becomes this 4xx (defer_if_reject). */
    record DeferIfReject(Reply reply) implements RuleResult {}

    /** An action for the message; evaluation goes on. Name and argument as in access(5). */
    record Act(String name, String argument) implements RuleResult {}

    /** Evaluate this text as restrictions in place of the word (restriction classes, tables whose right-hand side names restrictions). */
    record Expand(String restrictions) implements RuleResult {}

    /** The rule cannot be evaluated now: 451 4.3.0, reason to the log. */
    record Unavailable(String reason) implements RuleResult {}

    Dunno DUNNO = new Dunno();
    Permit PERMIT = new Permit();
}
