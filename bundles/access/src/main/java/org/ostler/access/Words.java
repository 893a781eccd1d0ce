// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ostler.access.Subject.Kind;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.access.spi.RuleResult.Reject;
import org.ostler.mail.access.spi.RuleResult.Unavailable;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.mail.routing.AddressClass;
import org.ostler.mail.routing.Resolution;

/**
 * The built-in words, by name. A word is a function of what the session knows; what a word does not know yet (no sender before MAIL) it does not decide.
 *
 * <p>Stateless; any thread. Words that ask the DNS are in {@link DnsWords}, those that ask tables in {@link MapWords}.
 */
final class Words {

    private static final Map<String, Word> ALL = new HashMap<>();

    static {
        ALL.put("permit_mynetworks", at -> permitIf(at.policy().mynetworks.match(at.client().name(), at.client().address())));
        ALL.put("permit_inet_interfaces", at -> permitIf(at.policy().own.isInterface(at.client().address())));
        ALL.put("permit_sasl_authenticated", at -> at.attribute("sasl_username").isEmpty() ? RuleResult.DUNNO : RuleResult.PERMIT);
        ALL.put("permit_auth_destination", at -> destination(at, RuleResult.DUNNO));
        ALL.put("reject_unauth_destination", at -> unauthorized(at, 0, "5.7.1"));
        ALL.put("defer_unauth_destination", at -> unauthorized(at, -100, "4.7.1"));
        ALL.put("reject_unlisted_recipient", Unlisted::recipient);
        ALL.put("reject_unlisted_sender", Unlisted::sender);
        ALL.put("reject_non_fqdn_sender", at -> fullAddress(at, at.sender(), Kind.SENDER));
        ALL.put("reject_non_fqdn_recipient", at -> fullAddress(at, at.recipient(), Kind.RECIPIENT));
        ALL.put("reject_non_fqdn_helo_hostname", Words::fullHelo);
        ALL.put("reject_invalid_helo_hostname", Words::validHelo);
        ALL.put("reject_unauth_pipelining", at -> at.attribute("improper_pipelining").isEmpty() ? RuleResult.DUNNO
                : new Reject(Reply.of(503, "5.5.0", at.subject().rejected("Improper use of SMTP command pipelining"))));
        ALL.put("reject_multi_recipient_bounce", Words::multiRecipientBounce);
        ALL.put("reject_unknown_client_hostname", Words::knownClient);
        ALL.put("reject_unknown_reverse_client_hostname", Words::knownReverse);
        alias("reject_non_fqdn_hostname", "reject_non_fqdn_helo_hostname");
        alias("reject_invalid_hostname", "reject_invalid_helo_hostname");
        alias("reject_unknown_client", "reject_unknown_client_hostname");
        DnsWords.register(ALL);
        alias("reject_unknown_hostname", "reject_unknown_helo_hostname");
        MapWords.register(ALL);
        CertificateWords.register(ALL);
    }

    private Words() {}

    private static void alias(String old, String present) {
        ALL.put(old, ALL.get(present));
    }

    /** Null where nobody knows the word. */
    static Word find(String name) {
        return ALL.get(name);
    }

    /** Words of the form check_x_access are followed by type:table. */
    static boolean takesTable(String name) {
        return name.startsWith("check_");
    }

    private static RuleResult permitIf(Answer answer) {
        return switch (answer) {
            case Answer.Found f -> RuleResult.PERMIT;
            case Answer.NotFound n -> RuleResult.DUNNO;
            case Answer.Unavailable(String reason) -> new Unavailable(reason);
        };
    }

    /** Permit where the recipient is ours or relayed for; {@code otherwise} for the rest of the world. */
    private static RuleResult destination(Evaluation at, RuleResult otherwise) {
        if (at.recipient().isEmpty()) {
            return RuleResult.DUNNO;
        }
        return switch (at.session().resolve(at.recipient().get())) {
            case Resolution.Unavailable(String reason) -> new Unavailable(reason);
            case Resolution.Undeliverable u -> otherwise;
            case Resolution.Route route -> {
                boolean routed = isRouted(route.recipient()) && !at.settings().get(AccessParameters.ALLOW_UNTRUSTED_ROUTING);
                yield routed || route.addressClass() == AddressClass.DEFAULT ? otherwise : RuleResult.PERMIT;
            }
        };
    }

    /** Whether the next host might find another destination inside the local part. */
    static boolean isRouted(Address address) {
        String local = address.localPart();
        return local.indexOf('@') >= 0 || local.indexOf('%') >= 0 || local.indexOf('!') >= 0;
    }

