// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ostler.access.Subject.Kind;
import org.ostler.mail.access.AccessSession;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Router;

/**
 * What one SMTP session must remember for its restriction lists, and when each list is asked.
 *
 * <pre>
 *                       smtpd_delay_reject = no          = yes
 *   connect             client                           nothing
 *   HELO, EHLO          helo                             nothing
 *   MAIL                sender, unlisted sender          address syntax only
 *   RCPT, VRFY          relay, recipient, unlisted       client, helo, sender, relay, recipient, unlisted
 *   DATA, BDAT          data                             data
 *   end of data         end-of-data                      end-of-data
 *   ETRN                etrn                             client, helo, etrn
 * </pre>
 * A defer_if_permit found in one list counts in those that follow; it becomes the answer when they permit. A defer_if_reject counts in its own list.
 *
 * <p><b>Threads</b> the session's own.
 */
// size: the stages of a session share its state; each is short
final class Session implements AccessSession {

    private final Policy policy;
    private final Map<String, String> attributes = new HashMap<>();
    private final List<Action> actions = new ArrayList<>();
    private ClientInfo client;
    private String helo;
    private Address sender;
    private Address recipient;
    private String where = "CONNECT";
    private Reply deferIfPermit;
    private Reply deferIfReject;
    private Reply deferClient;
    private Reply deferHelo;
    private Reply deferSender;
    private boolean discarding;
    private boolean recipientChecked;
    private boolean senderChecked;
    private Address resolvedFor;
    private Resolution resolved;

    Session(Policy policy, ClientInfo client) {
        this.policy = policy;
        this.client = client;
    }

    Policy policy() {
        return policy;
    }

    ClientInfo clientInfo() {
        return client;
    }

    String heloName() {
        return helo;
    }

    Address senderAddress() {
        return sender;
    }

    Address recipientAddress() {
        return recipient;
    }

    String attributeValue(String name) {
        return attributes.getOrDefault(name, "");
    }

    boolean isDiscarding() {
        return discarding;
    }

    private boolean delays() {
        return policy.settings.get(AccessParameters.DELAY_REJECT);
    }

    @Override
    public Verdict connect() {
        where = "CONNECT";
        return delays() ? Verdict.OK : verdict(clientStage());
    }

    @Override
    public Verdict helo(String name) {
        String before = helo;
        helo = name;
        where = "HELO";
        Verdict verdict = delays() ? Verdict.OK : verdict(heloStage());
        if (verdict instanceof Verdict.Refuse) {
            helo = before;
        } else {
            reset();
        }
        return verdict;
    }

    @Override
    public Verdict mail(Address from, long declaredSize) {
        reset();
        where = "MAIL";
        attributes.put("size", Long.toString(declaredSize));
        if (!from.isNull() && resolve(from) instanceof Resolution.Undeliverable) {
            return refuse(Reply.of(501, "5.1.7", "Bad sender address syntax"));
        }
        sender = from;
        Verdict verdict = delays() ? Verdict.OK : verdict(senderStage());
        if (verdict instanceof Verdict.Refuse) {
            sender = null;
        }
        return verdict;
    }

    @Override
    public Verdict rcpt(Address to) {
        where = "RCPT";
        return recipientVerdict(to);
    }

    @Override
    public Verdict vrfy(Address to) {
        where = "VRFY";
        return recipientVerdict(to);
    }

    private Verdict recipientVerdict(Address to) {
        // RFC 5321 section 4.5.1: <postmaster> without a domain is taken whatever the lists say.
        if (!to.hasDomain() && to.localPart().equalsIgnoreCase("postmaster")) {
            return Verdict.OK;
        }
        if (!policy.deniesRelay()) {
            return refuse(Replies.SERVER_ERROR);
        }
        if (resolve(to) instanceof Resolution.Undeliverable) {
            return refuse(Reply.of(501, "5.1.3", "Bad recipient address syntax"));
        }
        Address before = recipient;
        recipient = to;
        recipientChecked = false;
        try {
            return verdict(recipientStages());
        } finally {
            recipient = before;
        }
    }

