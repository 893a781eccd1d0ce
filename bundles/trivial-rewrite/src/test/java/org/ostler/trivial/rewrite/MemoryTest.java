// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Recall;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.routing.AddressClass;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Resolution.Route;

/** What is asked of a database for one message after the other. With what else an answer goes: RecallTest of lookup-core. */
class MemoryTest {

    private static final String ME = "me@home.example";
    private static final String YOU = "you@db.example";

    private final Set<String> domains = ConcurrentHashMap.newKeySet();
    private final List<String> asked = new ArrayList<>();
    private final Set<String> file = ConcurrentHashMap.newKeySet();
    private boolean down;
    /** What happens between an answer of the database and its arrival. */
    private Runnable onTheWay = () -> {};
    private long nanos = Duration.ofDays(-1).toNanos();
    private Settings settings = settings();

    private final TrivialRewrite router = new TrivialRewrite(new TwoTables(), () -> nanos);

    private static Settings settings() {
        return Settings.parse("""
            compatibility_level = 3.11
            myhostname = mx.home.example
            mydestination = hash:file
            relay_domains = db:x
            inet_interfaces = 127.0.0.1
            """);
    }

    /** A file, asked each time, and a database, whose answers lookup-core keeps in a recall. */
    private final class TwoTables implements Tables {
        private final Object opened = new Object();

        @Override
        public TableList open(String maps, String title) {
            return new TableList() {
                @Override
                public Answer find(String key) {
                    return maps.isEmpty() ? Answer.NOT_FOUND : maps.equals("hash:file") ? in(file, key) : inDatabase(key);
                }

                @Override
                public Answer findExact(String key) {
                    return Answer.NOT_FOUND;
                }

                @Override
                public boolean isEmpty() {
                    return maps.isEmpty();
                }

                @Override
                public String text() {
                    return maps;
                }
            };
        }

        private Answer in(Set<String> names, String key) {
            return names.contains(key) ? Answer.found("x") : Answer.NOT_FOUND;
        }

        private Answer inDatabase(String key) {
            Answer known = Recall.current().find(opened, key);
            if (known != null) {
                return known;
            }
            asked.add(key);
            Answer answer = down ? Answer.unavailable("down") : in(domains, key);
            Runnable meanwhile = onTheWay;
            onTheWay = () -> {};
            meanwhile.run();
            Recall.current().keep(opened, key, answer);
            return answer;
        }

        @Override
        public List<String> check(String maps, String title) {
            return List.of();
        }
    }

