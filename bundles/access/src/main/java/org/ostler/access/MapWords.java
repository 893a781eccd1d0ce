// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.Map;
import org.ostler.access.Subject.Kind;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.access.spi.RuleResult.Reject;
import org.ostler.mail.access.spi.RuleResult.Unavailable;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.HostKeys;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.model.Address;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Router;

/** {@code check_*_access type:table} for what access(5) calls hosts, networks and mail addresses. Stateless. */
final class MapWords {

    private MapWords() {}

    static void register(Map<String, Word> all) {
        all.put("check_client_access", word(at -> client(at, at.client().name(), Kind.CLIENT, true)));
        all.put("check_reverse_client_hostname_access", word(at -> client(at, at.client().reverseName(), Kind.REVERSE_CLIENT, false)));
        all.put("check_helo_access", word(at -> at.helo().isEmpty() ? RuleResult.DUNNO
                : answered(at, domain(at, table(at), at.helo().get()), new Subject(at.helo().get(), Kind.HELO))));
        all.put("check_etrn_access", word(at -> at.attribute("etrn_domain").isEmpty() ? RuleResult.DUNNO
                : answered(at, domain(at, table(at), at.attribute("etrn_domain")), new Subject(at.attribute("etrn_domain"), Kind.ETRN))));
        all.put("check_sender_access", word(MapWords::sender));
        all.put("check_recipient_access", word(MapWords::recipient));
    }

    /** Sees to the argument before the word itself is asked. */
    private static Word word(Word inner) {
        return at -> {
            if (at.arguments().getFirst().indexOf(':') > 0) {
                return inner.check(at);
            }
            at.policy().log.warning("restriction in " + at.list() + ": bad argument \"" + at.arguments().getFirst() + "\": need maptype:mapname");
            return new Reject(Replies.SERVER_ERROR);
        };
    }

    private static TableList table(Evaluation at) {
        return at.policy().table(at.arguments().getFirst());
    }

    static RuleResult answered(Evaluation at, Answer answer, Subject subject) {
        return switch (answer) {
            case Answer.Found(String value) -> switch (AccessMap.result(value, subject, at.settings())) {
                // Here, where it is known what has triggered it.
                case RuleResult.Act act -> at.session().act(act, subject);
                case RuleResult result -> result;
            };
            case Answer.NotFound n -> RuleResult.DUNNO;
            case Answer.Unavailable(String reason) -> {
                at.policy().log.warning(reason);
                yield new Reject(Replies.serverError(subject));
            }
        };
    }

    private static RuleResult client(Evaluation at, String name, Kind kind, boolean byAddress) {
        TableList table = table(at);
        Answer answer = domain(at, table, name);
        if (byAddress && answer instanceof Answer.NotFound) {
            answer = HostKeys.address(table, at.client().addressText());
        }
        return answered(at, answer, new Subject(name + "[" + at.client().addressText() + "]", kind));
    }

    private static Answer domain(Evaluation at, TableList table, String name) {
        return HostKeys.name(table, name, at.policy().accessParents);
    }

    private static RuleResult sender(Evaluation at) {
        if (at.sender().isEmpty()) {
            return RuleResult.DUNNO;
        }
        Address sender = at.sender().get();
        var subject = new Subject(sender.text(), Kind.SENDER);
        if (sender.isNull()) {
            return answered(at, table(at).find(at.settings().get(AccessParameters.NULL_ACCESS_KEY)), subject);
        }
        try {
            Address full = at.policy().router.call(router -> router.rewrite(sender, Router.Context.LOCAL, at.settings()));
            return answered(at, at.policy().keys.access(table(at), full, at.policy().accessParents), subject);
        } catch (UnavailableException e) {
            return new Unavailable(e.getMessage());
        }
    }

    private static RuleResult recipient(Evaluation at) {
        if (at.recipient().isEmpty() || at.recipient().get().isNull()) {
            return RuleResult.DUNNO;
        }
        Address recipient = at.recipient().get();
        return switch (at.session().resolve(recipient)) {
            case Resolution.Unavailable(String reason) -> new Unavailable(reason);
            case Resolution.Undeliverable u -> RuleResult.DUNNO;
            case Resolution.Route route -> {
                Answer answer = at.policy().keys.access(table(at), route.recipient(), at.policy().accessParents);
                RuleResult result = answered(at, answer, new Subject(recipient.text(), Kind.RECIPIENT));
                // An OK for user%elsewhere@here would relay for strangers.
                boolean suspicious = Words.isRouted(route.recipient()) && !at.settings().get(AccessParameters.ALLOW_UNTRUSTED_ROUTING);
                yield suspicious && result instanceof RuleResult.Permit ? RuleResult.DUNNO : result;
            }
        };
    }
}
