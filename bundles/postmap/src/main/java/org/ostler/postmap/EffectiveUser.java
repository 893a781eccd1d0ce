// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The whole process has the rights of another user until this is closed: where a directory is another's, root must not follow a link that was planted there. See {@code -o} in postmap(1).
 *
 * <p><b>Threads</b> the C library changes all of them: for a program that does one thing only. <b>Blocking</b> no. <b>Errors</b> {@link IOException} where the system refuses. Linux.
 * Classes are loaded meanwhile from jars that are open already: services were looked for in each of them; their directory may be closed to the other user.
 */
final class EffectiveUser implements AutoCloseable {

    private static final Path SELF = Path.of("/proc/self");
    private static final int O_RDONLY_CLOEXEC = 02000000;

    private final FileOwner before;
    private final int[] groups;
    private final MethodHandle seteuid = link("seteuid", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private final MethodHandle setegid = link("setegid", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private final MethodHandle setgroups = link("setgroups", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));

    /** Numbers of a user and a group, and whether they are of a regular file. */
    record FileOwner(int user, int group, boolean regular) {

        private static final int TYPE = 0170000;
        private static final int REGULAR = 0100000;

        static FileOwner of(Path path) throws IOException {
            var found = Files.readAttributes(path, "unix:uid,gid,mode");
            return new FileOwner((int) found.get("uid"), (int) found.get("gid"), ((int) found.get("mode") & TYPE) == REGULAR);
        }

        /** As what this process works now. */
        static FileOwner self() throws IOException {
            return of(SELF);
        }
    }

    /** A file that is open: whose it is and what is in it are of the same one, whatever its name comes to mean meanwhile. */
    record OpenSource(int descriptor) implements AutoCloseable {

        private static final MethodHandle OPEN = link("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        private static final MethodHandle CLOSE = link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

        static OpenSource of(Path file) throws IOException {
            int descriptor;
            try (Arena arena = Arena.ofConfined()) {
                descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), O_RDONLY_CLOEXEC);
            } catch (Throwable e) {
                throw new IllegalStateException("calling the C library", e);
            }
            if (descriptor < 0) {
                // Which says why it cannot be opened.
                Files.newInputStream(file).close();
                throw new IOException("cannot be opened");
            }
            return new OpenSource(descriptor);
        }

        Path path() {
            return SELF.resolve("fd").resolve(Integer.toString(descriptor));
        }

        @Override
        public void close() throws IOException {
            call("close", CLOSE, descriptor);
        }
    }

    EffectiveUser(FileOwner owner) throws IOException {
        before = FileOwner.self();
        groups = groups();
        // The user last: another than root may not change the rest.
        groups(owner.group());
        call("setegid", setegid, owner.group());
        call("seteuid", seteuid, owner.user());
    }

    @Override
    public void close() throws IOException {
        call("seteuid", seteuid, before.user());
        call("setegid", setegid, before.group());
        groups(groups);
    }

    private static int[] groups() throws IOException {
        String line = Files.readAllLines(SELF.resolve("status")).stream().filter(l -> l.startsWith("Groups:")).findFirst().orElseThrow(() -> new IOException("no groups in /proc/self/status"));
        return Arrays.stream(line.substring("Groups:".length()).trim().split(" ")).filter(word -> !word.isEmpty()).mapToInt(Integer::parseUnsignedInt).toArray();
    }

    private void groups(int... list) throws IOException {
        int result;
        try (Arena arena = Arena.ofConfined()) {
            result = (int) setgroups.invokeExact((long) list.length, arena.allocateFrom(JAVA_INT, list));
        } catch (Throwable e) {
            throw new IllegalStateException("calling the C library", e);
        }
        require("setgroups", list.length, result);
    }

    private static void call(String name, MethodHandle function, int number) throws IOException {
        int result;
        try {
            result = (int) function.invokeExact(number);
        } catch (Throwable e) {
            throw new IllegalStateException("calling the C library", e);
        }
        require(name, number, result);
    }

    private static void require(String name, int number, int result) throws IOException {
        if (result != 0) {
            throw new IOException(name + "(" + Integer.toUnsignedString(number) + ") was refused by the system");
        }
    }

    private static MethodHandle link(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError("no function " + name)), type);
    }
}
