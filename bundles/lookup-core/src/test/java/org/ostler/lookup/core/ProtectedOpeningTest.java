// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics;

/** What callers demand of one table, each for itself. */
class ProtectedOpeningTest {

    private final TablesService tables = new TablesService();

    /** sqlite-virtual_mailbox_maps-domain-tcp in golden/protection: a list in a table, such as the "domain" of an LDAP table, says yes or no and names nothing. */
    @Test
    void demands_do_not_reach_the_tables_of_a_list_in_a_table() {
        tables.renew(new Generation(1, Path.of("/nonexistent"), Settings.parse(""), List.of()));
        tables.bind(spec -> {
            spec.refuseWhereSecuritySensitive();
            return key -> Answer.found("in the list");
        }, Map.of("table.type", "a"), 0);
        tables.bind(spec -> DomainList.exact("a:x", spec.text(), spec.tables())::match, Map.of("table.type", "listed"), 0);
        assertThat(tables.open("listed:x", "m", Protection.SECURITY_SENSITIVE).find("k")).isInstanceOf(Answer.Found.class);
        assertThat(tables.check("listed:x", "m", Protection.SECURITY_SENSITIVE)).isEmpty();
    }

    @Test
    void a_check_makes_the_demands_of_the_caller_for_whom_it_is() {
        tables.renew(new Generation(1, Path.of("/nonexistent"), Settings.parse(""), List.of()));
        tables.bind(spec -> {
            spec.refuseWhereSecuritySensitive();
            return key -> Answer.NOT_FOUND;
        }, Map.of("table.type", "a"), 0);
        tables.bind(spec -> spec.tables().open(spec.name(), spec.text())::find, Map.of("table.type", "around"), 0);
        String refused = "a:x is unavailable. a:x map is not allowed for security-sensitive data";
        assertThat(tables.check("a:x around:a:x", "m", Protection.SECURITY_SENSITIVE)).containsExactly("m: " + refused);
        assertThat(tables.check("around:a:x", "m", Protection.SECURITY_SENSITIVE)).containsExactly("m: around:a:x: " + refused);
        assertThat(tables.check("around:a:x", "m", Protection.NO_SUBSTITUTION)).isEmpty();
        assertThat(tables.check("around:a:x", "m")).isEmpty();
    }

    /** Of two openings of one table: what the one is refused, the other is not. */
    @Test
    void demands_reach_the_table_and_those_it_is_made_of_and_keep_openings_apart() {
        tables.renew(new Generation(1, Path.of("/nonexistent"), Settings.parse(""), List.of()));
        tables.bind(spec -> {
            spec.refuseWhereSecuritySensitive();
            return key -> Answer.found(spec.protection() + "");
        }, Map.of("table.type", "a"), 0);
        tables.bind(spec -> {
            TableList inner = spec.tables().open(spec.name(), spec.text());
            return inner::find;
        }, Map.of("table.type", "around"), 0);
        for (String maps : List.of("a:x", "proxy:a:x", "around:a:x", "around:proxy:around:a:x")) {
            assertThat(tables.open(maps, "m").find("k")).as(maps).isEqualTo(Answer.found("NONE"));
            assertThat(tables.open(maps, "m", Protection.NO_SUBSTITUTION).find("k")).as(maps).isEqualTo(Answer.found("NO_SUBSTITUTION"));
            assertThat(tables.open(maps, "m", Protection.SECURITY_SENSITIVE).find("k")).as(maps)
                    .isInstanceOfSatisfying(Answer.Unavailable.class, why -> assertThat(why.reason()).contains("a:x map is not allowed for security-sensitive data"));
            assertThat(tables.open(maps, "m").find("k")).as(maps).isEqualTo(Answer.found("NONE"));
        }
        assertThat(tables.statistics()).extracting(TableStatistics::table).containsExactly("a:x", "around:a:x", "around:proxy:around:a:x");
        TableStatistics whole = tables.statistics().getFirst();
        assertThat(whole.condition().trouble()).contains("security-sensitive");
        assertThat(whole.counts()).isEqualTo(new TableStatistics.Counts(12, 0, 4));
    }
}
