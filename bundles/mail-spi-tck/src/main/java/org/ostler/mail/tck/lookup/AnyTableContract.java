// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.Trait;

/**
 * What every table type does, also one whose content nobody chooses: the networks of {@code cidr}, the users of {@code unix}, the one answer of {@code static}.
 *
 * <p>Its test opens a table and says what is in it. A type that can be filled from a map keeps {@link TableContract} instead, which asks for more and has all of this.
 */
public interface AnyTableContract {

    /** Whatever a stranger puts into an address. Blanks at the ends are left out: for LDAP and some databases they do not count. */
    List<String> HOSTILE_KEYS = List.of("'", "''", "' or '1'='1", "\"; drop table t; --", "\\", "k\\", "*", "k*", "?", "%", "_", "%s", "%u@%d", "(k)", "k)(uid=*", "*)(objectclass=*", "\u0000", "k\u0000",
            "\u0000k", "k\r\nget k", "\t", "${k}", "$k", "../../../etc/passwd", ".", "..", "/", "|k", "{k}", "#k", "[k]", "^k$", "k|x",
            // Bytes that are not UTF-8 reach a table as one of these.
            "\ud800", "k\udfff", "\udfff\ud800", "k\ufffd", "\u00c0\u0080", "\u00ff\u00fe", "\ufeffk", "k\u200b");

    /**
     * What is in a table.
     *
     * @param entries all of them, with their values
     * @param others  whether an answer is right for keys that are not among them
     */
    record Content(Map<String, String> entries, Predicate<Answer> others) {

        /** These, and everything else is not found. */
        public static Content of(Map<String, String> entries) {
            return new Content(entries, Answer.NOT_FOUND::equals);
        }

        /** The table has no keys of its own: every key is answered alike. */
        public static Content everyKey(Predicate<Answer> answer) {
            return new Content(Map.of(), answer);
        }

        boolean isRight(String key, Answer answer) {
            return entries.containsKey(key) ? answer.equals(Answer.found(entries.get(key))) : others.test(answer);
        }

        /** One that is in it, where there are any. */
        String key() {
            return entries.isEmpty() ? "k" : entries.keySet().iterator().next();
        }
    }

    /** A new open table. */
    Table openTable() throws Exception;

    /** What is in the table that {@link #openTable} opens. */
    Content content();

    /** By what is wrong with it: tables that must not open, or answer nothing but "unavailable". A file that is not there, say. None where a type cannot fail. */
    default Map<String, Callable<Table>> brokenTables() {
        return Map.of();
    }

    /**
     * Why a table of this type cannot ask its data about a key, a limit of its protocol say: for such a key "unavailable" is right too. Nothing for all keys but those: "unavailable" to whatever has a quote in it would hold
     * up the mail of everybody whose name has one, and "not found" of what cannot be asked would send mail back.
     */
    default Optional<String> whyNotAsked(String key) {
        return Optional.empty();
    }

    /** Keys that each of fifty threads asks for at once; fewer where a lookup is a query of a server. */
    default int lookupsPerThread() {
        return 1000;
    }

    @Test
    default void every_key_gets_what_the_table_has_for_it() throws Exception {
        Content content = content();
        try (Table table = openTable()) {
            content.entries().forEach((key, value) -> assertThat(table.find(key)).as(key).isEqualTo(Answer.found(value)));
            for (String other : new String[] {"no-such-key", "nobody@nowhere.example", "nowhere.example", "@nowhere.example"}) {
                assertThat(content.isRight(other, table.find(other))).as("%s: %s", other, table.find(other)).isTrue();
            }
        }
    }

