// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.ostler.mail.access.AccessPolicy;
import org.ostler.mail.access.AccessSession;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;

/**
 * Asks {@code access} and survives its replacement.
 *
 * <p>An {@link AccessSession} lives as long as ours. When the policy behind it was replaced, or fails, a new one is opened and told what had happened so far (client, HELO,
 * sender); and, in a transaction, which actions the old one has asked for, HOLD and DISCARD among them: they stay with the message. Without a policy the answer is 451, never yes.
 *
 * <p><b>Threads</b> the session's. <b>Blocking</b> what the policy looks up.
 */
final class Gatekeeper {

    private static final Reply TROUBLE = Reply.of(451, "4.3.0", "Temporary lookup failure");

    private record Sender(Address address, long size) {}

    private final Leased<AccessPolicy> policies;
    private final Settings settings;
    private final MailLog log;
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private ClientInfo client;
    private Optional<String> helo = Optional.empty();
    private Optional<Sender> sender = Optional.empty();
    private Optional<AccessPolicy> policy = Optional.empty();
    private Optional<AccessSession> session = Optional.empty();
    /** For the message in progress, as they were after the last question. */
    private List<AccessSession.Action> actions = List.of();

    Gatekeeper(Leased<AccessPolicy> policies, Settings settings, ClientInfo client, MailLog log) {
        this.policies = policies;
        this.settings = settings;
        this.client = client;
        this.log = log;
    }

    /** Whether a verdict says that nobody could be asked. */
    static boolean isTrouble(Verdict.Refuse verdict) {
        return verdict.reply() == TROUBLE;
    }

    Verdict connect() {
        return ask(AccessSession::connect);
    }

    Verdict helo(String name) {
        Verdict verdict = ask(s -> s.helo(name));
        if (!(verdict instanceof Verdict.Refuse)) {
            helo = Optional.of(name);
            actions = List.of();
        }
        return verdict;
    }

    /** Begins a transaction, by the newest policy. */
    Verdict mail(Address address, long size) {
        try (var lease = policies.acquire()) {
            if (policy.isPresent() && policy.get() != lease.service()) {
                session = Optional.empty();
            }
        } catch (UnavailableException e) {
            return trouble(e.getMessage());
        }
        Verdict verdict = ask(s -> {
            actions = List.of();
            return s.mail(address, size);
        });
        sender = Optional.of(new Sender(address, size));
        return verdict;
    }

    Verdict rcpt(Address recipient) {
        return ask(s -> s.rcpt(recipient));
    }

    Verdict data() {
        return ask(AccessSession::data);
    }

    Verdict endOfData(long size) {
        return ask(s -> s.endOfData(size));
    }

    Verdict etrn(String domain) {
        return ask(s -> s.etrn(domain));
    }

    Verdict vrfy(Address address) {
        return ask(s -> s.vrfy(address));
    }

    void reset() {
        sender = Optional.empty();
        actions = List.of();
        attributes.remove("queue_id");
        attributes.remove("recipient_count");
        tell(AccessSession::reset);
    }

    void client(ClientInfo next) {
        client = next;
        helo = Optional.empty();
        sender = Optional.empty();
        actions = List.of();
        tell(s -> {
            s.client(next);
            attributes.forEach(s::attribute);
        });
    }

    /** HELO was forgotten (STARTTLS). */
    void forgetHelo() {
        helo = Optional.empty();
        sender = Optional.empty();
        actions = List.of();
        tell(AccessSession::forgetHelo);
    }

    void attribute(String name, String value) {
        attributes.put(name, value);
        tell(s -> s.attribute(name, value));
    }

    /** What access rules want done with the message in progress, in order. */
    List<AccessSession.Action> actions() {
        return actions;
    }

    private Verdict ask(Function<AccessSession, Verdict> question) {
        try {
            AccessSession asked = current();
            Verdict verdict = question.apply(asked);
            actions = List.copyOf(asked.actions());
            return verdict;
        } catch (UnavailableException e) {
            return trouble(e.getMessage());
        } catch (RuntimeException | LinkageError e) {
            session = Optional.empty();
            return trouble("access policy failed: " + e);
        }
    }

    private void tell(java.util.function.Consumer<AccessSession> message) {
        try {
            session.ifPresent(message);
        } catch (RuntimeException | LinkageError e) {
            // The next question opens a new session and tells it everything.
            session = Optional.empty();
            log.warning("access policy failed: " + e);
        }
    }

    private Verdict trouble(String reason) {
        log.warning(reason);
        return new Verdict.Refuse(TROUBLE, TROUBLE.toString(), false);
    }

    private AccessSession current() throws UnavailableException {
        if (session.isEmpty()) {
            try (var lease = policies.acquire()) {
                policy = Optional.of(lease.service());
                AccessSession fresh = lease.service().open(client, settings);
                attributes.forEach(fresh::attribute);
                fresh.connect();
                helo.ifPresent(fresh::helo);
                sender.ifPresent(s -> fresh.mail(s.address, s.size));
                fresh.resume(actions);
                session = Optional.of(fresh);
            }
        }
        return session.get();
    }
}
