// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.time.Duration;

/**
 * Whole-file locks by {@code fcntl(F_OFD_SETLK)}: they conflict with the {@code fcntl} locks of Postfix, but belong to the open file and not to the process.
 *
 * <p>The ordinary kind, which {@code FileChannel.lock} uses, would be of no use here: closing <em>any</em> other descriptor of the file in this process drops it
 * silently, and a second shared one in the same virtual machine is refused.
 *
 * <p><b>Threads</b> any; the lock belongs to the descriptor, so that two threads with one descriptor share it: keep a gate before it. <b>Blocking</b> up to the given
 * time, by asking again every few milliseconds. <b>Errors</b> {@link IOException} with the name of the {@code errno}. Linux only.
 */
public final class FileLock {

    /** What to hold. A shared lock needs a descriptor open for reading, an exclusive one for writing. */
    public enum Kind {
        SHARED(0), EXCLUSIVE(1), NONE(2);

        private final short type;

        Kind(int type) {
            this.type = (short) type;
        }
    }

    private static final int F_OFD_SETLK = 37;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;
    private static final long FIRST_PAUSE_NANOS = 200_000;
    private static final long LONGEST_PAUSE_NANOS = 10_000_000;

    /** {@code struct flock} of 64-bit Linux: type, whence, start, length, process (0 is asked for); all zero but the type is "the whole file". */
    private static final int FLOCK_SIZE = 32;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle FCNTL = Linker.nativeLinker().downcallHandle(
            Linker.nativeLinker().defaultLookup().find("fcntl").orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS),
            Linker.Option.firstVariadicArg(2), Linker.Option.captureCallState("errno"));

    private FileLock() {}

    /** Takes, changes or gives back the lock at once, or returns false where another holds it. */
    public static boolean tryLock(int descriptor, Kind kind) throws IOException {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment state = local.allocate(STATE);
            MemorySegment flock = local.allocate(FLOCK_SIZE, 8);
            flock.set(JAVA_SHORT, 0, kind.type);
            while ((int) FCNTL.invokeExact(state, descriptor, F_OFD_SETLK, flock) != 0) {
                int errno = (int) ERRNO.get(state, 0L);
                if (errno == EAGAIN || errno == EACCES) {
                    return false;
                }
                if (errno != EINTR) {
                    throw new IOException("fcntl lock: " + Native.strerror(errno));
                }
            }
            return true;
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Waits for the lock; false where it was not to be had in time, or the thread was interrupted. */
    public static boolean lock(int descriptor, Kind kind, Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        long pause = FIRST_PAUSE_NANOS;
        while (!tryLock(descriptor, kind)) {
            // Not F_OFD_SETLKW: it has no deadline and would hold the carrier of a virtual thread.
            if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            java.util.concurrent.locks.LockSupport.parkNanos(pause);
            pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
        }
        return true;
    }

    public static void unlock(int descriptor) throws IOException {
        tryLock(descriptor, Kind.NONE);
    }
}
