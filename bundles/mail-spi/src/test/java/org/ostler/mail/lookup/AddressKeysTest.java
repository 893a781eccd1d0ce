// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;

/** The order of partial keys: virtual(5), access(5), transport(5). */
class AddressKeysTest {

    private final FakeTables tables = new FakeTables();
    private final AddressKeys keys = new AddressKeys(Settings.parse("recipient_delimiter = +-\nmyorigin = home.example\n"),
            domain -> domain.equals("local.example") ? Answer.found("x") : Answer.NOT_FOUND);

    private TableList table(String... keyValues) {
        var map = new java.util.HashMap<String, String>();
        for (int i = 0; i < keyValues.length; i += 2) {
            map.put(keyValues[i], keyValues[i + 1]);
        }
        return tables.with("hash:t", map).open("hash:t", "t");
    }

    @Test
    void virtual_tries_extension_then_bare_then_domain() {
        keys.find(table(), Address.of("User+Ext@Other.example"));
        assertThat(tables.asked).containsExactly("user+ext@other.example", "user@other.example", "@other.example");
    }

    @Test
    void virtual_tries_bare_names_for_local_domains_and_myorigin() {
        keys.find(table(), Address.of("user+ext@local.example"));
        assertThat(tables.asked).containsExactly("user+ext@local.example", "user@local.example", "user+ext", "user", "@local.example");
        tables.asked.clear();
        keys.find(table(), Address.of("user@home.example"));
        assertThat(tables.asked).containsExactly("user@home.example", "user", "@home.example");
    }

    @Test
    void the_extension_is_reported_only_where_the_key_was_without_it() {
        assertThat(keys.find(table("user@x.example", "v"), Address.of("user+Ext@x.example"))).isEqualTo(new AddressKeys.Hit(Answer.found("v"), "+Ext"));
        assertThat(keys.find(table("user+ext@x.example", "v"), Address.of("user+ext@x.example")).extension()).isEmpty();
        assertThat(keys.find(table("@x.example", "v"), Address.of("user+ext@x.example"))).isEqualTo(new AddressKeys.Hit(Answer.found("v"), ""));
    }

    @Test
    void access_tries_domain_and_parents_then_the_user() {
        keys.access(table(), Address.of("user+ext@a.b.example"), true);
        assertThat(tables.asked).containsExactly("user+ext@a.b.example", "user@a.b.example", "a.b.example", "b.example", "example", "user+ext@", "user@");
        tables.asked.clear();
        keys.access(table(), Address.of("user@a.b.example"), false);
        assertThat(tables.asked).containsExactly("user@a.b.example", "a.b.example", ".b.example", ".example", "user@");
    }

    @Test
    void transport_ends_with_the_star() {
        keys.transport(table(), Address.of("user+ext@a.b.example"), false);
        assertThat(tables.asked).containsExactly("user+ext@a.b.example", "user@a.b.example", "a.b.example", ".b.example", ".example", "*");
    }

    @Test
    void the_first_delimiter_counts_and_some_names_are_never_split() {
        assertThat(keys.withoutExtension("a-b+c")).isEqualTo("a");
        assertThat(keys.extension("a-b+c")).isEqualTo("-b+c");
        assertThat(keys.extension("+c")).isEmpty();
        assertThat(keys.extension("owner-list")).isEmpty();
        assertThat(keys.extension("list-request")).isEmpty();
        assertThat(keys.extension("double-bounce")).isEmpty();
        assertThat(keys.extension("MAILER-DAEMON")).isEmpty();
    }

    @Test
    void a_local_part_that_needs_quotes_is_tried_with_them_first() {
        keys.find(table(), Address.of("joe smith@x.example"));
        assertThat(tables.asked).containsExactly("\"joe smith\"@x.example", "joe smith@x.example", "@x.example");
    }

    @Test
    void a_table_that_is_down_ends_the_search() {
        assertThat(keys.find(tables.open("down:x", "t"), Address.of("user@x.example")).answer()).isInstanceOf(Answer.Unavailable.class);
        assertThat(tables.asked).hasSize(1);
    }

    @Test
    void tables_of_patterns_see_the_first_key_only() {
        var trace = new FakeTables().open("any:x", "t");
        assertThat(keys.find(trace, Address.of("user@x.example")).answer()).isEqualTo(Answer.found("x"));
        assertThat(keys.access(trace, Address.of("user@x.example"), true)).isEqualTo(Answer.found("x"));
    }
}