    @Test
    default void many_threads_at_once() throws Exception {
        Content content = content();
        List<String> keys = new ArrayList<>(content.entries().keySet());
        keys.addAll(List.of("no-such-key", "other"));
        try (Table table = openTable(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new ArrayList<Future<Integer>>();
            for (int t = 0; t < 50; t++) {
                int first = t;
                results.add(threads.submit(() -> {
                    int right = 0;
                    for (int i = 0; i < lookupsPerThread(); i++) {
                        String key = keys.get((first + i) % keys.size());
                        right += content.isRight(key, table.find(key)) ? 1 : 0;
                    }
                    return right;
                }));
            }
            for (Future<Integer> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(lookupsPerThread());
            }
        }
    }

    /** Each of them is asked for: a table that chokes on each quote would be "unavailable" to all of them, and do no harm. */
    @Test
    default void hostile_keys_find_nothing_and_do_no_harm() throws Exception {
        try (Table table = openTable()) {
            for (String key : HOSTILE_KEYS) {
                assertAnswers(table, key);
            }
            assertAnswers(table, content().key());
        }
    }

    /** Callers ask for none; whoever does all the same gets no exception, and no other key's value. */
    @Test
    default void an_empty_key_does_no_harm() throws Exception {
        try (Table table = openTable()) {
            assertAnswers(table, "");
            assertAnswers(table, content().key());
        }
    }

    /** Whoever connects chooses them: an address of a megabyte costs its own lookup and no other. "Unavailable" is right where {@link #whyNotAsked} says so. */
    @Test
    default void keys_of_any_length_get_an_answer() throws Exception {
        try (Table table = openTable()) {
            for (int length : new int[] {255, 256, 511, 512, 513, 1024, 4096, 65_535, 65_536, 100_001}) {
                assertAnswers(table, "k".repeat(length));
                assertAnswers(table, "\u00fc".repeat(length));
            }
            assertAnswers(table, content().key());
        }
    }

    /** Who is interrupted gets an answer and spoils nothing for the next. A table may answer all the same where it need not wait; "not found" of what is there it may not say. */
    @Test
    default void an_interrupted_lookup_ends_and_spoils_nothing() throws Exception {
        String key = content().key();
        try (Table table = openTable()) {
            for (int i = 0; i < 20; i++) {
                var answer = new AtomicReference<Answer>();
                Thread asking = Thread.ofVirtual().start(() -> {
                    Thread.currentThread().interrupt();
                    answer.set(table.find(key));
                });
                assertThat(asking.join(Duration.ofSeconds(60))).as("ends").isTrue();
                assertThat(isRightOrUnavailable(key, answer.get())).as("interrupted: %s", answer.get()).isTrue();
                assertThat(content().isRight(key, rightInTime(table, key))).as("afterwards: %s", table.find(key)).isTrue();
            }
        }
    }

    /** Nobody should; but should it happen, what is there is not "not found" because of it, every lookup ends, and the process lives. An exception is taken for "unavailable" by whoever asks. */
    @Test
    default void a_table_closed_under_its_lookups_and_twice_tells_nobody_a_falsehood() throws Exception {
        String key = content().key();
        Table table = openTable();
        var asked = new CountDownLatch(1);
        var closed = new AtomicBoolean();
        var wrong = new AtomicReference<Answer>();
        var asking = new ArrayList<Thread>();
        for (int t = 0; t < 4; t++) {
            asking.add(Thread.ofVirtual().start(() -> {
                for (int after = 0; after < 3; after += closed.get() ? 1 : 0) {
                    Answer answer = answerOrUnavailable(table, key);
                    if (!isRightOrUnavailable(key, answer)) {
                        wrong.set(answer);
                    }
                    asked.countDown();
                }
            }));
        }
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        assertThatCode(table::close).doesNotThrowAnyException();
        closed.set(true);
        assertThatCode(table::close).as("again").doesNotThrowAnyException();
        for (Thread thread : asking) {
            assertThat(thread.join(Duration.ofSeconds(60))).as("ends").isTrue();
        }
        assertThat(wrong).hasNullValue();
    }

    @Test
    default void a_table_that_cannot_be_had_says_why_and_never_not_found() throws Exception {
        for (var each : brokenTables().entrySet()) {
            try (Table table = each.getValue().call()) {
                Answer answer = table.find("k");
                assertThat(answer).as(each.getKey()).isInstanceOfSatisfying(Answer.Unavailable.class, why -> assertReason(why.reason()));
            } catch (TableOpenException e) {
                assertReason(e.getMessage());
            }
        }
    }

    /** What the views of operators show: the number of entries is right where it is known, and fits the listing where there is one. */
    @Test
    default void the_figures_are_right_where_they_are_known() throws Exception {
        try (Table table = openTable()) {
            table.size().ifPresent(size -> assertThat(size).isEqualTo(content().entries().size()));
            var listed = new HashMap<String, String>();
            if (table.list(listed::put)) {
                // A memcache table lists what is behind it only.
                assertThat(content().entries()).containsAllEntriesOf(listed);
                table.size().ifPresent(size -> assertThat(listed).hasSize((int) size));
            }
        }
    }

    @Test
    default void what_it_says_of_itself_makes_sense() throws Exception {
        try (Table table = openTable()) {
            assertThat(table.traits()).as("traits do not change").isEqualTo(table.traits()).satisfies(
                    traits -> assertThat(traits.contains(Trait.MAY_BLOCK) || !traits.contains(Trait.HOLDS_THREADS)).as("HOLDS_THREADS goes with MAY_BLOCK").isTrue());
            assertThat(table.sources()).as("files that are watched").allMatch(Path::isAbsolute);
        }
    }

    /** One that is right for the key; or "unavailable" with a reason, where the type has one of its own. */
    private void assertAnswers(Table table, String key) {
        Answer answer = table.find(key);
        boolean mustAnswer = whyNotAsked(key).isEmpty() || key.equals(content().key());
        if (mustAnswer && answer instanceof Answer.Unavailable) {
            answer = rightInTime(table, key);
        }
        boolean right = mustAnswer ? content().isRight(key, answer) : isRightOrUnavailable(key, answer);
        assertThat(right).as("key <%s>: %s", key.length() > 40 ? key.substring(0, 40) + "..." + key.length() : key, answer).isTrue();
    }

    private boolean isRightOrUnavailable(String key, Answer answer) {
        if (answer instanceof Answer.Unavailable(String reason)) {
            assertReason(reason);
            return true;
        }
        return content().isRight(key, answer);
    }

    private static Answer answerOrUnavailable(Table table, String key) {
        try {
            return table.find(key);
        } catch (RuntimeException e) {
            return Answer.unavailable("exception");
        }
    }

    /** It goes into one line of a log that people read. */
    private static void assertReason(String reason) {
        assertThat(reason).isNotBlank().matches(text -> text.chars().noneMatch(Character::isISOControl), "one line").doesNotContain("java.", "Exception");
    }

    /** The answer, once it is right, or the last: a connection may have been lost and be made again. Who is interrupted waits no longer. */
    private Answer rightInTime(Table table, String key) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        Answer answer = table.find(key);
        while (!content().isRight(key, answer) && System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
            answer = table.find(key);
        }
        return answer;
    }
}
