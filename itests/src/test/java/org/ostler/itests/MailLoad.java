// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Steady mail from several polite clients: each sends one message after the other, at a common rate where one is given, obeys 4xx by trying again, and keeps the
 * connection until the server ends it.
 *
 * <p>A message counts as accepted when its 250 was read. A client that loses the connection after the final dot cannot know, and
 * sends again: such a message may arrive twice.
 */
final class MailLoad implements AutoCloseable {

    private static final int CLIENTS = 4;
    private static final Duration REPLY_LIMIT = Duration.ofSeconds(60);
    private static final Duration PAUSE_AFTER_4XX = Duration.ofMillis(50);

    /**
     * An attempt that did not succeed, and will be repeated.
     *
     * @param begin of the attempt, in {@link System#nanoTime} terms
     * @param end   when the client was told, or lost the connection
     * @param why   the reply
     */
    record Refusal(long begin, long end, String why) {}

    /** What happened since the last {@link #lap}. */
    record Lap(int accepted, List<Refusal> refusals, Duration longestWait) {

        int triedAgain() {
            return refusals.size();
        }
    }

    private final int port;
    private final List<String> recipients;
    private final String prefix;
    private final List<Thread> clients = new ArrayList<>();
    private final Set<String> accepted = new ConcurrentSkipListSet<>();
    private final ConcurrentLinkedQueue<String> permanentErrors = new ConcurrentLinkedQueue<>();
    private final AtomicInteger number = new AtomicInteger();
    private final AtomicInteger lapAccepted = new AtomicInteger();
    private final ConcurrentLinkedQueue<Refusal> lapRefusals = new ConcurrentLinkedQueue<>();
    private final AtomicLong lapLongestNanos = new AtomicLong();
    private final long interval;
    private final AtomicLong nextTurn = new AtomicLong(System.nanoTime());
    private volatile boolean running = true;

    MailLoad(int port, String prefix, List<String> recipients) {
        this(port, prefix, recipients, CLIENTS, 0);
    }

    /** @param perSecond messages that all clients together send; what was missed is made good. 0: as many as they can */
    MailLoad(int port, String prefix, List<String> recipients, int clientCount, int perSecond) {
        this.port = port;
        this.prefix = prefix;
        this.recipients = recipients;
        this.interval = perSecond == 0 ? 0 : Duration.ofSeconds(1).toNanos() / perSecond;
        for (int i = 0; i < clientCount; i++) {
            clients.add(Thread.ofVirtual().start(this::client));
        }
    }

    Set<String> accepted() {
        return accepted;
    }

    List<String> permanentErrors() {
        return List.copyOf(permanentErrors);
    }

    Lap lap() {
        var refusals = new ArrayList<Refusal>();
        for (Refusal each = lapRefusals.poll(); each != null; each = lapRefusals.poll()) {
            refusals.add(each);
        }
        return new Lap(lapAccepted.getAndSet(0), List.copyOf(refusals), Duration.ofNanos(lapLongestNanos.getAndSet(0)));
    }

    /** Waits until {@code count} more messages were accepted. */
    boolean awaitMore(int count, Duration limit) {
        int goal = accepted.size() + count;
        long deadline = System.nanoTime() + limit.toNanos();
        while (accepted.size() < goal) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
        return true;
    }

    @Override
    public void close() throws InterruptedException {
        running = false;
        for (Thread client : clients) {
            client.join(REPLY_LIMIT.plusSeconds(5));
        }
    }

    private void client() {
        Dialogue dialogue = null;
        while (running) {
            awaitTurn();
            int n = number.incrementAndGet();
            String id = prefix + "-" + n;
            long begin = System.nanoTime();
            boolean done = false;
            while (!done) {
                long attempt = System.nanoTime();
                String refusal;
                try {
                    if (dialogue == null) {
                        dialogue = new Dialogue(port);
                    }
                    refusal = dialogue.send(id, recipients.get(n % recipients.size()));
                } catch (IOException lost) {
                    dialogue = hangUp(dialogue);
                    refusal = String.valueOf(lost.getMessage());
                }
                done = refusal.isEmpty();
                if (!done) {
                    lapRefusals.add(new Refusal(attempt, System.nanoTime(), refusal));
                    LockSupport.parkNanos(PAUSE_AFTER_4XX.toNanos());
                    done = !running;
                }
            }
            lapLongestNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
        }
        hangUp(dialogue);
    }

    private void awaitTurn() {
        long turn = nextTurn.getAndAdd(interval);
        for (long left = turn - System.nanoTime(); interval > 0 && left > 0 && running; left = turn - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static Dialogue hangUp(Dialogue dialogue) {
        if (dialogue != null) {
            dialogue.close();
        }
        return null;
    }

    /** One connection. */
    private final class Dialogue {
        private final Socket socket;
        private final BufferedReader in;
        private final OutputStream out;

        Dialogue(int port) throws IOException {
            socket = new Socket("127.0.0.1", port);
            socket.setSoTimeout((int) REPLY_LIMIT.toMillis());
            socket.setTcpNoDelay(true);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            out = socket.getOutputStream();
            if (!reply().startsWith("220")) {
                close();
                throw new IOException("no greeting");
            }
            say("EHLO client.example.test");
        }

        /** @return empty when the message was accepted, else the reply that said: later */
        String send(String id, String recipient) throws IOException {
            for (String command : List.of("MAIL FROM:<sender@example.test>", "RCPT TO:<" + recipient + ">", "DATA")) {
                String reply = say(command);
                if (!ok(reply)) {
                    say("RSET");
                    return reply;
                }
            }
            String end = say("Subject: swap\r\nX-Test-Id: " + id + "\r\n\r\nSteady mail.\r\n.");
            if (!ok(end)) {
                return end;
            }
            accepted.add(id);
            lapAccepted.incrementAndGet();
            return "";
        }

        private boolean ok(String reply) throws IOException {
            if (reply.startsWith("421")) {
                throw new IOException(reply);
            }
            if (reply.startsWith("5")) {
                permanentErrors.add(reply);
            }
            return reply.startsWith("2") || reply.startsWith("3");
        }

        private String say(String text) throws IOException {
            out.write((text + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return reply();
        }

        private String reply() throws IOException {
            String line = in.readLine();
            while (line != null && line.length() > 3 && line.charAt(3) == '-') {
                line = in.readLine();
            }
            if (line == null) {
                throw new IOException("connection lost");
            }
            return line;
        }

        void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