    private static RuleResult unauthorized(Evaluation at, int less, String status) {
        if (at.recipient().isEmpty()) {
            return RuleResult.DUNNO;
        }
        Address recipient = at.recipient().get();
        int code = at.settings().get(AccessParameters.RELAY_CODE) + less;
        RuleResult result = destination(at, new Reject(Replies.of(code, status, "<" + recipient.text() + ">: Relay access denied")));
        return result == RuleResult.PERMIT ? RuleResult.DUNNO : result;
    }

    private static RuleResult fullAddress(Evaluation at, Optional<Address> address, Kind kind) {
        if (address.isEmpty() || address.get().isNull()) {
            return RuleResult.DUNNO;
        }
        String domain = address.get().domain();
        boolean postmaster = domain.isEmpty() && address.get().localPart().equalsIgnoreCase("postmaster") && kind == Kind.RECIPIENT;
        boolean full = postmaster || domain.startsWith("[") || HostNames.isFull(domain, at.settings().get(AccessParameters.SMTPUTF8));
        return full ? RuleResult.DUNNO
                : new Reject(Replies.of(at.settings().get(AccessParameters.NON_FQDN_CODE), "4.5.2",
                        new Subject(address.get().text(), kind).rejected("need fully-qualified address")));
    }

    private static RuleResult fullHelo(Evaluation at) {
        if (at.helo().isEmpty()) {
            return RuleResult.DUNNO;
        }
        String name = at.helo().get();
        if (name.startsWith("[")) {
            return literalHelo(at, name);
        }
        return HostNames.isFull(name, false) ? RuleResult.DUNNO
                : new Reject(Replies.of(at.settings().get(AccessParameters.NON_FQDN_CODE), "5.5.2",
                        new Subject(name, Kind.HELO).rejected("need fully-qualified hostname")));
    }

    private static RuleResult validHelo(Evaluation at) {
        if (at.helo().isEmpty()) {
            return RuleResult.DUNNO;
        }
        String name = at.helo().get();
        if (name.startsWith("[")) {
            return literalHelo(at, name);
        }
        // A bare address is no valid name, but many clients send one: reject_non_fqdn_helo_hostname refuses it, this word does not.
        String bare = HostNames.withoutFinalDot(name);
        return HostNames.isValid(bare, false) || AddressText.parse(bare).isPresent() ? RuleResult.DUNNO : invalid(at, name, "Invalid name");
    }

    /** Every word about HELO names accepts a well-formed address literal. */
    static RuleResult literalHelo(Evaluation at, String name) {
        return AddressText.literal(name).isPresent() ? RuleResult.DUNNO : invalid(at, name, "invalid ip address");
    }

    private static RuleResult invalid(Evaluation at, String name, String why) {
        return new Reject(Replies.of(at.settings().get(AccessParameters.INVALID_HOSTNAME_CODE), "5.5.2", new Subject(name, Kind.HELO).rejected(why)));
    }

    private static RuleResult multiRecipientBounce(Evaluation at) {
        boolean counted = at.subject().kind() == Kind.DATA || at.subject().kind() == Kind.END_OF_DATA;
        boolean many = !at.attribute("recipient_count").isEmpty() && !at.attribute("recipient_count").equals("0") && !at.attribute("recipient_count").equals("1");
        boolean bounce = at.sender().filter(Address::isNull).isPresent();
        return counted && bounce && many
                ? new Reject(Replies.of(at.settings().get(AccessParameters.MULTI_RECIPIENT_BOUNCE_CODE), "5.5.3", at.subject().rejected("Multi-recipient bounce")))
                : RuleResult.DUNNO;
    }

    private static RuleResult knownClient(Evaluation at) {
        int status = at.client().nameStatus();
        return status == 2 ? RuleResult.DUNNO : new Reject(Replies.of(status >= 5 ? at.settings().get(AccessParameters.UNKNOWN_CLIENT_CODE) : 450, "4.7.25",
                "Client host rejected: cannot find your hostname, [" + at.client().addressText() + "]"));
    }

    private static RuleResult knownReverse(Evaluation at) {
        int status = at.client().reverseStatus();
        return status == 2 ? RuleResult.DUNNO : new Reject(Replies.of(status >= 5 ? at.settings().get(AccessParameters.UNKNOWN_CLIENT_CODE) : 450, "4.7.1",
                "Client host rejected: cannot find your reverse hostname, [" + at.client().addressText() + "]"));
    }
}
