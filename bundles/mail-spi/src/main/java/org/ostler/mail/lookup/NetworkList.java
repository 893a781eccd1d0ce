// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ostler.mail.config.Settings;

/**
 * A list of hosts such as {@code mynetworks}: {@code 192.0.2.0/24}, {@code 192.0.2.1}, {@code [2001:db8::]/32}, host names, {@code !pattern}, {@code /file}, {@code type:table}.
 *
 * <p>Each pattern is compared with the client's name and its address, Postfix's namadr_list; in lists of addresses alone ({@code smtpd_forbid_bare_newline_exclusions} and
 * {@code mynetworks} as usually written) the name part simply never matches. A network with host bits set is an error, as in Postfix: the list answers "unavailable" with
 * the correction in the reason.
 *
 * <p><b>Threads</b> any; immutable. <b>Blocking</b> table lookups. <b>Errors</b> {@link Answer.Unavailable}. <b>Nulls</b> none.
 */
public final class NetworkList {

    private record Host(String name, InetAddress address, byte[] bytes) {}

    private static final Answer YES = Answer.found("match");

    private final List<MatchList.Step<Host>> steps;

    private NetworkList(List<MatchList.Step<Host>> steps) {
        this.steps = steps;
    }

    /** @param parents a domain stands for its subdomains too; {@code title} is the parameter name, for messages */
    public static NetworkList of(String text, String title, boolean parents, Tables tables) {
        return new NetworkList(MatchList.parse(text, title, tables, new Hosts(title, parents)));
    }

    /** The value of a parameter, with its place in parent_domain_matches_subdomains. */
    public static NetworkList of(String parameter, Settings settings, Tables tables) {
        return of(settings.text(parameter), parameter, DomainList.parentMatches(settings, parameter), tables);
    }

    public boolean isEmpty() {
        return steps.isEmpty();
    }

    /** @param name verified name of the host, {@code unknown} where there is none */
    public Answer match(String name, InetAddress address) {
        return steps.isEmpty() ? Answer.NOT_FOUND : MatchList.match(steps, new Host(name.toLowerCase(Locale.ROOT), address, address.getAddress()));
    }

    private record Hosts(String title, boolean parents) implements MatchList.Kind<Host> {

        @Override
        public MatchList.Element<Host> table(TableList table) {
            return host -> {
                Answer answer = DomainList.inTable(table, host.name, parents);
                return answer instanceof Answer.NotFound ? table.find(AddressText.of(host.address)) : answer;
            };
        }

        @Override
        public MatchList.Element<Host> pattern(String text) {
            if (text.charAt(0) == '[') {
                int end = text.indexOf(']');
                String rest = end < 0 ? "" : text.substring(end + 1);
                boolean formed = end > 0 && (rest.isEmpty() || rest.charAt(0) == '/');
                return formed ? network(text, text.substring(1, end), rest) : broken("bad address pattern: \"" + text + "\"");
            }
            int slash = text.indexOf('/');
            if (slash >= 0) {
                return network(text, text.substring(0, slash), text.substring(slash));
            }
            if (AddressText.parse(text).isPresent()) {
                return network(text, text, "");
            }
            return host -> nameMatches(text, host.name) ? YES : Answer.NOT_FOUND;
        }

        /** Patterns here are of several kinds and few; no set. */
        @Override
        public MatchList.Element<Host> names(Set<String> names) {
            return null;
        }

        private boolean nameMatches(String pattern, String name) {
            if (name.equals(pattern)) {
                return true;
            }
            if (!name.endsWith(pattern)) {
                return false;
            }
            return parents ? name.charAt(name.length() - pattern.length() - 1) == '.' : pattern.charAt(0) == '.';
        }

        private MatchList.Element<Host> network(String text, String address, String slashLength) {
            byte[] net = AddressText.parse(address).map(parsed -> bytes(address, parsed)).orElse(new byte[0]);
            int length = net.length == 0 ? -1 : prefixLength(slashLength, net.length * 8);
            if (length < 0) {
                return broken("bad net/mask pattern: \"" + text + "\"");
            }
            byte[] masked = net.clone();
            mask(masked, length);
            if (!Arrays.equals(net, masked)) {
                return broken("non-null host address bits in \"" + text + "\", perhaps you should use \"" + corrected(text, masked, length) + "\" instead");
            }
            return host -> inNetwork(net, length, host.bytes) ? YES : Answer.NOT_FOUND;
        }

        /** IPv4 in IPv6 form ({@code [::ffff:127.0.0.0]/104}, which stands in Debian's main.cf) is IPv6: it meets no client, as those come in IPv4 form. */
        private static byte[] bytes(String written, InetAddress parsed) {
            byte[] bytes = parsed.getAddress();
            if (bytes.length == 16 || written.indexOf(':') < 0) {
                return bytes;
            }
            byte[] mapped = new byte[16];
            mapped[10] = -1;
            mapped[11] = -1;
            System.arraycopy(bytes, 0, mapped, 12, 4);
            return mapped;
        }

        private MatchList.Element<Host> broken(String why) {
            Answer answer = Answer.unavailable(title + ": " + why);
            return host -> answer;
        }

        private static String corrected(String text, byte[] masked, int length) {
            try {
                String plain = AddressText.of(InetAddress.getByAddress(masked));
                return (text.charAt(0) == '[' ? "[" + plain + "]" : plain) + "/" + length;
            } catch (UnknownHostException e) {
                throw new IllegalStateException(e);
            }
        }

        private static int prefixLength(String slashLength, int most) {
            if (slashLength.isEmpty()) {
                return most;
            }
            try {
                int length = Integer.parseInt(slashLength, 1, slashLength.length(), 10);
                return length <= most ? length : -1;
            } catch (NumberFormatException e) {
                return -1;
            }
        }
    }

    private static void mask(byte[] bytes, int length) {
        for (int i = 0; i < bytes.length; i++) {
            int bits = Math.clamp(length - i * 8L, 0, 8);
            bytes[i] &= (byte) (0xff00 >> bits);
        }
    }

    private static boolean inNetwork(byte[] net, int length, byte[] address) {
        if (net.length != address.length) {
            return false;
        }
        for (int i = 0, left = length; left > 0; i++, left -= 8) {
            int care = left >= 8 ? 0xff : 0xff00 >> left & 0xff;
            if ((net[i] & care) != (address[i] & care)) {
                return false;
            }
        }
        return true;
    }
}
