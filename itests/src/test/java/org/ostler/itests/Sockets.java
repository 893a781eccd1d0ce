// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The sockets of a process, from {@code /proc}: the inodes behind its descriptors, looked up in the kernel's tables.
 *
 * <p>Linux only. Asking the kernel about one process, not a port scan, shows also what listens on an address that the test
 * would not think of.
 */
final class Sockets {

    private static final String TCP_LISTEN = "0A";
    private static final Pattern SOCKET_LINK = Pattern.compile("socket:\\[(\\d+)]");

    private Sockets() {}

    /** Where the process listens for TCP or holds a bound UDP port: {@code 127.0.0.1:25}, {@code [::]:25}, {@code udp 0.0.0.0:68}. */
    static Set<String> listening(long pid) throws IOException {
        Set<String> inodes = inodes(pid);
        var found = new TreeSet<String>();
        for (String table : new String[] {"tcp", "tcp6", "udp", "udp6"}) {
            boolean udp = table.startsWith("udp");
            for (String[] row : rows(pid, table)) {
                if (inodes.contains(row[9]) && (udp || row[3].equals(TCP_LISTEN))) {
                    found.add((udp ? "udp " : "") + address(row[1]));
                }
            }
        }
        return found;
    }

    /** Paths of bound unix sockets of the process that are not below {@code home}; abstract names count as outside. */
    static Set<String> unixSocketsOutside(long pid, Path home) throws IOException {
        Set<String> inodes = inodes(pid);
        var found = new TreeSet<String>();
        for (String[] row : rows(pid, "unix")) {
            if (row.length > 7 && inodes.contains(row[6]) && !row[7].startsWith(home + "/")) {
                found.add(row[7]);
            }
        }
        return found;
    }

    private static Set<String> inodes(long pid) throws IOException {
        var inodes = new TreeSet<String>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    Matcher link = SOCKET_LINK.matcher(Files.readSymbolicLink(descriptor).toString());
                    if (link.matches()) {
                        inodes.add(link.group(1));
                    }
                } catch (NoSuchFileException closed) {
                    // Closed since the listing: not a socket that listens for long.
                    continue;
                }
            }
        }
        return inodes;
    }

    private static String[][] rows(long pid, String table) throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(pid), "net", table)).stream()
                .skip(1)
                .map(line -> line.strip().split("\\s+"))
                .toArray(String[][]::new);
    }

    /** The kernel writes addresses in hexadecimal, each 32-bit word in host order (little-endian on what we run on). */
    private static String address(String text) throws UnknownHostException {
        String[] parts = text.split(":");
        byte[] bytes = HexFormat.of().parseHex(parts[0]);
        for (int word = 0; word < bytes.length; word += 4) {
            swap(bytes, word, word + 3);
            swap(bytes, word + 1, word + 2);
        }
        String host = InetAddress.getByAddress(bytes).getHostAddress();
        return (bytes.length > 4 && host.contains(":") ? "[" + host + "]" : host) + ":" + Integer.parseInt(parts[1], 16);
    }

    private static void swap(byte[] bytes, int i, int j) {
        byte kept = bytes[i];
        bytes[i] = bytes[j];
        bytes[j] = kept;
    }
}
