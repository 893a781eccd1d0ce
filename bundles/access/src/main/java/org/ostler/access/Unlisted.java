// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.List;
import org.ostler.access.Subject.Kind;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.access.spi.RuleResult.Reject;
import org.ostler.mail.access.spi.RuleResult.Unavailable;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.model.Address;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Resolution.Route;

/**
 * Does anybody know this address: reject_unlisted_recipient and reject_unlisted_sender (LOCAL_RECIPIENT_README, ADDRESS_CLASS_README).
 *
 * <p>Known is what a canonical or virtual alias table has, and what the recipient table of the address class has; a class without a table accepts all. Pure but for table lookups.
 */
final class Unlisted {

    private Unlisted() {}

    static RuleResult recipient(Evaluation at) {
        if (!at.warnOnly()) {
            at.session().recipientChecked();
        }
        return at.recipient().filter(address -> !address.isNull()).map(address -> check(at, address, Kind.RECIPIENT, at.policy().recipientCanonical)).orElse(RuleResult.DUNNO);
    }

    static RuleResult sender(Evaluation at) {
        if (!at.warnOnly()) {
            at.session().senderChecked();
        }
        return at.sender().filter(address -> !address.isNull()).map(address -> check(at, address, Kind.SENDER, at.policy().senderCanonical)).orElse(RuleResult.DUNNO);
    }

    private static RuleResult check(Evaluation at, Address address, Kind kind, List<TableList> canonical) {
        return switch (at.session().resolve(address)) {
            case Resolution.Unavailable(String reason) -> new Unavailable(reason);
            case Resolution.Undeliverable u -> new Reject(Replies.of(550, Replies.fit(u.status(), kind), new Subject(address.text(), kind).rejected(u.text())));
            case Route route -> route(at, new Subject(address.text(), kind), route, canonical);
        };
    }

    private static RuleResult route(Evaluation at, Subject subject, Route route, List<TableList> canonical) {
        Policy policy = at.policy();
        for (TableList table : canonical) {
            Answer answer = policy.keys.find(table, route.recipient()).answer();
            if (!(answer instanceof Answer.NotFound)) {
                return known(answer);
            }
        }
        Answer alias = policy.keys.find(policy.aliases, route.recipient()).answer();
        if (!(alias instanceof Answer.NotFound)) {
            return known(alias);
        }
        // What leads to the error transport is known to be undeliverable: unknown virtual aliases, relocated users, error: in a transport table.
        if (route.transport().equals("error") || route.transport().equals("retry")) {
            return doomed(at, subject, route);
        }
        return switch (route.addressClass()) {
            case LOCAL -> isAlwaysThere(at, route.recipient()) ? RuleResult.DUNNO
                    : listed(at, subject, route, policy.localRecipients, AccessParameters.UNKNOWN_LOCAL_CODE, " in local recipient table");
            case VIRTUAL_MAILBOX -> listed(at, subject, route, policy.mailboxRecipients, AccessParameters.UNKNOWN_MAILBOX_CODE, " in virtual mailbox table");
            case RELAY -> listed(at, subject, route, policy.relayRecipients, AccessParameters.UNKNOWN_RELAY_CODE, " in relay recipient table");
            case VIRTUAL_ALIAS, DEFAULT -> RuleResult.DUNNO;
        };
    }

    private static RuleResult doomed(Evaluation at, Subject subject, Route route) {
        boolean retry = route.transport().equals("retry");
        String status = retry ? "4.3.0" : subject.kind() == Kind.SENDER ? "5.1.0" : "5.1.1";
        Replies.Split split = Replies.Split.of(status, route.nextHop());
        boolean alias = route.addressClass() == org.ostler.mail.routing.AddressClass.VIRTUAL_ALIAS;
        int code = retry ? 450 : alias ? at.settings().get(AccessParameters.UNKNOWN_ALIAS_CODE) : 550;
        return new Reject(Replies.of(code, Replies.fit(split.status(), subject.kind()), subject.rejected(split.text())));
    }

    /** Addresses of the mail system itself: of a local domain they are delivered whatever the table says. */
    private static boolean isAlwaysThere(Evaluation at, Address address) {
        String name = address.localPart();
        return name.equalsIgnoreCase("postmaster") || name.equalsIgnoreCase("mailer-daemon") || name.equalsIgnoreCase(at.settings().text("double_bounce_sender"));
    }

    private static RuleResult listed(Evaluation at, Subject subject, Route route, TableList table, Parameter<Integer> code, String where) {
        if (table.isEmpty()) {
            return RuleResult.DUNNO;
        }
        Answer answer = at.policy().keys.find(table, route.recipient()).answer();
        if (!(answer instanceof Answer.NotFound)) {
            return known(answer);
        }
        String tail = at.settings().get(AccessParameters.SHOW_TABLE) ? where : "";
        return new Reject(Replies.of(at.settings().get(code), subject.kind() == Kind.SENDER ? "5.1.0" : "5.1.1", subject.rejected("User unknown" + tail)));
    }

    private static RuleResult known(Answer answer) {
        return answer instanceof Answer.Unavailable(String reason) ? new Unavailable(reason) : RuleResult.DUNNO;
    }
}
