// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.util.HashSet;
import java.util.Set;
import org.xbill.DNS.Name;

/**
 * What one lookup may cost, so that no answer makes it cost more: CVE-2023-50387 (many keys with one tag and many signatures) and CVE-2023-50868 (NSEC3 hashes) are answers of that kind.
 *
 * <p>A mail domain that is not known at all needs 9 questions, 9 signatures and no failed one. <b>Threads</b> one lookup's.
 */
public final class Budget {

    private static final int QUESTIONS = 60;
    private static final int SIGNATURES = 60;
    /** Honest zones have none, or few while keys with one tag are rolled. */
    private static final int FAILED_SIGNATURES = 8;
    /** Of at most {@link Nsec3#MAX_ITERATIONS} rounds each. */
    private static final int HASHES = 200;

    private final long deadline;
    private final int turn;
    private final Set<Name> broken = new HashSet<>();
    private int questions = QUESTIONS;
    private int signatures = SIGNATURES;
    private int failures = FAILED_SIGNATURES;
    private int hashes = HASHES;

    /** @param deadline on {@link System#nanoTime}'s scale */
    public Budget(long deadline) {
        this(deadline, 0);
    }

    /**
     * Of a lookup that is tried again because what came could not be proved.
     *
     * @param turn counts from 0; in each another forwarder goes first, and what an earlier one made believe of a zone's keys is found out anew
     */
    public Budget(long deadline, int turn) {
        this.deadline = deadline;
        this.turn = turn;
    }

    public int turn() {
        return turn;
    }

    /** Whether a zone that is remembered as broken is to be looked at again: in a further turn, once. */
    boolean looksAgain(Name zone) {
        return turn > 0 && broken.add(zone);
    }

    public long deadline() {
        return deadline;
    }

    long nanosLeft() {
        return deadline - System.nanoTime();
    }

    /** Takes one; false where none is left. */
    boolean question() {
        return --questions >= 0;
    }

    boolean signature() {
        return failures > 0 && --signatures >= 0;
    }

    void failedSignature() {
        failures--;
    }

    boolean hash() {
        return --hashes >= 0;
    }
}
