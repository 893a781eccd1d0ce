// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.spi.TableFactory;

/** What stays of a bundle that has gone. */
class ReplacedTest {

    private static final Map<String, String> TYPE = Map.of("table.type", "a");

    private final TablesService tables = new TablesService();

    /** A factory that is reachable from its tables, as a bundle's classes are. */
    private WeakReference<TableFactory> asked(TableList list) {
        Object[] self = new Object[1];
        TableFactory factory = spec -> key -> Answer.found(key + self.length);
        self[0] = factory;
        tables.bind(factory, TYPE, 0);
        assertThat(list.find("k")).isEqualTo(Answer.found("k1"));
        return new WeakReference<>(factory);
    }

    @Test
    @Timeout(60)
    void a_table_that_nobody_asks_any_more_does_not_keep_the_bundle_that_it_came_from() {
        tables.renew(new Generation(1, Path.of("/nonexistent"), Settings.parse(""), List.of()));
        TableList list = tables.open("a:x", "m");
        WeakReference<TableFactory> old = asked(list);
        assertThat(tables.unbind(TYPE, 0)).isTrue();
        while (old.get() != null) {
            System.gc();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        asked(list);
    }
}
