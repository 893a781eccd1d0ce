// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;

/** What table types do, besides {@link TableContract}, whose data can go away while the table is open: a server, a file that somebody locks. */
public interface OutageContract extends TableContract {

    /** Makes the tables that were opened since unable to answer until it is closed: the server stops, the file is locked. */
    AutoCloseable outage() throws Exception;

    /** Not found may send mail back; so a table that cannot reach its data must say something else. */
    @Test
    default void a_table_that_cannot_reach_its_data_is_unavailable_and_recovers() throws Exception {
        try (Table table = tableWith(Map.of("k", "v"))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            try (AutoCloseable down = outage()) {
                assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
                assertThat(table.find("other")).isInstanceOf(Answer.Unavailable.class);
            }
            assertThat(answerInTime(table, "k")).isEqualTo(Answer.found("v"));
            assertThat(table.find("other")).isEqualTo(Answer.NOT_FOUND);
        }
    }

    /** The answer, once the table has one: a connection may have been lost and be made again. */
    static Answer answerInTime(Table table, String key) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (table.find(key) instanceof Answer.Unavailable && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return table.find(key);
    }
}
