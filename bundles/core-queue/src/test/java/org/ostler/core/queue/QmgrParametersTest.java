// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.ParameterSet.Finding;
import org.ostler.mail.config.Settings;

class QmgrParametersTest {

    @ParameterizedTest
    @ValueSource(strings = {"queue_run_delay", "minimal_backoff_time", "maximal_backoff_time", "transport_retry_time"})
    void a_pause_of_nothing_is_refused(String name) {
        assertThat(new QmgrParameters().check(Settings.parse(name + " = 0\n"))).containsExactly(new Finding(name, "invalid " + name + ": 0 (min 1)", true));
    }

    @Test
    void the_defaults_are_well() {
        assertThat(new QmgrParameters().check(Settings.parse(""))).isEmpty();
    }
}
