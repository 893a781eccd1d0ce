// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * How long an open file is now: by {@code lseek(2)}, since readers ask between lookups, and the ways of {@code java.nio} cost as much as a lookup.
 *
 * <p><b>Threads</b> any. The position of the descriptor moves to the end: the library reads and writes at positions of its own. <b>Blocking</b> as the file system does for attributes. <b>Errors</b> {@link IOException}.
 */
public final class OpenFile {

    private static final int SEEK_END = 2;
    private static final MethodHandle LSEEK = Linker.nativeLinker().downcallHandle(
            Linker.nativeLinker().defaultLookup().find("lseek").orElseThrow(), FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));

    private OpenFile() {}

    /** @param descriptor see {@link Env#descriptor}; in bytes */
    public static long size(int descriptor) throws IOException {
        long size;
        try {
            size = (long) LSEEK.invokeExact(descriptor, 0L, SEEK_END);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
        if (size < 0) {
            throw new IOException("file of which the size cannot be told");
        }
        return size;
    }
}
