// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.ostler.dns.dnssec.Signatures.Check;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Looks one name and type up and proves the answer.
 *
 * <p><b>Description</b> The chain of aliases is followed step by step, through one message or several, and each step is judged by itself: the set of records that it rests on, or the proof that there
 * is none. The answer is secure when every step is; it fails when one cannot be proved and its zone cannot be proved to be unsigned. DNAME is judged; the CNAME that a server makes of it is not asked.
 *
 * <p><b>Security</b> everything that comes from upstream is untrusted. <b>Threads</b> any. <b>Blocking</b> within the budget. <b>Errors</b> {@link Outcome.Failed}.
 *
 * <p><b>Standards</b> RFC 4035 section 5, RFC 5155 section 8, RFC 6840, RFC 6672 section 5.3.
 */
public final class Validator {

    private static final int MAX_CHAIN = 10;
    private static final int MAX_MESSAGES = 10;

    /** What was found, and whether it was proved; times in seconds. */
    public sealed interface Outcome {
        record Found(List<Record> records, Name owner, long ttl, boolean secure) implements Outcome {}

        /** @param noSuchName or else no such type */
        record Absent(boolean noSuchName, long ttl, boolean secure) implements Outcome {}

        record Failed(String why, boolean bogus) implements Outcome {}
    }

    /** How one step was judged. */
    private sealed interface Verdict {
        record Stands(boolean secure, long ttl) implements Verdict {}

        record Falls(String why, boolean bogus) implements Verdict {}
    }

    /** Where a lookup has got to. */
    private static final class Path {
        private Name at;
        private final int type;
        private final Budget budget;
        private final Set<Name> seen = new HashSet<>();
        private boolean secure = true;
        private long ttl = Long.MAX_VALUE;

        Path(Name at, int type, Budget budget) {
            this.at = at;
            this.type = type;
            this.budget = budget;
        }

        void weaken(Verdict.Stands step) {
            secure &= step.secure;
            ttl = Math.min(ttl, step.ttl);
        }
    }

    private final Upstream upstream;
    private final Signatures signatures;
    private final Zones zones;

    /** @param capacity how many zones are remembered */
    public Validator(TrustAnchors anchors, Upstream upstream, Clock clock, LongSupplier nanos, int capacity) {
        this.upstream = upstream;
        this.signatures = new Signatures(clock);
        this.zones = new Zones(anchors, signatures, upstream, nanos, capacity);
    }

    public Outcome lookup(Name name, int type, Budget budget) {
        var path = new Path(name, type, budget);
        for (int i = 0; i < MAX_MESSAGES; i++) {
            if (!budget.question()) {
                break;
            }
            switch (upstream.ask(path.at, type, budget)) {
                case Upstream.Reply.Nothing(String why) -> {
                    return new Outcome.Failed(why, false);
                }
                case Upstream.Reply.Came(Message message) -> {
                    Optional<Outcome> end = follow(message, path);
                    if (end.isPresent()) {
                        return end.get();
                    }
                }
            }
        }
        return new Outcome.Failed("too many aliases for " + name, false);
    }

    /** Follows the chain inside one message; empty where it leads out, with {@code path} at the name to ask for next. */
    private Optional<Outcome> follow(Message message, Path path) {
        Name asked = path.at;
        while (path.seen.size() <= MAX_CHAIN) {
            Optional<RrSet> found = RrSet.find(message, Section.ANSWER, path.at, path.type);
            if (found.isPresent()) {
                return Optional.of(found(found.get(), message, path));
            }
            Optional<RrSet> alias = alias(message, path);
            if (alias.isEmpty()) {
                boolean leadsOut = !path.at.equals(asked) && message.getSection(Section.AUTHORITY).stream().noneMatch(r -> r instanceof SOARecord);
                return leadsOut ? Optional.empty() : Optional.of(absent(message, path));
            }
            if (!path.seen.add(path.at)) {
                return Optional.of(new Outcome.Failed("alias loop at " + path.at, false));
            }
            switch (judge(alias.get(), message, path.budget)) {
                case Verdict.Falls(String why, boolean bogus) -> {
                    return Optional.of(new Outcome.Failed(why, bogus));
                }
                case Verdict.Stands step -> path.weaken(step);
            }
            try {
                path.at = target(alias.get(), path.at);
            } catch (NameTooLongException e) {
                return Optional.of(new Outcome.Failed("the alias of " + path.at + " is too long", false));
            }
        }
        return Optional.of(new Outcome.Failed("too many aliases at " + path.at, false));
    }

    /** A DNAME above the name goes before a CNAME at it: where there is one, the CNAME is but its shadow. */
    private static Optional<RrSet> alias(Message message, Path path) {
        for (int strip = 1; strip < path.at.labels(); strip++) {
            Optional<RrSet> dname = RrSet.find(message, Section.ANSWER, new Name(path.at, strip), Type.DNAME);
            if (dname.isPresent()) {
                return dname;
            }
        }
        return path.type == Type.CNAME ? Optional.empty() : RrSet.find(message, Section.ANSWER, path.at, Type.CNAME);
    }

