// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.model.Reply;
import org.ostler.smtp.grammar.DomainSyntax;
import org.ostler.smtp.grammar.Xtext;

/**
 * Attributes of XCLIENT and XFORWARD: what an authorised client says of another one. Pure functions; either all attributes of a command hold or none.
 *
 * <p>See XCLIENT_README and XFORWARD_README. A network address of [UNAVAILABLE] becomes 0.0.0.0, which is in no list.
 */
final class ClientAttributes {

    /** A reply that ends the reading. */
    static final class Bad extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Reply reply;

        Bad(String text) {
            super(text, null, false, false);
            this.reply = Reply.of(501, "5.5.4", text);
        }

        Reply reply() {
            return reply;
        }
    }

    /**
     * What XCLIENT changes.
     *
     * @param client   the client from now on
     * @param helo     name, empty for "forgotten"; absent where not mentioned
     * @param extended ESMTP; absent where not mentioned
     * @param login    authenticated user, empty text for none; absent where not mentioned
     */
    record Posed(ClientInfo client, Optional<Optional<String>> helo, Optional<Boolean> extended, Optional<String> login) {}

    private static final int LONGEST = 255;
    private static final String UNAVAILABLE = "[UNAVAILABLE]";
    private static final String TEMPORARY = "[TEMPUNAVAIL]";
    private static final String UNKNOWN = "unknown";

    private ClientAttributes() {}

    private record Pair(String name, String raw, String value) {
        boolean isUnavailable() {
            return value.equalsIgnoreCase(UNAVAILABLE);
        }

        boolean isTemporary() {
            return value.equalsIgnoreCase(TEMPORARY);
        }

        Bad bad() {
            return new Bad("Bad " + name + " syntax: " + raw);
        }
    }

    private static Pair pair(String word) throws Bad {
        int equals = word.indexOf('=');
        if (equals < 0) {
            throw new Bad("Error: attribute=value expected");
        }
        String raw = printable(word.substring(equals + 1));
        if (raw.length() > LONGEST) {
            throw new Bad("Error: attribute value too long");
        }
        String name = printable(word.substring(0, equals)).toUpperCase(Locale.ROOT);
        String value = Xtext.decode(raw).orElseThrow(() -> new Bad("Bad " + name + " syntax: " + raw));
        return new Pair(name, raw, printable(value));
    }

    private static String printable(String text) {
        var out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            if (Character.isISOControl(out.charAt(i))) {
                out.setCharAt(i, '?');
            }
        }
        return out.toString();
    }

    /** @param now the client as known so far */
    static Posed xclient(List<String> words, ClientInfo now, Profile profile) throws Bad {
        Posed posed = new Posed(now, Optional.empty(), Optional.empty(), Optional.empty());
        for (String word : words) {
            posed = apply(posed, pair(word), profile);
        }
        return posed;
    }

    private static Posed apply(Posed posed, Pair pair, Profile profile) throws Bad {
        ClientInfo c = posed.client;
        return switch (pair.name) {
            case "NAME" -> {
                int status = status(pair);
                yield with(posed, new ClientInfo(c.address(), c.port(), status == 2 ? pair.value : UNKNOWN, c.reverseName(), status, c.reverseStatus(),
                        c.serverAddress(), c.serverPort()));
            }
            case "REVERSE_NAME" -> {
                int status = status(pair);
                yield with(posed, new ClientInfo(c.address(), c.port(), c.name(), status == 2 ? pair.value : UNKNOWN, c.nameStatus(), status,
                        c.serverAddress(), c.serverPort()));
            }
            case "ADDR" -> with(posed, new ClientInfo(address(pair, profile), c.port(), c.name(), c.reverseName(), c.nameStatus(), c.reverseStatus(),
                    c.serverAddress(), c.serverPort()));
            case "PORT" -> with(posed, new ClientInfo(c.address(), port(pair), c.name(), c.reverseName(), c.nameStatus(), c.reverseStatus(),
                    c.serverAddress(), c.serverPort()));
            case "DESTADDR" -> with(posed, new ClientInfo(c.address(), c.port(), c.name(), c.reverseName(), c.nameStatus(), c.reverseStatus(),
                    address(pair, profile), c.serverPort()));
            case "DESTPORT" -> with(posed, new ClientInfo(c.address(), c.port(), c.name(), c.reverseName(), c.nameStatus(), c.reverseStatus(),
                    c.serverAddress(), port(pair)));
            case "HELO" -> new Posed(c, Optional.of(pair.isUnavailable() ? Optional.empty() : Optional.of(pair.value)), posed.extended, posed.login);
            case "PROTO" -> new Posed(c, posed.helo, Optional.of(extended(pair)), posed.login);
            case "LOGIN" -> new Posed(c, posed.helo, posed.extended, Optional.of(pair.isUnavailable() ? "" : pair.value));
            default -> throw new Bad("Bad XCLIENT attribute name: " + pair.name);
        };
    }

    private static Posed with(Posed posed, ClientInfo client) {
        return new Posed(client, posed.helo, posed.extended, posed.login);
    }

    /** 2 a name, 4 not known at present, 5 there is none. */
    private static int status(Pair pair) throws Bad {
        if (pair.isUnavailable()) {
            return 5;
        }
        if (pair.isTemporary()) {
            return 4;
        }
        if (!DomainSyntax.isHostname(pair.value)) {
            throw pair.bad();
        }
        return 2;
    }

    private static InetAddress address(Pair pair, Profile profile) throws Bad {
        if (pair.isUnavailable()) {
            return AddressText.parse("0.0.0.0").orElseThrow();
        }
        boolean tagged = pair.value.regionMatches(true, 0, "IPV6:", 0, 5);
        String text = tagged ? pair.value.substring(5) : pair.value;
        boolean ipv6 = text.indexOf(':') >= 0;
        if (ipv6 ? !profile.ipv6 : !profile.ipv4 || tagged) {
            throw pair.bad();
        }
        return AddressText.parse(text).orElseThrow(pair::bad);
    }

    private static int port(Pair pair) throws Bad {
        if (pair.isUnavailable()) {
            return 0;
        }
        boolean digits = !pair.value.isEmpty() && pair.value.length() <= 5 && pair.value.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits) {
            throw pair.bad();
        }
        return Integer.parseInt(pair.value);
    }

    private static boolean extended(Pair pair) throws Bad {
        return switch (pair.value.toUpperCase(Locale.ROOT)) {
            case "ESMTP" -> true;
            case "SMTP" -> false;
            default -> throw pair.bad();
        };
    }

    /** Attributes under the names of the envelope. @param now those of earlier XFORWARD commands */
    static Map<String, String> xforward(List<String> words, Map<String, String> now, Profile profile) throws Bad {
        var out = new HashMap<>(now);
        for (String word : words) {
            Pair pair = pair(word);
            switch (pair.name) {
                case "NAME" -> put(out, "log_client_name", status(pair) == 2 ? pair.value : UNKNOWN);
                case "ADDR" -> put(out, "log_client_address", pair.isUnavailable() ? UNKNOWN : AddressText.of(address(pair, profile)));
                case "PORT" -> put(out, "log_client_port", pair.isUnavailable() ? UNKNOWN : Integer.toString(port(pair)));
                case "PROTO" -> put(out, "log_protocol_name", pair.isUnavailable() ? "" : pair.value);
                case "HELO" -> put(out, "log_helo_name", pair.isUnavailable() ? "" : pair.value);
                case "IDENT" -> put(out, "log_ident", pair.isUnavailable() ? "" : pair.value);
                case "SOURCE" -> put(out, "log_message_origin", source(pair));
                default -> throw new Bad("Bad XFORWARD attribute name: " + pair.name);
            }
        }
        return out;
    }

    private static void put(Map<String, String> out, String name, String value) {
        if (value.isEmpty()) {
            out.remove(name);
        } else {
            out.put(name, value);
        }
    }

    private static String source(Pair pair) throws Bad {
        if (pair.isUnavailable()) {
            return "";
        }
        return switch (pair.value.toUpperCase(Locale.ROOT)) {
            case "LOCAL" -> "local";
            case "REMOTE" -> "remote";
            default -> throw pair.bad();
        };
    }
}
