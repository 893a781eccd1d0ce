// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls.spi;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;

/**
 * Judges a peer's certificates by one kind of {@link Proof}. Registered with {@link ProofKind}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> no network; files that parameters name may be read. <b>Errors</b> {@link PeerVerdict.Untrusted} where the fault is the peer's, {@link PeerVerdict.Unjudged} where it is ours; an exception is reported as a bug, says nothing against the peer, and makes mail wait.
 * <b>Nulls</b> none. <b>Lifetime</b> one call, one verdict; called for a resumed session too, for dates change. The peer has proved in the handshake that it owns the key of the first certificate.
 */
@ConsumerType
public interface PeerVerifier {

    /**
     * @param proof of the kind registered for
     * @param chain as the peer sent it, its own certificate first, at least one, in any order behind that; hostile input
     * @param context whose parameters count, and the time
     */
    PeerVerdict verify(Proof proof, List<X509Certificate> chain, Context context);

    /**
     * @param prefix   of parameters: {@code smtp} or {@code lmtp}; {@code smtpd} where the peer is a client
     * @param settings of the row that has the connection
     * @param now      for validity dates
     */
    record Context(String prefix, Settings settings, Instant now) {}
}
