// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.List;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The running configuration. The service of {@code config-maincf}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #current} never; {@link #reload} reads files. <b>Errors</b> a bad file leaves the old generation running.
 * <b>Nulls</b> none. <b>Lifetime</b> the service is registered only with a first checked generation, so {@link #current} always answers.
 */
@ProviderType
public interface Configuration {

    Generation current();

    /**
     * Reads the files again and swaps the generation if the whole of it is good.
     *
     * @return problems with file and line, none where the new generation is in force; warnings go to the log
     */
    List<String> reload();

    /** What {@link #reload} would find wrong, as it would say it; nothing changes. */
    List<String> check();

    /**
     * Changes main.cf and master.cf as one: the whole new configuration is checked, then written (copy and rename), then in force. Comments and order of the files stay.
     *
     * @return why it was refused, none where it was done. Refused are: a configuration with problems, files that somebody edited since they were last applied (their
     *         half-done work must not go into force with ours), files that cannot be written
     */
    List<String> change(List<ConfigChange> changes);

    /**
     * Takes back the last {@link #change} that was not yet taken back, in the same way. At least the last ten changes since the start can be undone.
     *
     * @return why it was refused, none where it was done
     */
    List<String> undo();

    /** Calls {@code listener} with the current generation now, and with each new one, in order, on the reloading thread; until the handle is closed. */
    AutoCloseable onChange(Consumer<Generation> listener);
}
