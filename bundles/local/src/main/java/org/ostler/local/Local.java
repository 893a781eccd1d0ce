// SPDX-License-Identifier: Apache-2.0
package org.ostler.local;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.config.PerSettings;
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
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.routing.LocalDomains;
import org.ostler.mailbox.MailboxException;
import org.ostler.mailbox.Mailboxes;
import org.ostler.mailbox.Maildir;
import org.ostler.mailbox.Mbox;
import org.ostler.mailbox.Owner;

/**
 * Delivers to system users and aliases.
 *
 * <h2>Description</h2>
 * <pre>
 *   \name            the user's mailbox, no alias is looked for
 *   an alias         its targets (see {@link Aliases}); one user alone: the mailbox; anything else: one new message to all of them
 *   a user           $home/$home_mailbox, else a file below $mail_spool_directory
 *   name+extension   the same for name, where nothing is found for the whole
 *   else             bounced: unknown user
 * </pre>
 *
 * Directories are made below the home or the spool directory, never these two: where one is missing its disk is not mounted, and mail waits for it.
 *
 * <h2>Security</h2>
 * Mailboxes are written as the server's own user, or given away when it runs as root; a user whose files cannot be written is deferred with the reason.
 *
 * <h2>Diagnostics</h2>
 * {@code unknown user: "joe"} (5.1.1), {@code mail forwarding loop for joe@example.org} (5.4.6); everything else defers.
 *
 * <h2>Bugs</h2>
 * Commands, files and {@code .forward} come with a later issue: an alias that names one defers. So does mail of users where {@code mailbox_transport} is set, and mail of strangers where {@code fallback_transport} or
 * {@code luser_relay} is.
 *
 * <p><b>Threads</b> any virtual thread. <b>Blocking</b> see {@link Mailboxes}.
 */
@Component(name = "local", service = Transport.class)
@Program("local")
public final class Local implements Transport {

    private static final int DISK_THREADS = 8;
    /** Places where operators have users' mail delivered by another program; in the mailboxes here nobody would look for it. */
    private static final List<String> ELSEWHERE_FOR_USERS = List.of("mailbox_transport_maps", "mailbox_transport");
    /** What becomes of mail for users that are not known here, where it is not returned; another store may know them. */
    private static final List<String> ELSEWHERE_FOR_STRANGERS = List.of("mailbox_transport_maps", "mailbox_transport", "fallback_transport_maps", "fallback_transport", "luser_relay");

    private final Leased<Tables> leasedTables = new Leased<>("lookup tables");
    private final Leased<Cleanup> cleanup = new Leased<>("cleanup");
    private final Tables tables = new LeasedTables(leasedTables);
    private final ExecutorService disk = Executors.newFixedThreadPool(DISK_THREADS, Thread.ofPlatform().daemon().name("local-", 0).factory());
    private final String host = Maildir.localHost();
    private final Users users = new Users(tables);
    private final PerSettings<LocalDomains> domains = new PerSettings<>(settings -> new LocalDomains(settings, tables));
    private final Forwarder forwarder = new Forwarder(cleanup);

    @Activate
    public Local() {}

    /** Without a container. */
    public Local(Tables tables, Cleanup cleanup) {
        leasedTables.bind(tables, 0);
        this.cleanup.bind(cleanup, 0);
    }

