// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {

    static final class Some extends ParameterSet {
        static final Parameter<Duration> DELAY = time("queue_run_delay", "300s", "x");
        static final Parameter<Integer> LIMIT = integer("smtpd_recipient_limit", "1000", 1, "x");
        static final Parameter<Boolean> UTF8 = yesNo("smtputf8_enable", "yes", "x");
        static final Parameter<Integer> OWN = integer("ostler_own", "7", 1, "x");
        static final Parameter<Integer> CONCURRENCY = integer("default_destination_concurrency_limit", "20", 0, "x");
    }

    @Test
    void a_constant_of_the_same_name_in_an_updated_bundle_gets_a_value_of_its_own_classes() {
        Settings settings = Settings.of(java.util.Map.of("smtpd_soft_error_limit", "7"));
        var before = new Parameter<StringBuilder>("smtpd_soft_error_limit", "integer", "10", "", StringBuilder::new);
        var after = new Parameter<StringBuffer>("smtpd_soft_error_limit", "integer", "10", "", StringBuffer::new);
        assertThat(settings.get(before)).isInstanceOf(StringBuilder.class);
        assertThat(settings.get(after)).isInstanceOf(StringBuffer.class);
        assertThat(settings.get(before.named("smtpd_soft_error_limit"))).isSameAs(settings.get(before));
    }

    @Test
    void values_are_expanded_over_the_defaults_of_Postfix() {
        Settings s = Settings.parse("""
            # comment
            mydomain = example.org
            myhostname = mx.$mydomain
            mynetworks = 127.0.0.0/8,
              # inside
              [::1]/128
            """);
        assertThat(s.text("mydestination")).isEqualTo("mx.example.org, localhost.example.org, localhost");
        assertThat(Lists.split(s.text("mynetworks"))).containsExactly("127.0.0.0/8", "[::1]/128");
        assertThat(s.text("smtpd_timeout")).isEqualTo("300s");
    }

    @Test
    void conditional_forms_follow_postconf() {
        Settings s = Settings.of(Map.of("a", "1", "empty", ""));
        assertThat(s.expand("${a?yes}${a:no}${empty?yes}${empty:no}")).isEqualTo("yesno");
        assertThat(s.expand("${a?{x y}:{z}} ${empty?{x}:{z $a}} $(a) $$a ${nobody}")).isEqualTo("x y z 1 1 $a ");
        assertThat(s.expand("${{$a} == {1} ? {one} : {other}}${{10} < {9} ? {text} : {number}}${{b} > {a} ? {after}}"))
                .isEqualTo("onenumberafter");
        assertThat(s.expand("${{3.10} <level {3.9} ? {wrong} : {right}}")).isEqualTo("right");
    }

    @Test
    void a_loop_and_a_broken_form_are_named() {
        Settings s = Settings.of(Map.of("a", "$b", "b", "$a", "c", "${x"));
        assertThatThrownBy(() -> s.text("a")).isInstanceOf(BadValueException.class);
        assertThatThrownBy(() -> s.text("c")).isInstanceOf(BadValueException.class).hasMessageContaining("truncated");
    }

    @Test
    void the_compatibility_level_changes_defaults() {
        assertThat(Settings.of(Map.of()).get(Some.UTF8)).isFalse();
        assertThat(Settings.of(Map.of("compatibility_level", "3.11")).get(Some.UTF8)).isTrue();
    }

    @Test
    void a_layer_of_a_service_row_wins_also_inside_other_values() {
        Settings main = Settings.of(Map.of("myhostname", "main.test"));
        Settings row = main.with(Map.of("myhostname", "row.test"));
        assertThat(row.text("smtpd_banner")).startsWith("row.test ESMTP");
        assertThat(main.text("smtpd_banner")).startsWith("main.test ESMTP");
    }

    @Test
    void typed_values_say_what_is_wrong() {
        assertThat(Settings.of(Map.of("queue_run_delay", "5m")).get(Some.DELAY)).isEqualTo(Duration.ofMinutes(5));
        assertThat(Settings.of(Map.of()).get(Some.OWN)).isEqualTo(7);
        for (String bad : List.of("x", "0", "99999999999")) {
            assertThatThrownBy(() -> Settings.of(Map.of("smtpd_recipient_limit", bad)).get(Some.LIMIT))
                    .isInstanceOf(BadValueException.class).hasMessageContaining("smtpd_recipient_limit");
        }
    }

    @Test
    void a_name_made_at_run_time_falls_back_to_its_default_parameter() {
        Settings s = Settings.of(Map.of("slow_destination_concurrency_limit", "2"));
        assertThat(s.get("slow_destination_concurrency_limit", Some.CONCURRENCY)).isEqualTo(2);
        assertThat(s.get("fast_destination_concurrency_limit", Some.CONCURRENCY)).isEqualTo(20);
    }

    @Test
    void every_default_of_Postfix_can_be_expanded() {
        Settings s = Settings.of(Map.of());
        assertThat(PostfixDefaults.all()).hasSize(979);
        for (String name : PostfixDefaults.all().keySet()) {
            assertThat(s.text(name)).as(name).isNotNull();
        }
    }
}
