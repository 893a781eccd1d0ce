// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.lookup.Answer;

/**
 * One open table of one type.
 *
 * <p><b>Threads</b> any number of virtual threads at once.
 * <b>Blocking</b> allowed; honour interruption. The caller owns the deadline: declare {@link Trait#MAY_BLOCK}, or keep to {@link TableSpec#lookupTimeout} yourself.
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

    /** Files it was read from when it was opened. They are watched: when one has changed and stayed the same for two seconds the table is opened anew. */
    default List<Path> sources() {
        return List.of();
    }

    /** Gives all keys and values to {@code sink}; false where the type cannot ({@code postmap -s}). */
    default boolean list(BiConsumer<String, String> sink) {
        return false;
    }

    /** How many entries or rules it has; empty where that is not known without asking for all of them. */
    default OptionalLong size() {
        return OptionalLong.empty();
    }

    @Override
    default void close() {}
}
