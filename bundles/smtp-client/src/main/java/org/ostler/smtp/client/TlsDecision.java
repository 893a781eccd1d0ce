// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.List;
import java.util.Optional;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsReports;
import org.ostler.mail.tls.TlsResult;

/** What was decided about TLS with one host, before connecting to it. */
sealed interface TlsDecision {

    /** What a report will say of a policy, and what is wrong with the policy itself. */
    record Reported(TlsReports.Policy policy, Optional<TlsResult> flaw, String detail) {

        /** Nobody is told: the sender asked that the domain's wishes be ignored. */
        static final Reported SILENT = none("");

        static Reported none(String domain) {
            return of(TlsReports.Kind.NO_POLICY_FOUND, domain, List.of(), List.of());
        }

        static Reported of(TlsReports.Kind kind, String domain, List<String> strings, List<String> mx) {
            return new Reported(new TlsReports.Policy(kind, domain, strings, mx), Optional.empty(), "");
        }

        Reported flawed(TlsResult result, String why) {
            return new Reported(policy, Optional.of(result), why);
        }
    }

    /**
     * Connect. Two plans that are equal ask for the same: a connection made under one is good under the other.
     *
     * @param level to be kept, whatever comes
     * @param tls   how to speak TLS; empty at level none
     * @param reuse connections with TLS may wait for more mail
     * @param doubt what could not be had for now and may ask for more: DNSSEC, or the domain's policy; empty where the level is sure
     */
    record Plan(TlsLevel level, Optional<ClientTls> tls, boolean reuse, Reported reported, String doubt) implements TlsDecision {

        Plan with(Reported other) {
            return new Plan(level, tls, reuse, other, doubt);
        }

        Plan doubted(String why) {
            return new Plan(level, tls, reuse, reported, why);
        }

        /** A server that proves nothing gets no mail. */
        boolean mustMatch() {
            return level.isAuthenticated() || level == TlsLevel.HALF_DANE;
        }

        /** The server is judged, though nothing depends on it: MTA-STS in testing mode. */
        boolean isTest() {
            return !mustMatch() && tls.isPresent() && !(tls.get().proof() instanceof Proof.None);
        }
    }

    /**
     * This host gets no mail now.
     *
     * @param reason always temporary
     * @param why    for the log
     * @param report empty: it is our own mistake or trouble, and none of the domain's
     */
    record Hold(Reason reason, String why, Optional<Reported> report) implements TlsDecision {

        /** Our configuration asks for something that does not exist. */
        static Hold misconfigured(String why) {
            return new Hold(Failure.local("4.7.5", TlsSettings.PROBLEM), why, Optional.empty());
        }

        static Hold of(String text) {
            return new Hold(Failure.local("4.7.5", text), text, Optional.empty());
        }

        Hold told(Reported reported) {
            return new Hold(reason, why, Optional.of(reported));
        }
    }
}
