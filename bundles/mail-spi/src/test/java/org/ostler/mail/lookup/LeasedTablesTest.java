// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lease.Leased;

/** Lists that outlive who opened them. */
class LeasedTablesTest {

    private final Leased<Tables> leased = new Leased<>("tables");
    private final LeasedTables tables = new LeasedTables(leased);

    private static final class Fixed implements Tables {

        private final String value;

        Fixed(String value) {
            this.value = value;
        }

        @Override
        public TableList open(String maps, String title, Protection protection) {
            return protection == Protection.NONE ? open(maps, title) : open(maps + " " + protection, title);
        }

        @Override
        public TableList open(String maps, String title) {
            return new TableList() {
                @Override
                public Answer find(String key) {
                    return Answer.found(maps + " " + key + " " + value);
                }

                @Override
                public Answer findExact(String key) {
                    return find(key);
                }

                @Override
                public boolean isEmpty() {
                    return false;
                }

                @Override
                public String text() {
                    return maps;
                }
            };
        }

        @Override
        public List<String> check(String maps, String title) {
            return List.of();
        }

        @Override
        public List<String> check(String maps, String title, Protection protection) {
            return List.of(maps + " " + title + " " + protection);
        }

        @Override
        public List<TableStatistics> statistics() {
            return List.of();
        }
    }

    private WeakReference<Tables> bound(String value) {
        Tables service = new Fixed(value);
        leased.bind(service, value);
        return new WeakReference<>(service);
    }

    @Test
    void what_is_demanded_of_a_table_is_demanded_of_each_provider() {
        bound("1");
        TableList list = tables.open("a:x", "m", Protection.SECURITY_SENSITIVE);
        assertThat(list.find("k")).isEqualTo(Answer.found("a:x SECURITY_SENSITIVE k 1"));
        bound("2");
        assertThat(list.find("k")).isEqualTo(Answer.found("a:x SECURITY_SENSITIVE k 2"));
        assertThat(tables.open("a:x", "m").find("k")).isEqualTo(Answer.found("a:x k 2"));
        assertThat(tables.check("a:x", "m", Protection.NO_SUBSTITUTION)).containsExactly("a:x m NO_SUBSTITUTION");
        assertThat(tables.check("a:x", "m")).containsExactly("a:x m NONE");
    }

    @Test
    void lists_follow_their_provider_also_back() {
        bound("1");
        TableList list = tables.open("a:x", "m");
        assertThat(list.find("k")).isEqualTo(Answer.found("a:x k 1"));
        WeakReference<Tables> second = bound("2");
        assertThat(list.find("k")).isEqualTo(Answer.found("a:x k 2"));
        assertThat(list.findExact("k")).isEqualTo(Answer.found("a:x k 2"));
        leased.unbind(second.get(), "2");
        assertThat(list.find("k")).isEqualTo(Answer.found("a:x k 1"));
        assertThat(tables.open(" ", "m").isEmpty()).isTrue();
    }

    @Test
    void a_list_that_nobody_asks_any_more_does_not_keep_who_opened_it() {
        WeakReference<Tables> first = bound("1");
        TableList asked = tables.open("a:x", "m");
        TableList forgotten = tables.open("b:y", "m");
        assertThat(asked.find("k")).isEqualTo(Answer.found("a:x k 1"));
        assertThat(forgotten.find("k")).isEqualTo(Answer.found("b:y k 1"));
        leased.unbind(first.get(), "1");
        bound("2");
        assertThat(asked.find("k")).isEqualTo(Answer.found("a:x k 2"));
        for (int i = 0; i < 50 && first.get() != null; i++) {
            System.gc();
        }
        assertThat(first.get()).isNull();
        assertThat(forgotten.find("k")).isEqualTo(Answer.found("b:y k 2"));
    }
}
