// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The keys of zones, found from a trust anchor down, one label at a time, and remembered: keys, proved absences of a delegation and of a DS alike, each for its own time.
 *
 * <p><b>Threads</b> any; who needs what another is finding waits for that one, and no lock is held over a question. A search waits for searches nearer to the root only, so nobody waits in a ring.
 * <b>Blocking</b> within the budget. <b>Errors</b> {@link Trust.Broken}, remembered for a few seconds so that one broken zone costs little.
 */
final class Zones {

    private static final long SECOND = 1_000_000_000L;
    private static final long MOST_SECONDS = 86_400;
    private static final long BROKEN_SECONDS = 5;
    private static final int MOST_KEYS = 32;
    private static final int MOST_DS = 16;
    private static final int SHA1 = 1;

    /** @param turn searches that ask another forwarder first have nothing to wait for each other */
    private record Search(Name zone, int turn) {}

    private final TrustAnchors anchors;
    private final Signatures signatures;
    private final LongSupplier nanos;
    private final Upstream upstream;
    private final int capacity;
    /** Tags of keys that were remarked on. Bounded by the keys of anchored zones. */
    private final Set<Integer> remarked = ConcurrentHashMap.newKeySet();
    private final Map<Name, Trust> known = new LinkedHashMap<>(256, 0.75f, true);
    private final ConcurrentHashMap<Search, CompletableFuture<Trust>> underway = new ConcurrentHashMap<>();

    Zones(TrustAnchors anchors, Signatures signatures, Upstream upstream, LongSupplier nanos, int capacity) {
        this.anchors = anchors;
        this.signatures = signatures;
        this.upstream = upstream;
        this.nanos = nanos;
        this.capacity = Math.max(capacity, 100);
    }

    /** What is known of the zone that a name lies in; for the name of a zone, that zone. */
    Trust of(Name name, Budget budget) {
        Trust trust = remembered(name);
        boolean again = trust instanceof Trust.Broken && budget.looksAgain(name);
        if (trust != null && !again) {
            return trust;
        }
        var search = new Search(name, budget.turn());
        var mine = new CompletableFuture<Trust>();
        CompletableFuture<Trust> other = underway.putIfAbsent(search, mine);
        if (other != null) {
            return await(other, name, budget);
        }
        trust = broken("the search for the keys of " + name + " ended early", false);
        try {
            // Somebody may have ended the same search since we looked.
            Trust meanwhile = remembered(name);
            trust = meanwhile != null && !(again && meanwhile instanceof Trust.Broken) ? meanwhile : find(name, budget);
            remember(name, trust);
        } finally {
            underway.remove(search);
            mine.complete(trust);
        }
        return trust;
    }

