// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base32;

/**
 * What the NSEC3 records of one zone prove (RFC 5155 section 8). The records are verified and share one salt and number of iterations.
 *
 * <p><b>Threads</b> one lookup's.
 */
final class Nsec3 {

    /** More is insecure (RFC 9276 section 3.2); the figure is that of other validators. */
    static final int MAX_ITERATIONS = 150;

    private static final int OPT_OUT = 1;
    private static final byte[] TOO_MANY = {};

    private record Entry(byte[] owner, NSEC3Record record) {
        boolean hasType(int type) {
            return record.hasType(type);
        }
    }

    /** How far down the tree the zone is known to reach towards a name. */
    private record Encloser(Name name, Entry at, Name nextCloser) {}

    private final Name zone;
    private final List<Entry> entries;
    private final Budget budget;
    private final Map<Name, byte[]> hashes = new HashMap<>();

    private Nsec3(Name zone, List<Entry> entries, Budget budget) {
        this.zone = zone;
        this.entries = entries;
        this.budget = budget;
    }

    /** Records of other parameters than the first's are left out: a mixture of two chains proves nothing (RFC 5155 section 8.2). */
    static Nsec3 of(Name zone, List<NSEC3Record> verified, Budget budget) {
        List<Entry> entries = verified.stream().filter(r -> fits(r, zone) && sameParameters(r, verified.getFirst())).map(r -> new Entry(hashLabel(r), r)).filter(e -> e.owner.length > 0).toList();
        return new Nsec3(zone, entries, budget);
    }

    private static boolean fits(NSEC3Record r, Name zone) {
        return r.getHashAlgorithm() == NSEC3Record.SHA1_DIGEST_ID && (r.getFlags() & ~OPT_OUT) == 0 && new Name(r.getName(), 1).equals(zone);
    }

    private static boolean sameParameters(NSEC3Record a, NSEC3Record b) {
        return a.getHashAlgorithm() == b.getHashAlgorithm() && a.getIterations() == b.getIterations() && Arrays.equals(a.getSalt(), b.getSalt());
    }

    private static byte[] hashLabel(NSEC3Record r) {
        byte[] hash = new base32(base32.Alphabet.BASE32HEX, false, false).fromString(r.getName().getLabelString(0));
        return hash == null ? TOO_MANY : hash;
    }

    private boolean isTooCostly() {
        return !entries.isEmpty() && entries.getFirst().record.getIterations() > MAX_ITERATIONS;
    }

    /** What is proved about a name and a type other than DS. */
    Proof denial(Name name, int type) {
        if (isTooCostly()) {
            return Proof.TOO_COSTLY;
        }
        Optional<Entry> exact = matching(name);
        if (exact.isPresent()) {
            return lacks(exact.get(), type) ? Proof.NO_DATA : Proof.NOTHING;
        }
        Optional<Encloser> encloser = encloser(name);
        Optional<Entry> cover = encloser.flatMap(e -> covering(e.nextCloser));
        if (cover.isEmpty()) {
            return Proof.NOTHING;
        }
        boolean optOut = isOptOut(cover.get());
        Name wildcard = Nsec.wildcard(encloser.get().name);
        if (wildcard == null) {
            return Proof.NOTHING;
        }
        Optional<Entry> source = matching(wildcard);
        if (source.isPresent()) {
            return !lacks(source.get(), type) ? Proof.NOTHING : optOut ? Proof.NO_DATA_OPT_OUT : Proof.NO_DATA;
        }
        if (covering(wildcard).isEmpty()) {
            return Proof.NOTHING;
        }
        return optOut ? Proof.NO_SUCH_NAME_OPT_OUT : Proof.NO_SUCH_NAME;
    }

    Delegation delegation(Name name) {
        if (isTooCostly()) {
            return Delegation.UNSIGNED;
        }
        Optional<Entry> exact = matching(name);
        if (exact.isPresent()) {
            return Delegation.of(exact.get()::hasType);
        }
        Optional<Entry> cover = encloser(name).flatMap(e -> covering(e.nextCloser));
        if (cover.isEmpty()) {
            return Delegation.UNPROVED;
        }
        return isOptOut(cover.get()) ? Delegation.UNSIGNED : Delegation.NONE;
    }

    /** For records expanded from a wildcard: the next closer name does not exist (RFC 5155 section 8.8). */
    Proof expansion(Name name, int labels) {
        if (isTooCostly()) {
            return Proof.TOO_COSTLY;
        }
        Name nextCloser = new Name(name, Math.max(0, RrSet.labels(name) - labels - 1));
        return covering(nextCloser).map(e -> isOptOut(e) ? Proof.NO_SUCH_NAME_OPT_OUT : Proof.NO_SUCH_NAME).orElse(Proof.NOTHING);
    }

    private static boolean isOptOut(Entry entry) {
        return (entry.record.getFlags() & OPT_OUT) != 0;
    }

    private static boolean lacks(Entry entry, int type) {
        return !entry.hasType(type) && !entry.hasType(Type.CNAME) && !isDelegation(entry);
    }

    private static boolean isDelegation(Entry entry) {
        return entry.hasType(Type.NS) && !entry.hasType(Type.SOA);
    }

    /** RFC 5155 section 8.3. Below a delegation or a DNAME the zone has no say. */
    private Optional<Encloser> encloser(Name name) {
        Name nextCloser = name;
        while (!nextCloser.equals(zone) && nextCloser.subdomain(zone)) {
            Name above = new Name(nextCloser, 1);
            Optional<Entry> match = matching(above);
            if (match.isPresent()) {
                boolean ends = match.get().hasType(Type.DNAME) || isDelegation(match.get());
                return ends ? Optional.empty() : Optional.of(new Encloser(above, match.get(), nextCloser));
            }
            nextCloser = above;
        }
        return Optional.empty();
    }

    private Optional<Entry> matching(Name name) {
        byte[] hash = hash(name);
        return entries.stream().filter(e -> hash.length > 0 && Arrays.equals(e.owner, hash)).findFirst();
    }

    private Optional<Entry> covering(Name name) {
        byte[] hash = hash(name);
        return entries.stream().filter(e -> hash.length > 0 && covers(e.owner, e.record.getNext(), hash)).findFirst();
    }

    private static boolean covers(byte[] owner, byte[] next, byte[] hash) {
        boolean after = Arrays.compareUnsigned(owner, hash) < 0;
        boolean before = Arrays.compareUnsigned(hash, next) < 0;
        boolean last = Arrays.compareUnsigned(next, owner) <= 0;
        return last ? after || before : after && before;
    }

    /** Empty where the lookup has hashed enough, so that nothing matches any more. */
    private byte[] hash(Name name) {
        return hashes.computeIfAbsent(name, n -> {
            if (entries.isEmpty() || !budget.hash()) {
                return TOO_MANY;
            }
            try {
                return entries.getFirst().record.hashName(n);
            } catch (NoSuchAlgorithmException _) {
                return TOO_MANY;
            }
        });
    }
}
