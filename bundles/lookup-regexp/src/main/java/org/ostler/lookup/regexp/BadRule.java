// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

/** A rule that cannot be used; the text goes into the warning. */
final class BadRule extends Exception {

    private static final long serialVersionUID = 1L;

    /** Whether the warning ends in {@code : skipping this rule}. */
    final boolean saysSkipping;

    BadRule(String message, boolean saysSkipping) {
        super(message, null, false, false);
        this.saysSkipping = saysSkipping;
    }
}