    private static Name target(RrSet alias, Name at) throws NameTooLongException {
        return alias.records().getFirst() instanceof DNAMERecord dname ? at.fromDNAME(dname) : ((CNAMERecord) alias.records().getFirst()).getTarget();
    }

    private Outcome found(RrSet set, Message message, Path path) {
        return switch (judge(set, message, path.budget)) {
            case Verdict.Falls(String why, boolean bogus) -> new Outcome.Failed(why, bogus);
            case Verdict.Stands step -> {
                path.weaken(step);
                yield new Outcome.Found(set.records(), set.name(), path.ttl, path.secure);
            }
        };
    }

    private Verdict judge(RrSet set, Message message, Budget budget) {
        String why = "no signature on " + set.show() + ", though its zone is signed";
        List<Name> signers = set.signatures().stream().map(s -> s.getSigner()).distinct().filter(s -> !zones.hasNearerAnchor(set.name(), s)).limit(2).toList();
        for (Name signer : signers) {
            switch (zones.of(signer, budget)) {
                case Trust.Broken(String broken, boolean bogus, _) -> {
                    return new Verdict.Falls(broken, bogus);
                }
                case Trust.Insecure _ -> {
                    return new Verdict.Stands(false, set.ttl());
                }
                case Trust.Keys keys -> {
                    switch (judge(set, message, keys, budget)) {
                        case Verdict.Stands stands -> {
                            return stands;
                        }
                        case Verdict.Falls falls -> why = falls.why;
                    }
                }
            }
        }
        return unproved(set.name(), set.ttl(), why, budget);
    }

    private Verdict judge(RrSet set, Message message, Trust.Keys keys, Budget budget) {
        return switch (signatures.check(set, keys, budget)) {
            case Check.Invalid(String why) -> new Verdict.Falls(why, true);
            case Check.Valid(var signature, long ttl) -> {
                if (signature.getLabels() == RrSet.labels(set.name())) {
                    yield new Verdict.Stands(true, ttl);
                }
                if (set.type() == Type.DNAME) {
                    yield new Verdict.Falls("a DNAME of " + set.name() + " out of a wildcard", true);
                }
                Denials denials = Denials.verified(message, keys, signatures, budget);
                Proof proof = denials.expansion(set.name(), signature.getLabels());
                yield proof.isProved() ? new Verdict.Stands(proof.isSecure(), Math.min(ttl, denials.ttl()))
                        : new Verdict.Falls(set.show() + " came from a wildcard, without a proof that the name itself does not exist", true);
            }
        };
    }

    /** What was not proved is insecure where its zone is, and bogus elsewhere. */
    private Verdict unproved(Name name, long ttl, String why, Budget budget) {
        return switch (zones.of(name, budget)) {
            case Trust.Keys _ -> new Verdict.Falls(why, true);
            case Trust.Insecure _ -> new Verdict.Stands(false, ttl);
            case Trust.Broken(String broken, boolean bogus, _) -> new Verdict.Falls(broken, bogus);
        };
    }

    private Outcome absent(Message message, Path path) {
        Optional<SOARecord> soa = message.getSection(Section.AUTHORITY).stream().filter(SOARecord.class::isInstance).map(SOARecord.class::cast).findFirst();
        // RFC 2308 section 5: the lesser of the SOA's own TTL and its minimum field.
        long ttl = soa.map(s -> Math.min(s.getTTL(), s.getMinimum())).orElse(0L);
        Optional<Name> signer = Denials.signer(message, path.at).filter(s -> !zones.hasNearerAnchor(path.at, s));
        String why = "the absence of " + path.at + " " + Type.string(path.type) + " is not proved";
        if (signer.isPresent() && zones.of(signer.get(), path.budget) instanceof Trust.Keys keys) {
            Denials denials = Denials.verified(message, keys, signatures, path.budget);
            Proof proof = denials.denial(path.at, path.type);
            if (proof.isProved()) {
                path.weaken(new Verdict.Stands(proof.isSecure(), Math.min(soa.isPresent() ? ttl : denials.ttl(), denials.ttl())));
                boolean noSuchName = proof == Proof.TOO_COSTLY ? message.getRcode() == Rcode.NXDOMAIN : proof.saysNoSuchName();
                return new Outcome.Absent(noSuchName, path.ttl, path.secure);
            }
            why += denials.trouble();
        }
        return switch (unproved(path.at, ttl, why, path.budget)) {
            case Verdict.Falls(String reason, boolean bogus) -> new Outcome.Failed(reason, bogus);
            case Verdict.Stands step -> {
                path.weaken(step);
                boolean referral = soa.isEmpty() && message.getRcode() == Rcode.NOERROR && message.getSection(Section.AUTHORITY).stream().anyMatch(r -> r.getType() == Type.NS);
                yield referral ? new Outcome.Failed("referral instead of an answer for " + path.at, false)
                        : new Outcome.Absent(message.getRcode() == Rcode.NXDOMAIN, path.ttl, path.secure);
            }
        };
    }
}
