// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Function;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.dns.Tlsa;

/**
 * The DNS as a literal, itself a {@link Dns}:
 *
 * <pre>{@code
 * Zone.of("example.test").mx(10, "mx").mx(20, "backup.other.test.").a("mx", "127.0.0.1").servfail("broken")
 *     .and(Zone.of("other.test").a("backup", "127.0.0.2"))
 * }</pre>
 *
 * <p>Names without a final dot are below the zone, {@code @} is the zone itself. A name outside every zone, or inside but without a record, does not exist; a name with records of another type
 * has no data; names given to {@link #servfail} fail. {@link #rows} gives the records to a real server in the tests of {@code dns}.
 *
 * <p><b>Threads</b> any; records may be added while in use.
 */
public final class Zone implements Dns {

    /**
     * @param owner absolute, lower case, no final dot
     * @param data  in zone file form, names absolute with a final dot
     */
    public record Row(String owner, String type, String data) {}

    private static final Duration TTL = Duration.ofHours(1);

    private final String origin;
    private final List<Row> rows = new CopyOnWriteArrayList<>();
    private final Set<String> failing = new CopyOnWriteArraySet<>();
    private final Set<String> unsigned = new CopyOnWriteArraySet<>();
    private volatile boolean signed;

    private Zone(String origin) {
        this.origin = origin.toLowerCase(Locale.ROOT);
    }

    public static Zone of(String origin) {
        return new Zone(origin);
    }

    public Zone mx(int preference, String host) {
        return mx("@", preference, host);
    }

    public Zone mx(String owner, int preference, String host) {
        return add(owner, "MX", preference + " " + absolute(host) + ".");
    }

    /** The zone accepts no mail (RFC 7505). */
    public Zone nullMx() {
        return add("@", "MX", "0 .");
    }

    /** IPv4 and IPv6 literals alike. */
    public Zone a(String owner, String... addresses) {
        for (String address : addresses) {
            add(owner, address.indexOf(':') < 0 ? "A" : "AAAA", address);
        }
        return this;
    }

    public Zone cname(String owner, String target) {
        return add(owner, "CNAME", absolute(target) + ".");
    }

    public Zone txt(String owner, String text) {
        return add(owner, "TXT", '"' + text + '"');
    }

    /** @param data {@code 3 1 1 0123abcd} */
    public Zone tlsa(String owner, String data) {
        return add(owner, "TLSA", data);
    }

    public Zone ptr(String address, String name) {
        rows.add(new Row(reverse(InetAddress.ofLiteral(address)), "PTR", absolute(name) + "."));
        return this;
    }

    /** Every question for this name fails. */
    public Zone servfail(String owner) {
        failing.add(absolute(owner));
        return this;
    }

    /** Answers are proved, except those for names given to {@link #unsigned}. */
    public Zone signed() {
        signed = true;
        return this;
    }

    public Zone unsigned(String owner) {
        unsigned.add(absolute(owner));
        return this;
    }

    /** Takes over the records of another zone. */
    public Zone and(Zone other) {
        rows.addAll(other.rows);
        failing.addAll(other.failing);
        unsigned.addAll(other.unsigned);
        return this;
    }

    public List<Row> rows() {
        return List.copyOf(rows);
    }

    public boolean isFailing(String name) {
        return failing.contains(name.toLowerCase(Locale.ROOT));
    }

    public String origin() {
        return origin;
    }

    @Override
    public DnsAnswer<Mx> mx(String domain, boolean secure) {
        return ask(domain, "MX", secure, data -> {
            int blank = data.indexOf(' ');
            String host = data.substring(blank + 1);
            return new Mx(Integer.parseInt(data.substring(0, blank)), host.equals(".") ? host : undotted(host));
        });
    }

    @Override
    public DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure) {
        return ask(host, family == Family.IPV4 ? "A" : "AAAA", secure, InetAddress::ofLiteral);
    }

    @Override
    public DnsAnswer<String> ptr(InetAddress address) {
        return ask(reverse(address), "PTR", false, Zone::undotted);
    }

    @Override
    public DnsAnswer<String> txt(String name, boolean secure) {
        return ask(name, "TXT", secure, data -> data.substring(1, data.length() - 1));
    }

    @Override
    public DnsAnswer<Tlsa> tlsa(String name) {
        return ask(name, "TLSA", true, data -> {
            String[] part = data.split(" ", 4);
            return new Tlsa(Integer.parseInt(part[0]), Integer.parseInt(part[1]), Integer.parseInt(part[2]),
                    HexFormat.of().parseHex(part[3].replace(" ", "")));
        });
    }

    @Override
    public DnsAnswer<String> cname(String name, boolean secure) {
        return ask(name, "CNAME", secure, Zone::undotted);
    }

    @Override
    public DnsAnswer<InetAddress> nativeAddresses(String host, Family family) {
        return addresses(host, family, false);
    }

    @Override
    public DnsAnswer<String> nativeName(InetAddress address) {
        return ptr(address);
    }

    private <T> DnsAnswer<T> ask(String name, String type, boolean secure, Function<String, T> value) {
        String at = name.toLowerCase(Locale.ROOT);
        Security status = secure ? signed && !unsigned.contains(at) ? Security.SECURE : Security.INSECURE : Security.UNCHECKED;
        var seen = new HashSet<String>();
        while (seen.add(at)) {
            if (failing.contains(at)) {
                return new DnsAnswer.Failed<>("SERVFAIL", false);
            }
            var found = new ArrayList<T>();
            boolean exists = false;
            String alias = null;
            for (Row row : rows) {
                exists |= row.owner.equals(at) || row.owner.endsWith("." + at);
                if (row.owner.equals(at) && row.type.equals(type)) {
                    found.add(value.apply(row.data));
                } else if (row.owner.equals(at) && row.type.equals("CNAME")) {
                    alias = undotted(row.data);
                }
            }
            if (!found.isEmpty()) {
                return new DnsAnswer.Records<>(found, at, TTL, status);
            }
            if (alias == null) {
                return exists ? new DnsAnswer.NoData<>(TTL, status) : new DnsAnswer.NoSuchName<>(TTL, status);
            }
            at = alias;
        }
        return new DnsAnswer.Failed<>("alias loop", false);
    }

    private Zone add(String owner, String type, String data) {
        rows.add(new Row(absolute(owner), type, data));
        return this;
    }

    private String absolute(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("@") ? origin : lower.endsWith(".") ? undotted(lower) : lower + "." + origin;
    }

    private static String undotted(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /** {@code 1.0.0.127.in-addr.arpa}, and nibbles below {@code ip6.arpa} (RFC 3596 section 2.5). */
    private static String reverse(InetAddress address) {
        byte[] bytes = address.getAddress();
        var out = new StringBuilder();
        for (int i = bytes.length - 1; i >= 0; i--) {
            int b = bytes[i] & 0xff;
            if (address instanceof Inet4Address) {
                out.append(b).append('.');
            } else {
                out.append(Character.forDigit(b & 15, 16)).append('.').append(Character.forDigit(b >> 4, 16)).append('.');
            }
        }
        return out.append(address instanceof Inet4Address ? "in-addr.arpa" : "ip6.arpa").toString();
    }
}
