// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.lookup.Answer;

/**
 * One open table of one type.
 *
 * <p><b>Threads</b> any number of virtual threads at once.
 * <b>Blocking</b> allowed; honour interruption. The caller owns the deadline.
 * <b>Errors</b> answer {@link Answer.Unavailable}; an exception is reported as a bug in the table.
 * <b>Nulls</b> none in, none out. Keys are never empty and are already case-folded, unless {@link Trait#CASE_SENSITIVE_KEYS} is declared.
 * <b>Lifetime</b> {@link #close} is called once, after the last lookup has returned.
 *
 * <p>A table sees whole keys only. Trying {@code user+ext@domain}, {@code user@domain}, {@code @domain} in turn is the caller's work, and is
 * skipped for tables that declare {@link Trait#KEYS_ARE_PATTERNS}.
 */
@ConsumerType
@FunctionalInterface
public interface Table extends AutoCloseable {

    Answer find(String key);

    default Set<Trait> traits() {
        return Set.of();
    }

    @Override
    default void close() {}
}
