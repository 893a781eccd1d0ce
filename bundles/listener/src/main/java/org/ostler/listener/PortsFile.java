// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * {@code $queue_directory/pid/ports}: the addresses that answer, one {@code host:port} in a line, for the launcher and other programs.
 *
 * <p>Replaced by rename, so that a reader sees a whole generation; absent while nothing listens. An IPv6 host stands in brackets.
 */
final class PortsFile {

    private PortsFile() {}

    static Path of(String queueDirectory) {
        return Path.of(queueDirectory, "pid", "ports");
    }

    static void write(Path file, List<InetSocketAddress> addresses) throws IOException {
        Files.createDirectories(file.getParent());
        Path next = file.resolveSibling("ports.new");
        Files.write(next, addresses.stream().map(PortsFile::text).toList());
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static void remove(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (address.getAddress() instanceof Inet6Address ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
