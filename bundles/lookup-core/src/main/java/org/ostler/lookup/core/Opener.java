// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.ostler.mail.config.Settings;

/** What a handle needs from its surroundings to open a table. <b>Threads</b> any. */
interface Opener {

    /** The configuration in force, or null where there has been none in time. */
    State state();

    /** Takes finished warnings. */
    Consumer<String> warnings();

    org.ostler.mail.lookup.Tables tables();

    Registry registry();

    /** @param patience for a factory that is not there */
    record State(Settings settings, Path configDirectory, Duration patience) {

        Duration lookupTimeout() {
            return settings.get(LookupParameters.TABLE_LOOKUP_TIMEOUT);
        }
    }
}
