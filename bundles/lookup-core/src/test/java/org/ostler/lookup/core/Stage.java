// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.TableFactory;

/**
 * What handles need around them, without a server: table types that the test binds, warnings that it reads, and a time that stands still until it moves it. A second that a slow
 * machine has lost does not count.
 */
class Stage implements Opener {

    final Registry registry = new Registry();
    final Handles handles = new Handles(this);
    final LinkedBlockingQueue<String> warnings = new LinkedBlockingQueue<>();
    private volatile Runnable onLook = () -> { };
    private final AtomicLong now = new AtomicLong(System.nanoTime());
    private final Settings settings;
    private final Supplier<Path> directory;

    /** @param directory of the configuration; asked each time, since it is made after the test's fields */
    Stage(Duration lookupTimeout, Supplier<Path> directory) {
        this.settings = Settings.parse("table_lookup_timeout = " + lookupTimeout.toSeconds() + "s\n");
        this.directory = directory;
    }

    void bind(String type, TableFactory factory) {
        registry.bind(factory, new Source("test", "1"), List.of(type), 0);
    }

    void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    /** Whenever the thread that looks at files asks for the time. */
    void onLook(Runnable what) {
        onLook = () -> {
            if (Thread.currentThread().getName().equals("look at files")) {
                what.run();
            }
        };
    }

    @Override
    public State state() {
        return new State(settings, directory.get(), Duration.ofSeconds(5), Duration.ofMinutes(1));
    }

    @Override
    public Consumer<String> warnings() {
        return warnings::add;
    }

    @Override
    public Tables tables() {
        return handles;
    }

    @Override
    public Registry registry() {
        return registry;
    }

    @Override
    public LongSupplier clock() {
        return () -> {
            onLook.run();
            return now.get();
        };
    }
}
