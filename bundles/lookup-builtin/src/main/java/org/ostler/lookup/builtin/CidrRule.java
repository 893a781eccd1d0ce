// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;

/**
 * One network of a cidr table.
 *
 * @param block of an "if": position of the first rule behind its end; 0 for a rule with an answer
 */
record CidrRule(byte[] net, int length, boolean negated, Answer answer, int block) {

    boolean matches(byte[] address) {
        return net.length == address.length && contains(address) != negated;
    }

    private boolean contains(byte[] address) {
        for (int i = 0, left = length; left > 0; i++, left -= 8) {
            int care = mask(left);
            if ((net[i] & care) != (address[i] & care)) {
                return false;
            }
        }
        return true;
    }

    /** Whether no bit is set behind the length. */
    boolean isClean() {
        for (int i = 0, left = length; i < net.length; i++, left -= 8) {
            if ((net[i] & 0xff & ~mask(left)) != 0) {
                return false;
            }
        }
        return true;
    }

    String cleanText() {
        byte[] clean = net.clone();
        for (int i = 0, left = length; i < clean.length; i++, left -= 8) {
            clean[i] &= (byte) mask(left);
        }
        try {
            return AddressText.of(InetAddress.getByAddress(clean)) + "/" + length;
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    CidrRule withBlock(int end) {
        return new CidrRule(net, length, negated, answer, end);
    }

    private static int mask(int left) {
        return left >= 8 ? 0xff : left <= 0 ? 0 : 0xff00 >> left & 0xff;
    }
}
