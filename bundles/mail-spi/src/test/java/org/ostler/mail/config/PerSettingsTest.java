// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PerSettingsTest {

    private record Holder(Settings settings) {}

    private final AtomicInteger computed = new AtomicInteger();
    private final PerSettings<Holder> holders = new PerSettings<>(settings -> {
        computed.incrementAndGet();
        return new Holder(settings);
    });

    @Test
    void each_settings_are_computed_once_however_many_take_turns() {
        var all = new ArrayList<Settings>();
        for (int i = 0; i < 30; i++) {
            all.add(Settings.of(Map.of("a", Integer.toString(i))));
        }
        for (int round = 0; round < 3; round++) {
            all.forEach(settings -> assertThat(holders.of(settings).settings()).isSameAs(settings));
        }
        assertThat(computed.get()).isEqualTo(30);
    }

    @Test
    void after_clear_everything_is_computed_again() {
        Settings settings = Settings.of(Map.of());
        holders.of(settings);
        holders.clear();
        holders.of(settings);
        assertThat(computed.get()).isEqualTo(2);
    }

    @Test
    void settings_that_nobody_uses_are_collected_with_their_result() {
        var gone = new WeakReference<>(Settings.of(Map.of("a", "old")));
        holders.of(gone.get());
        // Newer generations push the old one out of what is at hand.
        var newer = new ArrayList<Settings>();
        for (int i = 0; i < 8; i++) {
            newer.add(Settings.of(Map.of()));
            holders.of(newer.getLast());
        }
        for (int i = 0; i < 100 && gone.get() != null; i++) {
            System.gc();
        }
        assertThat(gone.get()).isNull();
        assertThat(newer).hasSize(8);
    }
}
