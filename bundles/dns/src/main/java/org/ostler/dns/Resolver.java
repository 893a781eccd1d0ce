// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.security.SecureRandom;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * Asks the servers in turn until one gives an answer that can be used.
 *
 * <p>Usable is NOERROR and NXDOMAIN. SERVFAIL, REFUSED and the like say something about the server, not about the name: the next server is asked, and when none is left
 * the reasons are the result. A server that does not know EDNS is asked again without.
 *
 * <p><b>Threads</b> any; no state. <b>Blocking</b> until {@link Plan#end}. <b>Errors</b> {@link Raw.Nothing}, never an exception.
 */
final class Resolver {

    /** What came back. */
    sealed interface Raw {
        record Answered(Message message, InetSocketAddress server) implements Raw {}
        /** @param servfail that was the word of the server that was asked last */
        record Nothing(String reason, boolean servfail) implements Raw {}
    }

    /**
     * Whom to ask and how patiently.
     *
     * @param end of the whole lookup, on {@link System#nanoTime}'s scale
     */
    record Plan(List<InetSocketAddress> servers, int attempts, Duration each, long end) {}

    /** What the answer should carry. */
    enum Mode {
        /** Records only. */
        PLAIN,
        /** The AD bit of a server that validates (RFC 6840 section 5.7). */
        AUTHENTIC,
        /** All signatures, also of what a validating server takes for bogus (RFC 4035 section 3.2.2): they are checked here. */
        SIGNED
    }

    private static final SecureRandom RANDOM = new SecureRandom();

    private Resolver() {}

    static Raw ask(Name name, int type, Mode mode, Plan plan) {
        var last = new Raw.Nothing("no name server", false);
        for (int attempt = 0; attempt < plan.attempts(); attempt++) {
            for (InetSocketAddress server : plan.servers()) {
                long now = System.nanoTime();
                if (plan.end() - now <= 0 || Thread.currentThread().isInterrupted()) {
                    return last;
                }
                long deadline = now + Math.min(plan.end() - now, plan.each().toNanos());
                try {
                    Message answer = withOrWithoutEdns(name, type, mode, server, deadline);
                    int code = answer.getRcode();
                    if (code == Rcode.NOERROR || code == Rcode.NXDOMAIN) {
                        return new Raw.Answered(answer, server);
                    }
                    last = new Raw.Nothing(Rcode.string(code) + " from " + show(server), code == Rcode.SERVFAIL);
                } catch (SocketTimeoutException e) {
                    last = new Raw.Nothing("no answer from " + show(server), false);
                } catch (IOException e) {
                    last = new Raw.Nothing(e.getMessage() + " (" + show(server) + ")", false);
                }
            }
        }
        return last;
    }

    static Message withOrWithoutEdns(Name name, int type, Mode mode, InetSocketAddress server, long deadline) throws IOException {
        Message answer = Exchange.ask(query(name, type, mode, true), server, deadline);
        boolean noEdns = answer.getRcode() == Rcode.FORMERR || answer.getRcode() == Rcode.NOTIMP;
        return noEdns ? Exchange.ask(query(name, type, mode, false), server, deadline) : answer;
    }

    private static Message query(Name name, int type, Mode mode, boolean edns) {
        // ThreadLocalRandom can be guessed, a SecureRandom cannot: spoofing has to hit id and port (RFC 5452 section 9.2).
        var query = new Message(RANDOM.nextInt(1 << 16));
        query.getHeader().setFlag(Flags.RD);
        if (mode != Mode.PLAIN) {
            query.getHeader().setFlag(mode == Mode.SIGNED ? Flags.CD : Flags.AD);
        }
        query.addRecord(Record.newRecord(name, type, DClass.IN), Section.QUESTION);
        if (edns) {
            query.addRecord(new OPTRecord(Exchange.UDP_PAYLOAD, 0, 0, mode == Mode.PLAIN ? 0 : ExtendedFlags.DO), Section.ADDITIONAL);
        }
        return query;
    }

    static String show(InetSocketAddress server) {
        String host = server.getAddress().getHostAddress();
        return server.getPort() == ResolvConf.PORT ? host : host + ":" + server.getPort();
    }
}
