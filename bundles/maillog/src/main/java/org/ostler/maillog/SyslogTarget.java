// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The local syslog daemon on {@code /dev/log}, a datagram socket, which Java's own channels cannot open; so the three calls go through the foreign function interface. A send never waits
 * (MSG_DONTWAIT): a daemon that does not read costs lines, not mail.
 */
final class SyslogTarget implements LogTarget {

    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int ADDRESS_LENGTH = 110;

    private final Arena arena = Arena.ofShared();
    private final MethodHandle sendto;
    private final MethodHandle close;
    private final MemorySegment address;
    private final int fd;

    SyslogTarget(String path) throws IOException {
        SymbolLookup libc = Linker.nativeLinker().defaultLookup();
        MethodHandle socket = handle(libc, "socket", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        sendto = handle(libc, "sendto", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        close = handle(libc, "close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        address = arena.allocate(ADDRESS_LENGTH);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        address.setString(2, path);
        try {
            fd = (int) socket.invokeExact(AF_UNIX, SOCK_DGRAM, 0);
        } catch (Throwable e) {
            throw new IOException("socket", e);
        }
        if (fd < 0) {
            throw new IOException("no socket for syslog");
        }
    }

    private static MethodHandle handle(SymbolLookup libc, String name, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(libc.find(name).orElseThrow(), type);
    }

    @Override
    public void write(List<Line> lines) throws IOException {
        for (Line line : lines) {
            // The daemon knows the host; RFC 3164 section 5.4 example 1 without it, as libc's syslog(3) sends.
            String stamp = line.time().substring(0, Math.min(15, line.time().length()));
            byte[] bytes = ("<" + line.priority() + ">" + stamp + " " + line.text()).getBytes(StandardCharsets.UTF_8);
            try (Arena one = Arena.ofConfined()) {
                MemorySegment data = one.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
                long sent = (long) sendto.invokeExact(fd, data, (long) bytes.length, MSG_DONTWAIT, address, ADDRESS_LENGTH);
                if (sent < 0) {
                    throw new IOException("syslog does not take messages");
                }
            } catch (IOException e) {
                throw e;
            } catch (Throwable e) {
                throw new IOException("sendto", e);
            }
        }
    }

    @Override
    public void close() {
        try {
            int result = (int) close.invokeExact(fd);
            if (result != 0) {
                System.err.println("closing the syslog socket failed");
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        } finally {
            arena.close();
        }
    }
}
