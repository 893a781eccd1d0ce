// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;

/** One declaration for who asks and for who checks. */
class ProtectedMapsTest {

    static final class Some extends ParameterSet {
        static final Parameter<String> FIRST_MAPS = text("first_maps", "inline:{a=b}", "Prose.");
        static final ProtectedMaps FIRST = new ProtectedMaps(FIRST_MAPS, Protection.SECURITY_SENSITIVE, "local");
        static final Parameter<String> OTHER_MAPS = text("other_maps", "", "Prose.");
        static final String WORD = "no parameter";
    }

    @Test
    void it_is_found_beside_the_parameter_and_makes_its_demand() {
        assertThat(new Some().all()).containsExactly(Some.FIRST_MAPS, Some.OTHER_MAPS);
        assertThat(new Some().constants(ProtectedMaps.class)).containsExactly(Some.FIRST);
        var opened = new ArrayList<String>();
        var tables = new FakeTables() {
            @Override
            public TableList open(String maps, String title, Protection protection) {
                opened.add(title + " " + maps + " " + protection);
                return open(maps, title);
            }
        };
        Some.FIRST.open(tables, Settings.parse("first_maps = fail:x"));
        Some.FIRST.open(tables, Settings.parse(""));
        assertThat(opened).isEqualTo(List.of("first_maps fail:x SECURITY_SENSITIVE", "first_maps inline:{a=b} SECURITY_SENSITIVE"));
    }
}
