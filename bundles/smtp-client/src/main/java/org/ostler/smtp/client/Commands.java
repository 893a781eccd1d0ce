// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.smtp.grammar.AddressSyntax;
import org.ostler.smtp.grammar.Xtext;

/** The text of MAIL, RCPT and XFORWARD for what a server offers. Pure functions. */
final class Commands {

    private static final String UNAVAILABLE = "[UNAVAILABLE]";

    private Commands() {}

    /** @param demand where the server does not take REQUIRETLS, what it returns should at least not be the content (RFC 8689 section 5) */
    static String mail(Envelope envelope, long size, Features features, boolean quote, RequireTls demand) {
        boolean hidden = demand.isAsked() && !features.requireTls();
        var out = new StringBuilder(128).append("MAIL FROM:<").append(address(envelope.sender(), quote)).append('>');
        if (features.size()) {
            out.append(" SIZE=").append(size);
        }
        if (features.eightBitMime()) {
            if (envelope.body() == Body.EIGHT_BIT_MIME) {
                out.append(" BODY=8BITMIME");
            } else if (envelope.body() == Body.SEVEN_BIT) {
                out.append(" BODY=7BIT");
            }
        }
        if (features.dsn()) {
            if (!envelope.envelopeId().isEmpty()) {
                out.append(" ENVID=").append(Xtext.encode(envelope.envelopeId()));
            }
            Ret ret = hidden ? Ret.HDRS : envelope.ret();
            if (ret != Ret.UNSPECIFIED) {
                out.append(" RET=").append(ret);
            }
        }
        if (features.smtpUtf8() && envelope.smtpUtf8()) {
            out.append(" SMTPUTF8");
        }
        if (demand.isAsked() && features.requireTls()) {
            out.append(" REQUIRETLS");
        }
        return out.toString();
    }

    static String rcpt(Recipient recipient, Envelope envelope, Features features, boolean quote) {
        var out = new StringBuilder(128).append("RCPT TO:<").append(address(recipient.address(), quote)).append('>');
        if (features.dsn()) {
            String original = recipient.dsnOriginal();
            if (!original.isEmpty()) {
                int semicolon = original.indexOf(';');
                out.append(" ORCPT=").append(original, 0, semicolon + 1).append(encode(original.substring(semicolon + 1), original, features));
            } else if (!recipient.original().isNull()) {
                boolean wide = envelope.smtpUtf8() && recipient.original().isInternationalized();
                String text = quote822(recipient.original());
                out.append(wide ? " ORCPT=utf-8;" : " ORCPT=rfc822;").append(wide ? Xtext.encodeUnicode(text, !features.smtpUtf8()) : Xtext.encode(text));
            }
            if (recipient.dsnNotify() != Notify.DEFAULT && recipient.dsnNotify().given()) {
                out.append(" NOTIFY=").append(recipient.dsnNotify());
            }
        }
        return out.toString();
    }

    /** ORCPT holds an address as a header would: dots need no quotes there, wherever they stand. */
    private static String quote822(Address address) {
        boolean onlyDots = AddressSyntax.quoteLocalPart(address.localPart().replace('.', 'x')).equals(address.localPart().replace('.', 'x'));
        return onlyDots ? address.text() : AddressSyntax.quote(address);
    }

    private static String encode(String value, String typed, Features features) {
        return typed.regionMatches(true, 0, "utf-8;", 0, 6) ? Xtext.encodeUnicode(value, !features.smtpUtf8()) : Xtext.encode(value);
    }

    /** Whether an address can stand in a command at all: a line end in it would be a second command. */
    static boolean isSendable(Address address) {
        String text = address.text();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                return false;
            }
        }
        return true;
    }

    /** XFORWARD lines for what the server takes, at most two; none where nothing is known of the client (XFORWARD_README). */
    static List<String> xforward(Map<String, String> known, QueueId id, Set<String> taken) {
        var lines = new ArrayList<String>(2);
        var first = new StringBuilder();
        boolean any = attribute(first, taken, "NAME", known.get("client_name"));
        any |= attribute(first, taken, "ADDR", known.get("client_address"));
        any |= attribute(first, taken, "PORT", known.get("client_port"));
        if (any) {
            lines.add("XFORWARD" + first);
        }
        var second = new StringBuilder();
        any = attribute(second, taken, "PROTO", known.get("protocol_name"));
        any |= attribute(second, taken, "HELO", known.get("helo_name"));
        any |= attribute(second, taken, "IDENT", known.getOrDefault("log_ident", id.text()));
        String context = known.get("rewrite_context");
        any |= attribute(second, taken, "SOURCE", context == null ? null : context.equals("local") ? "LOCAL" : "REMOTE");
        if (any) {
            lines.add("XFORWARD" + second);
        }
        return lines;
    }

    private static boolean attribute(StringBuilder out, Set<String> taken, String name, String value) {
        if (!taken.contains(name)) {
            return false;
        }
        boolean known = value != null && !value.isEmpty();
        out.append(' ').append(name).append('=').append(known ? Xtext.encode(value) : UNAVAILABLE);
        return known;
    }

    private static String address(Address address, boolean quote) {
        return quote ? AddressSyntax.quote(address) : address.text();
    }
}
