// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import org.ostler.access.Subject.Kind;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.access.spi.RuleResult.DeferIfPermit;
import org.ostler.mail.access.spi.RuleResult.Reject;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.mail.routing.AddressClass;
import org.ostler.mail.routing.Resolution;

/**
 * Words that ask whether a domain exists: reject_unknown_sender_domain, reject_unknown_recipient_domain, reject_unknown_helo_hostname.
 *
 * <p>A domain exists when it has an MX, A or AAAA record. "Could not ask" is never "does not exist": it defers, should everything else permit. Stateless.
 */
final class DnsWords {

    private enum Existence { YES, NO, NULL_MX, UNKNOWN }

    private DnsWords() {}

    static void register(Map<String, Word> all) {
        all.put("reject_unknown_sender_domain", at -> domain(at, at.sender(), Kind.SENDER));
        all.put("reject_unknown_recipient_domain", at -> domain(at, at.recipient(), Kind.RECIPIENT));
        all.put("reject_unknown_helo_hostname", DnsWords::helo);
    }

    private static RuleResult domain(Evaluation at, Optional<Address> address, Kind kind) {
        if (address.isEmpty() || address.get().isNull() || !(at.session().resolve(address.get()) instanceof Resolution.Route route)) {
            return RuleResult.DUNNO;
        }
        // Our own domains need not be in the DNS.
        String name = route.recipient().domain();
        if (route.addressClass() != AddressClass.DEFAULT && route.addressClass() != AddressClass.RELAY || name.startsWith("[")) {
            return RuleResult.DUNNO;
        }
        var subject = new Subject(address.get().text(), kind);
        String status = kind == Kind.SENDER ? "4.1.8" : "4.1.2";
        return switch (exists(at, name)) {
            case YES -> RuleResult.DUNNO;
            case NO -> new Reject(Replies.of(at.settings().get(AccessParameters.UNKNOWN_ADDRESS_CODE), status, subject.rejected("Domain not found")));
            case NULL_MX -> new Reject(Replies.of(kind == Kind.SENDER ? 550 : 556, kind == Kind.SENDER ? "5.7.27" : "5.1.10",
                    subject.rejected("Domain " + name + " does not accept mail (nullMX)")));
            case UNKNOWN -> new DeferIfPermit(Reply.of(450, status, subject.rejected("Domain not found")));
        };
    }

    private static RuleResult helo(Evaluation at) {
        if (at.helo().isEmpty()) {
            return RuleResult.DUNNO;
        }
        if (at.helo().get().startsWith("[")) {
            return Words.literalHelo(at, at.helo().get());
        }
        var subject = new Subject(at.helo().get(), Kind.HELO);
        return switch (exists(at, at.helo().get())) {
            case YES, NULL_MX -> RuleResult.DUNNO;
            case NO -> new Reject(Replies.of(at.settings().get(AccessParameters.UNKNOWN_HOSTNAME_CODE), "4.7.1", subject.rejected("Host not found")));
            case UNKNOWN -> new DeferIfPermit(Reply.of(450, "4.7.1", subject.rejected("Host not found")));
        };
    }

    private static Existence exists(Evaluation at, String domain) {
        try {
            return at.policy().dns.call(dns -> exists(dns, domain));
        } catch (UnavailableException e) {
            return Existence.UNKNOWN;
        }
    }

    private static Existence exists(Dns dns, String domain) {
        DnsAnswer<Mx> mx = dns.mx(domain, false);
        if (mx instanceof DnsAnswer.Records<Mx> records) {
            return records.records().stream().allMatch(Mx::isNull) ? Existence.NULL_MX : Existence.YES;
        }
        boolean failed = mx instanceof DnsAnswer.Failed;
        for (Dns.Family family : Dns.Family.values()) {
            DnsAnswer<InetAddress> answer = dns.addresses(domain, family, false);
            if (answer instanceof DnsAnswer.Records) {
                return Existence.YES;
            }
            failed |= answer instanceof DnsAnswer.Failed;
        }
        return failed ? Existence.UNKNOWN : Existence.NO;
    }
}
