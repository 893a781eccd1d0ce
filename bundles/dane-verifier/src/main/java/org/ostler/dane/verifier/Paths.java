// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.dns.Tlsa;

/**
 * Looks for a way from the server's certificate to an anchor that a record of usage 2 names.
 *
 * <p>The server may send its certificates in any order, with some too many and the anchor missing, and two authorities may have signed one key: every way is tried, within bounds. What makes a way
 * good is {@link PathCheck}'s business.
 *
 * <p><b>Threads</b> one; for one use.
 */
final class Paths {

    /** Of a chain that are looked at; the rest is ignored. */
    static final int MOST_CERTIFICATES = 50;
    /** Verified for one server: each costs about a tenth of a millisecond. */
    static final int MOST_SIGNATURES = 100;
    /** Certificates between the server's own and the anchor. */
    private static final int MOST_DEPTH = 10;

    sealed interface Outcome {}

    /** @param anchor for the log */
    record Good(String anchor) implements Outcome {}

    record Bad(String why, boolean expired) implements Outcome {}

    private final List<Tlsa> records;
    private final List<PublicKey> bareKeys = new ArrayList<>();
    private final X509Certificate server;
    private final Set<X509Certificate> issuers = new LinkedHashSet<>();
    private final PathCheck check;
    private int signatures;
    private Bad worst = new Bad("no TLSA record matches a certificate of the chain", false);

    /** @param records of usage 2 */
    Paths(List<Tlsa> records, List<X509Certificate> chain, Instant now) {
        this.records = records;
        this.server = chain.getFirst();
        this.check = new PathCheck(now);
        chain.stream().limit(MOST_CERTIFICATES).skip(1).forEach(issuers::add);
        for (Tlsa record : records) {
            if (record.matchingType() == Usable.WHOLE) {
                if (record.selector() == Usable.KEY) {
                    Keys.read(record.data()).ifPresent(bareKeys::add);
                } else {
                    Keys.certificate(record.data()).ifPresent(issuers::add);
                }
            }
        }
        issuers.remove(server);
    }

    Outcome search() {
        var path = new ArrayList<X509Certificate>();
        path.add(server);
        return extend(path).<Outcome>map(good -> good).orElse(worst);
    }

    /** @param path from the server's certificate upwards, each signed by the next */
    private Optional<Good> extend(List<X509Certificate> path) {
        X509Certificate top = path.getLast();
        for (X509Certificate issuer : issuers) {
            if (path.contains(issuer) || !isIssuer(issuer, top)) {
                continue;
            }
            Optional<Good> good = step(path, issuer);
            if (good.isPresent()) {
                return good;
            }
        }
        for (PublicKey key : bareKeys) {
            if (signed(top, key)) {
                Optional<Good> good = judged(check.toKey(path, key), "Matched DANE TA public key verified certificate at depth " + (path.size() - 1));
                if (good.isPresent()) {
                    return good;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Good> step(List<X509Certificate> path, X509Certificate issuer) {
        for (Tlsa record : records) {
            if (Verifier.matches(record, issuer)) {
                Optional<Good> good = judged(check.toCertificate(path, issuer), "Matched DANE TA certificate at depth " + path.size() + ": " + record.shown());
                if (good.isPresent()) {
                    return good;
                }
                break;
            }
        }
        if (path.size() > MOST_DEPTH) {
            return Optional.empty();
        }
        path.add(issuer);
        try {
            return extend(path);
        } finally {
            path.removeLast();
        }
    }

    private Optional<Good> judged(Optional<Bad> flaw, String anchor) {
        if (flaw.isEmpty()) {
            return Optional.of(new Good(anchor));
        }
        worst = flaw.get();
        return Optional.empty();
    }

    private boolean isIssuer(X509Certificate issuer, X509Certificate of) {
        return issuer.getSubjectX500Principal().equals(of.getIssuerX500Principal()) && signed(of, issuer.getPublicKey());
    }

    private boolean signed(X509Certificate certificate, PublicKey key) {
        if (signatures >= MOST_SIGNATURES) {
            worst = new Bad("the chain takes more than " + MOST_SIGNATURES + " signature checks", false);
            return false;
        }
        signatures++;
        try {
            certificate.verify(key);
            return true;
        } catch (GeneralSecurityException | RuntimeException _) {
            return false; // another key's, or one that nobody here can check: not the issuer
        }
    }
}
