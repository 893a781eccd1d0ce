// SPDX-License-Identifier: Apache-2.0
package org.ostler.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * What {@code smtp-sink} is for mail in the clear: takes mail over STARTTLS, keeps connections as long as the client does, and throws the mail away. The peer of {@code bench/run relay-tls}, which starts
 * this file by its path.
 *
 * <p>Usage: {@code TlsSink PORT KEYSTORE}: PKCS#12, password "sinksink". Prints {@code sess=N mesg=N} like smtp-sink's counter, fifty times a second.
 */
public final class TlsSink {

    private static final char[] PASSWORD = "sinksink".toCharArray();
    private static final int LONGEST_LINE = 4096;
    private static final byte[] END = "\r\n.\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final AtomicLong HANDSHAKES = new AtomicLong();
    private static final AtomicLong MESSAGES = new AtomicLong();

    private TlsSink() {}

    public static void main(String[] args) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(args[1]))) {
            store.load(in, PASSWORD);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        Thread.ofPlatform().daemon().start(TlsSink::count);
        try (var listener = new ServerSocket(Integer.parseInt(args[0]), 1000, InetAddress.getLoopbackAddress()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            while (true) {
                Socket client = listener.accept();
                threads.submit(() -> new Dialogue(client).run(context));
            }
        }
    }

    private static void count() {
        String last = "";
        try {
            while (true) {
                String line = "sess=" + HANDSHAKES + " mesg=" + MESSAGES + " \n";
                if (!line.equals(last)) {
                    System.out.print(line);
                    System.out.flush();
                }
                last = line;
                Thread.sleep(20);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** One connection. */
    private static final class Dialogue {

        private final byte[] buffer = new byte[16 * 1024];
        private int from;
        private int to;
        private Socket socket;
        private InputStream in;
        private OutputStream out;

        Dialogue(Socket socket) throws IOException {
            socket.setTcpNoDelay(true);
            use(socket);
        }

        private void use(Socket next) throws IOException {
            socket = next;
            in = next.getInputStream();
            out = next.getOutputStream();
            from = to = 0;
        }

        Void run(SSLContext context) throws IOException {
            Socket plain = socket;
            try (plain) {
                say("220 sink.example.test ESMTP\r\n");
                for (String line = line(); line != null && serve(line, context, plain); line = line()) {
                    // until the client has enough
                }
                socket.close();
            }
            return null;
        }

        private boolean serve(String line, SSLContext context, Socket plain) throws IOException {
            switch (line.length() < 4 ? "" : line.substring(0, 4).toUpperCase(java.util.Locale.ROOT)) {
                case "EHLO" -> say("250-sink.example.test\r\n250-PIPELINING\r\n" + (socket == plain ? "250-STARTTLS\r\n" : "") + "250 8BITMIME\r\n");
                case "STAR" -> {
                    say("220 2.0.0 Ready to start TLS\r\n");
                    SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, (InputStream) null, true);
                    tls.setUseClientMode(false);
                    tls.startHandshake();
                    HANDSHAKES.incrementAndGet();
                    use(tls);
                }
                case "DATA" -> {
                    say("354 End data with <CR><LF>.<CR><LF>\r\n");
                    skipText();
                    MESSAGES.incrementAndGet();
                    say("250 2.0.0 Ok\r\n");
                }
                case "QUIT" -> {
                    say("221 2.0.0 Bye\r\n");
                    return false;
                }
                default -> say(socket == plain ? "530 5.7.0 Must issue a STARTTLS command first\r\n" : "250 2.0.0 Ok\r\n");
            }
            return true;
        }

        /** Replies to commands that came together go out together, as a good server's do. */
        private final java.io.ByteArrayOutputStream pending = new java.io.ByteArrayOutputStream();

        private void say(String reply) throws IOException {
            pending.writeBytes(reply.getBytes(StandardCharsets.US_ASCII));
            if (from == to) {
                out.write(pending.toByteArray());
                out.flush();
                pending.reset();
            }
        }

        private boolean fill() throws IOException {
            if (from == to) {
                from = to = 0;
            }
            int got = in.read(buffer, to, buffer.length - to);
            to += Math.max(got, 0);
            return got > 0;
        }

        /** @return without its end; null: the client has gone */
        private String line() throws IOException {
            int at = from;
            while (true) {
                while (at < to) {
                    if (buffer[at++] == '\n') {
                        var line = new String(buffer, from, at - from, StandardCharsets.US_ASCII);
                        from = at;
                        return line;
                    }
                }
                if (to - from > LONGEST_LINE || to == buffer.length && from == 0) {
                    return null;
                }
                if (to == buffer.length) {
                    System.arraycopy(buffer, from, buffer, 0, to - from);
                    to -= from;
                    at -= from;
                    from = 0;
                }
                boolean empty = from == to;
                if (!fill()) {
                    return null;
                }
                at = empty ? from : at;
            }
        }

        /** To the dot on a line of its own; the text before counts as begun on a new line. */
        private void skipText() throws IOException {
            int matched = 2;
            while (matched < END.length) {
                if (from == to && !fill()) {
                    throw new IOException("the client has gone");
                }
                byte next = buffer[from++];
                matched = next == END[matched] ? matched + 1 : next == '\r' ? 1 : 0;
            }
        }
    }
}
