// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.ostler.dns.DnsParameters.DNSSEC_PROBE;
import static org.ostler.dns.DnsParameters.DNSSEC_VALIDATION;
import static org.ostler.dns.DnsParameters.DNS_ATTEMPT_TIMEOUT;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Which name servers can be used for proofs: each is asked once for {@code dnssec_probe}, and again after a while as long as it strips signatures.
 *
 * <p><b>Security</b> a server that once passed signatures on is never asked again: what it strips later is bogus, so that nobody on the way can turn proofs off in a running server. One that is silent may be
 * honest: it is used, and what it does not answer fails.
 *
 * <p>Where a name server's AD bit is the proof ({@code dnssec_validation = resolver}) only one on this machine that has shown the bit is asked. Its SERVFAIL or silence is the last word: an answer of another
 * server would come without the bit and pass for insecure, and an attacker could have it by spoiling the signatures.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> one attempt per server that is not known; none for what would only be a second server whose AD bit counts. <b>Diagnostics</b> one warning in the mail log per change.
 */
final class Provability {

    private static final Duration AGAIN = Duration.ofMinutes(5);
    private static final Duration SOON = Duration.ofSeconds(30);

    private enum Finding { PROVES, STRIPS, SILENT }

    private record Known(Finding finding, long until) {}

    /** @param end of the whole lookup, on {@link System#nanoTime}'s scale */
    private record Patience(Duration each, long end) {
        long deadline() {
            long now = System.nanoTime();
            return now + Math.min(end - now, each.toNanos());
        }
    }

    /** A server in one of the two modes. */
    private record Asked(InetSocketAddress server, boolean own) {}

    private final LongSupplier nanos;
    private final Runnable forget;
    private final Map<Asked, Known> known = new ConcurrentHashMap<>();
    private final Executor background;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final Map<Asked, Object> asking = new ConcurrentHashMap<>();
    private volatile Optional<String> told = Optional.empty();

    /**
     * @param forget     called when proofs can be had again: answers of the time before come without one, and would be taken for insecure as long as they are remembered
     * @param background where servers are asked that nobody waits for; one at a time
     */
    Provability(LongSupplier nanos, Runnable forget, Executor background) {
        this.nanos = nanos;
        this.forget = forget;
        this.background = background;
    }

    /**
     * Empty where at least one server can be used, or might.
     *
     * @param end on {@link System#nanoTime}'s scale; no server is waited for longer
     */
    Optional<String> trouble(List<InetSocketAddress> servers, Settings s, long end) {
        String probe = s.get(DNSSEC_PROBE);
        boolean own = s.get(DNSSEC_VALIDATION);
        if (probe.isEmpty()) {
            // No question is needed to see that there is nobody whose word counts.
            boolean nobody = !own && !servers.isEmpty() && servers.stream().noneMatch(AuthenticData::isTrusted);
            return told(nobody, servers, s);
        }
        var patience = new Patience(s.get(DNS_ATTEMPT_TIMEOUT), end);
        // Each is asked once, so that one that strips is not used; again only while none is known to be good, or where one that is silent is not used before it has shown the AD bit.
        boolean good = servers.stream().anyMatch(server -> has(new Asked(server, own), Finding.PROVES));
        boolean hopeless = !good && !servers.isEmpty();
        for (InetSocketAddress server : servers) {
            var asked = new Asked(server, own);
            if (good && !own) {
                askBehind(asked, probe, patience.each);
            } else if (!good || !known.containsKey(asked)) {
                hopeless &= finding(asked, probe, patience) == Finding.STRIPS;
            }
        }
        return told(hopeless, servers, s);
    }

    /**
     * Whom to ask where {@link #trouble} found none. Own validation: all but those that strip signatures, unless all do. By the AD bit: those on this machine that have shown it, which may be none for
     * the moment; with an empty {@code dnssec_probe} all on this machine.
     */
    List<InetSocketAddress> usable(List<InetSocketAddress> servers, Settings s) {
        if (s.get(DNSSEC_VALIDATION)) {
            List<InetSocketAddress> good = servers.stream().filter(server -> !has(new Asked(server, true), Finding.STRIPS)).toList();
            return good.isEmpty() ? servers : good;
        }
        boolean probed = !s.get(DNSSEC_PROBE).isEmpty();
        return servers.stream().filter(AuthenticData::isTrusted).filter(server -> !probed || has(new Asked(server, false), Finding.PROVES)).toList();
    }

