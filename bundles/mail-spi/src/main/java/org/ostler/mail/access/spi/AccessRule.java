// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.access.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * One word of the restriction language. A service whose property {@code rule.name} (see {@link RuleName}) is the word, {@code permit_mynetworks} for example.
 *
 * <p><b>Threads</b> many sessions at once. <b>Blocking</b> allowed within a deadline of the rule's own. <b>Errors</b> {@link RuleResult.Unavailable}. <b>Nulls</b> none. <b>Lifetime</b> dynamic; while
 * a word's bundle is away its lists answer 451.
 */
@ConsumerType
@FunctionalInterface
public interface AccessRule {

    RuleResult check(RuleContext context);

    /** How many words behind it belong to it: 1 for {@code check_client_access type:table}. */
    default int arguments() {
        return 0;
    }
}
