// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.Optional;
import org.ostler.mail.lookup.AddressText;

/**
 * Opens connections: TCP from the configured address, or a unix-domain socket.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> up to {@code smtp_connect_timeout}. <b>Errors</b> {@link Refused} with Postfix's text.
 */
final class Connector {

    /** Not connected. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Failure failure;

        Refused(Failure failure, IOException cause) {
            super(failure.reason().text(), cause);
            this.failure = failure;
        }

        Failure failure() {
            return failure;
        }
    }

    /** A connection, with the plain socket where TLS can be put over it. */
    record Opened(Peer peer, Optional<Socket> socket) {}

    /** Where the parameter says "no limit". */
    private static final long LONGEST = 600_000_000_000L;

    private final Deadlines deadlines;

    Connector(Deadlines deadlines) {
        this.deadlines = deadlines;
    }

    Opened open(Host host, Profile profile) throws Refused {
        try {
            return host.isUnix() ? unix(host, profile) : tcp(host, profile);
        } catch (IOException e) {
            throw new Refused(new Failure.NoConnection(Failure.local("4.4.1", "connect to " + host.withPort() + ": " + words(e))), e);
        }
    }

    private Opened tcp(Host host, Profile profile) throws IOException, Refused {
        var socket = new Socket();
        try {
            bind(socket, host, profile);
            int millis = (int) Math.min(profile.connectTimeout / 1_000_000, Integer.MAX_VALUE);
            socket.connect(new InetSocketAddress(host.address(), host.port()), millis);
            socket.setTcpNoDelay(true);
            var peer = new Peer(host, socket, socket.getInputStream(), socket.getOutputStream(), deadlines);
            return new Opened(peer, Optional.of(socket));
        } catch (IOException | RuntimeException | Error | Refused e) {
            socket.close();
            throw e;
        }
    }

    private static void bind(Socket socket, Host host, Profile profile) throws Refused {
        boolean v4 = host.address() instanceof Inet4Address;
        String from = v4 ? profile.bindAddress : profile.bindAddress6;
        if (from.isEmpty()) {
            return;
        }
        String parameter = profile.protocol() + (v4 ? "_bind_address" : "_bind_address6");
        try {
            InetAddress address = AddressText.parse(from.startsWith("[") ? from.substring(1, from.length() - 1) : from)
                    .orElseThrow(() -> new BindException("bad address"));
            socket.bind(new InetSocketAddress(address, 0));
        } catch (IOException e) {
            profile.log.warning(parameter + " = " + from + ": bind " + from + ": " + words(e));
            if (profile.bindEnforce) {
                throw new Refused(new Failure.NoConnection(Failure.local("4.4.0", "server configuration error")), e);
            }
        }
    }

    /** The kernel answers a local connect at once, or keeps it waiting in the backlog; the channel is watched from before. */
    private Opened unix(Host host, Profile profile) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Deadlines.Deadline patience = deadlines.watch(channel);
        try {
            patience.in(profile.connectTimeout > 0 ? profile.connectTimeout : LONGEST);
            channel.connect(UnixDomainSocketAddress.of(host.path()));
            var peer = new Peer(host, channel, Channels.newInputStream(channel), Channels.newOutputStream(channel), deadlines);
            return new Opened(peer, Optional.empty());
        } catch (IOException e) {
            channel.close();
            throw patience.hasPassed() ? new SocketTimeoutException() : e;
        } finally {
            deadlines.forget(patience);
        }
    }

    /** The text of errno, as strerror(3) has it. */
    private static String words(IOException e) {
        if (e instanceof SocketTimeoutException) {
            return "Connection timed out";
        }
        String message = e.getMessage() == null ? "Connection refused" : e.getMessage();
        // JDK: "Connection timed out: no further information", "Cannot assign requested address (Bind failed)"
        int end = message.indexOf(": ") > 0 ? message.indexOf(": ") : message.indexOf(" (");
        String text = end > 0 ? message.substring(0, end) : message;
        return text.isEmpty() ? "Connection refused" : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
