// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.Optional;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsResult;
import org.ostler.smtp.client.TlsDecision.Plan;

/** What the verdict on a server's certificates amounts to under the plan by which they were asked for. Pure values. */
sealed interface Judgement {

    record Proved() implements Judgement {}

    /** All records turned out to be of no use: encryption is what is left of DANE (RFC 7672 section 2.2). */
    record Lowered(String why) implements Judgement {}

    /** @param result the same for reports */
    record Unproved(String why, TlsResult result) implements Judgement {}

    /** Nobody could tell, by our own fault. */
    record Unjudged(String why) implements Judgement {}

    static Judgement of(Plan plan, PeerVerdict verdict) {
        boolean dane = plan.level() == TlsLevel.DANE || plan.level() == TlsLevel.HALF_DANE;
        return switch (verdict) {
            case PeerVerdict.Verified _ -> new Proved();
            case PeerVerdict.NothingUsable(String why) -> dane ? new Lowered(why) : new Unproved(why, TlsResult.TLSA_INVALID);
            case PeerVerdict.Trusted(String why) -> new Unproved(why, TlsResult.CERTIFICATE_HOST_MISMATCH);
            case PeerVerdict.Untrusted(String why, TlsResult result) -> new Unproved(why, result);
            case PeerVerdict.Unjudged(String why) -> new Unjudged(why);
            case PeerVerdict.Anonymous _ -> new Unproved("no certificate", TlsResult.CERTIFICATE_NOT_TRUSTED);
        };
    }

    /** Why mail is not sent over the session as it is; empty where it is. */
    default Optional<String> flaw(Plan plan) {
        return !plan.mustMatch() ? Optional.empty() : switch (this) {
            case Unproved(String why, _) -> Optional.of(why);
            case Unjudged(String why) -> Optional.of(why);
            case Proved _, Lowered _ -> Optional.empty();
        };
    }
}
