// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.ostler.mail.tck.LoopbackServer;
import org.ostler.mail.tck.Zone;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A small name server on loopback, UDP and TCP on one port, that answers from a {@link Zone} and remembers what it was asked. */
final class ZoneServer implements AutoCloseable {

    private final Zone zone;
    private final DatagramSocket udp;
    private final LoopbackServer tcp;
    private final List<String> questions = new CopyOnWriteArrayList<>();
    private volatile UnaryOperator<Message> twist = answer -> answer;
    private volatile boolean truncateUdp;
    private volatile boolean silent;
    private volatile long soaMinimum = 600;
    private volatile long ttl = 3600;

    ZoneServer(Zone zone) throws IOException {
        this.zone = zone;
        this.tcp = new LoopbackServer(this::serveTcp);
        this.udp = new DatagramSocket(tcp.address());
        Thread.ofVirtual().start(this::serveUdp);
    }

    String address() {
        return "127.0.0.1:" + tcp.port();
    }

    /** {@code udp mx.example.test A}. */
    List<String> questions() {
        return questions;
    }

    ZoneServer twist(UnaryOperator<Message> change) {
        twist = change;
        return this;
    }

    ZoneServer truncatingUdp() {
        truncateUdp = true;
        return this;
    }

    ZoneServer silent(boolean on) {
        silent = on;
        return this;
    }

    ZoneServer ttl(long records, long negative) {
        ttl = records;
        soaMinimum = negative;
        return this;
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }

    private void serveUdp() {
        byte[] buffer = new byte[4096];
        while (!udp.isClosed()) {
            try {
                var packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                Message query = new Message(Arrays.copyOf(buffer, packet.getLength()));
                Message answer = answer(query, "udp");
                if (silent) {
                    continue;
                }
                if (truncateUdp) {
                    answer = new Message(query.getHeader().getID());
                    answer.getHeader().setFlag(Flags.QR);
                    answer.getHeader().setFlag(Flags.TC);
                    answer.addRecord(query.getQuestion(), Section.QUESTION);
                }
                byte[] wire = answer.toWire(65535);
                udp.send(new DatagramPacket(wire, wire.length, packet.getSocketAddress()));
            } catch (IOException e) {
                if (!udp.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serveTcp(SocketChannel peer) throws IOException {
        var in = new DataInputStream(Channels.newInputStream(peer));
        byte[] query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        byte[] wire = answer(new Message(query), "tcp").toWire(65535);
        var out = new DataOutputStream(Channels.newOutputStream(peer));
        out.writeShort(wire.length);
        out.write(wire);
    }

    private Message answer(Message query, String by) throws IOException {
        Record question = query.getQuestion();
        questions.add(by + " " + question.getName().toString(true) + " " + Type.string(question.getType()));
        var answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.addRecord(question, Section.QUESTION);
        if (zone.isFailing(question.getName().toString(true))) {
            answer.getHeader().setRcode(Rcode.SERVFAIL);
            return twist.apply(answer);
        }
        Name at = question.getName();
        boolean exists = fill(answer, at, question.getType());
        for (int i = 0; i < 5 && cnameAt(answer, at) != null && question.getType() != Type.CNAME; i++) {
            at = cnameAt(answer, at);
            exists = fill(answer, at, question.getType());
        }
        Name last = at;
        if (answer.getSection(Section.ANSWER).stream().noneMatch(r -> r.getName().equals(last))) {
            answer.addRecord(Record.fromString(Name.fromString(zone.origin() + "."), Type.SOA, DClass.IN, 3600,
                    "ns. root. 1 2 3 4 " + soaMinimum, Name.root), Section.AUTHORITY);
            if (!exists) {
                answer.getHeader().setRcode(Rcode.NXDOMAIN);
            }
        }
        return twist.apply(answer);
    }

    private boolean fill(Message answer, Name at, int type) throws IOException {
        String owner = at.toString(true).toLowerCase(Locale.ROOT);
        boolean exists = false;
        for (Zone.Row row : zone.rows()) {
            exists |= row.owner().equals(owner) || row.owner().endsWith("." + owner);
            if (row.owner().equals(owner) && (row.type().equals(Type.string(type)) || row.type().equals("CNAME"))) {
                answer.addRecord(Record.fromString(at, Type.value(row.type()), DClass.IN, ttl, row.data(), Name.root), Section.ANSWER);
            }
        }
        return exists;
    }

    private static Name cnameAt(Message answer, Name at) {
        return answer.getSection(Section.ANSWER).stream().filter(r -> r.getName().equals(at) && r instanceof CNAMERecord)
                .map(r -> ((CNAMERecord) r).getTarget()).findFirst().orElse(null);
    }
}
