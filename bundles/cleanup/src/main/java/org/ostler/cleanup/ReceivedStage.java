// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.time.Instant;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.propertytypes.ServiceRanking;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.spi.CleanupEdit;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;

/** Adds the Received header (RFC 5321 section 4.4) and refuses mail that has been through too many hosts. <b>Threads</b> any. <b>Blocking</b> no. */
@Component(service = CleanupStage.class)
@ServiceRanking(900)
public final class ReceivedStage implements CleanupStage {

    private static final class Hops {
        private int count;
    }

    @Override
    public void begin(CleanupEdit edit) {
        edit.origin().received().ifPresent(from -> edit.addHeader(Bytes.asHeader(header(edit, from))));
    }

    private static String header(CleanupEdit edit, Origin.ReceivedFrom from) {
        var out = new StringBuilder(256).append("Received: ");
        String mailName = edit.settings().text("mail_name");
        if (from.from().isEmpty()) {
            String comment = from.comments().isEmpty() ? "(" + mailName + ")" : String.join(" ", from.comments());
            out.append("by ").append(from.by()).append(' ').append(comment).append("\r\n\tid ").append(edit.id());
        } else {
            out.append("from ").append(from.from());
            from.comments().forEach(comment -> out.append("\r\n\t").append(comment));
            out.append("\r\n\tby ").append(from.by()).append(" (").append(mailName).append(") with ").append(from.protocol()).append(" id ").append(edit.id());
        }
        List<Recipient> recipients = edit.recipients();
        String date = MailDate.of(Instant.now());
        if (!from.from().isEmpty() && recipients.size() == 1) {
            out.append("\r\n\tfor <").append(written(recipients.getFirst())).append(">; ").append(date);
        } else if (from.from().isEmpty()) {
            out.append("; ").append(date);
        } else {
            out.append(";\r\n\t").append(date);
        }
        return out.toString();
    }

    private static String written(Recipient recipient) {
        String local = AddressKeys.quote(recipient.original().localPart());
        return recipient.original().hasDomain() ? local + "@" + recipient.original().domain() : local;
    }

    @Override
    public String header(CleanupEdit edit, String name, String line) {
        if (name.equalsIgnoreCase("received")) {
            Hops hops = edit.note(Hops.class, Hops::new);
            // Our own Received header, added above, counts as well.
            if (++hops.count + 1 >= edit.settings().get(CleanupParameters.HOPCOUNT_LIMIT)) {
                edit.refuse(Reply.of(554, "5.4.0", "Error: too many hops"), "too many hops");
            }
        }
        return line;
    }
}
