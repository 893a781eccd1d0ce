// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import java.util.Locale;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.routing.AddressClass;
import org.ostler.mail.routing.LocalDomains;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Resolution.Route;
import org.ostler.mail.routing.Router.Context;

/**
 * Where a recipient goes: trivial-rewrite(8), "resolve", for one generation of settings.
 *
 * <h2>Description</h2>
 * <ol>
 * <li>Local domains are taken off and what is left is looked at again, so that {@code user%other@here} leads to {@code user@other}, and is refused there if need be.
 * <li>The first list that has the domain gives the address class and its transport: mydestination and own address literals, virtual_alias_domains,
 *     virtual_mailbox_domains, relay_domains, everything else.
 * <li>Next hop: what stands in the transport parameter; else for relay and other domains the sender-dependent relayhost, relayhost; else the domain.
 * <li>transport_maps may change transport and next hop, but for virtual alias domains; relocated_maps turns a recipient into an error.
 * <li>A recipient that begins with a hyphen is undeliverable, unless {@code allow_min_user} is on.
 * </ol>
 *
 * <p><b>Threads</b> any. <b>Blocking</b> table lookups. <b>Errors</b> {@link Resolution.Unavailable} as soon as one table cannot answer.
 *
 * <h2>Standards</h2> ADDRESS_CLASS_README, trivial-rewrite(8), transport(5), relocated(5)
 */
final class Resolver {

    /** Rounds of taking local domains off; each makes the address shorter, the bound is for the reader's peace. */
    private static final int MAX_ROUNDS = 100;
    private static final EnhancedStatus BAD_ADDRESS = EnhancedStatus.of("5.1.3");

    private final Settings settings;
    private final Completion completion;
    private final LocalDomains local;
    private final DomainList aliasDomains;
    private final DomainList mailboxDomains;
    private final DomainList relayDomains;
    private final AddressKeys keys;
    private final TableList transportMaps;
    private final TableList relocatedMaps;
    private final TableList senderTransports;
    private final TableList senderRelays;
    private final boolean transportParents;
    private final DoubleListing doubleListing = new DoubleListing();
    private final Memory memory;

    Resolver(Settings settings, Completion completion, Tables tables, Memory memory) {
        this.settings = settings;
        this.completion = completion;
        this.memory = memory;
        this.local = new LocalDomains(settings, tables);
        this.aliasDomains = DomainList.exact(settings.get(TrivialRewriteParameters.VIRTUAL_ALIAS_DOMAINS), "virtual_alias_domains", tables);
        this.mailboxDomains = DomainList.exact(settings.get(TrivialRewriteParameters.VIRTUAL_MAILBOX_DOMAINS), "virtual_mailbox_domains", tables);
        this.relayDomains = DomainList.of("relay_domains", settings, tables);
        this.keys = new AddressKeys(settings, local::match);
        this.transportMaps = TrivialRewriteParameters.TRANSPORTS.open(tables, settings);
        this.relocatedMaps = tables.open(settings.get(TrivialRewriteParameters.RELOCATED_MAPS), "relocated_maps");
        this.senderTransports = TrivialRewriteParameters.SENDER_TRANSPORTS.open(tables, settings);
        this.senderRelays = TrivialRewriteParameters.SENDER_RELAYS.open(tables, settings);
        this.transportParents = DomainList.parentMatches(settings, "transport_maps");
    }

    /** A table could not answer; leaves {@link #resolve} at once. Without a stack: it is an answer, not a fault. */
    private static final class Trouble extends Exception {
        private static final long serialVersionUID = 1L;

        Trouble(String reason) {
            super(reason, null, false, false);
        }
    }

    /** @param anew without what is remembered */
    Resolution resolve(Address sender, Address recipient, boolean anew) {
        return memory.ask(sender, recipient, anew, () -> resolve(sender, recipient));
    }

