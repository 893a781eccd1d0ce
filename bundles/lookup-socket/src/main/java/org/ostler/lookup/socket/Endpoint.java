// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.ostler.mail.lookup.spi.TableOpenException;

/**
 * Where a server listens.
 *
 * @param text {@code host:port} or the path, as warnings name it
 * @param path of a UNIX-domain socket; empty for TCP
 */
record Endpoint(String text, String path, String host, int port) {

    /** {@code host:port}, the host may stand in brackets. */
    static Endpoint inet(String text) throws TableOpenException {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (colon < 0 || host.isEmpty() && colon == 0) {
            throw new TableOpenException(text + ": need host:port");
        }
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port > 0 && port < 65536) {
                return new Endpoint(text, "", host, port);
            }
        } catch (NumberFormatException e) {
            throw new TableOpenException(text + ": port is not a number: \"" + text.substring(colon + 1) + "\"", e);
        }
        throw new TableOpenException(text + ": port out of range");
    }

    static Endpoint unix(String path) {
        return new Endpoint(path, path, "", 0);
    }

    /** {@code inet:host:port} or {@code unix:path}. */
    static Endpoint parse(String text) throws TableOpenException {
        int colon = text.indexOf(':');
        if (colon <= 0 || colon == text.length() - 1) {
            throw new TableOpenException("need service transport:endpoint instead of \"" + text + "\"");
        }
        String rest = text.substring(colon + 1);
        return switch (text.substring(0, colon)) {
            case "inet" -> inet(rest);
            case "unix" -> unix(rest);
            default -> throw new TableOpenException("invalid transport name: " + text.substring(0, colon) + " in service: " + text);
        };
    }

    /** Tries all addresses of the name. @throws Trouble of kind CONNECT with the reason of the last one, TIMEOUT where the time is over */
    Connection connect(long endNanos) throws Trouble {
        Trouble last = null;
        for (SocketAddress address : addresses()) {
            try {
                return connect(address, endNanos);
            } catch (Trouble e) {
                last = e;
            }
        }
        throw last;
    }

    private static Connection connect(SocketAddress address, long endNanos) throws Trouble {
        try {
            SocketChannel channel = address instanceof InetSocketAddress ? SocketChannel.open() : SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
            try (var watch = new Watch(channel, endNanos)) {
                return watch.guard(() -> {
                    channel.connect(address);
                    if (address instanceof InetSocketAddress) {
                        channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
                    }
                    return new Connection(channel);
                });
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (Trouble e) {
            throw e.kind == Trouble.Kind.TIMEOUT ? new Trouble(Trouble.Kind.CONNECT, "Connection timed out") : new Trouble(Trouble.Kind.CONNECT, e.getMessage(), e);
        } catch (IOException e) {
            throw new Trouble(Trouble.Kind.CONNECT, String.valueOf(e.getMessage()), e);
        }
    }

    private List<SocketAddress> addresses() throws Trouble {
        if (!path.isEmpty()) {
            return List.of(UnixDomainSocketAddress.of(path));
        }
        try {
            var all = new ArrayList<SocketAddress>();
            for (InetAddress address : InetAddress.getAllByName(host)) {
                all.add(new InetSocketAddress(address, port));
            }
            return all;
        } catch (UnknownHostException e) {
            throw new Trouble(Trouble.Kind.CONNECT, "host not found", e);
        }
    }
}
