// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.PostfixDefaults;
import org.ostler.mail.config.Settings;

/** Declarations against the recorded table of Postfix. */
class ParametersTest {

    @Test
    void defaults_are_those_of_Postfix_and_can_be_read() {
        Settings defaults = Settings.of(Map.of("myhostname", "me.example.test"));
        Stream.<ParameterSet>of(new SmtpParameters(), new LmtpParameters(), new LmtpTlsParameters()).flatMap(set -> set.all().stream()).forEach(parameter -> {
            assertThat(PostfixDefaults.of(parameter.name())).as(parameter.name()).contains(parameter.defaultText());
            assertThat(defaults.get(parameter)).as(parameter.name()).isNotNull();
            assertThat(parameter.prose()).as(parameter.name()).isNotBlank();
        });
    }

    @Test
    void the_sets_are_found_without_OSGi() {
        assertThat(ServiceLoader.load(ParameterSet.class)).anyMatch(set -> set.getClass().getPackageName().equals("org.ostler.smtp.client"));
    }
}
