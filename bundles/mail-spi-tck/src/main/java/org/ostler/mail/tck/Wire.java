// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * One connection of a {@link Conversation}. Used by one thread; the watchdog only closes the socket.
 *
 * <p>A socket timeout bounds one read. It does not bound a write to a server that does not read, nor a server that sends a byte every
 * few seconds: for both a watchdog closes the socket after twenty deadlines.
 */
final class Wire implements AutoCloseable {

    private static final int LONGEST_REPLY_LINE = 65_536;
    private static final ScheduledExecutorService WATCHDOGS = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("conversation-watchdog").factory());

    private final Duration deadline;
    private final Transcript transcript;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private final ScheduledFuture<?> watchdog;
    private Socket socket;
    private InputStream in;
    private boolean over;
    private int line;

    Wire(InetSocketAddress server, Duration deadline, Transcript transcript) throws IOException {
        this.deadline = deadline;
        this.transcript = transcript;
        Socket plain = new Socket();
        try {
            plain.setTcpNoDelay(true);
            plain.connect(server, (int) deadline.toMillis());
        } catch (IOException e) {
            plain.close();
            throw e;
        }
        use(plain);
        watchdog = WATCHDOGS.schedule(() -> {
            transcript.note("the whole conversation took too long: closed");
            plain.close();
            return null;
        }, deadline.toMillis() * 20, TimeUnit.MILLISECONDS);
    }

    private void use(Socket next) throws IOException {
        socket = next;
        in = new BufferedInputStream(next.getInputStream());
    }

    void at(int line) {
        this.line = line;
    }

    AssertionError failure(String what) {
        return transcript.failure("line " + line + ": " + what, null);
    }

    /** Collects bytes; they leave with the next {@link #flush}, so that commands in a row travel together. */
    void send(byte[] bytes) {
        pending.writeBytes(bytes);
    }

    void flush() throws IOException {
        if (pending.size() == 0) {
            return;
        }
        byte[] bytes = pending.toByteArray();
        pending.reset();
        transcript.sent(bytes);
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            // The server may have closed after an error reply that is still unread: what it said decides, not this.
            transcript.note("write failed: " + e.getMessage());
        }
    }

    /** One reply line without its CRLF. */
    String readLine(String expected) throws IOException {
        flush();
        byte[] text = new byte[256];
        int length = 0;
        long end = System.nanoTime() + deadline.toNanos();
        while (true) {
            int b = readByte(end, expected);
            if (b < 0) {
                throw failure("the server has closed, expected " + expected);
            }
            if (length == text.length) {
                if (length >= LONGEST_REPLY_LINE) {
                    throw failure("reply line longer than " + LONGEST_REPLY_LINE);
                }
                text = Arrays.copyOf(text, length * 2);
            }
            text[length++] = (byte) b;
            if (b == '\n') {
                break;
            }
        }
        if (length < 2 || text[length - 2] != '\r') {
            transcript.received(decode(text, length - 1));
            throw failure("reply line ends in bare LF");
        }
        String line = decode(text, length - 2);
        transcript.received(line);
        return line;
    }

    private static String decode(byte[] line, int length) {
        return new String(line, 0, length, StandardCharsets.UTF_8);
    }

    /** A byte, or -1 at the end of input; a reset by the peer counts as end. */
    private int readByte(long end, String expected) throws IOException {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        try {
            socket.setSoTimeout((int) Math.max(1, left));
            return in.read();
        } catch (SocketTimeoutException e) {
            throw failure("no answer within " + deadline.toSeconds() + " s, expected " + expected);
        } catch (SocketException e) {
            transcript.note("read failed: " + e.getMessage());
            return -1;
        }
    }

    void startTls() throws IOException {
        flush();
        if (in.available() > 0) {
            throw failure("the server spoke in clear text where the handshake begins");
        }
        try {
            SSLSocket secure = (SSLSocket) trustingContext().getSocketFactory().createSocket(
                    socket, socket.getInetAddress().getHostAddress(), socket.getPort(), true);
            secure.setUseClientMode(true);
            socket.setSoTimeout((int) deadline.toMillis());
            secure.startHandshake();
            transcript.note("TLS: " + secure.getSession().getProtocol());
            use(secure);
        } catch (IOException | GeneralSecurityException e) {
            throw transcript.failure("line " + line + ": handshake failed: " + e.getMessage(), e);
        }
    }

    void expectGone() throws IOException {
        flush();
        int b = readByte(System.nanoTime() + deadline.toNanos(), "the end of the connection");
        if (b >= 0) {
            String rest = Character.toString(b) + readLine("the end of the connection");
            throw failure("expected the end of the connection, not " + rest);
        }
        transcript.note("gone");
        over = true;
    }

    void drop() throws IOException {
        flush();
        transcript.note("drop");
        socket.setSoLinger(true, 0);
        socket.close();
        over = true;
    }

    /** At the end of a script: what is left to be sent is sent, and what has arrived unasked for is a failure. */
    void expectSilence() throws IOException {
        if (over) {
            return;
        }
        flush();
        if (in.available() > 0) {
            String rest = readLine("nothing");
            throw failure("one reply too many: " + rest);
        }
    }

    @Override
    public void close() throws IOException {
        watchdog.cancel(false);
        socket.close();
    }

    private static SSLContext trustingContext() throws GeneralSecurityException {
        TrustManager trusting = new X509TrustManager() {
            @Override public void checkClientTrusted(X509Certificate[] chain, String type) {}
            @Override public void checkServerTrusted(X509Certificate[] chain, String type) {}
            @Override public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trusting}, null);
        return context;
    }
}