    private Reply recipientStages() {
        if (delays()) {
            Reply reply = clientStage();
            reply = reply == null ? heloStage() : reply;
            reply = reply == null ? senderStage() : reply;
            if (reply != null) {
                return reply;
            }
        }
        deferIfPermit = deferSender;
        var subject = new Subject(recipient.text(), Kind.RECIPIENT);
        boolean relayFirst = policy.settings.get(AccessParameters.RELAY_FIRST);
        Parameter<List<String>> first = relayFirst ? AccessParameters.RELAY : AccessParameters.RECIPIENT;
        Reply reply = run(first, subject, "check_recipient_access");
        if (reply == null) {
            reply = run(relayFirst ? AccessParameters.RECIPIENT : AccessParameters.RELAY, subject, "check_recipient_access");
        }
        if (reply != null) {
            return reply;
        }
        if (deferIfPermit != null) {
            return deferIfPermit;
        }
        boolean unlisted = policy.settings.get(AccessParameters.REJECT_UNLISTED_RECIPIENT) && !recipientChecked && !discarding;
        return unlisted ? settled(Unlisted.recipient(evaluation("smtpd_recipient_restrictions", subject))) : null;
    }

    private Reply clientStage() {
        deferIfPermit = null;
        Reply reply = run(AccessParameters.CLIENT, new Subject(client.nameAndAddress(), Kind.CLIENT), "check_client_access");
        deferClient = deferIfPermit;
        return reply;
    }

    private Reply heloStage() {
        deferIfPermit = deferClient;
        Reply reply = helo == null ? null : run(AccessParameters.HELO, new Subject(helo, Kind.HELO), "check_helo_access");
        deferHelo = deferIfPermit;
        return reply;
    }

    private Reply senderStage() {
        deferIfPermit = deferHelo;
        if (sender == null) {
            deferSender = deferIfPermit;
            return null;
        }
        var subject = new Subject(sender.text(), Kind.SENDER);
        senderChecked = false;
        Reply reply = run(AccessParameters.SENDER, subject, "check_sender_access");
        deferSender = deferIfPermit;
        boolean unlisted = reply == null && policy.settings.get(AccessParameters.REJECT_UNLISTED_SENDER) && !senderChecked && !sender.isNull();
        return unlisted ? settled(Unlisted.sender(evaluation("smtpd_sender_restrictions", subject))) : reply;
    }

    @Override
    public Verdict data() {
        where = "DATA";
        return content(AccessParameters.DATA, new Subject("DATA", Kind.DATA));
    }

    @Override
    public Verdict endOfData(long size) {
        where = "END-OF-MESSAGE";
        attributes.put("size", Long.toString(size));
        return content(AccessParameters.END_OF_DATA, new Subject("END-OF-MESSAGE", Kind.END_OF_DATA));
    }

    private Verdict content(Parameter<List<String>> list, Subject subject) {
        if (policy.settings.get(list).isEmpty()) {
            return Verdict.OK;
        }
        deferIfPermit = deferSender;
        Reply reply = run(list, subject, "");
        return verdict(reply == null ? deferIfPermit : reply);
    }

    @Override
    public Verdict etrn(String domain) {
        where = "ETRN";
        if (delays()) {
            Reply reply = clientStage();
            reply = reply == null ? heloStage() : reply;
            if (reply != null) {
                return verdict(reply);
            }
        }
        deferIfPermit = deferHelo;
        attributes.put("etrn_domain", domain);
        Reply reply = run(AccessParameters.ETRN, new Subject(domain, Kind.ETRN), "check_etrn_access");
        return verdict(reply == null ? deferIfPermit : reply);
    }

    /** @return the reply where the list refuses */
    private Reply run(Parameter<List<String>> list, Subject subject, String tableWord) {
        List<String> words = policy.settings.get(list);
        if (words.isEmpty() || discarding) {
            return null;
        }
        deferIfReject = null;
        return new Evaluator(this, list.name(), subject, tableWord).run(words) instanceof RuleResult.Reject(Reply reply) ? reply : null;
    }

    private Evaluation evaluation(String list, Subject subject) {
        return new Evaluation(this, list, subject, List.of(), false);
    }

    /** For the checks that no list asked for: Dunno, Reject or Unavailable. */
    private Reply settled(RuleResult result) {
        return switch (result) {
            case RuleResult.Reject(Reply reply) -> reply;
            case RuleResult.Unavailable(String reason) -> {
                policy.log.warning(reason);
                yield Replies.lookupFailure((recipient != null ? recipient : sender).text());
            }
            default -> null;
        };
    }

    private static Verdict verdict(Reply reply) {
        return reply == null ? Verdict.OK : refuse(reply);
    }

    private static Verdict refuse(Reply reply) {
        return new Verdict.Refuse(reply, reply.toString(), reply.code() == 421 || reply.code() == 521);
    }

