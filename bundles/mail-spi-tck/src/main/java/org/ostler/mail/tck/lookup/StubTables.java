// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.lookup;

import java.util.List;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;

/**
 * Tables of a test, for what asks tables: one function says what each of them answers. None is a table of patterns, so that a part of an address is looked up like a whole one; none
 * is ever wrong.
 *
 * <p><b>Threads</b> as the function.
 */
@FunctionalInterface
public interface StubTables extends Tables {

    /** @param maps the text of the parameter, as it was opened */
    Answer find(String maps, String key);

    @Override
    default TableList open(String maps, String title) {
        return new Stub(this, maps);
    }

    @Override
    default List<String> check(String maps, String title) {
        return List.of();
    }

    /** A list of them. */
    record Stub(StubTables tables, String text) implements TableList {

        @Override
        public Answer find(String key) {
            return tables.find(text, key);
        }

        @Override
        public Answer findExact(String key) {
            return find(key);
        }

        @Override
        public boolean isEmpty() {
            return text.isBlank();
        }
    }
}
