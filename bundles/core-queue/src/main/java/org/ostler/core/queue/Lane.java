// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.queue.RecipientState.Reason;

/**
 * One transport by its master.cf name: its settings, its bound on deliveries, its destinations.
 *
 * <p>{@link #refresh} is called outside of the scheduler's lock and swaps one immutable {@link Config}; everything else is guarded by that lock.
 */
final class Lane {

    /**
     * @param row empty where master.cf has no such transport
     * @param log with the tag of the row's program
     */
    record Config(Generation generation, Optional<ServiceRow> row, Settings settings, LaneLimits limits, MailLog log) {

        String program() {
            return row.map(ServiceRow::command).orElse("");
        }
    }

    final String name;
    final Selection selection = new RoundRobin();
    final Map<String, Destination> destinations = new HashMap<>();
    /** Set while the transport as a whole is left alone. */
    Reason deadReason;
    int running;
    /** A transport rate delay is running. */
    boolean paused;
    private volatile Config config;

    Lane(String name, Generation generation) {
        this.name = name;
        refresh(generation);
    }

    Config config() {
        return config;
    }

    LaneLimits limits() {
        return config.limits;
    }

    boolean hasRoom() {
        return !paused && running < config.limits.processLimit();
    }

    /** Reads the configuration again where it has changed. Destinations keep their windows. */
    void refresh(Generation generation) {
        Config old = config;
        if (old != null && old.generation == generation) {
            return;
        }
        Settings main = generation.main();
        Optional<ServiceRow> row = generation.row(name, "unix");
        Settings settings = row.map(generation::settings).orElse(main);
        MailLog log = MailLog.of(settings.text("syslog_name") + "/" + row.map(ServiceRow::command).orElse("qmgr"));
        config = new Config(generation, row, settings, limits(main, row), log);
    }

    private LaneLimits limits(Settings main, Optional<ServiceRow> row) {
        ServiceRow known = row.orElseGet(() -> new ServiceRow(name, "unix", true, true, false, "-", java.util.OptionalInt.empty(), "", java.util.List.of(),
                Map.of(), "", 0));
        try {
            return LaneLimits.read(name, main, known);
        } catch (BadValueException e) {
            // Names made at run time are not declared, so nobody has checked them before.
            MailLog.of(main.text("syslog_name") + "/qmgr").warning(e.getMessage() + "; using the default limits for transport " + name);
            return LaneLimits.read("", main, known);
        }
    }

    Destination destination(String key) {
        return destinations.computeIfAbsent(key, k -> new Destination(this, k));
    }

    /** Forgets a destination of which nothing is left but its name, as qmgr does. */
    void tidy(Destination destination) {
        if (destination.isIdle()) {
            destinations.remove(destination.key, destination);
        }
    }
}
