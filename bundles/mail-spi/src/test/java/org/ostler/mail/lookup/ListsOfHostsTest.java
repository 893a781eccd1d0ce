// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;

/** Domain and network lists (postconf(5): mydestination, relay_domains, mynetworks, parent_domain_matches_subdomains). */
class ListsOfHostsTest {

    private final FakeTables tables = new FakeTables().with("hash:d", Map.of("example.org", "x", ".dotted.org", "x", "192.0.2.7", "x"));

    private static boolean yes(Answer answer) {
        return answer instanceof Answer.Found;
    }

    private boolean domain(String list, boolean parents, String name) {
        return yes(DomainList.of(list, "relay_domains", parents, tables).match(name));
    }

    private Answer host(String list, String name, String address) {
        return NetworkList.of(list, "mynetworks", true, tables).match(name, AddressText.parse(address).orElseThrow());
    }

    @Test
    void an_exact_list_knows_whole_names_only() {
        DomainList list = DomainList.exact("Example.org, hash:d", "mydestination", tables);
        assertThat(list.match("example.ORG")).isEqualTo(Answer.found("example.org"));
        assertThat(list.match("sub.example.org")).isEqualTo(Answer.NOT_FOUND);
        assertThat(list.match(".dotted.org")).isEqualTo(Answer.found("x"));
    }

    @Test
    void parents_match_with_or_without_a_dot() {
        assertThat(domain("example.org", true, "a.b.example.org")).isTrue();
        assertThat(domain("example.org", false, "a.b.example.org")).isFalse();
        assertThat(domain(".example.org", false, "a.b.example.org")).isTrue();
        assertThat(domain(".example.org", false, "example.org")).isFalse();
        assertThat(domain("example.org", true, "notexample.org")).isFalse();
        assertThat(domain("hash:d", true, "sub.example.org")).isTrue();
        assertThat(domain("hash:d", false, "sub.example.org")).isFalse();
        assertThat(domain("hash:d", false, "sub.dotted.org")).isTrue();
    }

    /** access(5): 192.0.2.1 as the name that a client gives has no parent domains. */
    @Test
    void hosts_are_looked_up_with_their_parents_and_addresses_are_not() {
        var table = new FakeTables().with("hash:a", Map.of("org", "x", "2.1", "x", ".net", "x", "192.0.2", "net")).open("hash:a", "t");
        assertThat(HostKeys.name(table, "a.Example.ORG", true)).isEqualTo(Answer.found("x"));
        assertThat(HostKeys.name(table, "a.example.net", true)).isEqualTo(Answer.NOT_FOUND);
        assertThat(HostKeys.name(table, "a.example.net", false)).isEqualTo(Answer.found("x"));
        assertThat(HostKeys.name(table, "192.0.2.1", true)).isEqualTo(Answer.NOT_FOUND);
        assertThat(HostKeys.name(table, "256.0.2.1", true)).as("no address").isEqualTo(Answer.found("x"));
        assertThat(HostKeys.address(table, "192.0.2.1")).isEqualTo(Answer.found("net"));
    }

    @Test
    void the_first_pattern_decides_and_a_bang_says_no() {
        assertThat(domain("!secret.example.org example.org", true, "secret.example.org")).isFalse();
        assertThat(domain("!secret.example.org example.org", true, "open.example.org")).isTrue();
        assertThat(domain("example.org !secret.example.org", true, "secret.example.org")).isTrue();
    }

    @Test
    void files_stand_for_their_content(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("domains");
        Files.writeString(file, "# ours\nexample.org,\n example.net\n!example.com\n");
        assertThat(domain(file.toString(), true, "example.net")).isTrue();
        assertThat(domain(file + " example.com", true, "example.com")).isFalse();
        assertThat(domain("!" + file + " net", true, "example.net")).isFalse();
    }

    /** A list that is kept for as long as the configuration: what its file says now, and what it said while it cannot say anything. */
    @Test
    void a_list_follows_the_text_of_its_file_and_keeps_what_it_knows() {
        var text = new AtomicReference<>("example.org\n!example.com\n");
        var changing = new Tables() {
            @Override
            public TableList open(String maps, String title) {
                return tables.open(maps, title);
            }

            @Override
            public List<String> check(String maps, String title) {
                return List.of();
            }

            @Override
            public String text(Path file) throws IOException {
                return Optional.ofNullable(text.get()).orElseThrow(() -> new IOException("being written"));
            }
        };
        DomainList list = DomainList.exact("/list com example.com", "mydestination", changing);
        assertThat(list.match("example.org")).isInstanceOf(Answer.Found.class);
        assertThat(list.match("example.com")).isEqualTo(Answer.NOT_FOUND);
        assertThat(list.match("com")).isInstanceOf(Answer.Found.class);
        text.set(null);
        assertThat(list.match("example.org")).isInstanceOf(Answer.Found.class);
        assertThat(list.match("example.net")).isEqualTo(Answer.NOT_FOUND);
        assertThat(DomainList.exact("/list", "mydestination", changing).match("example.org")).as("nothing is known yet").isEqualTo(Answer.unavailable("mydestination: open file /list: being written"));
        text.set("example.net\n");
        assertThat(list.match("example.net")).isInstanceOf(Answer.Found.class);
        assertThat(list.match("example.org")).isEqualTo(Answer.NOT_FOUND);
        assertThat(list.match("example.com")).isInstanceOf(Answer.Found.class);
    }

