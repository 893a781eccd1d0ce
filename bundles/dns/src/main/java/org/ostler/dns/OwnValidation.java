// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.ostler.dns.DnsParameters.DNSSEC_TRUST_ANCHOR_FILE;
import static org.ostler.dns.DnsParameters.DNS_ATTEMPTS;
import static org.ostler.dns.DnsParameters.DNS_ATTEMPT_TIMEOUT;
import static org.ostler.dns.DnsParameters.DNS_CACHE_FAILURE_TTL;
import static org.ostler.dns.DnsParameters.DNS_CACHE_SIZE;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.ostler.dns.AnswerCache.Fresh;
import org.ostler.dns.dnssec.Budget;
import org.ostler.dns.dnssec.TrustAnchors;
import org.ostler.dns.dnssec.Upstream;
import org.ostler.dns.dnssec.Validator;
import org.ostler.dns.dnssec.Validator.Outcome;
import org.ostler.mail.config.FileStamp;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.log.Reasons;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Lookups whose answers are proved here, over the configured name servers.
 *
 * <p>Keys and answers are kept as long as the trust anchors are the same: {@code dnssec_trust_anchor_file} is read again when it changes ({@link FileStamp}), which is looked
 * for once a second, and before each question that nobody remembers an answer to. A file that cannot be read makes lookups fail that nobody remembers an
 * answer to, so that mail waits and nothing is believed.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> up to {@code dns_deadline}.
 */
final class OwnValidation {

    /** What tells one state of the anchors from another. The shipped ones have no name. */
    private record Source(String file, FileStamp stamp) {
        static Source of(Settings s) throws IOException {
            String file = s.get(DNSSEC_TRUST_ANCHOR_FILE);
            return file.isEmpty() ? new Source(file, FileStamp.NONE) : new Source(file, FileStamp.read(Path.of(file)));
        }
    }

    private record Known(Source source, Validator validator) {}

    /** When the file was looked at last for answers that are remembered. */
    private record Look(String file, long at) {}

    /** How long answers that are remembered may outlive the trust that they were proved by. */
    private static final long LOOK_AGAIN = Duration.ofSeconds(1).toNanos();

    /** Each may cost a whole budget. */
    private static final int MOST_TURNS = 3;

    private final Supplier<Settings> settings;
    private final Function<Settings, List<InetSocketAddress>> servers;
    private final Clock clock;
    private final LongSupplier nanos;
    private final Runnable forget;
    private volatile Known known;
    private volatile Look look;

    /**
     * @param servers those that pass signatures on
     * @param time    what signatures are judged by, and what lifetimes are counted on
     * @param forget  called when trust begins elsewhere: what was proved until then is to be proved anew
     */
    OwnValidation(Supplier<Settings> settings, Function<Settings, List<InetSocketAddress>> servers, DnsService.Time time, Runnable forget) {
        this.settings = settings;
        this.servers = servers;
        this.clock = time.clock();
        this.nanos = time.nanos();
        this.forget = forget;
    }

    /**
     * Looks whether the trust anchors are still the same, once a second: most questions are answered from memory, and need no file system for it. A file that cannot be read is the trouble of the next
     * question that nobody remembers the answer to.
     */
    void followAnchors(Settings s) {
        Look last = look;
        var now = new Look(s.get(DNSSEC_TRUST_ANCHOR_FILE), nanos.getAsLong());
        if (last != null && last.file.equals(now.file) && now.at - last.at < LOOK_AGAIN) {
            return;
        }
        look = now;
        try {
            validator(s);
        } catch (IOException e) {
            LoggerFactory.getLogger(OwnValidation.class).debug("trust anchors", e);
        }
    }

    /** @param end on {@link System#nanoTime}'s scale */
    <T> Fresh<T> lookup(Name name, int type, Function<Record, T> value, long end) {
        Settings s = settings.get();
        Validator validator;
        try {
            validator = validator(s);
        } catch (IOException e) {
            return failed("dnssec_trust_anchor_file: " + (e instanceof FileSystemException file ? "cannot read " + file.getFile() + ": " : "") + Reasons.of(e), false, s);
        }
        return switch (lookup(validator, name, type, end)) {
            case Outcome.Found(var records, var owner, long ttl, boolean secure) -> {
                Duration keep = Duration.ofSeconds(ttl);
                yield new Fresh<>(new DnsAnswer.Records<>(records.stream().map(value).toList(), Reading.text(owner), keep, status(secure)), keep);
            }
            case Outcome.Absent(boolean noSuchName, long ttl, boolean secure) -> {
                Duration keep = Duration.ofSeconds(ttl);
                yield new Fresh<>(noSuchName ? new DnsAnswer.NoSuchName<>(keep, status(secure)) : new DnsAnswer.NoData<>(keep, status(secure)), keep);
            }
            case Outcome.Failed(String why, boolean bogus) -> failed(bogus ? "DNSSEC: " + why : why, bogus, s);
        };
    }

    /** What one forwarder made up, or what was made of its answer on the way, another may have right: each goes first once, in the time that there is. */
    private Outcome lookup(Validator validator, Name name, int type, long end) {
        Outcome first = validator.lookup(name, type, new Budget(end));
        int turns = Math.min(MOST_TURNS, servers.apply(settings.get()).size());
        Outcome last = first;
        for (int turn = 1; turn < turns && last instanceof Outcome.Failed(_, boolean bogus) && bogus && end - System.nanoTime() > 0; turn++) {
            last = validator.lookup(name, type, new Budget(end, turn));
        }
        // Time that ran out in a later turn does not make the first answer any better.
        return last instanceof Outcome.Failed ? first : last;
    }

    private static Security status(boolean secure) {
        return secure ? Security.SECURE : Security.INSECURE;
    }

    private static <T> Fresh<T> failed(String why, boolean bogus, Settings s) {
        Duration keep = s.get(DNS_CACHE_FAILURE_TTL);
        return new Fresh<>(new DnsAnswer.Failed<>(why, bogus, keep), keep);
    }

    private Validator validator(Settings s) throws IOException {
        Source source = Source.of(s);
        Known last = known;
        return last != null && last.source.equals(source) ? last.validator : renewed(s, source);
    }

    private synchronized Validator renewed(Settings s, Source source) throws IOException {
        Known last = known;
        if (last != null && last.source.equals(source)) {
            return last.validator;
        }
        TrustAnchors anchors = source.file.isEmpty() ? TrustAnchors.root() : TrustAnchors.read(Path.of(source.file));
        known = new Known(source, new Validator(anchors, new Questions(), clock, nanos, s.get(DNS_CACHE_SIZE)));
        if (last != null) {
            forget.run();
        }
        return known.validator;
    }

    private final class Questions implements Upstream {
        @Override
        public Reply ask(Name name, int type, Budget budget) {
            Settings s = settings.get();
            var order = new ArrayList<>(servers.apply(s));
            Collections.rotate(order, -budget.turn());
            var plan = new Resolver.Plan(order, s.get(DNS_ATTEMPTS), s.get(DNS_ATTEMPT_TIMEOUT), budget.deadline());
            return switch (Resolver.ask(name, type, Resolver.Mode.SIGNED, plan)) {
                case Resolver.Raw.Answered(var message, _) -> new Reply.Came(message);
                case Resolver.Raw.Nothing(String reason, _) -> new Reply.Nothing(reason);
            };
        }

        @Override
        public void remark(String text) {
            MailLog.of(settings.get().text("syslog_name") + "/dns").warning(text);
        }
    }
}