    @Reference(service = Tables.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindTables(Tables t, ServiceReference<Tables> ref) {
        leasedTables.bind(t, ref);
    }

    void unbindTables(Tables t, ServiceReference<Tables> ref) {
        leasedTables.unbind(t, ref);
    }

    @Reference(service = Cleanup.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindCleanup(Cleanup c, ServiceReference<Cleanup> ref) {
        cleanup.bind(c, ref);
    }

    void unbindCleanup(Cleanup c, ServiceReference<Cleanup> ref) {
        cleanup.unbind(c, ref);
    }

    @Deactivate
    void deactivate() {
        disk.shutdown();
    }

    @Override
    public DeliveryResult deliver(Delivery delivery) {
        var outcomes = new ArrayList<Outcome>(delivery.recipients().size());
        try {
            for (int i = 0; i < delivery.recipients().size(); i++) {
                outcomes.add(outcome(delivery, delivery.recipients().get(i), delivery.addresses().get(i)));
            }
        } catch (InterruptedException e) {
            // Who has no outcome is deferred; who has the mail must not get it again.
            Thread.currentThread().interrupt();
        }
        return DeliveryResult.of(outcomes);
    }

    private Outcome outcome(Delivery delivery, int number, Recipient recipient) throws InterruptedException {
        long start = System.nanoTime();
        try {
            return Mailboxes.delivered(number, deliverOne(delivery, recipient), delivery.transport(), start);
        } catch (MailboxException e) {
            return Mailboxes.failed(number, e, delivery.transport(), start);
        } catch (IOException e) {
            return Mailboxes.failed(number, new MailboxException("4.3.0", "cannot read the message: " + e.getMessage(), e), delivery.transport(), start);
        } catch (RuntimeException | Error e) {
            // One recipient's trouble, a moment without memory included: the others' outcomes must not go with it, or who has the mail gets it again.
            return Mailboxes.failed(number, new MailboxException("4.3.0", "delivery failed: " + e, e), delivery.transport(), start);
        }
    }

    private String deliverOne(Delivery delivery, Recipient recipient) throws MailboxException, InterruptedException, IOException {
        if (LoopCheck.wasDeliveredTo(delivery.message().content(), recipient.address())) {
            throw new MailboxException("5.4.6", "mail forwarding loop for " + recipient.address());
        }
        String name = recipient.address().localPart();
        if (name.startsWith("\\")) {
            return mailbox(delivery, recipient, name.substring(1));
        }
        var keys = new AddressKeys(delivery.settings(), domain -> Answer.NOT_FOUND);
        String bare = keys.withoutExtension(name);
        for (String candidate : bare.equals(name) ? List.of(name) : List.of(name, bare)) {
            Optional<Aliases.Targets> targets = aliases(delivery.settings()).expand(candidate);
            if (targets.isPresent()) {
                return expanded(delivery, recipient, targets.get());
            }
            if (users.find(candidate.toLowerCase(Locale.ROOT)).isPresent()) {
                return mailbox(delivery, recipient, candidate);
            }
        }
        throw unknown(delivery.settings(), name);
    }

    /** Where an operator has said what becomes of such mail, and it cannot be done yet, the mail waits. */
    private static MailboxException unknown(Settings settings, String name) {
        return unsupported(settings, ELSEWHERE_FOR_STRANGERS).orElseGet(() -> new MailboxException("5.1.1", "unknown user: \"" + name.toLowerCase(Locale.ROOT) + "\""));
    }

    private static Optional<MailboxException> unsupported(Settings settings, List<String> parameters) {
        return parameters.stream().filter(parameter -> !settings.text(parameter).isBlank()).findFirst()
                .map(parameter -> new MailboxException("4.3.5", parameter + " is not supported yet: mail waits"));
    }

    private Aliases aliases(Settings settings) {
        return new Aliases(LocalParameters.ALIASES.open(tables, settings), settings.text("myorigin"), address -> isLocal(settings, address));
    }

    /** Doubt is no answer: an own address that were sent away would come back as a loop. */
    private boolean isLocal(Settings settings, Address address) throws MailboxException {
        return switch (domains.of(settings).match(address.domain())) {
            case Answer.Found _ -> true;
            case Answer.NotFound _ -> false;
            case Answer.Unavailable(String reason) -> throw new MailboxException("4.3.0", "mydestination lookup error: " + reason);
        };
    }

    private String expanded(Delivery delivery, Recipient recipient, Aliases.Targets targets) throws MailboxException, InterruptedException {
        if (targets.addresses().isEmpty() && targets.users().size() == 1) {
            return mailbox(delivery, recipient, targets.users().iterator().next());
        }
        String origin = delivery.settings().text("myorigin");
        var all = new ArrayList<Address>(targets.addresses());
        for (String user : targets.users()) {
            // This must come back here, where the user is.
            Address own = new Address("\\" + user, origin);
            all.add(isLocal(delivery.settings(), own) ? own : own.withDomain(recipient.address().domain()));
        }
        if (all.isEmpty()) {
            throw new MailboxException("4.2.4", "alias " + recipient.address() + " has no recipients");
        }
        Address sender = delivery.message().envelope().sender();
        if (!sender.isNull() && targets.owner().isPresent()) {
            sender = owner(delivery.settings(), targets.owner().get(), origin);
        }
        return forwarder.forward(delivery, recipient, sender, all);
    }

    private Address owner(Settings settings, String name, String origin) throws MailboxException {
        if (settings.get(LocalParameters.EXPAND_OWNER_ALIAS)) {
            Optional<Aliases.Targets> targets = aliases(settings).expand(name);
            if (targets.isPresent() && targets.get().users().size() + targets.get().addresses().size() == 1) {
                return targets.get().addresses().stream().findFirst().orElseGet(() -> new Address(targets.get().users().iterator().next(), origin));
            }
        }
        return new Address(name, origin);
    }

    private String mailbox(Delivery delivery, Recipient recipient, String name) throws MailboxException, InterruptedException {
        Settings settings = delivery.settings();
        Optional<MailboxException> elsewhere = unsupported(settings, ELSEWHERE_FOR_USERS);
        if (elsewhere.isPresent()) {
            throw elsewhere.get();
        }
        Users.User user = users.find(name.toLowerCase(Locale.ROOT)).orElseThrow(() -> unknown(settings, name));
        String inHome = settings.get(LocalParameters.HOME_MAILBOX);
        String spool = settings.get(LocalParameters.MAIL_SPOOL_DIRECTORY);
        if (!inHome.isEmpty() && !user.home().startsWith("/")) {
            throw new MailboxException("4.3.5", "user " + user.name() + " has no home directory");
        }
        String path = !inHome.isEmpty() ? user.home() + "/" + inHome : spool.endsWith("/") ? spool + user.name() + "/" : spool + "/" + user.name();
        var target = new Mailboxes.Target(inHome.isEmpty() ? spool : user.home(), path, new Owner(user.uid(), user.gid()), settings.get(LocalParameters.MAILBOX_SIZE_LIMIT), locking(settings),
                MailLog.of(settings.text("syslog_name") + "/local"));
        return Mailboxes.write(disk, target, delivery.message().envelope().sender(), header(delivery, recipient), delivery.message().content(), host);
    }

    private static String header(Delivery delivery, Recipient recipient) {
        String original = delivery.settings().get(LocalParameters.ENABLE_ORIGINAL_RECIPIENT) && !recipient.original().isNull() ? "X-Original-To: " + recipient.original() + "\n" : "";
        return "Return-Path: <" + delivery.message().envelope().sender() + ">\n" + original + "Delivered-To: " + recipient.address() + "\n";
    }

    private static Mbox.Locking locking(Settings settings) {
        List<String> locks = settings.get(LocalParameters.MAILBOX_DELIVERY_LOCK);
        Duration patience = settings.get(LocalParameters.DELIVER_LOCK_DELAY).multipliedBy(settings.get(LocalParameters.DELIVER_LOCK_ATTEMPTS));
        return new Mbox.Locking(locks.contains("dotlock"), locks.contains("fcntl"), patience, settings.get(LocalParameters.STALE_LOCK_TIME));
    }
}