    void deferIfPermit(Reply reply) {
        if (deferIfPermit == null) {
            deferIfPermit = reply;
        }
    }

    void deferIfReject(Reply reply) {
        if (deferIfReject == null) {
            deferIfReject = reply;
        }
    }

    /** A permanent reject becomes the temporary one that was kept in mind. */
    Reply orDeferIfReject(Reply reply) {
        return deferIfReject != null && reply.isPermanent() ? deferIfReject : reply;
    }

    void recipientChecked() {
        recipientChecked = true;
    }

    void senderChecked() {
        senderChecked = true;
    }

    /** An action of access(5): kept for the message, logged, evaluation goes on; DISCARD ends it. */
    RuleResult act(RuleResult.Act act, Subject subject) {
        String argument = act.argument();
        switch (act.name()) {
            case "WARN", "INFO" -> {
                logWhatsUp(act.name().toLowerCase(Locale.ROOT), argument);
                return RuleResult.DUNNO;
            }
            case "HOLD", "DISCARD" ->
                    logWhatsUp(act.name().toLowerCase(Locale.ROOT), subject.text() + " " + (argument.isEmpty() ? "triggers " + act.name() + " action" : argument));
            case "FILTER", "REDIRECT", "BCC" -> {
                if (argument.indexOf(act.name().equals("FILTER") ? ':' : '@') < 0) {
                    policy.log.warning("access map entry \"" + act.name() + " " + argument + "\" has bad syntax");
                    return RuleResult.DUNNO;
                }
                logWhatsUp(act.name().toLowerCase(Locale.ROOT), subject.text() + " triggers " + act.name() + " " + argument);
            }
            default -> {
                if (argument.isEmpty()) {
                    policy.log.warning("access map entry \"" + act.name() + "\" requires text");
                    return RuleResult.DUNNO;
                }
            }
        }
        actions.add(new Action(act.name(), argument));
        discarding |= act.name().equals("DISCARD");
        return discarding ? RuleResult.PERMIT : RuleResult.DUNNO;
    }

    /** One line in the form of Postfix's log_whatsup. */
    void logWhatsUp(String what, String text) {
        var line = new StringBuilder(160);
        String id = attributeValue("queue_id");
        line.append(id.isEmpty() ? "NOQUEUE" : id).append(": ").append(what).append(": ").append(where).append(" from ").append(client.nameAndAddress()).append(": ")
                .append(text).append(';');
        if (sender != null) {
            line.append(" from=<").append(sender.text()).append('>');
        }
        if (recipient != null) {
            line.append(" to=<").append(recipient.text()).append('>');
        }
        String protocol = attributeValue("protocol_name");
        if (!protocol.isEmpty()) {
            line.append(" proto=").append(protocol);
        }
        if (helo != null) {
            line.append(" helo=<").append(helo).append('>');
        }
        policy.log.info(line.toString());
    }

    /** Where an address leads; the last answer is kept, because several words ask about one recipient. */
    Resolution resolve(Address address) {
        if (address.equals(resolvedFor) && !(resolved instanceof Resolution.Unavailable)) {
            return resolved;
        }
        resolvedFor = address;
        try {
            resolved = policy.router.call(router -> {
                Address full = router.rewrite(address, Router.Context.LOCAL, policy.settings);
                return router.resolve(sender == null ? Address.NULL : sender, full, policy.settings);
            });
        } catch (UnavailableException e) {
            resolved = new Resolution.Unavailable(e.getMessage());
        }
        return resolved;
    }

    @Override
    public void reset() {
        sender = null;
        recipient = null;
        actions.clear();
        discarding = false;
        deferSender = null;
        resolvedFor = null;
        attributes.remove("queue_id");
    }

    @Override
    public void forgetHelo() {
        reset();
        helo = null;
        deferHelo = deferClient;
    }

    @Override
    public void resume(List<Action> collected) {
        actions.clear();
        actions.addAll(collected);
        discarding = collected.stream().anyMatch(action -> action.name().equals("DISCARD"));
    }

    @Override
    public void client(ClientInfo other) {
        reset();
        client = other;
        helo = null;
        deferClient = null;
        deferHelo = null;
        attributes.clear();
    }

    @Override
    public void attribute(String name, String value) {
        attributes.put(name, value);
    }

    @Override
    public List<Action> actions() {
        return List.copyOf(actions);
    }
}
