// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/**
 * One question to one server and its answer: UDP, then TCP where the answer was cut short.
 *
 * <p>A new socket per question, so that the system chooses a new random port each time; the socket is connected, so that only the server's own packets arrive; the id and the question must match
 * (RFC 5452 section 9). Packets that do not match are passed over until the deadline.
 *
 * <p><b>Threads</b> any; nothing is shared. <b>Blocking</b> until {@code deadline}. <b>Errors</b> {@link IOException}; {@link SocketTimeoutException} for silence.
 */
final class Exchange {

    /** What we say we can take in one packet: fits any path without fragments (DNS flag day 2020). */
    static final int UDP_PAYLOAD = 1232;
    private static final int MAX_PACKET = 65_535;

    private Exchange() {}

    /** @param deadline on {@link System#nanoTime}'s scale */
    static Message ask(Message query, InetSocketAddress server, long deadline) throws IOException {
        byte[] wire = query.toWire(MAX_PACKET);
        Message answer = udp(query, wire, server, deadline);
        return answer.getHeader().getFlag(Flags.TC) ? tcp(query, wire, server, deadline) : answer;
    }

    private static Message udp(Message query, byte[] wire, InetSocketAddress server, long deadline) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.connect(server);
            socket.send(new DatagramPacket(wire, wire.length));
            byte[] buffer = new byte[4096];
            while (true) {
                socket.setSoTimeout(millisLeft(deadline));
                var packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                byte[] received = Arrays.copyOf(buffer, packet.getLength());
                if (idMatches(wire, received)) {
                    Message answer = parse(received);
                    if (isAnswerTo(query, answer)) {
                        return answer;
                    }
                }
            }
        }
    }

    private static Message tcp(Message query, byte[] wire, InetSocketAddress server, long deadline) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(server, millisLeft(deadline));
            byte[] framed = new byte[wire.length + 2];
            framed[0] = (byte) (wire.length >> 8);
            framed[1] = (byte) wire.length;
            System.arraycopy(wire, 0, framed, 2, wire.length);
            socket.getOutputStream().write(framed);
            var in = new DataInputStream(socket.getInputStream());
            byte[] prefix = new byte[2];
            fill(socket, in, prefix, deadline);
            byte[] received = new byte[(prefix[0] & 0xff) << 8 | prefix[1] & 0xff];
            fill(socket, in, received, deadline);
            Message answer = parse(received);
            if (!isAnswerTo(query, answer)) {
                throw new IOException("answer to another question");
            }
            return answer;
        }
    }

    /** A read timeout covers one read only, so a server that trickles is caught here. */
    private static void fill(Socket socket, DataInputStream in, byte[] into, long deadline) throws IOException {
        int at = 0;
        while (at < into.length) {
            socket.setSoTimeout(millisLeft(deadline));
            int n = in.read(into, at, into.length - at);
            if (n < 0) {
                throw new IOException("connection closed in the middle of an answer");
            }
            at += n;
        }
    }

    private static int millisLeft(long deadline) throws SocketTimeoutException {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        return (int) Math.min(left, Integer.MAX_VALUE);
    }

    private static boolean idMatches(byte[] query, byte[] received) {
        return received.length >= 12 && received[0] == query[0] && received[1] == query[1];
    }

    private static Message parse(byte[] wire) throws IOException {
        try {
            return new Message(wire);
        } catch (IOException e) {
            throw new IOException("malformed answer: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            // Untrusted bytes: whatever dnsjava stumbles over is the server's fault.
            throw new IOException("malformed answer: " + e, e);
        }
    }

    private static boolean isAnswerTo(Message query, Message answer) {
        Record asked = query.getQuestion();
        Record echoed = answer.getQuestion();
        if (answer.getHeader().getID() != query.getHeader().getID() || !answer.getHeader().getFlag(Flags.QR)) {
            return false;
        }
        if (echoed == null) {
            // A server that did not understand may not repeat the question. An error is all that such an answer is believed.
            int code = answer.getHeader().getRcode();
            return code != Rcode.NOERROR && code != Rcode.NXDOMAIN;
        }
        return echoed.getName().equals(asked.getName()) && echoed.getType() == asked.getType()
                && echoed.getDClass() == asked.getDClass();
    }
}
