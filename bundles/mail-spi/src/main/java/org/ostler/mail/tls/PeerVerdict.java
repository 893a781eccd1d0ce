// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

/**
 * What came of judging a peer's certificates. An answer, never an exception: the caller decides what it means for mail.
 *
 * <p>The words are Postfix's: the log says {@code Verified}, {@code Trusted}, {@code Untrusted} or {@code Anonymous TLS connection established}.
 */
public sealed interface PeerVerdict {

    /** @param how for the log at a higher level, one line for each thing that matched, {@code Matched DANE EE certificate at depth 0: 3 1 1 ...} */
    record Verified(String how) implements PeerVerdict {}

    /** The chain is good and the name is none of those asked for, or no name was asked for. @param why the name that was there */
    record Trusted(String why) implements PeerVerdict {}

    /** @param why one line an operator can act on @param result the same for reports (RFC 8460 section 4.3) */
    record Untrusted(String why, TlsResult result) implements PeerVerdict {}

    /** There was nothing to compare with: no record can be used. Encryption holds, authentication is not to be had (RFC 7672 section 2.2). */
    record NothingUsable(String why) implements PeerVerdict {}

    /**
     * Nobody could judge: trouble of ours, such as a file of authorities that cannot be read, which says nothing of the peer. Where something hangs on the verdict it waits, and nobody is accused.
     *
     * @param why one line an operator can act on
     */
    record Unjudged(String why) implements PeerVerdict {}

    /** No certificate was shown. */
    record Anonymous() implements PeerVerdict {}

    /** The word in the log. */
    default String word() {
        return switch (this) {
            case Verified _ -> "Verified";
            case Trusted _ -> "Trusted";
            case Untrusted _, NothingUsable _, Unjudged _ -> "Untrusted";
            case Anonymous _ -> "Anonymous";
        };
    }
}
