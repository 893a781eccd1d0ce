// SPDX-License-Identifier: Apache-2.0
package org.ostler.virtual;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.delivery.spi.Program;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.ProtectedMaps;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Recipient;
import org.ostler.mailbox.Mailboxes;
import org.ostler.mailbox.MailboxException;
import org.ostler.mailbox.Maildir;
import org.ostler.mailbox.Mbox;
import org.ostler.mailbox.Owner;

/**
 * Delivers to mailboxes named by {@code virtual_mailbox_maps}.
 *
 * <h2>Description</h2>
 * Each recipient is looked up with and without its extension, then by {@code @domain}; the result below {@code virtual_mailbox_base} is a Maildir when it ends in {@code /}, else an mbox file. Return-Path,
 * X-Original-To and Delivered-To are put before the message.
 *
 * <h2>Security</h2>
 * The server writes as its own user. {@code virtual_uid_maps} that name another user are obeyed when it runs as root, and defer the mail with the reason otherwise.
 *
 * <h2>Diagnostics</h2>
 * {@code unknown user: "joe@example.org"} bounces (5.1.1); a table that does not answer, a full disk and the like defer.
 *
 * <p><b>Threads</b> any virtual thread. <b>Blocking</b> see {@link Mailboxes}.
 */
@Component(name = "virtual", service = Transport.class)
@Program("virtual")
public final class Virtual implements Transport {

    private static final int DISK_THREADS = 8;

    private final Leased<Tables> leasedTables = new Leased<>("lookup tables");
    private final Tables tables = new LeasedTables(leasedTables);
    private final ExecutorService disk = Executors.newFixedThreadPool(DISK_THREADS, Thread.ofPlatform().daemon().name("virtual-", 0).factory());
    private final String host = Maildir.localHost();

    @Activate
    public Virtual() {}

    /** Without a container. */
    public Virtual(Tables tables) {
        leasedTables.bind(tables, 0);
    }