    private boolean has(Asked asked, Finding finding) {
        Known k = known.get(asked);
        return k != null && k.finding == finding;
    }

    private Optional<String> told(boolean hopeless, List<InetSocketAddress> servers, Settings s) {
        Optional<String> trouble = hopeless ? Optional.of(text(servers, s.get(DNSSEC_VALIDATION))) : Optional.empty();
        tell(trouble, s);
        return trouble;
    }

    private static String text(List<InetSocketAddress> servers, boolean own) {
        String names = servers.stream().map(Resolver::show).collect(Collectors.joining(", "));
        return own ? "name server " + names + " strips DNSSEC signatures"
                : "name server " + names + " does not validate, or is not on this machine; see dnssec_validation";
    }

    private synchronized void tell(Optional<String> trouble, Settings s) {
        if (trouble.equals(told)) {
            return;
        }
        told = trouble;
        MailLog log = MailLog.of(s.text("syslog_name") + "/dns");
        if (trouble.isPresent()) {
            log.warning("DNSSEC validation may be unavailable");
            log.warning("reason: " + trouble.get());
        } else {
            forget.run();
            log.info("DNSSEC validation is available");
        }
    }

    /** One proves already: no question waits for another that would take its place some day. */
    private void askBehind(Asked asked, String probe, Duration patience) {
        boolean open = !known.containsKey(asked) || has(asked, Finding.SILENT) && fresh(asked) == null;
        if (!open || !busy.compareAndSet(false, true)) {
            return;
        }
        try {
            background.execute(() -> {
                try {
                    finding(asked, probe, new Patience(patience, System.nanoTime() + patience.toNanos()));
                } finally {
                    busy.set(false);
                }
            });
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // No thread for it. It is not what was asked for, and the next question tries again: the one that proves may fall silent for good.
            busy.set(false);
        }
    }

    /** Callers that come while a server is being asked wait for that one question. */
    private Finding finding(Asked asked, String probe, Patience patience) {
        Known k = fresh(asked);
        if (k != null) {
            return k.finding;
        }
        synchronized (asking.computeIfAbsent(asked, _ -> new Object())) {
            k = fresh(asked);
            if (k == null) {
                Finding finding = ask(asked, probe, patience);
                Duration keep = finding == Finding.STRIPS ? AGAIN : SOON;
                k = new Known(finding, nanos.getAsLong() + keep.toNanos());
                known.put(asked, k);
            }
            return k.finding;
        }
    }

    private Known fresh(Asked asked) {
        Known k = known.get(asked);
        return k != null && (k.finding == Finding.PROVES || k.until - nanos.getAsLong() > 0) ? k : null;
    }

    private static Finding ask(Asked asked, String probe, Patience patience) {
        if (!asked.own && !AuthenticData.isTrusted(asked.server)) {
            return Finding.STRIPS;
        }
        try {
            int colon = probe.indexOf(':');
            int type = Type.value(probe.substring(0, Math.max(colon, 0)).toUpperCase(Locale.ROOT));
            Name name = Name.fromString(probe.substring(colon + 1), Name.root);
            if (type < 0) {
                return Finding.SILENT;
            }
            Message answer = Resolver.withOrWithoutEdns(name, type, asked.own ? Resolver.Mode.SIGNED : Resolver.Mode.AUTHENTIC, asked.server, patience.deadline());
            int code = answer.getRcode();
            if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
                return code == Rcode.FORMERR || code == Rcode.NOTIMP ? Finding.STRIPS : Finding.SILENT;
            }
            boolean proves = asked.own ? isSigned(answer) : answer.getHeader().getFlag(Flags.AD);
            return proves ? Finding.PROVES : Finding.STRIPS;
        } catch (TextParseException e) {
            return Finding.SILENT;
        } catch (IOException e) {
            return Finding.SILENT;
        }
    }

    private static boolean isSigned(Message answer) {
        return java.util.stream.IntStream.of(Section.ANSWER, Section.AUTHORITY).mapToObj(answer::getSection).flatMap(List::stream).anyMatch(r -> r.getType() == Type.RRSIG);
    }
}
