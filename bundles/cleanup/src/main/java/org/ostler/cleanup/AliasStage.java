// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.propertytypes.ServiceRanking;
import org.ostler.mail.cleanup.spi.CleanupEdit;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.config.PerSettings;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.routing.LocalDomains;
import org.ostler.mail.routing.Router;

/**
 * Expands recipients through {@code virtual_alias_maps} (virtual(5)).
 *
 * <h2>Description</h2>
 * The first result of a lookup takes the place of the address, further ones go to the end of the list; each place is looked up until nothing is found. An address may expand to itself, once. Results without a domain are completed; a result
 * that is {@code @domain} keeps the local part.
 *
 * <h2>Diagnostics</h2>
 * {@code 451 4.6.0 Alias expansion error} for nesting, size and length beyond the limits, {@code 451 4.3.0} where a table does not answer: always temporary, so the sender's server keeps the mail while the table is put right.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> table lookups.
 */
@Component(service = CleanupStage.class)
@ServiceRanking(400)
public final class AliasStage implements CleanupStage {

    /** Recipients of one message, over all its expansions: virtual_alias_expansion_limit bounds each of up to a thousand. */
    static final int MOST_RECIPIENTS = 100_000;

    private final Leased<Tables> leased = new Leased<>("lookup tables");
    private final Leased<Router> router = new Leased<>("trivial-rewrite");
    private final Tables tables = new LeasedTables(leased);
    private final PerSettings<LocalDomains> domains = new PerSettings<>(settings -> new LocalDomains(settings, tables));

    /** Ends the expansion; the message is for the log. */
    private static final class Trouble extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Reply reply;

        Trouble(Reply reply, String message) {
            super(message);
            this.reply = reply;
        }

        static Trouble expansion(String what) {
            return new Trouble(Reply.of(451, "4.6.0", "Alias expansion error"), "unreasonable virtual_alias_maps " + what);
        }

        static Trouble lookup(Address address) {
            return new Trouble(Reply.of(451, "4.3.0", "Error: queue file write error"), "virtual_alias_maps map lookup problem for " + address);
        }
    }

    @Activate
    public AliasStage() {}

    /** Without a container. */
    public AliasStage(Tables tables, Router router) {
        leased.bind(tables, 0);
        this.router.bind(router, 0);
    }

    @Reference(service = Tables.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindTables(Tables t, ServiceReference<Tables> ref) {
        leased.bind(t, ref);
    }

    void unbindTables(Tables t, ServiceReference<Tables> ref) {
        leased.unbind(t, ref);
    }

    @Reference(service = Router.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindRouter(Router r, ServiceReference<Router> ref) {
        router.bind(r, ref);
    }

    void unbindRouter(Router r, ServiceReference<Router> ref) {
        router.unbind(r, ref);
    }

    @Override
    public void envelope(CleanupEdit edit) {
        String maps = edit.settings().get(CleanupParameters.VIRTUAL_ALIAS_MAPS);
        if (maps.isBlank()) {
            return;
        }
        var expansion = new Expansion(edit.settings(), tables.open(maps, "virtual_alias_maps"));
        var all = new ArrayList<Recipient>(edit.recipients().size());
        try {
            for (Recipient recipient : edit.recipients()) {
                for (Address address : expansion.expand(recipient.address())) {
                    if (all.size() >= MOST_RECIPIENTS) {
                        throw Trouble.expansion("expansion: more than " + MOST_RECIPIENTS + " recipients, at " + recipient.address());
                    }
                    all.add(recipient.withAddress(address));
                }
            }
            edit.recipients(all);
        } catch (Trouble e) {
            edit.refuse(e.reply, e.getMessage() + " -- message not accepted, try again later");
        }
    }

    private final class Expansion {
        private final Settings settings;
        private final TableList table;
        private final AddressKeys keys;
        private final boolean keepExtension;

        Expansion(Settings settings, TableList table) {
            this.settings = settings;
            this.table = table;
            this.keys = new AddressKeys(settings, domains.of(settings)::match);
            this.keepExtension = settings.get(CleanupParameters.PROPAGATE_UNMATCHED_EXTENSIONS).contains("virtual");
        }

        List<Address> expand(Address recipient) throws Trouble {
            var list = new ArrayList<Address>(List.of(recipient));
            Set<String> identities = new HashSet<>();
            for (int place = 0; place < list.size(); place++) {
                int depth = 0;
                for (Optional<List<Address>> results = find(list.get(place), identities); results.isPresent(); results = find(list.get(place), identities)) {
                    if (++depth >= settings.get(CleanupParameters.VIRTUAL_ALIAS_RECURSION_LIMIT)) {
                        throw Trouble.expansion("map nesting for " + recipient);
                    }
                    list.set(place, results.get().getFirst());
                    list.addAll(results.get().subList(1, results.get().size()));
                    if (list.size() > settings.get(CleanupParameters.VIRTUAL_ALIAS_EXPANSION_LIMIT)) {
                        throw Trouble.expansion("map expansion size for " + recipient);
                    }
                }
            }
            return list;
        }

        private Optional<List<Address>> find(Address address, Set<String> identities) throws Trouble {
            if (identities.contains(address.folded())) {
                return Optional.empty();
            }
            AddressKeys.Hit hit = keys.find(table, address);
            return switch (hit.answer()) {
                case Answer.NotFound _ -> Optional.empty();
                case Answer.Unavailable _ -> throw Trouble.lookup(address);
                case Answer.Found(String value) -> {
                    List<Address> results = results(address, value, keepExtension ? hit.extension() : "");
                    if (results.stream().anyMatch(result -> result.folded().equals(address.folded()))) {
                        identities.add(address.folded());
                    }
                    yield Optional.of(results);
                }
            };
        }

        private List<Address> results(Address address, String value, String extension) throws Trouble {
            String stripped = value.strip();
            if (stripped.startsWith("@")) {
                return List.of(Address.of(address.localPart() + stripped));
            }
            var results = new ArrayList<Address>();
            try (Leased<Router>.Lease lease = router.acquire()) {
                for (AddressSpans.Span span : AddressSpans.ofValue(stripped)) {
                    Address result = lease.service().rewrite(Address.of(AddressSpans.internal(span.address())), Router.Context.LOCAL, settings);
                    result = extension.isEmpty() ? result : result.withLocalPart(result.localPart() + extension);
                    if (result.text().length() > settings.get(CleanupParameters.VIRTUAL_ALIAS_ADDRESS_LENGTH_LIMIT)) {
                        throw Trouble.expansion("result " + result.text().substring(0, Math.min(80, result.text().length())) + "...");
                    }
                    results.add(result);
                }
            } catch (UnavailableException e) {
                throw Trouble.lookup(address);
            }
            if (results.isEmpty()) {
                throw Trouble.lookup(address);
            }
            return results;
        }
    }
}
