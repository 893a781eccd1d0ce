// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.ostler.bounce.Report.Entry;
import org.ostler.bounce.Report.Kind;
import org.ostler.bounce.Report.Returned;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;

/**
 * bounce(8): tells senders what became of their mail.
 *
 * <h2>Description</h2>
 * Who is told:
 * <pre>
 *   sender                 failure                                 delay                       success
 *   somebody               the sender; a copy of the header to     the sender; class delay:    the sender
 *                          the postmaster for class bounce         a copy to the postmaster
 *   null sender            the postmaster for classes bounce       the postmaster for          the postmaster for
 *                          and 2bounce, whole message              class delay, whole message  class 2bounce
 *   double bounce sender   nobody: dropped with a log line         nobody                      nobody
 * </pre>
 * of the recipients whose NOTIFY asks for it (RFC 3461 section 4.1); the postmaster of all, for he is not whom NOTIFY is about. A report is from the null sender, a notice to the postmaster from {@code double_bounce_sender}.
 *
 * <h2>Security</h2> Texts from peers go into reports with control characters replaced; a report is never larger than the message by more than its recipients account for.
 * <h2>Standards</h2> RFC 3464, RFC 3461, RFC 6533, RFC 3834
 * <h2>Diagnostics</h2> {@code QID: sender non-delivery notification: NEWID} and its siblings
 * <h2>Configuration</h2> {@link BounceParameters}
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until the report is durable. <b>Errors</b> {@link QueueException}, always worth another try.
 */
@Component(name = "bounce", service = Reporter.class, immediate = true)
public final class BounceService implements Reporter {

    private final Leased<Cleanup> cleanup = new Leased<>("cleanup service");
    private final Templates templates = new Templates();
    private final InstantSource clock;

    public BounceService() {
        this(InstantSource.system());
    }

    /** Tests and plain wiring. */
    public BounceService(Cleanup cleanup, InstantSource clock) {
        this(clock);
        this.cleanup.bind(cleanup, 0);
    }

    private BounceService(InstantSource clock) {
        this.clock = clock;
    }