    private Resolution resolve(Address sender, Address recipient) {
        try {
            Resolution resolution = lookUp(sender, recipient);
            // Here, where nobody gets past it, whatever routing was in front: a command would take it for an option.
            boolean option = resolution instanceof Route route && route.recipient().localPart().startsWith("-") && !settings.isYes("allow_min_user");
            return option ? new Resolution.Undeliverable(BAD_ADDRESS, "bad address syntax") : resolution;
        } catch (Trouble e) {
            return new Resolution.Unavailable(e.getMessage());
        }
    }

    private Resolution lookUp(Address sender, Address recipient) throws Trouble {
        Target target = destination(recipient);
        if (target.local) {
            return finish(localRoute(target.address), sender);
        }
        String domain = numeric(target.address.domain());
        boolean valid = domain.charAt(0) == '[' ? HostNames.isValidLiteral(domain) : HostNames.isValid(domain, settings.get(TrivialRewriteParameters.SMTPUTF8_ENABLE));
        return valid ? finish(remoteRoute(sender, target.address.withDomain(domain)), sender) : new Resolution.Undeliverable(BAD_ADDRESS, "bad address syntax");
    }

    private record Target(Address address, boolean local) {}

    /** Takes local domains off until a local part without routing, or a domain that is not ours, is left. */
    private Target destination(Address recipient) throws Trouble {
        Address at = recipient.isNull() ? Address.of(settings.get(TrivialRewriteParameters.EMPTY_ADDRESS_RECIPIENT)) : recipient;
        String taken = "";
        boolean dequote = settings.get(TrivialRewriteParameters.RESOLVE_DEQUOTED_ADDRESS);
        for (int round = 0; round < MAX_ROUNDS; round++) {
            if (at.hasDomain()) {
                String domain = Completion.withoutFinalDot(at.domain());
                if (!isFound(local.match(domain))) {
                    return new Target(at.withDomain(domain), false);
                }
                taken = domain;
                at = new Address(at.localPart(), "");
            }
            boolean opaque = !dequote && Completion.isQuoted(at.localPart());
            Address inner = opaque ? at : inner(at.localPart());
            if (!inner.hasDomain()) {
                break;
            }
            at = completion.rewrite(inner, Context.LOCAL);
        }
        String home = taken.isEmpty() ? settings.text("myhostname") : taken;
        String user = at.localPart().isEmpty() ? settings.get(TrivialRewriteParameters.EMPTY_ADDRESS_RECIPIENT) : at.localPart();
        return new Target(new Address(user, home), true);
    }

    private Address inner(String localPart) {
        int at = localPart.lastIndexOf('@');
        return at > 0 && at + 1 < localPart.length() ? new Address(localPart.substring(0, at), localPart.substring(at + 1)) : completion.unroute(localPart);
    }

    private String numeric(String domain) {
        boolean bare = settings.get(TrivialRewriteParameters.RESOLVE_NUMERIC_DOMAIN) && AddressText.parse(domain).isPresent();
        return bare ? "[" + (domain.indexOf(':') >= 0 ? "IPv6:" : "") + domain + "]" : domain;
    }

    private Route localRoute(Address recipient) throws Trouble {
        String domain = recipient.domain();
        doubleListing.check(settings, domain, "mydestination", "virtual_alias_domains", aliasDomains);
        doubleListing.check(settings, domain, "mydestination", "virtual_mailbox_domains", mailboxDomains);
        TransportSpec spec = TransportSpec.of(settings.get(TrivialRewriteParameters.LOCAL_TRANSPORT));
        String next = spec.nextHop().isEmpty() ? fold(domain) : spec.nextHop();
        return new Route(AddressClass.LOCAL, spec.transport().isEmpty() ? "local" : spec.transport(), next, recipient);
    }