    private Trust await(CompletableFuture<Trust> other, Name name, Budget budget) {
        try {
            return other.get(Math.max(1, budget.nanosLeft()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return broken("the keys of " + name + " were not found in time", false);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return broken("interrupted", false);
        } catch (ExecutionException e) {
            return broken(String.valueOf(e.getCause()), false);
        }
    }

    private Trust find(Name name, Budget budget) {
        List<DSRecord> anchor = anchors.of(name);
        if (!anchor.isEmpty()) {
            Trust trust = keys(name, anchor, until(MOST_SECONDS), budget);
            if (trust instanceof Trust.Keys(_, List<DNSKEYRecord> keys, _)) {
                remarkOnOthers(name, keys, anchor);
            }
            return trust;
        }
        if (name.labels() <= 1) {
            return new Trust.Insecure("no trust anchor", until(MOST_SECONDS));
        }
        return switch (of(new Name(name, 1), budget)) {
            case Trust.Keys above -> descend(name, above, budget);
            case Trust.Insecure above -> above;
            case Trust.Broken above -> above;
        };
    }

    /** A key that is to sign keys and that no anchor names: the zone is about to roll, and once it has, nothing below it can be proved (RFC 5011 would take it up after thirty days). */
    private void remarkOnOthers(Name zone, List<DNSKEYRecord> keys, List<DSRecord> anchor) {
        for (DNSKEYRecord key : keys) {
            boolean signsKeys = (key.getFlags() & DNSKEYRecord.Flags.SEP_KEY) != 0 && (key.getFlags() & DNSKEYRecord.Flags.REVOKE) == 0;
            if (signsKeys && anchor.stream().noneMatch(ds -> hasDigest(key, ds)) && remarked.add(key.getFootprint())) {
                upstream.remark("zone " + zone + " has a key " + key.getFootprint() + " that no trust anchor names: it may take over from the others soon, and lookups would fail; add it to dnssec_trust_anchor_file"
                        + " once you have seen it elsewhere");
            }
        }
    }

    /** One label down: a signed delegation, an unsigned one, or none. */
    private Trust descend(Name name, Trust.Keys above, Budget budget) {
        return switch (ask(name, Type.DS, budget)) {
            case Upstream.Reply.Nothing(String why) -> broken(why, false);
            case Upstream.Reply.Came(Message message) -> {
                var ds = RrSet.find(message, Section.ANSWER, name, Type.DS);
                yield ds.isPresent() ? signedDelegation(ds.get(), above, budget) : noDelegation(message, name, above, budget);
            }
        };
    }

    private Trust signedDelegation(RrSet ds, Trust.Keys above, Budget budget) {
        return switch (signatures.check(ds, above, budget)) {
            case Signatures.Check.Invalid(String why) -> broken(why, true);
            case Signatures.Check.Valid(var signature, long ttl) -> {
                if (signature.getLabels() != RrSet.labels(ds.name())) {
                    yield broken("a DS of " + ds.name() + " out of a wildcard", true);
                }
                List<DSRecord> usable = usable(ds);
                yield usable.isEmpty() ? new Trust.Insecure("only unknown algorithms or digests in the DS of " + ds.name(), until(ttl))
                        : keys(ds.name(), usable, until(ttl), budget);
            }
        };
    }

    private static List<DSRecord> usable(RrSet ds) {
        List<DSRecord> usable = ds.records().stream().map(DSRecord.class::cast)
                .filter(d -> Signatures.ALGORITHMS.contains(d.getAlgorithm()) && Signatures.DIGESTS.contains(d.getDigestID())).limit(MOST_DS).toList();
        List<DSRecord> strong = usable.stream().filter(d -> d.getDigestID() != SHA1).toList();
        return strong.isEmpty() ? usable : strong; // RFC 4509 section 3: SHA-1 is ignored where something stronger is there
    }

    /** The delegation that is not there must be denied by the parent; an alias is no delegation either. */
    private Trust noDelegation(Message message, Name name, Trust.Keys above, Budget budget) {
        for (int strip = 0; strip < name.labels() - above.zone().labels(); strip++) {
            var alias = RrSet.find(message, Section.ANSWER, new Name(name, strip), strip == 0 ? Type.CNAME : Type.DNAME);
            if (alias.isPresent() && signatures.check(alias.get(), above, budget) instanceof Signatures.Check.Valid valid) {
                return new Trust.Keys(above.zone(), above.keys(), Math.min(above.until(), until(valid.ttl())));
            }
        }
        var denials = Denials.verified(message, above, signatures, budget);
        return switch (denials.delegation(name)) {
            case NONE -> new Trust.Keys(above.zone(), above.keys(), Math.min(above.until(), until(denials.ttl())));
            case UNSIGNED -> new Trust.Insecure("unsigned delegation of " + name, until(denials.ttl()));
            case UNPROVED -> broken("neither a DS of " + name + " nor a proof that there is none" + denials.trouble(), true);
        };
    }

    private Trust keys(Name zone, List<DSRecord> trusted, long until, Budget budget) {
        return switch (ask(zone, Type.DNSKEY, budget)) {
            case Upstream.Reply.Nothing(String why) -> broken(why, false);
            case Upstream.Reply.Came(Message message) -> RrSet.find(message, Section.ANSWER, zone, Type.DNSKEY)
                    .map(set -> keys(set, trusted, until, budget)).orElseGet(() -> broken("no DNSKEY of " + zone + ", though there is a DS", true));
        };
    }

    private Trust keys(RrSet set, List<DSRecord> trusted, long until, Budget budget) {
        if (set.records().size() > MOST_KEYS) {
            return broken("more than " + MOST_KEYS + " keys of " + set.name(), true);
        }
        String why = "no key of " + set.name() + " matches its DS";
        boolean refused = false;
        for (DSRecord ds : trusted) {
            for (DNSKEYRecord key : matching(set, ds)) {
                if (!Signatures.isUsable(key)) {
                    refused = true;
                    continue;
                }
                // The whole set must be signed by the very key that the DS names (RFC 4035 section 5.2).
                switch (signatures.check(set, new Trust.Keys(set.name(), List.of(key), until), budget)) {
                    case Signatures.Check.Valid(_, long ttl) -> {
                        List<DNSKEYRecord> all = set.records().stream().map(DNSKEYRecord.class::cast).filter(Signatures::isUsable).toList();
                        return new Trust.Keys(set.name(), all, Math.min(until, until(ttl)));
                    }
                    case Signatures.Check.Invalid(String reason) -> why = reason;
                }
            }
        }
        return refused ? new Trust.Insecure("keys of " + set.name() + " that are too weak or too large", until) : broken(why, true);
    }

    private static List<DNSKEYRecord> matching(RrSet set, DSRecord ds) {
        return set.records().stream().map(DNSKEYRecord.class::cast)
                .filter(k -> k.getAlgorithm() == ds.getAlgorithm() && k.getFootprint() == ds.getFootprint()).limit(4).filter(k -> hasDigest(k, ds)).toList();
    }

    private static boolean hasDigest(DNSKEYRecord key, DSRecord ds) {
        try {
            return java.util.Arrays.equals(new DSRecord(key.getName(), key.getDClass(), 0, ds.getDigestID(), key).getDigest(), ds.getDigest());
        } catch (RuntimeException _) {
            return false; // a digest that the library cannot make
        }
    }

    private Upstream.Reply ask(Name name, int type, Budget budget) {
        return budget.question() ? upstream.ask(name, type, budget) : new Upstream.Reply.Nothing("too many questions for one lookup");
    }

    private long until(long seconds) {
        return nanos.getAsLong() + Math.clamp(seconds, 0, MOST_SECONDS) * SECOND;
    }

    private Trust.Broken broken(String why, boolean bogus) {
        return new Trust.Broken(why, bogus, until(BROKEN_SECONDS));
    }

    private Trust remembered(Name name) {
        synchronized (known) {
            Trust trust = known.get(name);
            if (trust != null && trust.until() - nanos.getAsLong() <= 0) {
                known.remove(name);
                return null;
            }
            return trust;
        }
    }

    private void remember(Name name, Trust trust) {
        synchronized (known) {
            known.put(name, trust);
            var oldest = known.entrySet().iterator();
            for (int excess = known.size() - capacity; excess > 0; excess--) {
                oldest.next();
                oldest.remove();
            }
        }
    }

    boolean hasNearerAnchor(Name name, Name signer) {
        return anchors.above(name).filter(a -> Nsec.isBelow(a, signer)).isPresent();
    }
}
