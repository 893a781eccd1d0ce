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
import org.ostler.mail.dns.Srv;
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
 * has no data; names given to {@link #servfail} fail.
 *
 * <p>How the zone is signed is one word, {@link #signed}, {@link #expired}, {@link #bogus}, {@link #island} and so on; none is {@link #unsigned()}. An alias into another zone has the status of the
 * weaker one. {@link org.ostler.mail.tck.dns.SignedTree} serves the same literal from real name servers, with real signatures.
 *
 * <p><b>Threads</b> any; records may be added while in use.
 */
public final class Zone implements Dns {

    /**
     * @param owner absolute, lower case, no final dot
     * @param data  in zone file form, names absolute with a final dot
     */
    public record Row(String owner, String type, String data) {}

    /** How a zone is signed, and so what a validator says of it. */
    public enum Signing {
        /** No signatures, no DS: insecure. */
        NONE(Security.INSECURE),
        SIGNED(Security.SECURE),
        /** Signatures, but no DS with the parent: insecure. */
        ISLAND(Security.INSECURE),
        /** A DS for an algorithm that nobody knows: insecure (RFC 4035 section 5.2). */
        UNKNOWN_ALGORITHM(Security.INSECURE),
        /** A DS with a digest that nobody knows: insecure. */
        UNKNOWN_DIGEST(Security.INSECURE),
        /** Signatures of the past: bogus. */
        EXPIRED(null),
        /** Signatures of the future: bogus. */
        NOT_YET_VALID(null),
        /** Signatures that do not match the records: bogus. */
        BOGUS(null),
        /** The DS is that of another key: bogus. */
        WRONG_KEY(null),
        /** A DS, but neither keys nor signatures: bogus. */
        STRIPPED(null);

        /** Null: a validator says bogus. */
        private final Security status;

        Signing(Security status) {
            this.status = status;
        }
    }

    /** How the absence of records is proved. */
    public enum Denial { NSEC, NSEC3, NSEC3_OPT_OUT }

    private static final Duration TTL = Duration.ofHours(1);

    private final String origin;
    private final List<Zone> others = new CopyOnWriteArrayList<>();
    private final List<Row> rows = new CopyOnWriteArrayList<>();
    private final Set<String> failing = new CopyOnWriteArraySet<>();
    private final Set<String> unsigned = new CopyOnWriteArraySet<>();
    private volatile Signing signing = Signing.NONE;
    private volatile Denial denial = Denial.NSEC;
    private volatile String algorithm = "ECDSAP256SHA256";

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

    /** @param owner {@code _submission._tcp} @param host {@code .} for none */
    public Zone srv(String owner, int priority, int weight, int port, String host) {
        return add(owner, "SRV", priority + " " + weight + " " + port + " " + (host.equals(".") ? "." : absolute(host) + "."));
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

    /** Any other record. @param data in zone file form, names absolute with a final dot */
    public Zone record(String owner, String type, String data) {
        return add(owner, type, data);
    }

    /** Answers are proved, except those for names given to {@link #unsigned(String)}. */
    public Zone signed() {
        return signing(Signing.SIGNED);
    }

    /** The zone is not signed; the default. */
    public Zone unsigned() {
        return signing(Signing.NONE);
    }

    /** The signatures are over. */
    public Zone expired() {
        return signing(Signing.EXPIRED);
    }

    /** The signatures do not match. */
    public Zone bogus() {
        return signing(Signing.BOGUS);
    }

    /** Signed, but the parent does not say so: an insecure delegation. */
    public Zone island() {
        return signing(Signing.ISLAND);
    }

    public Zone signing(Signing how) {
        signing = how;
        return this;
    }

    public Zone denial(Denial how) {
        denial = how;
        return this;
    }

    /** @param name as ldns-keygen spells it: {@code RSASHA256}, {@code ED25519} */
    public Zone algorithm(String name) {
        algorithm = name;
        return this;
    }

    /** This name and all below are an unsigned zone of their own. */
    public Zone unsigned(String owner) {
        unsigned.add(absolute(owner));
        return this;
    }

    /** Adds another zone; each keeps its own way of signing. */
    public Zone and(Zone other) {
        others.add(other);
        return this;
    }

    /** The records of this zone and of all that were added. */
    public List<Row> rows() {
        return zones().stream().flatMap(zone -> zone.rows.stream()).toList();
    }

    /** The records of this zone alone. */
    public List<Row> ownRows() {
        return List.copyOf(rows);
    }

    /** This zone and all that were added. */
    public List<Zone> zones() {
        var all = new ArrayList<Zone>(List.of(this));
        others.forEach(other -> all.addAll(other.zones()));
        return all;
    }

    public Set<String> unsignedNames() {
        return Set.copyOf(unsigned);
    }

    public Signing signing() {
        return signing;
    }

    public Denial denial() {
        return denial;
    }

    public String algorithm() {
        return algorithm;
    }

    public boolean isFailing(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return zones().stream().anyMatch(zone -> zone.failing.contains(lower));
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
    public DnsAnswer<Srv> srv(String name, boolean secure) {
        return ask(name, "SRV", secure, data -> {
            String[] part = data.split(" ");
            return new Srv(Integer.parseInt(part[0]), Integer.parseInt(part[1]), Integer.parseInt(part[2]), part[3].equals(".") ? "." : undotted(part[3]));
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
        Security status = secure ? Security.SECURE : Security.UNCHECKED;
        List<Row> all = rows();
        var seen = new HashSet<String>();
        while (seen.add(at)) {
            Signing here = signing(at);
            if (isFailing(at) || secure && here.status == null) {
                return isFailing(at) ? new DnsAnswer.Failed<>("SERVFAIL", false) : new DnsAnswer.Failed<>("DNSSEC: " + here, true);
            }
            status = status == Security.SECURE ? here.status : status;
            var found = new ArrayList<T>();
            boolean exists = false;
            String alias = null;
            for (Row row : all) {
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

    /** The way of the zone with the longest name above; a name outside all zones has that of the first. */
    private Signing signing(String name) {
        Zone nearest = this;
        int longest = -1;
        for (Zone zone : zones()) {
            boolean inside = isBelow(name, zone.origin);
            if (inside && zone.unsigned.stream().anyMatch(top -> isBelow(name, top))) {
                return Signing.NONE;
            }
            if (inside && zone.origin.length() > longest) {
                longest = zone.origin.length();
                nearest = zone;
            }
        }
        return nearest.signing;
    }

    /** Whether a name is this one or below it. */
    public static boolean isBelow(String name, String top) {
        return top.isEmpty() || name.equals(top) || name.endsWith("." + top);
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