    private AddressClass classOf(String sender, String recipient) {
        return router.resolve(Address.of(sender), Address.of(recipient), settings) instanceof Route route ? route.addressClass() : null;
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void the_next_messages_ask_no_more_than_the_first() {
        domains.add("db.example");
        for (int message = 0; message < 3; message++) {
            assertThat(classOf("", ME)).isEqualTo(AddressClass.DEFAULT);
            assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.RELAY);
            assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.RELAY);
        }
        assertThat(asked).containsExactly("home.example", "db.example");
    }

    /** Otherwise a domain that an operator has just put into the database would be refused to everybody because it was refused to one. */
    @Test
    void another_sender_or_recipient_is_another_question() {
        classOf(ME, YOU);
        domains.add("db.example");
        assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.DEFAULT);
        assertThat(classOf("else@home.example", YOU)).isEqualTo(AddressClass.RELAY);
        assertThat(classOf(ME, "else@db.example")).isEqualTo(AddressClass.RELAY);
    }

    /** Counted from the first time, however often it was used. */
    @Test
    void after_thirty_seconds_it_is_asked_anew() {
        classOf(ME, YOU);
        domains.add("db.example");
        for (int second = 1; second < 30; second++) {
            pass(Duration.ofSeconds(1));
            assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.DEFAULT);
        }
        pass(Duration.ofSeconds(1));
        assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.RELAY);
        assertThat(asked).hasSize(2);
    }

    @Test
    void an_operator_who_says_now_gets_what_is_now() {
        classOf(ME, YOU);
        domains.add("db.example");
        assertThat(router.resolveAnew(Address.of(ME), Address.of(YOU), settings)).isInstanceOf(Route.class).extracting(route -> ((Route) route).addressClass()).isEqualTo(AddressClass.RELAY);
        assertThat(classOf(ME, YOU)).as("and so does who comes after").isEqualTo(AddressClass.RELAY);
        assertThat(asked).hasSize(2);
    }

    @Test
    void an_answer_from_before_a_flush_does_not_hide_what_the_flush_was_told() {
        onTheWay = () -> {
            domains.add("db.example");
            router.resolveAnew(Address.of(ME), Address.of(YOU), settings);
        };
        assertThat(classOf(ME, YOU)).as("asked before").isEqualTo(AddressClass.DEFAULT);
        assertThat(classOf(ME, YOU)).as("asked after").isEqualTo(AddressClass.RELAY);
    }

    /** An operator's flush that comes while the database is down, too, is the end of what was known. */
    @Test
    void after_a_flush_without_an_answer_nothing_older_counts() {
        classOf(ME, YOU);
        domains.add("db.example");
        down = true;
        assertThat(router.resolveAnew(Address.of(ME), Address.of(YOU), settings)).isInstanceOf(Resolution.Unavailable.class);
        down = false;
        assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.RELAY);
    }

    @Test
    void an_address_longer_than_mail_has_them_is_not_kept() {
        String longest = "y".repeat(Memory.LONGEST - (ME + YOU).length() + "@@".length()) + YOU;
        classOf(ME, longest);
        classOf(ME, longest);
        assertThat(asked).hasSize(1);
        classOf(ME, "y" + longest);
        classOf(ME, "y" + longest);
        assertThat(asked).hasSize(3);
    }

    @Test
    void unavailable_is_no_answer() {
        down = true;
        assertThat(router.resolve(Address.of(ME), Address.of(YOU), settings)).isInstanceOf(Resolution.Unavailable.class);
        down = false;
        assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.DEFAULT);
    }

    @Test
    void files_are_asked_each_time() {
        assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.DEFAULT);
        file.add("db.example");
        assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.LOCAL);
        file.clear();
        assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.DEFAULT);
        assertThat(asked).hasSize(1);
    }

    @Test
    void new_settings_bring_a_new_memory() {
        classOf(ME, YOU);
        domains.add("db.example");
        settings = settings();
        assertThat(classOf(ME, YOU)).isEqualTo(AddressClass.RELAY);
    }

    @Test
    void it_keeps_a_thousand_and_the_oldest_go() {
        domains.add("db.example");
        for (int i = 0; i <= Memory.MOST; i++) {
            classOf(ME, i + "@db.example");
        }
        asked.clear();
        classOf(ME, Memory.MOST + "@db.example");
        classOf(ME, "1@db.example");
        assertThat(asked).isEmpty();
        classOf(ME, "0@db.example");
        assertThat(asked).hasSize(1);
        // What was asked anew has taken the place of the oldest.
        classOf(ME, "1@db.example");
        assertThat(asked).hasSize(2);
    }

    /** The one that was replaced goes by its age; the one in its place stays. */
    @Test
    void what_was_asked_anew_is_not_forgotten_with_what_it_has_replaced() {
        domains.add("db.example");
        classOf(ME, YOU);
        pass(Duration.ofSeconds(20));
        router.resolveAnew(Address.of(ME), Address.of(YOU), settings);
        pass(Duration.ofSeconds(20));
        asked.clear();
        classOf(ME, YOU);
        assertThat(asked).isEmpty();
        pass(Duration.ofSeconds(10));
        assertThat(Map.of(classOf(ME, YOU), asked)).isEqualTo(Map.of(AddressClass.RELAY, List.of("db.example")));
    }
}
