// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.lookup.spi.Trait;

/**
 * {@code debug:type:name}: the table behind it, with a log line for each lookup: {@code type:name lookup: "key" = "value"}, {@code "not_found"} or {@code "error"}.
 *
 * <p>Partial keys are tried also where the table behind it has patterns. <b>Threads</b> any.
 */
@Component(name = "table-debug", service = TableFactory.class)
@TableType("debug")
public final class DebugTable implements TableFactory {

    private record Logged(TableSpec spec, TableList behind) implements Table {

        @Override
        public Answer find(String key) {
            Answer answer = behind.find(key);
            String shown = switch (answer) {
                case Answer.Found(String value) -> value;
                case Answer.NotFound _ -> "not_found";
                case Answer.Unavailable _ -> "error";
            };
            // One line of the log, whatever key and value hold.
            spec.info(MailLog.printable(spec.name() + " lookup: \"" + key + "\" = \"" + shown + "\""));
            return answer;
        }

        /** The table behind it folds them where its type does. */
        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.CASE_SENSITIVE_KEYS);
        }
    }

    @Override
    public Table open(TableSpec spec) throws TableOpenException {
        int colon = spec.name().indexOf(':');
        if (colon <= 0 || colon == spec.name().length() - 1) {
            throw new TableOpenException("open dictionary: expecting \"type:name\" form instead of \"" + spec.name() + "\"");
        }
        return new Logged(spec, spec.tables().open(spec.name(), spec.text()));
    }
}
