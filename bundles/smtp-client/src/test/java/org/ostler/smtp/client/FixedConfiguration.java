// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.ostler.mail.config.ConfigChange;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;

/** A main.cf that stays as it is. */
record FixedConfiguration(Generation current) implements Configuration {

    static FixedConfiguration of(Map<String, String> mainCf) {
        return new FixedConfiguration(new Generation(1, Path.of("/"), Settings.of(mainCf), List.of()));
    }

    @Override
    public List<String> reload() {
        return List.of();
    }

    @Override
    public List<String> check() {
        return List.of();
    }

    @Override
    public List<String> change(List<ConfigChange> changes) {
        return List.of("this configuration is fixed");
    }

    @Override
    public List<String> undo() {
        return List.of("this configuration is fixed");
    }

    @Override
    public AutoCloseable onChange(Consumer<Generation> listener) {
        listener.accept(current);
        return () -> { };
    }
}
