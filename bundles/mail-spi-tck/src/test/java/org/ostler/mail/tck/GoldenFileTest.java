// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Recordings other than dialogues. */
class GoldenFileTest {

    @Test
    void sections_keep_order_bytes_and_repeated_titles() {
        byte[] text = "=== a\none\n\n=== b\n=== a\n\377\n".getBytes(StandardCharsets.ISO_8859_1);
        GoldenFile file = GoldenFile.parse("x", text);
        assertThat(file.sections()).extracting(GoldenFile.Section::title).containsExactly("a", "b", "a");
        assertThat(file.text("a")).isEqualTo("one\n\n");
        assertThat(file.text("b")).isEmpty();
        assertThat(file.all("a").get(1).bytes()).containsExactly(0xff, '\n');
        assertThat(file.text("c")).isEmpty();
    }

    @Test
    void text_before_the_first_title_is_an_error() {
        assertThatThrownBy(() -> GoldenFile.parse("x", "oops\n".getBytes(StandardCharsets.UTF_8))).hasMessageContaining("does not begin with");
    }

    @Test
    void all_recordings_load() {
        for (String part : List.of("aliases", "bounce", "client", "commands", "headers", "log", "mime", "tables")) {
            assertThat(GoldenFile.names(part)).isNotEmpty()
                    .allSatisfy(name -> assertThat(GoldenFile.load(name).sections()).isNotEmpty());
        }
    }
}
