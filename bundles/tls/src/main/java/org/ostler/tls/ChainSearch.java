// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;

/**
 * Looks for a way from a peer's certificate to an anchor. The peer may send its certificates in any order, some too many and some missing; every way is tried, within bounds, because the chain is a
 * stranger's and a search without bounds is his to prolong.
 *
 * <p><b>Threads</b> one; for one use.
 */
final class ChainSearch {

    static final int MOST_CERTIFICATES = 50;
    static final int MOST_SIGNATURES = 100;

    /** @param why empty: there is a way @param expired the flaw is a date */
    record Outcome(String why, boolean expired) {
        boolean isGood() {
            return why.isEmpty();
        }
    }

    static final Outcome GOOD = new Outcome("", false);

    private final Authorities.Known known;
    private final Set<X509Certificate> sent = new LinkedHashSet<>();
    private final X509Certificate peer;
    private final PathCheck check;
    private final int depth;
    private int signatures;
    private Outcome worst;
    private Instant until = Instant.MAX;

    /** @param depth as Postfix counts: one more certificate may stand between the peer's own and the anchor */
    ChainSearch(Authorities.Known known, List<X509Certificate> chain, int depth, PathCheck check) {
        this.known = known;
        this.peer = chain.getFirst();
        this.depth = Math.min(depth, MOST_CERTIFICATES);
        this.check = check;
        chain.stream().limit(MOST_CERTIFICATES).skip(1).filter(certificate -> !certificate.equals(peer)).forEach(sent::add);
        this.worst = endOf(peer);
    }

    /** Nobody that is known here stands above this one. */
    private Outcome endOf(X509Certificate top) {
        String issuer = top.getIssuerX500Principal().getName();
        boolean selfSigned = top.getSubjectX500Principal().equals(top.getIssuerX500Principal());
        return new Outcome(!selfSigned ? "unable to get issuer certificate: " + issuer : top.equals(peer) ? "self-signed certificate" : "self-signed certificate in certificate chain: " + issuer, false);
    }

    /** When the first certificate on the way that was found expires. */
    Instant until() {
        return until;
    }

    Outcome search() {
        // An operator may name the very certificate of the peer.
        if (known.anchors().getOrDefault(peer.getSubjectX500Principal(), List.of()).contains(peer)) {
            until = peer.getNotAfter().toInstant();
            return check.alone(peer).map(flaw -> flaw).orElse(GOOD);
        }
        var path = new ArrayList<X509Certificate>();
        path.add(peer);
        return extend(path) ? GOOD : worst;
    }

    /** @param path from the peer's certificate upwards, each signed by the next */
    private boolean extend(List<X509Certificate> path) {
        X509Certificate top = path.getLast();
        if (path.size() > depth + 2) {
            worst = new Outcome("certificate chain too long, more than " + (depth + 1) + " certificates between the peer's and the authority's", false);
            return false;
        }
        for (X509Certificate anchor : named(known.anchors(), top)) {
            if (signed(top, anchor)) {
                Optional<Outcome> flaw = check.path(path, anchor);
                if (flaw.isEmpty()) {
                    until = Stream.concat(path.stream(), Stream.of(anchor)).map(certificate -> certificate.getNotAfter().toInstant()).min(Comparator.naturalOrder()).orElseThrow();
                    return true;
                }
                worst = flaw.get();
            }
        }
        var issuers = new LinkedHashSet<>(named(known.others(), top));
        sent.stream().filter(certificate -> certificate.getSubjectX500Principal().equals(top.getIssuerX500Principal())).forEach(issuers::add);
        issuers.removeAll(path);
        if (issuers.isEmpty() && named(known.anchors(), top).isEmpty()) {
            worst = endOf(top);
        }
        for (X509Certificate issuer : issuers) {
            if (!signed(top, issuer)) {
                continue;
            }
            path.add(issuer);
            if (extend(path)) {
                return true;
            }
            path.removeLast();
        }
        return false;
    }

    private static List<X509Certificate> named(Map<X500Principal, List<X509Certificate>> among, X509Certificate issued) {
        return among.getOrDefault(issued.getIssuerX500Principal(), List.of());
    }

    private boolean signed(X509Certificate certificate, X509Certificate issuer) {
        if (signatures >= MOST_SIGNATURES) {
            worst = new Outcome("the chain takes more than " + MOST_SIGNATURES + " signature checks", false);
            return false;
        }
        signatures++;
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException _) {
            return false; // another key's, or one that nobody here can check: not the issuer
        }
    }
}