    @Reference(service = Tables.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindTables(Tables t, ServiceReference<Tables> ref) {
        leasedTables.bind(t, ref);
    }

    void unbindTables(Tables t, ServiceReference<Tables> ref) {
        leasedTables.unbind(t, ref);
    }

    @Deactivate
    void deactivate() {
        disk.shutdown();
    }

    @Override
    public DeliveryResult deliver(Delivery delivery) {
        var keys = new AddressKeys(delivery.settings(), domain -> Answer.NOT_FOUND);
        var outcomes = new ArrayList<Outcome>(delivery.recipients().size());
        try {
            for (int i = 0; i < delivery.recipients().size(); i++) {
                outcomes.add(deliverOne(delivery, delivery.recipients().get(i), delivery.addresses().get(i), keys));
            }
        } catch (InterruptedException e) {
            // Who has no outcome is deferred; who has the mail must not get it again.
            Thread.currentThread().interrupt();
        }
        return DeliveryResult.of(outcomes);
    }

    private Outcome deliverOne(Delivery delivery, int number, Recipient recipient, AddressKeys keys) throws InterruptedException {
        long start = System.nanoTime();
        Settings settings = delivery.settings();
        try {
            String mailbox = find(keys, VirtualParameters.MAILBOXES, settings, recipient);
            if (mailbox.isEmpty()) {
                throw new MailboxException("5.1.1", "unknown user: \"" + recipient.address() + "\"");
            }
            if (("/" + mailbox).contains("/../")) {
                // A table that builds paths from addresses, as a query may, must not let a sender choose a place outside.
                throw misconfigured(settings, "recipient " + recipient.address() + ": bad mailbox path " + mailbox + " in virtual_mailbox_maps");
            }
            String base = settings.get(VirtualParameters.VIRTUAL_MAILBOX_BASE);
            var target = new Mailboxes.Target(base, base.isEmpty() ? mailbox : base + "/" + mailbox, owner(keys, settings, recipient),
                    settings.get(VirtualParameters.VIRTUAL_MAILBOX_LIMIT), locking(settings), log(settings));
            String text = Mailboxes.write(disk, target, delivery.message().envelope().sender(), header(delivery, recipient), delivery.message().content(), host);
            return Mailboxes.delivered(number, text, delivery.transport(), start);
        } catch (MailboxException e) {
            return Mailboxes.failed(number, e, delivery.transport(), start);
        } catch (RuntimeException | Error e) {
            // One recipient's trouble, a moment without memory included: the others' outcomes must not go with it, or who has the mail gets it again.
            return Mailboxes.failed(number, new MailboxException("4.3.0", "delivery failed: " + e, e), delivery.transport(), start);
        }
    }

    private String find(AddressKeys keys, ProtectedMaps maps, Settings settings, Recipient recipient) throws MailboxException {
        return switch (keys.find(maps.open(tables, settings), recipient.address()).answer()) {
            case Answer.Found(String value) -> value;
            case Answer.NotFound _ -> "";
            case Answer.Unavailable(String reason) -> throw misconfigured(settings, "table " + maps.parameter().name() + ": lookup " + recipient.address() + ": " + reason);
        };
    }

    /** As in Postfix the operator reads what is wrong in the log; the sender, in a notice that the mail is late, does not. */
    private static MailboxException misconfigured(Settings settings, String what) {
        log(settings).warning(what);
        return new MailboxException("4.3.5", "mail system configuration error");
    }

    private static MailLog log(Settings settings) {
        return MailLog.of(settings.text("syslog_name") + "/virtual");
    }

    private Owner owner(AddressKeys keys, Settings settings, Recipient recipient) throws MailboxException {
        String uids = settings.get(VirtualParameters.VIRTUAL_UID_MAPS);
        String gids = settings.get(VirtualParameters.VIRTUAL_GID_MAPS);
        if (uids.isEmpty() && gids.isEmpty()) {
            return Owner.SELF;
        }
        int uid = id(keys, VirtualParameters.UIDS, settings, recipient);
        int gid = id(keys, VirtualParameters.GIDS, settings, recipient);
        return new Owner(uid, gid);
    }

    private int id(AddressKeys keys, ProtectedMaps maps, Settings settings, Recipient recipient) throws MailboxException {
        String text = find(keys, maps, settings, recipient);
        String name = maps.parameter().name();
        boolean user = maps == VirtualParameters.UIDS;
        if (text.isEmpty()) {
            throw misconfigured(settings, "recipient " + recipient.address() + ": not found in " + name);
        }
        int id = number(text);
        // As in Postfix no group is that of root.
        if (id < (user ? settings.get(VirtualParameters.VIRTUAL_MINIMUM_UID) : 1)) {
            throw misconfigured(settings, "recipient " + recipient.address() + ": bad " + (user ? "uid " : "gid ") + text + " in " + name);
        }
        return id;
    }

    /** Of a user or a group, those of directories with ten digits included; -1 where it is none. */
    private static int number(String text) {
        return text.matches("\\d{1,10}") && Long.parseLong(text) <= Integer.MAX_VALUE ? Integer.parseInt(text) : -1;
    }

    private static String header(Delivery delivery, Recipient recipient) {
        var header = new StringBuilder("Return-Path: <" + delivery.message().envelope().sender() + ">\n");
        if (delivery.settings().get(VirtualParameters.ENABLE_ORIGINAL_RECIPIENT) && !recipient.original().isNull()) {
            header.append("X-Original-To: ").append(recipient.original()).append('\n');
        }
        return header.append("Delivered-To: ").append(recipient.address()).append('\n').toString();
    }

    private static Mbox.Locking locking(Settings settings) {
        List<String> locks = settings.get(VirtualParameters.VIRTUAL_MAILBOX_LOCK);
        Duration patience = settings.get(VirtualParameters.DELIVER_LOCK_DELAY).multipliedBy(settings.get(VirtualParameters.DELIVER_LOCK_ATTEMPTS));
        return new Mbox.Locking(locks.contains("dotlock"), locks.contains("fcntl"), patience, settings.get(VirtualParameters.STALE_LOCK_TIME));
    }
}
