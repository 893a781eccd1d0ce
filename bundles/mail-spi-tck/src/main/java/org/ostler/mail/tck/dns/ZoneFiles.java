// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.dns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.Zone.Denial;
import org.ostler.mail.tck.Zone.Signing;

/**
 * Writes the zones of a literal, and the root and the domains between, as zone files, signed by ldns from the leaves to the root.
 *
 * <p>Every zone has one key for all; its DS goes into the parent. <b>Threads</b> one.
 */
final class ZoneFiles {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Pattern RRSIG = Pattern.compile("(?m)^(\\S+\\s+\\d+\\s+IN\\s+RRSIG\\s+.*\\s)(\\S+)(\\S==)$");

    private final Path home;
    private final Clock clock;
    /** By origin, the root is the empty name. */
    private final Map<String, Zone> zones = new TreeMap<>();
    /** What children put into their parents. */
    private final Map<String, List<String>> delegations = new LinkedHashMap<>();
    private final Map<String, Path> written = new LinkedHashMap<>();

    ZoneFiles(Path home, Clock clock, Zone... literal) {
        this.home = home;
        this.clock = clock;
        for (Zone one : literal) {
            for (Zone zone : one.zones()) {
                if (zones.put(zone.origin(), zone) != null) {
                    throw new IllegalArgumentException("two zones " + zone.origin());
                }
            }
        }
        List.copyOf(zones.values()).forEach(this::splitUnsigned);
        for (String origin : List.copyOf(zones.keySet())) {
            for (String above = parentName(origin); !above.isEmpty(); above = parentName(above)) {
                zones.computeIfAbsent(above, name -> Zone.of(name).signed());
            }
        }
        zones.computeIfAbsent("", _ -> Zone.of("").signed());
    }

    /** Names that the literal calls unsigned become zones. */
    private void splitUnsigned(Zone zone) {
        for (String name : zone.unsignedNames()) {
            Zone child = zones.computeIfAbsent(name, Zone::of);
            zone.ownRows().stream().filter(row -> Zone.isBelow(row.owner(), name)).forEach(row -> child.record(row.owner() + ".", row.type(), row.data()));
        }
    }

    /** Writes all, children first. */
    Map<String, Path> write() throws IOException {
        List<Zone> leavesFirst = new ArrayList<>(zones.values());
        leavesFirst.sort((a, b) -> labels(b.origin()) - labels(a.origin()));
        for (Zone zone : leavesFirst) {
            written.put(zone.origin(), write(zone));
        }
        return written;
    }

    /** The DS record of the root. */
    Path trustAnchor() throws IOException {
        Path file = home.resolve("root.ds");
        Files.write(file, delegations.getOrDefault("the root itself", List.of()));
        return file;
    }

    private Path write(Zone zone) throws IOException {
        String origin = zone.origin();
        Path plain = home.resolve("zone-" + (origin.isEmpty() ? "root" : origin));
        Files.write(plain, lines(zone));
        if (!origin.isEmpty()) {
            delegate(origin, absolute(origin) + " 3600 IN NS ns.test.");
        }
        if (zone.signing() == Signing.NONE) {
            return plain;
        }
        String key = key(zone);
        delegateSecurely(zone, key);
        return zone.signing() == Signing.STRIPPED ? plain : sign(zone, plain, key);
    }

    private List<String> lines(Zone zone) {
        var lines = new ArrayList<String>();
        String top = absolute(zone.origin());
        lines.add(top + " 3600 IN SOA ns.test. hostmaster.test. 1 3600 600 86400 600");
        lines.add(top + " 3600 IN NS ns.test.");
        if (zone.origin().equals("test") && zone.ownRows().stream().noneMatch(row -> row.owner().equals("ns.test"))) {
            lines.add("ns.test. 3600 IN A 127.0.0.1");
        }
        for (Zone.Row row : zone.ownRows()) {
            if (zoneOf(row.owner()).equals(zone.origin())) {
                lines.add(absolute(row.owner()) + " 3600 IN " + row.type() + " " + row.data());
            }
        }
        lines.addAll(delegations.getOrDefault(zone.origin(), List.of()));
        return lines;
    }

    private void delegate(String origin, String line) {
        String parent = zoneOf(parentName(origin));
        delegations.computeIfAbsent(origin.isEmpty() ? "the root itself" : parent, _ -> new ArrayList<>()).add(line);
    }

    private void delegateSecurely(Zone zone, String key) throws IOException {
        String ds = Files.readString(home.resolve(key + ".ds")).strip().replaceAll("\\s+", " ");
        // example.test. IN DS 45638 13 2 0123...
        String[] word = ds.split(" ");
        int tag = word.length - 4;
        String digest = word[tag + 3];
        String line = absolute(zone.origin()) + " 3600 IN DS " + word[tag] + " ";
        switch (zone.signing()) {
            case ISLAND, NONE -> { /* the parent does not know */ }
            case UNKNOWN_ALGORITHM -> delegate(zone.origin(), line + "253 2 " + digest);
            case UNKNOWN_DIGEST -> delegate(zone.origin(), line + word[tag + 1] + " 250 " + digest);
            case WRONG_KEY -> delegate(zone.origin(), line + word[tag + 1] + " 2 " + (digest.startsWith("0") ? "1" : "0") + digest.substring(1));
            default -> delegate(zone.origin(), line + word[tag + 1] + " " + word[tag + 2] + " " + digest);
        }
    }

    private String key(Zone zone) throws IOException {
        var command = new ArrayList<>(List.of("ldns-keygen", "-a", zone.algorithm(), "-k", "-r", "/dev/urandom"));
        if (zone.algorithm().startsWith("RSA")) {
            command.addAll(List.of("-b", "2048"));
        }
        command.add(absolute(zone.origin()));
        return Daemon.run(home, command).strip();
    }

    private Path sign(Zone zone, Path plain, String key) throws IOException {
        Instant now = clock.instant();
        Instant from = zone.signing() == Signing.NOT_YET_VALID ? now.plus(DAY) : now.minus(DAY.multipliedBy(10));
        Instant until = zone.signing() == Signing.EXPIRED ? now.minus(DAY) : now.plus(DAY.multipliedBy(10));
        Path signed = Path.of(plain + ".signed");
        var command = new ArrayList<>(List.of("ldns-signzone", "-i", DATE.format(from), "-e", DATE.format(until), "-f", signed.toString()));
        if (zone.denial() != Denial.NSEC) {
            command.addAll(List.of("-n", "-t", "1", "-s", "beef"));
        }
        if (zone.denial() == Denial.NSEC3_OPT_OUT) {
            command.add("-p");
        }
        command.addAll(List.of("-o", absolute(zone.origin()), plain.toString(), key));
        Daemon.run(home, command);
        if (zone.signing() == Signing.BOGUS) {
            Files.writeString(signed, spoil(Files.readString(signed)));
        }
        return signed;
    }

    /** Another signature of the same length for every record but the keys, so that the chain of keys holds and the data do not. */
    private static String spoil(String signed) {
        return RRSIG.matcher(signed).replaceAll(m -> m.group(1).contains("RRSIG\tDNSKEY") ? "$0"
                : "$1" + new StringBuilder(m.group(2)).reverse() + m.group(3));
    }

    /** The longest zone name above a name. */
    private String zoneOf(String name) {
        String at = name;
        while (!zones.containsKey(at)) {
            at = parentName(at);
        }
        return at;
    }

    private static String parentName(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1);
    }

    private static int labels(String name) {
        return name.isEmpty() ? 0 : name.split("\\.").length;
    }

    private static String absolute(String name) {
        return name + ".";
    }
}
