// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import org.ostler.mail.access.spi.RuleResult;

/** A built-in word of the restriction language: an {@code AccessRule} that also knows what the list is about. */
@FunctionalInterface
interface Word {
    RuleResult check(Evaluation at);
}
