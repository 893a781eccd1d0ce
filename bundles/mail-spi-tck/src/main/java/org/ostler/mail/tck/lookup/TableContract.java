// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;

/**
 * What every table type does that can be filled from a map. Keys come folded, as {@code lookup-core} gives them.
 *
 * <p>A type whose data can go away while the table is open keeps {@link OutageContract} too.
 */
public interface TableContract {

    /** An open table with these entries. */
    Table tableWith(Map<String, String> entries) throws Exception;

    /** Keys that each of fifty threads asks for at once; fewer where a lookup is a query of a server. */
    default int lookupsPerThread() {
        return 1000;
    }

    @Test
    default void finds_whole_keys_only() throws Exception {
        try (Table table = tableWith(Map.of("user@example.org", "one", "example.org", "two", "k", "a value, with blanks"))) {
            assertThat(table.find("user@example.org")).isEqualTo(Answer.found("one"));
            assertThat(table.find("example.org")).isEqualTo(Answer.found("two"));
            assertThat(table.find("k")).isEqualTo(Answer.found("a value, with blanks"));
            for (String other : new String[] {"user", "user@", "@example.org", "example", "example.org.", "xexample.org", "kk", "user@example.or"}) {
                assertThat(table.find(other)).as(other).isEqualTo(Answer.NOT_FOUND);
            }
        }
    }

    @Test
    default void long_and_foreign_keys_are_found_or_not_found_but_never_an_error() throws Exception {
        String umlaut = "m\u00fcller@stra\u00dfe.example";
        try (Table table = tableWith(Map.of(umlaut, "gr\u00fc\u00dfe", "k", "v"))) {
            assertThat(table.find(CaseFold.fold(umlaut))).isEqualTo(Answer.found("gr\u00fc\u00dfe"));
            assertThat(table.find("x".repeat(10_000))).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.find("\u0000")).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.find("k\u0000")).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.find("$1")).isEqualTo(Answer.NOT_FOUND);
        }
    }

    @Test
    default void an_empty_table_finds_nothing() throws Exception {
        try (Table table = tableWith(Map.of())) {
            assertThat(table.find("k")).isEqualTo(Answer.NOT_FOUND);
        }
    }

    @Test
    default void many_threads_at_once() throws Exception {
        var entries = new HashMap<String, String>();
        for (int i = 0; i < 1000; i++) {
            entries.put("key" + i, "value" + i);
        }
        try (Table table = tableWith(entries); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new ArrayList<Future<Integer>>();
            for (int t = 0; t < 50; t++) {
                results.add(threads.submit(() -> {
                    int right = 0;
                    for (int i = 0; i < lookupsPerThread(); i++) {
                        right += table.find("key" + i).equals(Answer.found("value" + i)) ? 1 : 0;
                        right += table.find("no" + i).equals(Answer.NOT_FOUND) ? 1 : 0;
                    }
                    return right;
                }));
            }
            for (Future<Integer> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(2 * lookupsPerThread());
            }
        }
    }

    /** An empty value is a mistake in the table: it is refused when the table is made, left out with its line, or unavailable. Never found, and never an exception of a lookup. */
    @Test
    default void an_empty_value_is_never_found() throws Exception {
        Table table;
        try {
            table = tableWith(Map.of("empty", "", "k", "v"));
        } catch (Exception e) {
            // Refused as a whole, with a reason.
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        try (table) {
            assertThat(table.find("empty")).isNotInstanceOf(Answer.Found.class);
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
    }

    /** Whatever a stranger puts into an address. Blanks at the ends are left out: for LDAP and some databases they do not count. */
    @Test
    default void hostile_keys_find_nothing_and_do_no_harm() throws Exception {
        String[] keys = {"'", "''", "' or '1'='1", "\"; drop table t; --", "\\", "k\\", "*", "k*", "?", "%", "_", "%s", "%u@%d", "(k)", "k)(uid=*", "*)(objectclass=*", "\u0000", "k\u0000", "\u0000k",
            "k\r\nget k", "\t", "${k}", "$k", "\ud800", "k\udfff", "../../../etc/passwd", ".", "..", "/", "|k", "{k}", "#k", "[k]", "^k$", "k|x"};
        try (Table table = tableWith(Map.of("k", "v"))) {
            for (String key : keys) {
                assertThat(table.find(key)).as("key <%s>", key).isNotInstanceOf(Answer.Found.class);
            }
            assertThat(table.find("k")).as("afterwards").isEqualTo(Answer.found("v"));
        }
    }

    /** Longer than any protocol, index or buffer allows. */
    @Test
    default void over_long_keys_are_not_found_and_spoil_nothing() throws Exception {
        try (Table table = tableWith(Map.of("k", "v"))) {
            for (int length : new int[] {255, 256, 511, 512, 513, 1024, 4096, 65_535, 65_536, 100_001}) {
                assertThat(table.find("k".repeat(length))).as("%d characters", length).isNotInstanceOf(Answer.Found.class);
                assertThat(table.find("\u00fc".repeat(length))).as("%d characters of two bytes", length).isNotInstanceOf(Answer.Found.class);
            }
            assertThat(table.find("k")).as("afterwards").isEqualTo(Answer.found("v"));
        }
    }

    /** Who is interrupted gets an answer, stays interrupted where he was, and spoils nothing for the next. A table may answer all the same where it need not wait. */
    @Test
    default void an_interrupted_lookup_ends_and_spoils_nothing() throws Exception {
        try (Table table = tableWith(Map.of("k", "v"))) {
            for (int i = 0; i < 20; i++) {
                var answer = new AtomicReference<Answer>();
                Thread asking = Thread.ofVirtual().start(() -> {
                    Thread.currentThread().interrupt();
                    answer.set(table.find("k"));
                });
                assertThat(asking.join(Duration.ofSeconds(60))).as("ends").isTrue();
                assertThat(answer.get()).isIn(Answer.found("v"), answer.get() instanceof Answer.Unavailable ? answer.get() : null);
                assertThat(OutageContract.answerInTime(table, "k")).as("afterwards").isEqualTo(Answer.found("v"));
            }
        }
    }

    @Test
    default void the_size_is_right_where_it_is_known() throws Exception {
        try (Table table = tableWith(Map.of("a", "1", "b", "2", "c", "3"))) {
            table.size().ifPresent(size -> assertThat(size).isEqualTo(3));
        }
    }
}
