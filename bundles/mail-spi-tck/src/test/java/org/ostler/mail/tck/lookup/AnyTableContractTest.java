// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;

/** Tables that the contract must not pass. */
class AnyTableContractTest {

    /**
     * A table with one entry that cannot answer some keys.
     *
     * @param declared of which keys its type says so
     */
    private record Choking(Predicate<String> on, Predicate<String> declared) implements AnyTableContract {

        @Override
        public Table openTable() {
            return key -> on.test(key) ? Answer.unavailable("syntax error") : key.equals("there") ? Answer.found("yes") : Answer.NOT_FOUND;
        }

        @Override
        public Content content() {
            return Content.of(Map.of("there", "yes"));
        }

        @Override
        public Optional<String> whyNotAsked(String key) {
            return declared.test(key) ? Optional.of("there is no way to write it") : Optional.empty();
        }
    }

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    private static void refused(Rule rule, String shown) {
        // An answer that does not come by itself is not waited for.
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(AssertionError.class).isThrownBy(rule::check).withMessageContaining(shown);
    }

    private interface Rule {
        void check() throws Exception;
    }

    @Test
    void one_that_chokes_on_a_quote_is_refused() {
        var table = new Choking(key -> key.contains("'"), _ -> false);
        refused(table::hostile_keys_find_nothing_and_do_no_harm, "key <'>: Unavailable");
    }

    @Test
    void one_that_has_no_room_for_a_long_key_is_refused() {
        var table = new Choking(key -> key.length() > 1000, _ -> false);
        refused(table::keys_of_any_length_get_an_answer, "...1024");
    }

    @Test
    void one_that_cannot_answer_the_empty_key_is_refused() {
        var table = new Choking(String::isEmpty, _ -> false);
        refused(table::an_empty_key_does_no_harm, "key <>: Unavailable");
    }

    @Test
    void one_that_says_why_passes_for_those_keys_and_no_others() throws Exception {
        var table = new Choking(key -> key.indexOf('\0') >= 0 || key.length() > 1000, key -> key.indexOf('\0') >= 0 || key.length() > 1000);
        table.hostile_keys_find_nothing_and_do_no_harm();
        table.keys_of_any_length_get_an_answer();
        var more = new Choking(key -> key.contains("*"), key -> key.indexOf('\0') >= 0);
        refused(more::hostile_keys_find_nothing_and_do_no_harm, "key <*>: Unavailable");
    }

    /** What is in a table is answered, whatever its type says. */
    @Test
    void one_that_does_not_answer_what_it_has_is_refused() {
        var table = new Choking(key -> key.equals("there"), _ -> true);
        refused(table::hostile_keys_find_nothing_and_do_no_harm, "key <there>: Unavailable");
    }
}
