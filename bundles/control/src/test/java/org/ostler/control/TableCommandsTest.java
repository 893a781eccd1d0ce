// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.Latency;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics;
import org.ostler.mail.lookup.Tables;

class TableCommandsTest {

    private static final TableStatistics GOOD = new TableStatistics("lmdb:/etc/aliases", new TableStatistics.Source("org.ostler.lookup.lmdb", "0.1.0"),
            new TableStatistics.Condition(true, OptionalLong.of(12), ""), new TableStatistics.Counts(90, 9, 1),
            new Latency(new long[] {1_000, 2_000, 3_000_000}, new long[] {50, 49, 1}));
    private static final TableStatistics BAD = new TableStatistics("ldap:/etc/\"x\"", new TableStatistics.Source("", ""),
            new TableStatistics.Condition(false, OptionalLong.empty(), "open /etc/x: No such file or directory"), new TableStatistics.Counts(0, 0, 3), new Latency(new long[] {1}, new long[] {0}));

    private record Fake() implements Tables {
        @Override
        public TableList open(String maps, String title) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<String> check(String maps, String title) {
            return List.of();
        }

        @Override
        public List<String> check(String maps, String title, Protection protection) {
            return List.of(title + ": " + maps + " " + protection);
        }

        @Override
        public List<TableStatistics> statistics() {
            return List.of(GOOD, BAD);
        }
    }

    private static List<String> run(String verb, String... arguments) throws Exception {
        var lines = new ArrayList<String>();
        new TableCommands(Leased.to(new Fake())).run(verb, List.of(arguments), lines::add);
        return lines;
    }

    @Test
    void the_list_has_a_line_for_each_table_and_one_for_each_trouble() throws Exception {
        assertThat(run("list")).containsExactly(
                "  entries       hits     misses   errors      p50      p99  longest  table  (bundle)",
                "       12         90          9        1   1.00us   2.00us   3.00ms  lmdb:/etc/aliases  (org.ostler.lookup.lmdb 0.1.0)",
                "        -          0          0        3        -        -        -  ldap:/etc/\"x\"  (not open)",
                "          warning: unavailable: open /etc/x: No such file or directory");
    }

    @Test
    void json_has_an_object_for_each_table() throws Exception {
        assertThat(run("json")).containsExactly(
                "{\"table\": \"lmdb:/etc/aliases\", \"open\": true, \"bundle\": \"org.ostler.lookup.lmdb\", \"version\": \"0.1.0\", \"entries\": 12, \"hits\": 90, \"misses\": 9, \"errors\": 1, "
                        + "\"latency_us\": {\"p50\": 1.000, \"p90\": 2.000, \"p99\": 2.000, \"p999\": 3000.000, \"max\": 3000.000}}",
                "{\"table\": \"ldap:/etc/\\\"x\\\"\", \"open\": false, \"hits\": 0, \"misses\": 0, \"errors\": 3, "
                        + "\"latency_us\": {\"p50\": 0.000, \"p90\": 0.000, \"p99\": 0.000, \"p999\": 0.000, \"max\": 0.000}, \"trouble\": \"open /etc/x: No such file or directory\"}");
    }

    @Test
    void a_check_makes_the_demand_that_stands_before_the_tables() throws Exception {
        assertThat(run("check", "a:x", "b:y")).containsExactly("tables.check: a:x b:y NONE");
        assertThat(run("check", "SECURITY_SENSITIVE", "a:x", "b:y")).containsExactly("tables.check: a:x b:y SECURITY_SENSITIVE");
        assertThat(run("check")).containsExactly("tables.check:  NONE");
    }

    @Test
    void times_have_three_digits() {
        assertThat(TableCommands.time(Duration.ofNanos(320))).isEqualTo("0.32us");
        assertThat(TableCommands.time(Duration.ofMillis(45))).isEqualTo("45.0ms");
        assertThat(TableCommands.time(Duration.ofSeconds(5))).isEqualTo("5.00s");
    }
}
