// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import org.ostler.mail.tck.LoopbackServer;

/**
 * A wire tap in front of a name server, UDP and TCP on one loopback port: it notes every question and may change, drop or invent the answer.
 *
 * <p><b>Threads</b> any. A query runs on a virtual thread of its own, so that one that is held up holds up no other. <b>Errors</b> a server that does not answer within five seconds is a silent one.
 */
public final class Tap implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 5_000;

    /**
     * One question.
     *
     * @param name lower case, no final dot
     * @param type number of the record type
     */
    public record Question(String protocol, String name, int type) {

        /** {@code udp mx.example.test TYPE1}. */
        @Override
        public String toString() {
            return protocol + " " + name + " TYPE" + type;
        }
    }

    /** What becomes of an answer. */
    @FunctionalInterface
    public interface Fault {

        /**
         * @param query  as the client sent it
         * @param answer as the server gave it, a whole message
         * @return what the client gets; empty for silence
         */
        Optional<byte[]> answer(Question question, byte[] query, byte[] answer);
    }

    private final InetSocketAddress server;
    private final LoopbackServer tcp;
    private final DatagramSocket udp;
    private final List<Question> questions = new CopyOnWriteArrayList<>();
    private volatile Fault fault = (question, query, answer) -> Optional.of(answer);

    public Tap(InetSocketAddress server) throws IOException {
        this.server = server;
        this.tcp = listen();
        this.udp = new DatagramSocket(tcp.address());
        Thread.ofVirtual().start(this::serveUdp);
    }

    private LoopbackServer listen() throws IOException {
        for (int tries = 0; tries < 1000; tries++) {
            try {
                return new LoopbackServer(freePort(), peer -> answerTcp(peer.socket()));
            } catch (BindException taken) {
                continue;
            }
        }
        throw new IOException("no free port");
    }

    /** A port that is free for UDP and TCP, below those that the system hands out for outgoing connections. */
    static int freePort() throws IOException {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        for (int tries = 0; tries < 1000; tries++) {
            int port = ThreadLocalRandom.current().nextInt(10_240, 31_990);
            try (var stream = new ServerSocket(port, 1, loopback); var packets = new DatagramSocket(new InetSocketAddress(loopback, port))) {
                return stream.getLocalPort();
            } catch (BindException taken) {
                continue;
            }
        }
        throw new IOException("no free port");
    }

    public InetSocketAddress address() {
        return tcp.address();
    }

    /** {@code 127.0.0.1:12345}, as {@code dns_servers} takes it. */
    public String text() {
        return "127.0.0.1:" + tcp.port();
    }

    public List<Question> questions() {
        return List.copyOf(questions);
    }

    public void forget() {
        questions.clear();
    }

    /** Takes the place of the fault that was there. */
    public Tap fault(Fault next) {
        fault = next;
        return this;
    }

    public Tap honest() {
        return fault((question, query, answer) -> Optional.of(answer));
    }

    /** The query as an answer with nothing in it but a code: 2 is SERVFAIL, 5 REFUSED. */
    public static byte[] error(byte[] query, int code) {
        byte[] answer = Arrays.copyOf(query, endOfQuestion(query));
        answer[2] |= (byte) 0x80;
        answer[3] = (byte) (answer[3] & 0xf0 | 0x80 | code);
        Arrays.fill(answer, 6, 12, (byte) 0);
        return answer;
    }

    /** An answer that says it was cut, and is. */
    public static byte[] truncated(byte[] query) {
        byte[] answer = error(query, 0);
        answer[2] |= (byte) 0x02;
        return answer;
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }

    private void serveUdp() {
        byte[] buffer = new byte[65_535];
        while (!udp.isClosed()) {
            try {
                var packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                byte[] query = Arrays.copyOf(buffer, packet.getLength());
                var client = packet.getSocketAddress();
                Thread.ofVirtual().start(() -> answerUdp(query, client));
            } catch (IOException e) {
                closedOr(e);
            }
        }
    }

    private void answerUdp(byte[] query, java.net.SocketAddress client) {
        try (var upstream = new DatagramSocket()) {
            Question question = note("udp", query);
            upstream.connect(server);
            upstream.setSoTimeout(PATIENCE_MILLIS);
            upstream.send(new DatagramPacket(query, query.length));
            var packet = new DatagramPacket(new byte[65_535], 65_535);
            upstream.receive(packet);
            byte[] answer = Arrays.copyOf(packet.getData(), packet.getLength());
            Optional<byte[]> changed = fault.answer(question, query, answer);
            if (changed.isPresent()) {
                udp.send(new DatagramPacket(changed.get(), changed.get().length, client));
            }
        } catch (IOException e) {
            // A server that is silent or gone is silence for the client too.
            closedOr(e);
        }
    }

    private void answerTcp(Socket client) {
        try (var upstream = new Socket(server.getAddress(), server.getPort())) {
            client.setSoTimeout(PATIENCE_MILLIS);
            upstream.setSoTimeout(PATIENCE_MILLIS);
            var in = new DataInputStream(client.getInputStream());
            for (int left = 100; left > 0; left--) {
                byte[] query = in.readNBytes(in.readUnsignedShort());
                Question question = note("tcp", query);
                write(upstream, query);
                var from = new DataInputStream(upstream.getInputStream());
                byte[] answer = from.readNBytes(from.readUnsignedShort());
                Optional<byte[]> changed = fault.answer(question, query, answer);
                if (changed.isEmpty()) {
                    return;
                }
                write(client, changed.get());
            }
        } catch (IOException e) {
            closedOr(e);
        }
    }

    private static void write(Socket to, byte[] message) throws IOException {
        var out = new DataOutputStream(to.getOutputStream());
        byte[] framed = new byte[message.length + 2];
        framed[0] = (byte) (message.length >> 8);
        framed[1] = (byte) message.length;
        System.arraycopy(message, 0, framed, 2, message.length);
        out.write(framed);
        out.flush();
    }

    private Question note(String protocol, byte[] query) throws IOException {
        int end = endOfQuestion(query);
        if (end > query.length) {
            throw new IOException("not a question");
        }
        var name = new StringBuilder();
        for (int at = 12; query[at] != 0; at += query[at] + 1) {
            name.append(name.isEmpty() ? "" : ".").append(new String(query, at + 1, query[at], StandardCharsets.ISO_8859_1));
        }
        var question = new Question(protocol, name.toString().toLowerCase(Locale.ROOT), (query[end - 4] & 0xff) << 8 | query[end - 3] & 0xff);
        questions.add(question);
        return question;
    }

    private static int endOfQuestion(byte[] query) {
        int at = 12;
        while (at < query.length && query[at] > 0) {
            at += query[at] + 1;
        }
        return at + 5;
    }

    /** Trouble with one client is that client's; the tap goes on until it is closed. */
    private void closedOr(IOException e) {
        if (!udp.isClosed()) {
            System.getLogger(Tap.class.getName()).log(System.Logger.Level.DEBUG, "{0}", e.toString());
        }
    }
}
