// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ostler.mail.dns.Tlsa;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Records that nobody can use reach the verifier all the same, beside those that it can. */
class AnyTlsaTest {

    private static List<Tlsa> read(byte[]... data) throws IOException {
        AnyTlsa.register();
        Name owner = Name.fromConstantString("_25._tcp.mx.example.test.");
        var message = new Message();
        for (byte[] one : data) {
            message.addRecord(Record.newRecord(owner, Type.TLSA, DClass.IN, 60, one), Section.ANSWER);
        }
        return new Message(message.toWire(65_535)).getSection(Section.ANSWER).stream().map(r -> ((AnyTlsa) r).value()).toList();
    }

    @Test
    void a_truncated_record_does_not_hide_a_good_one() throws IOException {
        assertThat(read(new byte[] {3}, new byte[] {3, 1, 1, 5, 6}, new byte[] {2, 1}, new byte[] {2, 0, 1}))
                .containsExactlyInAnyOrder(new Tlsa(3, 255, 255, new byte[0]), new Tlsa(3, 1, 1, new byte[] {5, 6}), new Tlsa(2, 1, 255, new byte[0]), new Tlsa(2, 0, 1, new byte[0]));
    }

    @Test
    void unknown_parameters_and_large_data_are_handed_over() throws IOException {
        byte[] large = new byte[40_000];
        large[0] = (byte) 200;
        large[1] = 7;
        large[2] = 9;
        assertThat(read(large)).singleElement().satisfies(t -> {
            assertThat(t.usage()).isEqualTo(200);
            assertThat(t.selector()).isEqualTo(7);
            assertThat(t.matchingType()).isEqualTo(9);
            assertThat(t.data()).hasSize(39_997);
        });
    }

    @Test
    void the_text_form_is_that_of_a_zone_file() throws IOException {
        AnyTlsa.register();
        Record read = Record.fromString(Name.root, Type.TLSA, DClass.IN, 60, "3 1 1 00ff", Name.root);
        assertThat(((AnyTlsa) read).value()).hasToString("3 1 1 00ff").isEqualTo(new Tlsa(3, 1, 1, new byte[] {0, -1}));
    }
}
