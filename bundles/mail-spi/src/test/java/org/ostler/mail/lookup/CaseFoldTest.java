// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CaseFoldTest {

    @Test
    void folds_as_the_real_postmap_does() {
        assertThat(CaseFold.fold("abc@x-1")).isSameAs("abc@x-1");
        assertThat(CaseFold.fold("aBc")).isEqualTo("abc");
        assertThat(CaseFold.fold("STRASSE\u00df")).isEqualTo("strassess");
        assertThat(CaseFold.fold("\u0130X")).isEqualTo("i\u0307x");
        assertThat(CaseFold.fold("\u03a3\u03c2")).isEqualTo("\u03c3\u03c3");
        assertThat(CaseFold.fold("\u0131")).isEqualTo("\u0131");
        assertThat(CaseFold.fold("\ud801\udc00")).isEqualTo("\ud801\udc28");
    }

    @Test
    void folds_utf8_as_it_folds_text() {
        for (String text : new String[] {"", "abc@x-1", "aBcZ[@", "ABC\u00dfX", "\u0130X", "x\u0131Y", "\ud801\udc00"}) {
            assertThat(new String(CaseFold.fold(text.getBytes(UTF_8)), UTF_8)).isEqualTo(CaseFold.fold(text));
        }
    }
}
