// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainSessionTest {

    @Test
    void words_are_kept_together_by_quotes() {
        assertThat(PlainSession.words(" mail:config-get  'a b' \"c \\\" d\" e\\ f '' ")).containsExactly("mail:config-get", "a b", "c \" d", "e f", "");
        assertThat(PlainSession.words("   ")).isEmpty();
    }
}
