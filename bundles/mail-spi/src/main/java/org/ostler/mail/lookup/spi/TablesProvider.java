// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Tables;

/**
 * Tables on a plain class path, with the table types that {@code META-INF/services} lists: for the command line, for tests, for the plain wiring. Found by
 * {@link java.util.ServiceLoader}; {@code lookup-core} provides it.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> no. <b>Errors</b> none. <b>Nulls</b> none. <b>Lifetime</b> the tables live as long as the process.
 */
@ConsumerType
public interface TablesProvider {

    /** @param warnings takes finished lines, without the word "warning" */
    Tables tables(Settings settings, Path configDirectory, Consumer<String> warnings);
}
