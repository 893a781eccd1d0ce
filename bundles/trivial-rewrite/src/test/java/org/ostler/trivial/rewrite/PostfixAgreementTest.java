// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Router.Context;

/** Answers of a real Postfix to the same questions. */
class PostfixAgreementTest {

    private final Settings settings = Settings.parse("""
        compatibility_level = 3.11
        myhostname = mx.home.example
        mydomain = home.example
        mydestination = $myhostname, local.example
        inet_interfaces = 127.0.0.1
        proxy_interfaces = 192.0.2.1
        virtual_alias_maps = hash:vmaps
        virtual_mailbox_domains = vmbox.example
        relay_domains = relay.example, gone.example
        transport_maps = hash:transport
        relocated_maps = hash:relocated
        recipient_delimiter = +
        sender_dependent_relayhost_maps = hash:sdr
        sender_dependent_default_transport_maps = hash:sdt
        relayhost = [hub.example]:26
        """);

    private final TrivialRewrite router = new TrivialRewrite(new MapTables()
            .with("hash:vmaps", "valias.example x\nuser@valias.example joe")
            .with("hash:sdr", "s1@x.example [r1.example]\n@s2.example DUNNO\n<> [r2.example]")
            .with("hash:sdt", "t@x.example lmtp:unix:/x\n<> slow:")
            .with("hash:relocated", "moved@relay.example new@place.example\nmovedlocal there@else.example\n@gone.example nowhere")
            .with("hash:transport", """
                user@t1.example  slow:[mx1.example]
                t1.example  smtp:mx2.example
                .t2.example  relay:
                t3.example :[mx3.example]:2525
                t4.example :
                t5.example discard:
                bounced.example error:5.7.1 no thanks"""));

    static Stream<String> rewritten() throws IOException {
        return lines("rewrite");
    }

    static Stream<String> resolved() throws IOException {
        return lines("resolve");
    }

    private static Stream<String> lines(String request) throws IOException {
        try (var in = PostfixAgreementTest.class.getResourceAsStream("postfix-3.12.tsv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> line.startsWith(request)).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("rewritten")
    void addresses_are_completed_alike(String line) {
        String[] field = line.split("\t", -1);
        assertThat(router.rewrite(Address.of(field[1]), Context.LOCAL, settings)).isEqualTo(unquoted(field[2]));
        assertThat(router.rewrite(Address.of(field[1]), Context.REMOTE, settings)).isEqualTo(unquoted(field[3]));
    }

    private static Address unquoted(String text) {
        return Address.of(text.replace("\"", ""));
    }

    @ParameterizedTest
    @MethodSource("resolved")
    void recipients_are_resolved_alike(String line) {
        String[] field = line.split("\t", -1);
        int flags = Integer.parseInt(field[6]);
        Resolution resolution = router.resolve(Address.of(field[1]), Address.of(field[2]), settings);
        if ((flags & 4) != 0) {
            assertThat(resolution).isInstanceOf(Resolution.Undeliverable.class);
            return;
        }
        var route = (Resolution.Route) resolution;
        assertThat(route.transport()).isEqualTo(field[3]);
        assertThat(route.nextHop()).isEqualToIgnoringCase(field[4]);
        assertThat(route.recipient()).isEqualTo(Address.of(field[5]));
        assertThat(0x100 << route.addressClass().ordinal()).isEqualTo(flags & 0x1f00);
    }
}
