// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Many SMTP sessions that send without pause and come back when the server was killed.
 *
 * <p>Every attempt is a message of its own with an id and the digest of its body in the header, so that each copy that arrives can be
 * judged by itself. Accepted is what got its 250; what was cut off before may arrive or not. One virtual thread per session.
 */
final class Load implements AutoCloseable {

    private static final int REPLY_LIMIT_MS = 30_000;
    private static final int LARGE_EVERY = 40;
    private static final int LARGE_LINES = 2_500;

    private final int port;
    private final List<String> recipients;
    private final List<Thread> sessions = new ArrayList<>();
    private final Map<String, String> accepted = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> refused = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicInteger number = new AtomicInteger();
    private volatile boolean running = true;

    Load(int port, int sessions, List<String> recipients) {
        this.port = port;
        this.recipients = recipients;
        for (int i = 0; i < sessions; i++) {
            this.sessions.add(Thread.ofVirtual().start(this::session));
        }
    }

    /** Message id to recipient, of what got its 250. */
    Map<String, String> accepted() {
        return accepted;
    }

    /** Permanent errors, which a server that loses its life must not give. */
    List<String> refused() {
        return List.copyOf(refused);
    }

    /** Sessions that ended otherwise than by the client's QUIT. */
    int lost() {
        return lost.get();
    }

    @Override
    public void close() {
        running = false;
        for (Thread session : sessions) {
            try {
                session.join(Duration.ofMillis(2L * REPLY_LIMIT_MS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void session() {
        while (running) {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
                socket.setSoTimeout(REPLY_LIMIT_MS);
                socket.setTcpNoDelay(true);
                converse(socket);
            } catch (IOException serverIsAway) {
                lost.incrementAndGet();
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        }
    }

    private void converse(Socket socket) throws IOException {
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        OutputStream out = socket.getOutputStream();
        expect(in, "220");
        say(out, "EHLO client.test\r\n");
        expect(in, "250");
        while (running) {
            int n = number.incrementAndGet();
            String id = "id-" + n;
            String recipient = recipients.get(n % recipients.size());
            String body = body(n);
            say(out, "MAIL FROM:<sender@client.test>\r\nRCPT TO:<" + recipient + ">\r\nDATA\r\n");
            expect(in, "250");
            expect(in, "250");
            expect(in, "354");
            say(out, "Subject: load\r\nX-Id: " + id + "\r\nX-Digest: " + digest(body) + "\r\n\r\n" + body + ".\r\n");
            expect(in, "250");
            accepted.put(id, recipient);
        }
        say(out, "QUIT\r\n");
    }

    private void expect(BufferedReader in, String code) throws IOException {
        String line = in.readLine();
        while (line != null && line.length() > 3 && line.charAt(3) == '-') {
            line = in.readLine();
        }
        if (line == null || !line.startsWith(code)) {
            if (line != null && line.startsWith("5")) {
                refused.add(line);
            }
            throw new IOException("wanted " + code + ", got " + line);
        }
    }

    private static void say(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** Mostly small; now and then larger than what a store keeps in its records. */
    private static String body(int n) {
        var random = new Random(n);
        int lines = n % LARGE_EVERY == 0 ? LARGE_LINES : 1 + random.nextInt(30);
        var body = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            body.append(Long.toHexString(random.nextLong())).append(" line of message ").append(n).append("\r\n");
        }
        return body.toString();
    }

    /** Of the body with any line ends. */
    static String digest(String body) {
        try {
            byte[] bytes = body.replace("\r\n", "\n").getBytes(StandardCharsets.ISO_8859_1);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 12);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The id of a message that arrived whole; null for mail that is not of this load; an error for one that was changed. */
    static String idOfIntact(String message) {
        String text = message.replace("\r\n", "\n");
        String id = header(text, "X-Id: ");
        if (id == null) {
            return null;
        }
        String body = text.substring(text.indexOf("\n\n") + 2);
        if (!digest(body).equals(header(text, "X-Digest: "))) {
            throw new AssertionError("body of " + id + " was changed: " + message);
        }
        return id;
    }

    private static String header(String text, String name) {
        int start = text.indexOf("\n" + name);
        return start < 0 ? null : text.substring(start + 1 + name.length(), text.indexOf('\n', start + 1));
    }
}
