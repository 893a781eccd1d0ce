// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.model.Address;
import org.ostler.mail.routing.AddressClass;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Router.Context;

/** What no recorded answer shows: tables that are down, settings other than the recorded ones. */
class TrivialRewriteTest {

    private static final Settings BASE = Settings.parse("""
        compatibility_level = 3.11
        myhostname = mx.home.example
        mydomain = home.example
        mydestination = local.example
        inet_interfaces = 127.0.0.1
        """);

    private final MapTables tables = new MapTables().with("hash:t", "* smtp:[star.example]\nb.example relay:\nkey value");
    private final TrivialRewrite router = new TrivialRewrite(tables);

    private Resolution resolve(String recipient, Map<String, String> more) {
        return router.resolve(Address.of("x@y.example"), Address.of(recipient), BASE.with(more));
    }

    @Test
    void a_table_that_is_down_makes_the_answer_unavailable_in_every_list() {
        for (String name : new String[] {"mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains", "transport_maps", "relocated_maps",
                "sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps"}) {
            assertThat(resolve("user@else.example", Map.of(name, "hash:down"))).as(name).isInstanceOf(Resolution.Unavailable.class);
        }
    }

    /** transport(5), postconf(5); a relocated(5) answer is a text for the sender. */
    @Test
    void strangers_do_not_write_routes_through_a_substitution() {
        resolve("user@else.example", Map.of("transport_maps", "hash:t", "sender_dependent_relayhost_maps", "hash:t", "sender_dependent_default_transport_maps", "hash:t", "relocated_maps", "hash:t"));
        assertThat(tables.demanded).isEqualTo(Map.of("transport_maps", Protection.NO_SUBSTITUTION, "sender_dependent_relayhost_maps", Protection.NO_SUBSTITUTION,
                "sender_dependent_default_transport_maps", Protection.NO_SUBSTITUTION, "relocated_maps", Protection.NONE));
    }

    @Test
    void the_star_catches_what_no_other_key_caught() {
        assertThat(((Resolution.Route) resolve("user@else.example", Map.of("transport_maps", "hash:t"))).nextHop()).isEqualTo("[star.example]");
        assertThat(((Resolution.Route) resolve("user@b.example", Map.of("transport_maps", "hash:t"))).transport()).isEqualTo("relay");
        assertThat(((Resolution.Route) resolve("user@a.b.example", Map.of("transport_maps", "hash:t"))).transport()).isEqualTo("smtp");
        assertThat(((Resolution.Route) resolve("user@a.b.example", Map.of("transport_maps", "hash:t", "parent_domain_matches_subdomains", "transport_maps"))).nextHop())
                .isEqualTo("a.b.example");
    }

    @Test
    void bare_numbers_are_a_domain_only_on_request() {
        assertThat(resolve("user@192.0.2.5", Map.of())).isInstanceOf(Resolution.Undeliverable.class);
        var route = (Resolution.Route) resolve("user@192.0.2.5", Map.of("resolve_numeric_domain", "yes"));
        assertThat(route.nextHop()).isEqualTo("[192.0.2.5]");
    }

    /** A command of pipe(8) would take it for an option; the SMTP server sees only what stands in front of the routing. */
    @Test
    void no_recipient_begins_with_a_hyphen_after_routing_either() {
        for (String recipient : new String[] {"-x@else.example", "-x@local.example", "else.example!-x@local.example", "-x%else.example@local.example", "else.example!-x", "-x@moved.example"}) {
            assertThat(resolve(recipient, Map.of("relocated_maps", "hash:t"))).as(recipient).isInstanceOf(Resolution.Undeliverable.class);
            assertThat(resolve(recipient, Map.of("allow_min_user", "yes"))).as(recipient).isInstanceOf(Resolution.Route.class);
            assertThat(resolve(recipient, Map.of("transport_maps", "hash:down"))).as(recipient).isInstanceOf(Resolution.Unavailable.class);
        }
        assertThat(resolve("x-@else.example", Map.of())).isInstanceOf(Resolution.Route.class);
    }

    @Test
    void the_next_hop_of_a_local_transport_without_one_is_the_domain() {
        assertThat(((Resolution.Route) resolve("user@Local.example", Map.of("local_transport", "lmtp"))).nextHop()).isEqualTo("local.example");
        assertThat(((Resolution.Route) resolve("user@local.example", Map.of())).nextHop()).isEqualTo("mx.home.example");
    }

    @Test
    void letters_outside_ASCII_need_smtputf8() {
        assertThat(resolve("user@b\u00fccher.example", Map.of())).isInstanceOf(Resolution.Route.class);
        assertThat(resolve("user@b\u00fccher.example", Map.of("smtputf8_enable", "no"))).isInstanceOf(Resolution.Undeliverable.class);
    }

    @Test
    void a_quoted_local_part_is_opaque_only_on_request() {
        assertThat(((Resolution.Route) resolve("a@b.example@local.example", Map.of())).addressClass()).isEqualTo(AddressClass.DEFAULT);
        assertThat(((Resolution.Route) resolve("a@b.example@local.example", Map.of("resolve_dequoted_address", "no"))).addressClass()).isEqualTo(AddressClass.LOCAL);
    }

    @Test
    void remote_clients_addresses_get_their_own_domain() {
        Settings settings = BASE.with(Map.of("remote_header_rewrite_domain", "domain.invalid", "append_dot_mydomain", "yes"));
        assertThat(router.rewrite(Address.of("joe"), Context.REMOTE, settings).text()).isEqualTo("joe@domain.invalid");
        assertThat(router.rewrite(Address.of("joe@host"), Context.REMOTE, settings).text()).isEqualTo("joe@host.domain.invalid");
        assertThat(router.rewrite(Address.of("joe@host"), Context.LOCAL, settings).text()).isEqualTo("joe@host.home.example");
        assertThat(router.rewrite(Address.of("joe"), Context.LOCAL, BASE.with(Map.of("append_at_myorigin", "no"))).text()).isEqualTo("joe");
    }
}
