// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void plain_values_become_a_line() {
        var all = new LinkedHashMap<String, Object>();
        all.put("texts", List.of("a", ""));
        all.put("none", List.of());
        all.put("empty", Map.of());
        all.put("number", 7);
        all.put("true", true);
        assertThat(Json.of(all)).isEqualTo("{\"texts\": [\"a\", \"\"], \"none\": [], \"empty\": {}, \"number\": 7, \"true\": true}");
    }

    @Test
    void numbers_stay_what_every_reader_can_hold() {
        assertThat(Json.of(List.of(0L, Long.MAX_VALUE, Long.MIN_VALUE))).isEqualTo("[0, 9007199254740991, -9007199254740991]");
    }

    @Test
    void whatever_strangers_write_stays_one_text() {
        assertThat(Json.of("\"\\\n\u0001\u007f\ud800\u00e9\ud83d\ude00")).isEqualTo("\"\\\"\\\\\\n\\u0001\\u007f\ufffd\u00e9\ud83d\ude00\"");
    }

    @Test
    void what_is_no_plain_value_is_a_bug_of_the_caller() {
        assertThatThrownBy(() -> Json.of(List.of(1.5))).isInstanceOf(IllegalArgumentException.class);
    }
}