    @Reference(service = Cleanup.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindCleanup(Cleanup service, ServiceReference<Cleanup> ref) {
        cleanup.bind(service, ref);
    }

    void unbindCleanup(Cleanup service, ServiceReference<Cleanup> ref) {
        cleanup.unbind(service, ref);
    }

    @Override
    public void failed(StoredMessage message, List<Failure> failures, Settings settings) throws QueueException {
        if (failures.isEmpty() || isDoubleBounce(message, settings)) {
            return;
        }
        List<Entry> all = entries(message, failures, "failed", _ -> true);
        Address sender = message.envelope().sender();
        if (sender.isNull()) {
            // The last chance that anybody hears of this message: all of it goes, whatever RET says.
            if (isClass(settings, "2bounce") || isClass(settings, "bounce")) {
                submit(copy(Kind.FAILURE, message, all, whole(message, settings), settings, BounceParameters.DOUBLE_BOUNCE_RECIPIENT.name()), "postmaster");
            }
            return;
        }
        List<Entry> wanted = entries(message, failures, "failed", Notify::wantsFailure);
        if (!wanted.isEmpty()) {
            Returned returned = message.envelope().ret() == Ret.HDRS ? Returned.HEADER : whole(message, settings);
            submit(new Report(Kind.FAILURE, false, Address.NULL, sender, message, wanted, returned, settings, clock.instant()), "sender");
        }
        if (isClass(settings, "bounce")) {
            submitCopy(Kind.FAILURE, message, all, settings, BounceParameters.BOUNCE_RECIPIENT.name());
        }
    }

    private static Returned whole(StoredMessage message, Settings settings) {
        // RFC 8689 section 5: never more than the header, for the way back may be another, and in the clear.
        if (message.envelope().tls() == TlsRequest.REQUIRED) {
            return Returned.HEADER;
        }
        return message.content().size() <= settings.get(BounceParameters.BOUNCE_SIZE_LIMIT) ? Returned.MESSAGE : Returned.HEADER;
    }

    @Override
    public void delayed(StoredMessage message, List<Failure> failures, Settings settings) throws QueueException {
        if (failures.isEmpty() || isDoubleBounce(message, settings)) {
            return;
        }
        List<Entry> all = entries(message, failures, "delayed", _ -> true);
        Address sender = message.envelope().sender();
        if (sender.isNull()) {
            if (isClass(settings, "delay")) {
                submit(copy(Kind.DELAY, message, all, whole(message, settings), settings, BounceParameters.DELAY_RECIPIENT.name()), "postmaster");
            }
            return;
        }
        List<Entry> wanted = entries(message, failures, "delayed", Notify::wantsDelay);
        if (!wanted.isEmpty()) {
            submit(new Report(Kind.DELAY, false, Address.NULL, sender, message, wanted, Returned.HEADER, settings, clock.instant()), "sender");
        }
        if (isClass(settings, "delay")) {
            submitCopy(Kind.DELAY, message, all, settings, BounceParameters.DELAY_RECIPIENT.name());
        }
    }

    @Override
    public void delivered(StoredMessage message, List<Success> successes, Settings settings) throws QueueException {
        Address sender = message.envelope().sender();
        var entries = new ArrayList<Entry>(successes.size());
        for (Success success : successes) {
            Recipient recipient = message.envelope().recipients().get(success.recipient());
            if (recipient.dsnNotify().wantsSuccess()) {
                boolean remote = !success.remoteMta().isEmpty();
                entries.add(new Entry(recipient, success.action(), success.status(), success.text(), success.remoteMta(), remote ? "smtp" : "X-Postfix",
                        remote ? peerWords(success.text()) : success.text()));
            }
        }
        boolean known = !sender.isNull();
        if (!entries.isEmpty() && (known || isClass(settings, "2bounce")) && !isDoubleBounce(message, settings)) {
            Address from = known ? Address.NULL : doubleBounce(settings);
            Address to = known ? sender : postmaster(settings, BounceParameters.DOUBLE_BOUNCE_RECIPIENT.name());
            submit(new Report(Kind.SUCCESS, false, from, to, message, entries, Returned.HEADER, settings, clock.instant()), "sender");
        }
    }

    /** What the peer said, without the words "delivery via HOST:" that stand before it for people. */
    private static String peerWords(String text) {
        int colon = text.startsWith("delivery via ") ? text.indexOf(": ") : -1;
        return colon < 0 ? text : text.substring(colon + 2);
    }

    private static List<Entry> entries(StoredMessage message, List<Failure> failures, String action, java.util.function.Predicate<Notify> wanted) {
        var entries = new ArrayList<Entry>(failures.size());
        for (Failure failure : failures) {
            Recipient recipient = message.envelope().recipients().get(failure.recipient());
            if (wanted.test(recipient.dsnNotify())) {
                Reason reason = failure.reason();
                entries.add(new Entry(recipient, action, reason.status(), reason.text(), reason.remoteMta(),
                        reason.diagnosticType().isEmpty() ? "X-Postfix" : reason.diagnosticType(), reason.diagnostic().isEmpty() ? reason.text() : reason.diagnostic()));
            }
        }
        return entries;
    }

    private static MailLog log(Settings settings) {
        return MailLog.of(settings.text("syslog_name") + "/bounce");
    }

    private static boolean isClass(Settings settings, String name) {
        return settings.get(BounceParameters.NOTIFY_CLASSES).stream().anyMatch(name::equalsIgnoreCase);
    }

    private static Address doubleBounce(Settings settings) {
        return new Address(settings.get(BounceParameters.DOUBLE_BOUNCE_SENDER), settings.text("myhostname"));
    }

    private static boolean isDoubleBounce(StoredMessage message, Settings settings) {
        boolean is = message.envelope().sender().text().equalsIgnoreCase(doubleBounce(settings).text());
        if (is) {
            log(settings).warning(message.id() + ": undeliverable postmaster notification discarded");
        }
        return is;
    }

    private Report copy(Kind kind, StoredMessage message, List<Entry> entries, Returned returned, Settings settings, String parameter) {
        return new Report(kind, true, doubleBounce(settings), postmaster(settings, parameter), message, entries, returned, settings, clock.instant());
    }

    private static Address postmaster(Settings settings, String parameter) {
        Address to = Address.of(settings.text(parameter));
        return to.hasDomain() ? to : to.withDomain(settings.text("myorigin"));
    }

    /** A copy that cannot be made or queued, for whatever reason, is not worth telling the sender a second time. */
    private void submitCopy(Kind kind, StoredMessage message, List<Entry> entries, Settings settings, String parameter) {
        try {
            submit(copy(kind, message, entries, Returned.HEADER, settings, parameter), "postmaster");
        } catch (QueueException | RuntimeException e) {
            log(settings).warning(message.id() + ": postmaster " + kind.words + " not queued: " + e.getMessage());
        }
    }

    private void submit(Report report, String whom) throws QueueException {
        MailLog log = log(report.settings());
        var origin = new Origin(report.copy() ? Origin.Source.NOTIFY : Origin.Source.BOUNCE, Map.of(), Optional.empty(), true);
        QueueId old = report.message().id();
        try (Leased<Cleanup>.Lease lease = cleanup.acquire(); Submission submission = lease.service().open(origin, report.settings())) {
            submission.sender(report.from(), Ret.UNSPECIFIED, "", Body.EIGHT_BIT_MIME, report.isUtf8());
            submission.tls(report.tls());
            submission.recipient(Recipient.of(report.to()));
            new ReportWriter(report, templates.get(report.kind().template, report.settings(), log), log, submission).write();
            switch (submission.finish()) {
                case Submission.Result.Queued queued -> log.info(old + ": " + whom + " " + report.kind().words + ": " + queued.id());
                case Submission.Result.Discarded discarded -> log.info(old + ": " + whom + " " + report.kind().words + ": " + discarded.id());
                case Submission.Result.Refused(var reply, var detail) ->
                    throw new QueueException(QueueException.Kind.UNAVAILABLE, "cleanup: " + reply + (detail.isEmpty() ? "" : " (" + detail + ")"));
            }
        } catch (UnavailableException | IOException e) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, e.getMessage(), e);
        }
    }
}
