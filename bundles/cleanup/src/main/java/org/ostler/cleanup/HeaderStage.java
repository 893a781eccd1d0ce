// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.propertytypes.ServiceRanking;
import org.ostler.mail.cleanup.spi.CleanupEdit;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.mail.routing.Router;

/**
 * Drops, completes and adds headers.
 *
 * <h2>Description</h2>
 * <pre>
 *   message_drop_headers          go
 *   addresses without a domain    are completed in their place, for local clients, or where remote_header_rewrite_domain is set
 *   Message-Id, Date, From        are added where they are missing (with Resent- before them where the message has been resent)
 * </pre>
 * Postfix writes a header anew when it completes an address in it; here everything around the address stays as it was.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> a lease of the router. <b>Errors</b> 451 while nobody completes addresses.
 */
@Component(service = CleanupStage.class)
@ServiceRanking(800)
public final class HeaderStage implements CleanupStage {

    private static final Set<String> ADDRESSES = Set.of("from", "to", "cc", "bcc", "sender", "reply-to", "errors-to", "return-receipt-to", "disposition-notification-to",
            "mail-followup-to", "mail-reply-to", "resent-from", "resent-to", "resent-cc", "resent-bcc", "resent-sender", "resent-reply-to", "apparently-to");

    private static final class Seen {
        private boolean resent;
    }

    private final Leased<Router> router = new Leased<>("trivial-rewrite");

    @Activate
    public HeaderStage() {}

    /** Without a container. */
    public HeaderStage(Router router) {
        this.router.bind(router, 0);
    }

    @Reference(service = Router.class, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY, cardinality = ReferenceCardinality.MULTIPLE)
    void bindRouter(Router r, ServiceReference<Router> ref) {
        router.bind(r, ref);
    }

    void unbindRouter(Router r, ServiceReference<Router> ref) {
        router.unbind(r, ref);
    }

    @Override
    public String header(CleanupEdit edit, String name, String line) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("resent-")) {
            edit.note(Seen.class, Seen::new).resent = true;
        }
        if (lower.equals("message-id")) {
            log(edit.settings()).info(edit.id() + ": message-id=" + line.substring(line.indexOf(':') + 1).replace("\r\n", "").strip());
        }
        if (contains(edit.settings().get(CleanupParameters.MESSAGE_DROP_HEADERS), lower)) {
            return "";
        }
        return ADDRESSES.contains(lower) && isRewritten(edit) ? completed(edit, line) : line;
    }

    private static boolean contains(List<String> names, String name) {
        for (String each : names) {
            if (each.equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isRewritten(CleanupEdit edit) {
        return edit.origin().local() || !edit.settings().get(CleanupParameters.REMOTE_HEADER_REWRITE_DOMAIN).isEmpty();
    }

    private String completed(CleanupEdit edit, String line) {
        int colon = line.indexOf(':') + 1;
        String body = line.substring(colon);
        List<AddressSpans.Span> spans = AddressSpans.ofHeader(body);
        // Addresses with a dotted domain are complete, and most are: only then no lease is taken.
        if (spans.stream().allMatch(span -> isComplete(span.address()))) {
            return line;
        }
        var out = new StringBuilder(line.length() + 64).append(line, 0, colon);
        int copied = 0;
        try (Leased<Router>.Lease lease = router.acquire()) {
            for (AddressSpans.Span span : spans) {
                out.append(body, copied, span.start());
                Address before = Address.of(AddressSpans.internal(Bytes.asText(span.address())));
                Address after = lease.service().rewrite(before, edit.origin().local() ? Router.Context.LOCAL : Router.Context.REMOTE, edit.settings());
                out.append(after.equals(before) ? span.address() : Bytes.asHeader(written(after)));
                copied = span.end();
            }
        } catch (UnavailableException e) {
            edit.refuse(Reply.of(451, "4.3.0", "Error: queue file write error"), e.getMessage());
            return line;
        }
        return out.append(body, copied, body.length()).toString();
    }

    private static boolean isComplete(String address) {
        int at = address.lastIndexOf('@');
        return at > 0 && address.indexOf('.', at) > 0 && address.indexOf('%') < 0 && address.indexOf('!') < 0;
    }

    private static String written(Address address) {
        String local = AddressKeys.quote(address.localPart());
        return address.hasDomain() ? local + "@" + address.domain() : local;
    }

    @Override
    public void endOfHeaders(CleanupEdit edit) {
        Settings settings = edit.settings();
        if (!edit.origin().local() && !settings.get(CleanupParameters.ALWAYS_ADD_MISSING_HEADERS)) {
            if (!edit.hasHeader("message-id")) {
                log(settings).info(edit.id() + ": message-id=<>");
            }
            return;
        }
        String prefix = edit.note(Seen.class, Seen::new).resent ? "Resent-" : "";
        if (!edit.hasHeader(prefix + "message-id")) {
            String id = "<" + edit.id() + "@" + settings.text("myhostname") + ">";
            edit.addHeader(prefix + "Message-Id: " + id);
            log(settings).info(edit.id() + ": " + prefix.toLowerCase(Locale.ROOT) + "message-id=" + id);
        }
        if (!edit.hasHeader(prefix + "date")) {
            edit.addHeader(prefix + "Date: " + MailDate.of(Instant.now()));
        }
        if (!edit.hasHeader(prefix + "from")) {
            edit.addHeader(Bytes.asHeader(prefix + "From: " + from(edit)));
        }
        String undisclosed = settings.get(CleanupParameters.UNDISCLOSED_RECIPIENTS_HEADER);
        if (!undisclosed.isEmpty() && !edit.hasHeader(prefix + "to") && !edit.hasHeader(prefix + "cc")) {
            edit.addHeader(Bytes.asHeader(undisclosed));
        }
    }

    private static String from(CleanupEdit edit) {
        String address = edit.sender().isNull() ? "MAILER-DAEMON" : written(edit.sender());
        String name = edit.origin().attributes().getOrDefault("sender_fullname", "");
        if (name.isEmpty()) {
            return address;
        }
        boolean plain = name.chars().allMatch(c -> c > 127 || Character.isLetterOrDigit(c) || " !#$%&'*+-/=?^_`{|}~".indexOf(c) >= 0);
        return (plain ? name : "\"" + name.replace("\\", "\\\\").replace("\"", "\\\"") + "\"") + " <" + address + ">";
    }

    private static MailLog log(Settings settings) {
        return MailLog.of(settings.text("syslog_name") + "/cleanup");
    }
}
