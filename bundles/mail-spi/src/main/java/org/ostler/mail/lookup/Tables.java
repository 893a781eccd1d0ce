// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Opens the tables that a parameter names. The service of {@code lookup-core}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> opening may read files; lookups may use the network within the table's deadline. <b>Errors</b> a table that cannot be opened
 * yields a handle whose answers are {@link Answer.Unavailable}, with one warning in the log; {@link #check} says what is wrong. <b>Nulls</b> none.
 * <b>Lifetime</b> handles are shared per text, cheap to ask for again, and follow the replacement of table bundles; they need not be closed.
 */
@ProviderType
public interface Tables {

    /**
     * A list of tables, as in {@code virtual_alias_maps}, of which nothing is demanded.
     *
     * @param maps  {@code type:name} separated by blanks or commas, {@code type:{ ... }} quoting honoured; empty gives a list that never finds anything
     * @param title parameter name, for messages
     */
    TableList open(String maps, String title);

    /**
     * A list of tables of which the caller demands something. The same demands are made of the tables that these are made of, {@code unionmap:} and the like, which open their parts with {@link #open(String, String)};
     * with this method they demand no more and no less than they say.
     *
     * <p>By default nothing is demanded, which will do for tests; {@code lookup-core} does. Callers declare a {@link ProtectedMaps}, or {@code check} knows nothing of it.
     *
     * @param protection see there; what a table cannot meet is {@link Answer.Unavailable}
     */
    default TableList open(String maps, String title, Protection protection) {
        return open(maps, title);
    }

    /**
     * The text of a file that stands in a list, as in {@code mydestination = /file}. Where the file is changed the old text stays until the change is complete: half a list would make a
     * domain a stranger's, and its mail would come back. It also stays where the file cannot be read any more.
     *
     * @return the same object as before where nothing has changed
     * @throws IOException the file cannot be read, or is being written, and no text of it is known yet
     */
    default String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    /** Says what is wrong with each table of a list, one line each; empty when all can be opened. */
    java.util.List<String> check(String maps, String title);

    /** The same for a caller that demands something. What a table cannot meet is wrong; lines that cannot, such as a rule with {@code $1}, are warned of as other bad lines are. */
    default java.util.List<String> check(String maps, String title, Protection protection) {
        return check(maps, title);
    }

    /** What has become of each table that was asked lately, sorted by name; for operators and for metrics. Counts begin when a table is first asked, and outlive its replacement. */
    default java.util.List<TableStatistics> statistics() {
        return java.util.List.of();
    }
}
