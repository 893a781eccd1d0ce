// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.propertytypes.ServiceRanking;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.spi.CleanupEdit;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.config.PerSettings;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.routing.Router;
import org.ostler.mail.routing.LocalDomains;

/** Adds the recipients of always_bcc, sender_bcc_maps and recipient_bcc_maps; not for reports and forwarded mail, which would multiply. <b>Threads</b> any. <b>Blocking</b> table lookups. */
@Component(service = CleanupStage.class)
@ServiceRanking(500)
public final class BccStage implements CleanupStage {

    private final Leased<Tables> leased = new Leased<>("lookup tables");
    private final Leased<Router> router = new Leased<>("trivial-rewrite");
    private final Completion completion = new Completion(router);
    private final Tables tables = new LeasedTables(leased);
    private final PerSettings<LocalDomains> domains = new PerSettings<>(settings -> new LocalDomains(settings, tables));

    @Activate
    public BccStage() {}

    /** Without a container. */
    public BccStage(Tables tables, Router router) {
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
        Settings settings = edit.settings();
        String always = settings.get(CleanupParameters.ALWAYS_BCC);
        String bySender = settings.get(CleanupParameters.SENDER_BCC_MAPS);
        String byRecipient = settings.get(CleanupParameters.RECIPIENT_BCC_MAPS);
        boolean own = edit.origin().source() != Origin.Source.SMTPD && edit.origin().source() != Origin.Source.PICKUP;
        if (own || always.isEmpty() && bySender.isEmpty() && byRecipient.isEmpty()) {
            return;
        }
        var keys = new AddressKeys(settings, domains.of(settings)::match);
        var copies = new ArrayList<String>();
        if (!bySender.isEmpty()) {
            look(edit, keys, bySender, "sender_bcc_maps", edit.sender(), copies);
        }
        if (!byRecipient.isEmpty()) {
            edit.recipients().forEach(recipient -> look(edit, keys, byRecipient, "recipient_bcc_maps", recipient.address(), copies));
        }
        if (!always.isEmpty()) {
            copies.add(always);
        }
        List<Recipient> all = new ArrayList<>(edit.recipients());
        for (String copy : copies) {
            // As every other recipient: "archive" is archive@$myorigin, which need not be a user here. Nobody would hear of a copy that got lost, for it has NOTIFY=NEVER.
            Address address = completion.of(Address.of(AddressSpans.internal(copy)), edit);
            all.add(new Recipient(address, address, "", Notify.NEVER));
        }
        edit.recipients(all);
    }

    private void look(CleanupEdit edit, AddressKeys keys, String maps, String title, Address address, List<String> copies) {
        switch (keys.find(tables.open(maps, title), address).answer()) {
            case Answer.Found(String value) -> copies.add(value);
            case Answer.NotFound _ -> { }
            case Answer.Unavailable(String reason) ->
                edit.refuse(Completion.WRITE_ERROR, title + " map lookup problem for " + address + " -- message not accepted, try again later: " + reason);
        }
    }
}
