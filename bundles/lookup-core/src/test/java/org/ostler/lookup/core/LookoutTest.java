// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.tck.Gate;

/** Looks at files that hang or break. */
@Timeout(60)
class LookoutTest extends TextTableRig {

    /** A file server that is gone: one lookup waits for it, once, and each has the old table's answer. */
    @Test
    void a_look_that_hangs_holds_no_lookup_for_good() throws Exception {
        var gone = new Gate();
        stage.onLook(gone);
        Files.writeString(file, "a 2\nb 2\n");
        try {
            for (int i = 0; i < 1000; i++) {
                stage.pass(Duration.ofMillis(1_100));
                assertThat(list.find("a")).isEqualTo(A);
            }
            assertThat(warnings).containsExactly("text:" + file + " goes on as it was read before: the file system has not answered in 5 s");
        } finally {
            gone.open();
        }
        for (int i = 0; i < 1_000_000 && !list.find("a").equals(B); i++) {
            stage.pass(Duration.ofMillis(1_100));
        }
        assertThat(list.find("a")).isEqualTo(B);
    }

    @Test
    void a_look_that_breaks_is_told_of_and_costs_no_lookup() {
        stage.onLook(() -> {
            throw new IllegalStateException("broken");
        });
        stage.pass(Duration.ofMillis(1_100));
        assertThat(list.find("a")).isEqualTo(A);
        assertThat(warnings).containsExactly("bug in a look at files: java.lang.IllegalStateException: broken");
    }

    /** It would never close, and its bundle never go. */
    @Test
    void a_lookup_that_breaks_over_a_look_leaves_the_table_all_the_same() {
        stage.onLook(() -> {
            throw new IllegalStateException("broken");
        });
        stage.pass(Duration.ofMillis(1_100));
        silent = true;
        assertThatThrownBy(() -> list.find("a")).hasMessage("a warning of a look at files was not taken");
        silent = false;
        swap();
        assertThat(list.find("a")).isEqualTo(A);
    }
}
