// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.queue.Content;
import org.ostler.mime.Downgrade;
import org.ostler.mime.Limits;
import org.ostler.smtp.client.Failure.MessageFailure;

/** Whether a message can go to a server at all, judged by what the server offers: known before a word is said of it. */
final class Fitness {

    private Fitness() {}

    /** By size and addresses. */
    static Optional<Failure> check(Mail mail, Peer peer) {
        Content content = mail.delivery.message().content();
        Features features = peer.features;
        if (features.sizeLimit() > 0 && content.size() > features.sizeLimit()) {
            return fail("5.3.4", "message size " + content.size() + " exceeds size limit " + features.sizeLimit() + " of server " + peer.host.named());
        }
        if (!Commands.isSendable(mail.delivery.message().envelope().sender())) {
            return fail("5.1.7", "bad address syntax");
        }
        return Optional.empty();
    }

    /** By SMTPUTF8: then another host may do. */
    static Optional<Failure> checkUtf8(Mail mail, Peer peer) {
        Envelope envelope = mail.delivery.message().envelope();
        if (envelope.smtpUtf8() && !peer.features.smtpUtf8() && needsUtf8(mail)) {
            return Optional.of(new Failure.HostFailure(Failure.local("5.6.7", "message requires SMTPUTF8, but no server was found that supports SMTPUTF8. "
                    + "The last attempted server was " + peer.host.named())));
        }
        return Optional.empty();
    }

    /** A client may ask for SMTPUTF8 and then use nothing of it: such a message may go anywhere. */
    private static boolean needsUtf8(Mail mail) {
        if (mail.delivery.message().envelope().sender().isInternationalized()) {
            return true;
        }
        for (int i = 0; i < mail.count(); i++) {
            if (mail.isLeft(i) && mail.recipient(i).address().isInternationalized()) {
                return true;
            }
        }
        return headerHasUtf8(mail.delivery.message().content());
    }

    /** Headers of parts and of messages inside count, as they do for the host that is to read them. */
    private static boolean headerHasUtf8(Content content) {
        var scanner = new Downgrade(Limits.DEFAULT, (bytes, offset, length) -> {});
        try (InputStream in = content.open(); scanner) {
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer); n >= 0 && !scanner.hasEightBitHeader(); n = in.read(buffer)) {
                scanner.write(buffer, 0, n);
            }
        } catch (IOException _) {
            return false; // sending it will meet the same trouble, and say so
        }
        return scanner.hasEightBitHeader();
    }

    private static Optional<Failure> fail(String status, String text) {
        return Optional.of(new MessageFailure(Failure.local(status, text)));
    }
}
