// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.TablesProvider;

/**
 * Tables without OSGi: the types are those that {@code META-INF/services} lists on the class path. All are there from the start, so nobody waits for one.
 *
 * <p><b>Threads</b> any. A factory is created when the first table of its type is opened.
 */
public final class PlainTables implements TablesProvider {

    @Override
    public Tables tables(Settings settings, Path configDirectory, Consumer<String> warnings) {
        return new Plain(settings, configDirectory, warnings).handles;
    }

    private static final class Plain implements Opener {

        /** A command has the time that its user has. */
        private static final Duration LONGEST_OPENING = Duration.ofHours(1);

        private final State state;
        private final Consumer<String> warnings;
        private final Registry registry = new Registry();
        private final Handles handles = new Handles(this);

        Plain(Settings settings, Path configDirectory, Consumer<String> warnings) {
            this.state = new State(settings, configDirectory, Duration.ZERO, LONGEST_OPENING);
            this.warnings = warnings;
            var rank = new AtomicInteger();
            ServiceLoader.load(TableFactory.class, PlainTables.class.getClassLoader()).stream().forEach(provider -> {
                TableType type = provider.type().getAnnotation(TableType.class);
                if (type != null) {
                    registry.bind(spec -> provider.get().open(spec), new Source(provider.type().getPackageName(), ""), List.of(type.value()), rank.incrementAndGet());
                }
            });
        }

        @Override
        public State state() {
            return state;
        }

        @Override
        public Consumer<String> warnings() {
            return warnings;
        }

        @Override
        public Tables tables() {
            return handles.parts();
        }

        @Override
        public Registry registry() {
            return registry;
        }
    }
}
