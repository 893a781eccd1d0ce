// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.postgresql;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import javax.net.SocketFactory;

/**
 * Sockets to one path, whatever address they are told to connect to: the driver knows only host and port.
 *
 * <p>Public because the driver creates it by its name. <b>Threads</b> any. <b>Blocking</b> reads have no time limit of their own; an interrupt closes the socket, and so does the end of the lookup that waits for it.
 */
public final class UnixSockets extends SocketFactory {

    private final String path;

    public UnixSockets(String path) {
        this.path = path;
    }

    @Override
    public Socket createSocket() throws IOException {
        return new ChannelSocket(SocketChannel.open(StandardProtocolFamily.UNIX), UnixDomainSocketAddress.of(path));
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        Socket socket = createSocket();
        socket.connect(null, 0);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return createSocket("", port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) throws IOException {
        return createSocket("", port);
    }

    /** As much of a socket as the driver uses. */
    private static final class ChannelSocket extends Socket {

        private final SocketChannel channel;
        private final UnixDomainSocketAddress address;
        private int timeout;

        ChannelSocket(SocketChannel channel, UnixDomainSocketAddress address) {
            this.channel = channel;
            this.address = address;
        }

        @Override
        public void connect(SocketAddress ignored, int limit) throws IOException {
            try {
                channel.connect(address);
            } catch (IOException e) {
                channel.close();
                throw new IOException(address + ": " + e.getMessage(), e);
            }
        }

        @Override
        public InputStream getInputStream() {
            return Channels.newInputStream(channel);
        }

        @Override
        public OutputStream getOutputStream() {
            return Channels.newOutputStream(channel);
        }

        @Override
        public boolean isConnected() {
            return channel.isConnected();
        }

        @Override
        public boolean isClosed() {
            return !channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }

        @Override
        public void setSoTimeout(int milliseconds) {
            timeout = milliseconds;
        }

        @Override
        public int getSoTimeout() {
            return timeout;
        }

        @Override
        public void setTcpNoDelay(boolean on) {
            // Nothing waits here to be sent together.
        }

        @Override
        public void setKeepAlive(boolean on) {
            // The other side is on this machine.
        }

        @Override
        public int getSendBufferSize() {
            return 1 << 16;
        }

        @Override
        public int getReceiveBufferSize() {
            return 1 << 16;
        }
    }
}
