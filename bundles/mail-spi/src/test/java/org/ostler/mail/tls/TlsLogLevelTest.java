// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TlsLogLevelTest {

    @Test
    void more_than_the_most_is_the_most() {
        assertThat(TlsLogLevel.parse("5")).isEqualTo(4);
        assertThat(TlsLogLevel.parse("99, trace")).isEqualTo(4);
        assertThat(TlsLogLevel.parse("0")).isZero();
        assertThatThrownBy(() -> TlsLogLevel.parse("-1")).isInstanceOf(IllegalArgumentException.class);
    }
}
