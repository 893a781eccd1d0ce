// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.ostler.mail.tck.Zone;

/**
 * The zones of a literal on real name servers:
 *
 * <pre>{@code
 * try (var tree = SignedTree.of(Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", "3 1 1 00ff").signed(),
 *         Zone.of("plain.test").mx(10, "mx").a("mx", "127.0.0.2"), Zone.of("old.test").expired())) {
 *     Settings settings = Settings.of(tree.ownValidation());
 * }
 * }</pre>
 *
 * <p>NSD has the root, {@code test} and the given zones; Unbound asks NSD, once as a forwarder that checks nothing ({@link #forwarder}) and once as a resolver that sets the AD bit
 * ({@link #resolver}). Both start when they are first asked for. Names given to {@link Zone#servfail} are answered SERVFAIL by NSD's tap.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until the servers answer: about 0.3 s for three zones. <b>Errors</b> a test is skipped where a program is missing.
 */
public final class SignedTree implements AutoCloseable {

    private static final List<String> PROGRAMS = List.of("/usr/sbin/nsd", "/usr/sbin/unbound", "/usr/bin/ldns-keygen", "/usr/bin/ldns-signzone");

    private final Path home;
    private final Path trustAnchor;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private final Tap authority;
    private final Zone[] literal;
    private Tap forwarder;
    private Tap resolver;

    private SignedTree(Clock clock, Zone... literal) throws IOException {
        for (String program : PROGRAMS) {
            Assumptions.assumeTrue(Files.isExecutable(Path.of(program)), "needs " + program + " (Debian packages nsd, unbound, ldnsutils)");
        }
        this.literal = literal;
        this.home = Files.createTempDirectory("signed-tree");
        try {
            var files = new ZoneFiles(home, clock, literal);
            Map<String, Path> zones = files.write();
            this.trustAnchor = files.trustAnchor();
            this.authority = tap(nsd(zones)).fault(this::answer);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    public static SignedTree of(Zone... zones) throws IOException {
        return new SignedTree(Clock.systemUTC(), zones);
    }

    /** NSD itself: authoritative, no recursion. Its tap sees all that either Unbound asks. */
    public Tap authority() {
        return authority;
    }

    /** An Unbound that passes signatures on and checks none. */
    public synchronized Tap forwarder() throws IOException {
        if (forwarder == null) {
            forwarder = tap(unbound("forwarder", "iterator", ""));
        }
        return forwarder;
    }

    /** An Unbound that validates and sets the AD bit. */
    public synchronized Tap resolver() throws IOException {
        if (resolver == null) {
            resolver = tap(unbound("resolver", "validator iterator", "trust-anchor-file: \"" + trustAnchor + "\""));
        }
        return resolver;
    }

    /** The DS of this tree's root. */
    public Path trustAnchor() {
        return trustAnchor;
    }

    /** main.cf for own validation behind {@link #forwarder}. */
    public Map<String, String> ownValidation() throws IOException {
        return Map.of("dns_servers", forwarder().text(), "dnssec_validation", "own", "dnssec_trust_anchor_file", trustAnchor.toString(),
                "smtp_dns_support_level", "dnssec", "smtp_host_lookup", "dns");
    }

    /** main.cf for the AD bit of {@link #resolver}. */
    public Map<String, String> resolverValidation() throws IOException {
        var settings = new HashMap<>(ownValidation());
        settings.put("dns_servers", resolver().text());
        settings.put("dnssec_validation", "resolver");
        return Map.copyOf(settings);
    }

    private Tap tap(Daemon daemon) throws IOException {
        running.push(daemon);
        var tap = new Tap(daemon.address());
        running.push(tap);
        return tap;
    }

    /** The fault of the authority's tap at the start; a test that sets another calls this for the rest. */
    public Optional<byte[]> answer(Tap.Question question, byte[] query, byte[] answer) {
        boolean failing = Arrays.stream(literal).anyMatch(zone -> zone.isFailing(question.name()));
        return Optional.of(failing ? Tap.error(query, 2) : answer);
    }

    private Daemon nsd(Map<String, Path> zones) throws IOException {
        int port = Tap.freePort();
        var conf = new StringBuilder("""
                server:
                  ip-address: 127.0.0.1@%2$d
                  server-count: 1
                  username: ""
                  chroot: ""
                  zonesdir: "%1$s"
                  pidfile: "%1$s/nsd.pid"
                  xfrdfile: "%1$s/xfrd.state"
                  xfrdir: "%1$s"
                  zonelistfile: "%1$s/zone.list"
                  database: ""
                  cookie-secret-file: "%1$s/cookie"
                  rrl-ratelimit: 0
                remote-control:
                  control-enable: no
                """.formatted(home, port));
        zones.forEach((origin, file) -> conf.append("zone:\n  name: \"").append(origin).append(".\"\n  zonefile: \"").append(file).append("\"\n"));
        Path file = Files.writeString(home.resolve("nsd.conf"), conf);
        return Daemon.start(home, "nsd", port, List.of("/usr/sbin/nsd", "-d", "-c", file.toString()));
    }

    private Daemon unbound(String name, String modules, String anchor) throws IOException {
        int port = Tap.freePort();
        InetSocketAddress upstream = authority.address();
        Path file = Files.writeString(home.resolve(name + ".conf"), """
                server:
                  interface: 127.0.0.1
                  port: %2$d
                  do-daemonize: no
                  username: ""
                  chroot: ""
                  directory: "%1$s"
                  pidfile: ""
                  use-syslog: no
                  do-not-query-localhost: no
                  module-config: "%3$s"
                  num-threads: 1
                  edns-buffer-size: 1232
                  qname-minimisation: no
                  aggressive-nsec: no
                  harden-referral-path: no
                  infra-cache-min-rtt: 50
                  local-zone: "test." nodefault
                  local-zone: "127.in-addr.arpa." nodefault
                  %4$s
                forward-zone:
                  name: "."
                  forward-addr: 127.0.0.1@%5$d
                remote-control:
                  control-enable: no
                """.formatted(home, port, modules, anchor, upstream.getPort()));
        return Daemon.start(home, name, port, List.of("/usr/sbin/unbound", "-d", "-c", file.toString()));
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (Exception e) {
                failure = failure == null ? new IOException(e) : failure;
            }
        }
        try (var files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
