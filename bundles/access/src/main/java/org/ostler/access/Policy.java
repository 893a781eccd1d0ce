// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ostler.mail.access.spi.AccessRule;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.lookup.NetworkList;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.routing.LocalDomains;
import org.ostler.mail.routing.OwnAddresses;
import org.ostler.mail.routing.Router;

/**
 * Everything about access control that depends on the settings alone: parsed lists, open tables, neighbours. Immutable but for the tables opened on the way.
 *
 * <p><b>Threads</b> any.
 */
final class Policy {

    /** Words of which at least one must stand in the relay or the recipient list. */
    static final String OPEN_RELAY = "in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: "
            + "reject_unauth_destination, defer_unauth_destination, reject, defer, defer_if_permit or check_relay_domains";

    private static final Set<String> DENY_RELAY = Set.of("reject_unauth_destination", "defer_unauth_destination", "reject", "defer", "defer_if_permit",
            "check_relay_domains");
    /** Tables named in access tables are opened when they are met; more different ones than this are not kept. */
    private static final int MAX_TABLES = 1000;

    final Settings settings;
    final Leased<Router> router;
    final Leased<Dns> dns;
    final Map<String, Leased<AccessRule>> rules;
    final MailLog log;
    final Set<String> classes;
    final NetworkList mynetworks;
    final OwnAddresses own;
    final AddressKeys keys;
    final boolean accessParents;
    final TableList localRecipients;
    final TableList mailboxRecipients;
    final TableList relayRecipients;
    final TableList aliases;
    final TableList relayCertificates;
    final List<TableList> senderCanonical;
    final List<TableList> recipientCanonical;
    /** How many arguments a rule service takes, remembered for the time when it is away. */
    final Map<String, Integer> argumentCounts = new ConcurrentHashMap<>();
    private final Tables tables;
    private final Map<String, TableList> opened = new ConcurrentHashMap<>();
    private final boolean deniesRelay;
    private final AtomicBoolean complained = new AtomicBoolean();

    Policy(Settings settings, Tables tables, Leased<Router> router, Leased<Dns> dns, Map<String, Leased<AccessRule>> rules) {
        this.settings = settings;
        this.tables = tables;
        this.router = router;
        this.dns = dns;
        this.rules = rules;
        this.log = MailLog.of(settings.text("syslog_name") + "/smtpd");
        this.classes = Set.copyOf(settings.get(AccessParameters.CLASSES));
        this.mynetworks = NetworkList.of("mynetworks", settings, tables);
        var local = new LocalDomains(settings, tables);
        this.own = local.addresses();
        this.keys = new AddressKeys(settings, local::match);
        this.accessParents = DomainList.parentMatches(settings, "smtpd_access_maps");
        this.localRecipients = open(AccessParameters.LOCAL_RECIPIENT_MAPS.name());
        this.mailboxRecipients = open(AccessParameters.VIRTUAL_MAILBOX_MAPS.name());
        this.relayRecipients = open(AccessParameters.RELAY_RECIPIENT_MAPS.name());
        this.aliases = open("virtual_alias_maps");
        this.relayCertificates = open(AccessParameters.RELAY_CLIENTCERTS.name());
        TableList canonical = open("canonical_maps");
        this.senderCanonical = List.of(open("sender_canonical_maps"), canonical);
        this.recipientCanonical = List.of(open("recipient_canonical_maps"), canonical);
        this.deniesRelay = deniesRelay(settings);
    }

    private TableList open(String parameter) {
        return tables.open(settings.text(parameter), parameter);
    }

    /** The table behind a word such as check_client_access. */
    TableList table(String text) {
        TableList known = opened.get(text);
        if (known == null) {
            known = tables.open(text, "smtpd_access_maps");
            if (opened.size() < MAX_TABLES) {
                opened.put(text, known);
            }
        }
        return known;
    }

    /** Whether the lists keep this server from being an open relay; says so in the log, once, when they do not. */
    boolean deniesRelay() {
        if (!deniesRelay && complained.compareAndSet(false, true)) {
            log.fatal(OPEN_RELAY);
        }
        return deniesRelay;
    }

    static boolean deniesRelay(Settings settings) {
        return deniesRelay(settings, settings.get(AccessParameters.RELAY), new HashSet<>()) || deniesRelay(settings, settings.get(AccessParameters.RECIPIENT), new HashSet<>());
    }

    private static boolean deniesRelay(Settings settings, List<String> words, Set<String> seen) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equalsIgnoreCase("warn_if_reject")) {
                i++;
            } else if (DENY_RELAY.contains(word)) {
                return true;
            } else if (word.equalsIgnoreCase("permit")) {
                return false;
            } else if (settings.get(AccessParameters.CLASSES).contains(word) && seen.add(word) && deniesRelay(settings, Lists.split(settings.text(word)), seen)) {
                return true;
            }
        }
        return false;
    }
}