    @Test
    void what_cannot_be_read_is_unavailable_not_a_no() {
        assertThat(DomainList.of("a.example /no/such/file", "relay_domains", true, tables).match("b.example")).isInstanceOf(Answer.Unavailable.class);
        assertThat(DomainList.of("a.example /no/such/file", "relay_domains", true, tables).match("a.example")).isInstanceOf(Answer.Found.class);
        assertThat(DomainList.of("down:x", "relay_domains", true, tables).match("b.example")).isInstanceOf(Answer.Unavailable.class);
    }

    @Test
    void networks_are_compared_bit_by_bit() {
        String list = "127.0.0.0/8, 192.0.2.128/25 192.0.2.1 [2001:db8::]/32 [::1]";
        assertThat(yes(host(list, "unknown", "127.255.0.1"))).isTrue();
        assertThat(yes(host(list, "unknown", "128.0.0.1"))).isFalse();
        assertThat(yes(host(list, "unknown", "192.0.2.128"))).isTrue();
        assertThat(yes(host(list, "unknown", "192.0.2.127"))).isFalse();
        assertThat(yes(host(list, "unknown", "192.0.2.1"))).isTrue();
        assertThat(yes(host(list, "unknown", "2001:db8:ffff::1"))).isTrue();
        assertThat(yes(host(list, "unknown", "2001:db9::1"))).isFalse();
        assertThat(yes(host(list, "unknown", "::1"))).isTrue();
        assertThat(yes(host("0.0.0.0/0", "unknown", "::1"))).isFalse();
        assertThat(yes(host("!127.0.0.1 127.0.0.0/8", "unknown", "127.0.0.1"))).isFalse();
    }

    /** Debian's mynetworks. Where one network of the list were a mistake, every stranger would be told to come again later. */
    @Test
    void a_network_of_IPv4_addresses_in_IPv6_form_is_good_and_meets_nobody() {
        String debian = "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128";
        assertThat(yes(host(debian, "unknown", "127.0.0.1"))).isTrue();
        assertThat(yes(host(debian, "unknown", "::1"))).isTrue();
        assertThat(host(debian, "unknown", "192.0.2.1")).isEqualTo(Answer.NOT_FOUND);
        assertThat(host(debian, "unknown", "2001:db8::1")).isEqualTo(Answer.NOT_FOUND);
        assertThat(host("[::ffff:0:0]/96", "unknown", "192.0.2.1")).isEqualTo(Answer.NOT_FOUND);
        assertThat(host("[::ffff:127.0.0.1]/104", "unknown", "192.0.2.1")).isInstanceOf(Answer.Unavailable.class);
    }

    @Test
    void host_names_and_tables_may_stand_among_networks() {
        assertThat(yes(host("example.org", "mx.example.org", "192.0.2.9"))).isTrue();
        assertThat(yes(host("hash:d", "unknown", "192.0.2.7"))).isTrue();
        assertThat(yes(host("hash:d", "mx.example.org", "192.0.2.8"))).isTrue();
        assertThat(host("down:x", "unknown", "192.0.2.7")).isInstanceOf(Answer.Unavailable.class);
    }

    @Test
    void host_bits_in_a_network_are_an_error_with_the_correction() {
        assertThat(host("127.0.0.1/8", "unknown", "127.0.0.1"))
                .isEqualTo(Answer.unavailable("mynetworks: non-null host address bits in \"127.0.0.1/8\", perhaps you should use \"127.0.0.0/8\" instead"));
    }

    @Test
    void addresses_are_written_short_and_read_without_the_resolver() throws Exception {
        assertThat(AddressText.of(InetAddress.getByName("2001:db8:0:0:0:0:0:1"))).isEqualTo("2001:db8::1");
        assertThat(AddressText.of(InetAddress.getByName("::1"))).isEqualTo("::1");
        assertThat(AddressText.parse("127.1")).isEmpty();
        assertThat(AddressText.parse("1.2.3.256")).isEmpty();
        assertThat(AddressText.parse("example.org")).isEmpty();
        assertThat(AddressText.literal("[IPv6:::1]")).contains(InetAddress.getByName("::1"));
        assertThat(AddressText.literal("[127.0.0.1]")).contains(InetAddress.getByName("127.0.0.1"));
    }

    /** As in Postfix, where {@code HELO [IPv6:[::1]]} is no address, and {@code [::1]} no key of a cidr table. */
    @Test
    void brackets_belong_to_literals_and_stand_there_once() throws Exception {
        assertThat(AddressText.parse("[::1]")).isEmpty();
        assertThat(AddressText.literal("[IPv6:[::1]]")).isEmpty();
        assertThat(AddressText.literal("[IPv6:::1%1]")).isEmpty();
        assertThat(AddressText.literal("[IPv6:]")).isEmpty();
        assertThat(AddressText.literal("[IPv6:127.0.0.1]")).isEmpty();
        assertThat(AddressText.literal("[::1]")).isEmpty();
        assertThat(AddressText.literal("[IPv6:::ffff:192.0.2.1]")).contains(InetAddress.getByName("192.0.2.1"));
    }

    @Test
    void local_domains_are_mydestination_and_own_literals() {
        var local = new org.ostler.mail.routing.LocalDomains(
                Settings.parse("mydestination = example.org\ninet_interfaces = 127.0.0.1, [::1]\nproxy_interfaces = 192.0.2.1\n"), tables);
        assertThat(yes(local.match("Example.org."))).isTrue();
        assertThat(yes(local.match("[127.0.0.1]"))).isTrue();
        assertThat(yes(local.match("[IPv6:::1]"))).isTrue();
        assertThat(yes(local.match("[192.0.2.1]"))).isTrue();
        assertThat(yes(local.match("[192.0.2.2]"))).isFalse();
        assertThat(yes(local.match("example.com"))).isFalse();
    }
}
