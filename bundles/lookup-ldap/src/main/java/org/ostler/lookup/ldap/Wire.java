// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Sockets, made by us rather than by the library, so that every wait has a deadline and a timer can close the bare socket below any TLS. */
final class Wire {

    private Wire() {}

    /** A connection to any of the server's addresses, by {@code end} of {@link System#nanoTime}. */
    static Socket connect(Server server, long end) throws IOException {
        if (server.scheme() == Server.Scheme.LDAPI) {
            return new UnixSocket(server.host());
        }
        InetAddress[] addresses = resolve(server.host(), end);
        IOException last = new UnknownHostException(server.host());
        for (int i = 0; i < addresses.length; i++) {
            long share = TimeUnit.NANOSECONDS.toMillis((end - System.nanoTime()) / (addresses.length - i));
            if (share <= 0) {
                throw new SocketTimeoutException("Connection timed out");
            }
            var socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(addresses[i], server.port()), (int) Math.min(share, Integer.MAX_VALUE));
                return socket;
            } catch (IOException e) {
                socket.close();
                last = e;
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
            }
        }
        throw last;
    }

    /** The system's resolver knows no deadline; so it gets a thread of its own, and we go on without it. */
    private static InetAddress[] resolve(String host, long end) throws IOException {
        var task = new FutureTask<>(() -> InetAddress.getAllByName(host));
        Thread.ofVirtual().name("resolve " + host).start(task);
        try {
            return task.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("Name service timed out for " + host);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Hands one socket that is connected already to the library. */
    static SocketFactory ready(Socket socket) {
        return new Ready(socket);
    }

    private static final class Ready extends SocketFactory {

        private final Socket socket;

        Ready(Socket socket) {
            this.socket = socket;
        }

        /** The library tries this first and then asks for a connected one. */
        @Override
        public Socket createSocket() throws SocketException {
            throw new SocketException("connected sockets only");
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            return socket;
        }

        @Override
        public Socket createSocket(String host, int port) {
            return socket;
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) {
            return socket;
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
            return socket;
        }
    }

    /** TLS to one server: its name is sent, and checked where certificates are. */
    static SSLSocketFactory tls(SSLSocketFactory inner, Server server, TlsPlan plan) {
        return new Tls(inner, server, plan.verify(), plan.ciphers());
    }

    private static final class Tls extends SSLSocketFactory {

        private final SSLSocketFactory inner;
        private final Server server;
        private final boolean verify;
        private final List<String> ciphers;

        Tls(SSLSocketFactory inner, Server server, boolean verify, List<String> ciphers) {
            this.inner = inner;
            this.server = server;
            this.verify = verify;
            this.ciphers = ciphers;
        }

        @Override
        public Socket createSocket(Socket connected, String host, int port, boolean autoClose) throws IOException {
            String name = server.scheme() == Server.Scheme.LDAPI ? "localhost" : server.host();
            var socket = (SSLSocket) inner.createSocket(connected, name, server.port(), true);
            SSLParameters parameters = socket.getSSLParameters();
            if (verify) {
                // RFC 4513 section 3.1.3: the name in the certificate against the name that the operator wrote.
                parameters.setEndpointIdentificationAlgorithm("LDAPS");
            }
            if (!ciphers.isEmpty()) {
                parameters.setCipherSuites(ciphers.toArray(String[]::new));
            }
            socket.setSSLParameters(parameters);
            return socket;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return inner.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return inner.getSupportedCipherSuites();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw new SocketException("connected sockets only");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            throw new SocketException("connected sockets only");
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw new SocketException("connected sockets only");
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            throw new SocketException("connected sockets only");
        }
    }
}
