// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.Set;

/**
 * The plain socket below a TLS connection, which lets somebody see what goes by. Everything is passed on unchanged.
 *
 * <p>An engine is given this socket instead of the one that it would layer over, so that what it does not tell is known, whichever engine it is.
 *
 * <p><b>Threads</b> as a socket: one that reads, one that writes.
 */
final class WatchedSocket extends Socket {

    private final Socket plain;
    private final InputStream in;
    private final OutputStream out;

    /** Sees bytes in their order. */
    interface Watcher {
        /** @throws IOException ends the connection */
        void saw(byte[] bytes, int offset, int length) throws IOException;
    }

    static final Watcher NOBODY = (bytes, offset, length) -> {};

    /** @param heard sees what comes @param said sees what goes */
    WatchedSocket(Socket plain, Watcher heard, Watcher said) throws IOException {
        this.plain = plain;
        this.in = new Heard(plain.getInputStream(), heard);
        this.out = new Said(plain.getOutputStream(), said);
    }

    private static final class Heard extends FilterInputStream {

        private final Watcher watcher;

        Heard(InputStream in, Watcher watcher) {
            super(in);
            this.watcher = watcher;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            if (b >= 0) {
                watcher.saw(new byte[] {(byte) b}, 0, 1);
            }
            return b;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            if (count > 0) {
                watcher.saw(bytes, offset, count);
            }
            return count;
        }
    }

    private static final class Said extends FilterOutputStream {

        private final Watcher watcher;

        Said(OutputStream out, Watcher watcher) {
            super(out);
            this.watcher = watcher;
        }

        @Override
        public void write(int b) throws IOException {
            watcher.saw(new byte[] {(byte) b}, 0, 1);
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            watcher.saw(bytes, offset, length);
            out.write(bytes, offset, length); // FilterOutputStream would go byte by byte
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return in;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return out;
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }

    @Override
    public void shutdownInput() throws IOException {
        plain.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        plain.shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return plain.isConnected();
    }

    @Override
    public boolean isBound() {
        return plain.isBound();
    }

    @Override
    public boolean isClosed() {
        return plain.isClosed();
    }

    @Override
    public boolean isInputShutdown() {
        return plain.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return plain.isOutputShutdown();
    }

    @Override
    public InetAddress getInetAddress() {
        return plain.getInetAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return plain.getLocalAddress();
    }

    @Override
    public int getPort() {
        return plain.getPort();
    }

    @Override
    public int getLocalPort() {
        return plain.getLocalPort();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return plain.getRemoteSocketAddress();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return plain.getLocalSocketAddress();
    }

    @Override
    public SocketChannel getChannel() {
        return plain.getChannel();
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        plain.setSoTimeout(timeout);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        return plain.getSoTimeout();
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws SocketException {
        plain.setSoLinger(on, linger);
    }

    @Override
    public int getSoLinger() throws SocketException {
        return plain.getSoLinger();
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        plain.setTcpNoDelay(on);
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        return plain.getTcpNoDelay();
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        plain.setKeepAlive(on);
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        return plain.getKeepAlive();
    }

    @Override
    public <T> Socket setOption(SocketOption<T> name, T value) throws IOException {
        plain.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return plain.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return plain.supportedOptions();
    }

    @Override
    public String toString() {
        return plain.toString();
    }
}
