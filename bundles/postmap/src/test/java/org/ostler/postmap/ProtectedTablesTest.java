// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.lookup.core.PlainTables;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.Tables;

/** What a caller demands of a table is demanded of those that it is made of; here because all types are. */
class ProtectedTablesTest {

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"%s", "proxy:%s", "unionmap:{%s}", "pipemap:{%s}", "debug:%s", "proxy:unionmap:{proxy:debug:%s}"})
    void demands_reach_the_table_inside(String around) throws Exception {
        Path rules = dir.resolve("rules");
        Files.writeString(rules, "/^(.*)@a$/ to-$1\n/^fixed$/ value\n");
        Tables tables = new PlainTables().tables(Settings.parse(""), dir, _ -> { });
        String regexp = around.formatted("regexp:" + rules);
        assertThat(tables.open(regexp, "m").find("u@a")).isEqualTo(Answer.found("to-u"));
        for (Protection protection : new Protection[] {Protection.NO_SUBSTITUTION, Protection.SECURITY_SENSITIVE}) {
            assertThat(tables.open(regexp, "m", protection).find("u@a")).isInstanceOfSatisfying(Answer.Unavailable.class,
                    why -> assertThat(why.reason()).contains("substitution is not allowed"));
            assertThat(tables.open(regexp, "m", protection).find("fixed")).isEqualTo(Answer.found("value"));
        }
        assertThat(tables.open(around.formatted("tcp:127.0.0.1:1"), "m", Protection.SECURITY_SENSITIVE).find("k")).isInstanceOfSatisfying(Answer.Unavailable.class,
                why -> assertThat(why.reason()).contains("tcp:127.0.0.1:1 map is not allowed for security sensitive data"));
    }
}
