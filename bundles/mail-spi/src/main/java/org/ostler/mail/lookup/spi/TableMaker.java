// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Writes tables of one type: what {@code postmap} and {@code postalias} build. Registered with {@link TableType} beside the {@link TableFactory} of that type, and listed in
 * {@code META-INF/services}; types without one are read-only.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> waits for other writers and readers of the file, within a bound. <b>Errors</b> {@link TableOpenException} in the words of an operator; the table is
 * then as it was. <b>Nulls</b> none. <b>Lifetime</b> one call, one change; nothing stays open.
 */
@ConsumerType
public interface TableMaker {

    /**
     * How to write.
     *
     * @param rebuild      begin with an empty table; else change the one that is there
     * @param trailingNul  whether a zero byte is stored behind keys and values; empty: as is usual for the type
     * @param permissions  of a new file, nine bits
     * @param expectedSize bytes of keys and values, roughly; 0 where unknown
     */
    record Options(boolean rebuild, Optional<Boolean> trailingNul, int permissions, long expectedSize) {}

    /** Puts into and removes from a table, inside one change. */
    interface Writer {

        /** @return false where the key was there; the old value then stays, unless {@code replace} */
        boolean put(String key, String value, boolean replace) throws IOException;

        /** The same in UTF-8, as most types store it: a million entries need not be decoded for them and encoded again. The arrays then belong to the writer. */
        default boolean put(byte[] key, byte[] value, boolean replace) throws IOException {
            return put(new String(key, StandardCharsets.UTF_8), new String(value, StandardCharsets.UTF_8), replace);
        }

        /** @return whether the key was there */
        boolean delete(String key) throws IOException;
    }

    /** What is to be done. May be run a second time from the start, all that it did before undone, when the file had to grow. */
    interface Change {
        void apply(Writer table) throws IOException;
    }

    /** Readers see all of the change or nothing. On an exception from {@code change} nothing has happened. */
    void change(TableSpec spec, Options options, Change change) throws TableOpenException, IOException;

    /** The table ({@code type:name}) of which this one is a memory, as {@code backup} in memcache_table(5): it is changed before this one, what it says of a key counts, and a listing is of that one. */
    default Optional<String> behind(TableSpec spec) throws TableOpenException {
        return Optional.empty();
    }
}
