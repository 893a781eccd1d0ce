// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;

/**
 * What every table type does that can be filled from a map: this, and all that {@link AnyTableContract} asks of any type. Keys come folded, as {@code lookup-core} gives them.
 *
 * <p>A type whose data can go away while the table is open keeps {@link OutageContract} too; one that cannot be filled keeps {@link AnyTableContract} alone.
 */
public interface TableContract extends AnyTableContract {

    /** An open table with these entries. */
    Table tableWith(Map<String, String> entries) throws Exception;

    @Override
    default Table openTable() throws Exception {
        return tableWith(content().entries());
    }

    @Override
    default Content content() {
        return Content.of(Map.of("k", "v"));
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
    @Override
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

    @Test
    default void the_size_is_right_where_it_is_known() throws Exception {
        try (Table table = tableWith(Map.of("a", "1", "b", "2", "c", "3"))) {
            table.size().ifPresent(size -> assertThat(size).isEqualTo(3));
        }
    }
}
