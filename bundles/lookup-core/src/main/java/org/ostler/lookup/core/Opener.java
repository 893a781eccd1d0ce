// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.ostler.mail.config.Settings;

/** What a handle needs from its surroundings to open a table. <b>Threads</b> any. */
interface Opener {

    /** The configuration in force, or null where there has been none in time. */
    State state();

    /** Takes finished warnings. */
    Consumer<String> warnings();

    /** For tables that are made of others: {@link Handles#parts}. */
    org.ostler.mail.lookup.Tables tables();

    Registry registry();

    /** Whether a first opening waits until nobody has written to the files for a while; a command takes them as it finds them. */
    default boolean waitsForWriters() {
        return false;
    }

    /** Like {@link System#nanoTime}; for tests. */
    default LongSupplier clock() {
        return System::nanoTime;
    }

    /**
     * @param patience for a factory that is not there
     * @param opening  for a table that is being opened
     */
    record State(Settings settings, Path configDirectory, Duration patience, Duration opening) {

        Duration lookupTimeout() {
            return settings.get(LookupParameters.TABLE_LOOKUP_TIMEOUT);
        }
    }
}
