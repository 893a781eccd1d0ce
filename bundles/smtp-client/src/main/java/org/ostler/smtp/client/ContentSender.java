// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.io.InputStream;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.queue.Content;
import org.ostler.mime.Downgrade;
import org.ostler.smtp.grammar.DataWriter;

/**
 * Sends message content and its end, and keeps the pace: the server may stand still for {@code smtp_data_xfer_timeout} at most, and over the whole must take {@code smtp_min_data_rate}.
 *
 * <p>Small messages and their end leave in one write. Large ones go in pieces, so that standing still is noticed. The last write is left to whoever reads the reply.
 */
final class ContentSender {

    /** Our own copy cannot be read: not the server's fault, and nothing that was sent so far may count as a message. */
    static final class UnreadableException extends IOException {
        private static final long serialVersionUID = 1L;

        UnreadableException(IOException cause) {
            super("unreadable mail queue entry: " + cause.getMessage(), cause);
        }
    }

    private static final int PIECE = 32_768;

    private final Peer peer;
    private final Profile profile;
    private final DataWriter data;
    /** Turns 8-bit parts into quoted-printable for a server that does not take them (RFC 6152 section 3); null where content goes as it is. */
    private final Downgrade downgrade;
    private final long start = System.nanoTime();
    private long sent;

    private ContentSender(Peer peer, Profile profile, Envelope envelope) {
        this.peer = peer;
        this.profile = profile;
        this.data = new DataWriter(peer.out(), profile.lineLengthLimit);
        boolean sevenBitPeer = !peer.features.eightBitMime() && envelope.body() != Body.SEVEN_BIT;
        this.downgrade = sevenBitPeer && profile.convertMime ? new Downgrade(profile.mimeLimits, data::accept) : null;
    }

    static void send(String id, Content content, Peer peer, Profile profile, Envelope envelope) throws IOException {
        var sender = new ContentSender(peer, profile, envelope);
        if (content instanceof Content.InMemory(byte[] bytes, int offset, int length)) {
            for (int at = 0; at < length; at += PIECE) {
                sender.piece(bytes, offset + at, Math.min(PIECE, length - at));
            }
        } else {
            sender.stream(content);
        }
        if (sender.downgrade != null) {
            sender.downgrade.close();
        }
        sender.data.finish();
        if (sender.data.hasBrokenLines()) {
            profile.log.info(id + ": breaking line > " + profile.lineLengthLimit + " bytes with <CR><LF>SPACE");
        }
        peer.out().flush();
    }

    private void stream(Content content) throws IOException {
        byte[] buffer = peer.scratch();
        try (InputStream in = open(content)) {
            for (int n = read(in, buffer); n > 0; n = read(in, buffer)) {
                piece(buffer, 0, n);
            }
        }
    }

    private void piece(byte[] bytes, int offset, int length) throws IOException {
        long pace = start + profile.dataXferTimeout + sent * 1_000_000_000L / profile.minDataRate;
        long still = System.nanoTime() + profile.dataXferTimeout;
        peer.deadline.at(pace - still < 0 ? pace : still);
        if (downgrade != null) {
            downgrade.write(bytes, offset, length);
        } else {
            data.accept(bytes, offset, length);
        }
        sent += length;
    }

    private static InputStream open(Content content) throws UnreadableException {
        try {
            return content.open();
        } catch (IOException e) {
            throw new UnreadableException(e);
        }
    }

    private static int read(InputStream in, byte[] buffer) throws UnreadableException {
        try {
            return in.read(buffer, 0, buffer.length);
        } catch (IOException e) {
            throw new UnreadableException(e);
        }
    }
}
