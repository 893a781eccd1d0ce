// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A configuration that nobody changes: for the life of one command, and for tests of what reads one.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as the supplier. <b>Errors</b> a change is refused with a reason.
 *
 * @param generation asked each time, so that a test can make it fail
 */
public record FixedConfiguration(Supplier<Generation> generation) implements Configuration {

    private static final List<String> REFUSED = List.of("this configuration is fixed");

    public FixedConfiguration(Generation only) {
        this(() -> only);
    }

    /** @param mainCf values by name; the directory of main.cf is the root */
    public static FixedConfiguration of(Map<String, String> mainCf) {
        return of(Path.of("/"), mainCf);
    }

    public static FixedConfiguration of(Path directory, Map<String, String> mainCf) {
        return new FixedConfiguration(new Generation(1, directory, Settings.of(mainCf), List.of()));
    }

    @Override
    public Generation current() {
        return generation.get();
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
        return REFUSED;
    }

    @Override
    public List<String> undo() {
        return REFUSED;
    }

    @Override
    public AutoCloseable onChange(Consumer<Generation> listener) {
        listener.accept(current());
        return () -> { };
    }
}
