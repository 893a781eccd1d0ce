// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.util.OptionalLong;

/**
 * How one table is doing: a snapshot that {@link Tables#statistics} takes.
 *
 * <p><b>Threads</b> any; immutable.
 *
 * @param table     {@code type:name}, as it stands in the configuration
 * @param source    who provides its type
 * @param condition whether it answers
 * @param counts    of lookups, by outcome
 * @param latency   of the same lookups, waiting included; of tables that answer at once, a sample of them
 */
public record TableStatistics(String table, Source source, Condition condition, Counts counts, Latency latency) {

    /** @param bundle symbolic name; empty while nobody provides the type */
    public record Source(String bundle, String version) {}

    /**
     * @param open    a table is open and answers, perhaps an older one: {@code trouble} says so then
     * @param entries where the type knows their number
     * @param trouble why it cannot be opened, or why a changed file is not taken; empty where all is well
     */
    public record Condition(boolean open, OptionalLong entries, String trouble) {}

    /** @param errors answers "unavailable", overdue lookups among them */
    public record Counts(long hits, long misses, long errors) {

        public long all() {
            return hits + misses + errors;
        }
    }
}