    private Route remoteRoute(Address sender, Address recipient) throws Trouble {
        String domain = recipient.domain();
        if (isFound(aliasDomains.match(domain))) {
            doubleListing.check(settings, domain, "virtual_alias_domains", "virtual_mailbox_domains", mailboxDomains);
            String table = settings.get(TrivialRewriteParameters.SHOW_USER_UNKNOWN_TABLE_NAME) ? " in virtual alias table" : "";
            return new Route(AddressClass.VIRTUAL_ALIAS, "error", "5.1.1 User unknown" + table, recipient);
        }
        if (isFound(mailboxDomains.match(domain))) {
            TransportSpec spec = TransportSpec.of(settings.get(TrivialRewriteParameters.VIRTUAL_TRANSPORT));
            return new Route(AddressClass.VIRTUAL_MAILBOX, named(spec, "virtual"), spec.nextHop().isEmpty() ? fold(domain) : spec.nextHop(), recipient);
        }
        boolean relay = isFound(relayDomains.match(domain));
        TransportSpec spec = relay ? TransportSpec.of(settings.get(TrivialRewriteParameters.RELAY_TRANSPORT)) : defaultTransport(sender);
        String next = spec.nextHop().isEmpty() ? relayHost(sender, domain) : spec.nextHop();
        return new Route(relay ? AddressClass.RELAY : AddressClass.DEFAULT, named(spec, relay ? "relay" : "smtp"), next, recipient);
    }

    private static String named(TransportSpec spec, String otherwise) {
        return spec.transport().isEmpty() ? otherwise : spec.transport();
    }

    private TransportSpec defaultTransport(Address sender) throws Trouble {
        String found = bySender(senderTransports, sender, settings.get(TrivialRewriteParameters.EMPTY_ADDRESS_TRANSPORT_KEY));
        return TransportSpec.of(found.isEmpty() ? settings.get(TrivialRewriteParameters.DEFAULT_TRANSPORT) : found);
    }

    private String relayHost(Address sender, String domain) throws Trouble {
        String found = bySender(senderRelays, sender, settings.get(TrivialRewriteParameters.EMPTY_ADDRESS_RELAYHOST_KEY));
        if (!found.isEmpty()) {
            return found;
        }
        String host = settings.get(TrivialRewriteParameters.RELAYHOST).strip();
        return host.isEmpty() ? fold(domain) : host;
    }

    /** What a sender-dependent table says; empty for nothing, and for DUNNO, which ends the search. */
    private String bySender(TableList table, Address sender, String nullKey) throws Trouble {
        if (table.isEmpty()) {
            return "";
        }
        Answer answer = sender.isNull() ? table.find(nullKey) : keys.find(table, sender).answer();
        return isFound(answer) && !value(answer).equalsIgnoreCase("DUNNO") ? value(answer).strip() : "";
    }

    /** transport_maps, then relocated_maps. */
    private Resolution finish(Route route, Address sender) throws Trouble {
        Route result = route;
        if (!transportMaps.isEmpty() && route.addressClass() != AddressClass.VIRTUAL_ALIAS) {
            Answer answer = keys.transport(transportMaps, route.recipient(), transportParents);
            if (isFound(answer)) {
                result = change(route, TransportSpec.of(value(answer)));
            }
        }
        if (!relocatedMaps.isEmpty()) {
            Answer answer = keys.find(relocatedMaps, route.recipient()).answer();
            if (isFound(answer)) {
                String prefix = settings.get(TrivialRewriteParameters.RELOCATED_PREFIX_ENABLE) ? "5.1.6 User has moved to " : "";
                return new Route(result.addressClass(), "error", prefix + value(answer), result.recipient());
            }
        }
        return result;
    }

    /** transport(5), "result format": which of the two fields a table changes. */
    private static Route change(Route route, TransportSpec spec) {
        if (spec.transport().isEmpty()) {
            return spec.nextHop().isEmpty() ? route : new Route(route.addressClass(), route.transport(), spec.nextHop(), route.recipient());
        }
        String next = spec.nextHop().isEmpty() ? fold(route.recipient().domain()) : spec.nextHop();
        return new Route(route.addressClass(), spec.transport(), next, route.recipient());
    }

    private static boolean isFound(Answer answer) throws Trouble {
        if (answer instanceof Answer.Unavailable down) {
            throw new Trouble(down.reason());
        }
        return answer instanceof Answer.Found;
    }

    private static String value(Answer answer) {
        return ((Answer.Found) answer).value();
    }

    private static String fold(String domain) {
        return domain.toLowerCase(Locale.ROOT);
    }
}
