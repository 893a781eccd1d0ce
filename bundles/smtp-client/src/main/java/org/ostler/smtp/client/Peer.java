// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import org.ostler.mail.model.Reply;
import org.ostler.smtp.client.Deadlines.Deadline;
import org.ostler.smtp.grammar.ReplyReader;
import org.ostler.smtp.grammar.WireInput;
import org.ostler.smtp.grammar.WireOutput;

/**
 * A connection to one host and what is known of it.
 *
 * <p><b>Threads</b> one at a time; handed from one to the next by {@link IdlePeers}. <b>Blocking</b> reads and writes, bounded by {@link #deadline}. <b>Errors</b> {@link IOException} for everything that ends the
 * connection.
 */
final class Peer {

    private static final int IN = 4096;
    private static final int OUT = 16_384;

    final Host host;
    final Deadline deadline;
    final long since = System.nanoTime();
    Features features = Features.NONE;
    /** Deliveries before the present one. */
    int uses;
    /** Replies to commands of the present delivery. */
    int replies;
    /** A transaction was begun and not ended: RSET comes before the next. */
    boolean needsReset;
    /** The server said 421 or something is out of step: not to be used again. */
    boolean spoilt;
    boolean encrypted;
    /** In the clear because a handshake failed, for a message that may: no other message goes this way. */
    boolean fallback;
    /** The server has proved who it is, under a plan that asks for it. */
    boolean proved;
    /** How far it was held to REQUIRETLS. */
    RequireTls demand = RequireTls.OFF;
    /** What the session was held to, and where it belongs: it serves mail for which the same is asked. */
    Site site;
    TlsDecision.Plan plan;
    /** What the server calls itself. */
    String hello = "";
    Onlooker onlooker = Onlooker.NOBODY;
    /** What {@code tls=} says in the delivery log; empty where it says nothing. */
    String tls = "";

    private final Deadlines deadlines;
    private final Closeable raw;
    private WireInput in;
    private WireOutput out;
    private ReplyReader reader;
    /** Message content is read through this, and kept with the connection. */
    private byte[] scratch;

    /** @param raw closes the transport at once, without waiting for the peer */
    Peer(Host host, Closeable raw, InputStream input, OutputStream output, Deadlines deadlines) {
        this.host = host;
        this.raw = raw;
        this.deadlines = deadlines;
        this.deadline = deadlines.watch(raw);
        streams(input, output);
    }

    /** Replaces the streams, which forgets whatever was read ahead (RFC 3207 section 4.2). */
    void streams(InputStream input, OutputStream output) {
        in = new WireInput(input, new byte[IN]);
        out = new WireOutput(output, new byte[OUT]);
        reader = new ReplyReader(in);
    }

    WireOutput out() {
        return out;
    }

    /** Sends what waits, then reads one reply. */
    Reply reply() throws IOException {
        if (out.buffered() > 0) {
            out.flush();
        }
        Reply reply = reader.read();
        replies++;
        onlooker.received(reply);
        if (reply.code() == 421) {
            spoilt = true;
        }
        return reply;
    }

    /** One command and its reply. */
    Reply ask(String command, long timeout) throws IOException {
        deadline.in(timeout);
        onlooker.sent(command);
        out.line(command);
        return reply();
    }

    /** A server that has something to say while nothing was asked says goodbye: 421, or worse. */
    boolean isQuiet() {
        try {
            return !in.isPending();
        } catch (IOException _) {
            return false;
        }
    }

    /** Whether the server has sent something that nobody has read, encrypted or not. */
    boolean hasSpoken() throws IOException {
        return in.isPending() || raw instanceof Socket socket && socket.getInputStream().available() > 0;
    }

    byte[] scratch() {
        if (scratch == null) {
            scratch = new byte[32_768];
        }
        return scratch;
    }

    /** Ends the connection now, on any thread. */
    void drop() {
        deadlines.forget(deadline);
        try {
            raw.close();
        } catch (IOException _) {
            // it is gone either way
        }
    }

    /** Says QUIT and closes, on a thread of its own: nobody waits for a farewell. */
    void quit(Profile profile) {
        Thread.ofVirtual().name("smtp-quit").start(() -> {
            try {
                deadline.in(Math.min(profile.quitTimeout, profile.skipQuitResponse ? 5_000_000_000L : Long.MAX_VALUE));
                out.line("QUIT");
                if (profile.skipQuitResponse) {
                    out.flush();
                } else {
                    reply();
                }
            } catch (IOException _) {
                // the mail is settled; how the connection ends does not matter
            } finally {
                drop();
            }
        });
    }

    /** What an I/O error means at this stage: {@code where} in Postfix's words. */
    Failure.SessionLost lost(String where, boolean dataEnded) {
        boolean timedOut = deadline.hasPassed();
        String text = timedOut ? "conversation with " + host.named() + " timed out while " + where
                : "lost connection with " + host.named() + " while " + where;
        return new Failure.SessionLost(Failure.local("4.4.2", text), timedOut, dataEnded);
    }

    /** A line that is no SMTP reply. */
    Failure.HostFailure nonsense(String message) {
        return new Failure.HostFailure(Failure.local("4.5.0", "Protocol error: host " + host.named() + " said: " + message));
    }
}
