// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.lookup.Answer;

/**
 * Users and groups by the C library: {@code getpwnam_r} and {@code getgrnam_r} (POSIX), which ask whatever {@code /etc/nsswitch.conf} names (LDAP, sssd, winbind).
 *
 * <p>Not {@code getent}, whose exit status is the same for a user that does not exist and for a server that does not answer.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as long as the name service takes, in native code that no interrupt reaches. <b>Errors</b> an error number is {@link Answer.Unavailable}. Linux on 64-bit machines only:
 * elsewhere the structures look different.
 */
final class NameService {

    /** {@code struct passwd}: name, password, uid, gid, gecos, home, shell; {@code struct group}: name, password, gid, members. */
    private static final long PASSWD_SIZE = 48;
    private static final long GROUP_SIZE = 32;
    private static final int ERANGE = 34;
    private static final int FIRST_BUFFER = 4096;
    private static final int LARGEST_BUFFER = 1 << 20;
    private static final int MOST_MEMBERS = 100_000;
    private static final long LONGEST = 1 << 16;

    private final MethodHandle getpwnam;
    private final MethodHandle getgrnam;

    /** @param getpwnam the functions of the C library, or what a test has in their place */
    NameService(MethodHandle getpwnam, MethodHandle getgrnam) {
        this.getpwnam = getpwnam;
        this.getgrnam = getgrnam;
    }

    /** Empty where the C library cannot be called. */
    static Optional<NameService> ofThisMachine() {
        if (!System.getProperty("os.name").equals("Linux") || ValueLayout.ADDRESS.byteSize() != Long.BYTES) {
            return Optional.empty();
        }
        Linker linker = Linker.nativeLinker();
        var type = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
        return linker.defaultLookup().find("getpwnam_r").flatMap(user -> linker.defaultLookup().find("getgrnam_r")
                .map(group -> new NameService(linker.downcallHandle(user, type), linker.downcallHandle(group, type))));
    }

    /** A line as in {@code /etc/passwd}. */
    Answer user(String name) {
        return ask(getpwnam, name, PASSWD_SIZE, NameService::passwdLine);
    }

    /** A line as in {@code /etc/group}. */
    Answer group(String name) {
        return ask(getgrnam, name, GROUP_SIZE, NameService::groupLine);
    }

    private interface Reader {
        String line(MemorySegment struct);
    }

    private static Answer ask(MethodHandle function, String name, long size, Reader reader) {
        if (name.indexOf('\0') >= 0 || name.indexOf(':') >= 0) {
            return Answer.NOT_FOUND; // no user's name, and C would see another one
        }
        for (int length = FIRST_BUFFER; length <= LARGEST_BUFFER; length *= 4) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment struct = arena.allocate(size, Long.BYTES);
                MemorySegment result = arena.allocate(ValueLayout.ADDRESS);
                int error = (int) function.invokeExact(arena.allocateFrom(name), struct, arena.allocate(length), (long) length, result);
                if (error == 0) {
                    return result.get(ValueLayout.ADDRESS, 0).address() == 0 ? Answer.NOT_FOUND : Answer.found(reader.line(struct));
                }
                if (error != ERANGE) {
                    return Answer.unavailable("name service: error " + error);
                }
            } catch (Throwable e) {
                throw new IllegalStateException("calling the C library", e);
            }
        }
        return Answer.unavailable("name service: entry too long");
    }

    private static String passwdLine(MemorySegment struct) {
        return String.join(":", text(struct, 0), "x", number(struct, 16), number(struct, 20), text(struct, 24), text(struct, 32), text(struct, 40));
    }

    private static String groupLine(MemorySegment struct) {
        List<String> members = new ArrayList<>();
        MemorySegment array = struct.get(ValueLayout.ADDRESS, 24);
        if (array.address() != 0) {
            MemorySegment pointers = array.reinterpret((long) MOST_MEMBERS * Long.BYTES);
            for (int i = 0; i < MOST_MEMBERS && pointers.getAtIndex(ValueLayout.ADDRESS, i).address() != 0; i++) {
                members.add(string(pointers.getAtIndex(ValueLayout.ADDRESS, i)));
            }
        }
        return String.join(":", text(struct, 0), "x", number(struct, 16), String.join(",", members));
    }

    private static String text(MemorySegment struct, long offset) {
        MemorySegment pointer = struct.get(ValueLayout.ADDRESS, offset);
        return pointer.address() == 0 ? "" : string(pointer);
    }

    private static String string(MemorySegment pointer) {
        return pointer.reinterpret(LONGEST).getString(0, StandardCharsets.UTF_8);
    }

    /** User and group numbers have no sign. */
    private static String number(MemorySegment struct, long offset) {
        return Integer.toUnsignedString(struct.get(ValueLayout.JAVA_INT, offset));
    }
}
