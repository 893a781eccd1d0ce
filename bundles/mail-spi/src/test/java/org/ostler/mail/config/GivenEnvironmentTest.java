// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GivenEnvironmentTest {

    private static final String PROPERTY = "ostler.given.LC_ALL";

    @AfterEach
    void forget() {
        System.clearProperty(PROPERTY);
    }

    private static Map<String, String> restored(Map<String, String> environment) {
        var copy = new HashMap<>(environment);
        GivenEnvironment.restore(copy);
        return copy;
    }

    @Test
    void the_locale_that_the_launcher_set_is_nobody_elses() {
        Map<String, String> ours = Map.of("LC_ALL", "C.UTF-8", "LANG", "de_DE");
        System.setProperty(PROPERTY, "");
        assertThat(GivenEnvironment.get("LC_ALL")).isNull();
        assertThat(restored(ours)).isEqualTo(Map.of("LANG", "de_DE"));
        System.setProperty(PROPERTY, "C");
        assertThat(GivenEnvironment.get("LC_ALL")).isEqualTo("C");
        assertThat(restored(ours)).isEqualTo(Map.of("LC_ALL", "C", "LANG", "de_DE"));
    }

    @Test
    void without_the_launcher_the_environment_is_as_it_is() {
        assertThat(GivenEnvironment.get("LC_ALL")).isEqualTo(System.getenv("LC_ALL"));
        assertThat(GivenEnvironment.get("PATH")).isEqualTo(System.getenv("PATH"));
        assertThat(restored(new HashMap<>(System.getenv()))).isEqualTo(System.getenv());
    }
}
