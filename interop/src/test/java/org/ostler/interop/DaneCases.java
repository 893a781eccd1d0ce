// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ostler.mail.tck.Zone;

/**
 * Domains for {@link DaneOracleIT}, each a case: its zone, the server that its mail goes to, and the transport of the sender.
 *
 * <p>Servers differ in the certificate that they show: {@code self} one for elsewhere.test, signed by itself; {@code whole} one for the hosts below, with the authority that signed it; {@code short} the same without the authority;
 * {@code elsewhere} and {@code domain} one for another host and one for the domain, {@code expired} one that is over, with the authority; {@code plain} speaks no TLS.
 */
final class DaneCases {

    /**
     * @param transport of the sender: {@code smtp}, {@code half-encrypt}, {@code half-may} (what MX records that are not signed are worth), {@code only} (level dane-only)
     * @param nextHop   to which it is sent: the domain itself, or a host in brackets
     */
    record Case(String domain, String server, String transport, String nextHop) {}

    private static final String WRONG = "3 1 1 " + "00".repeat(32);
    private static final String PKIX = "1 1 1 " + "00".repeat(32);
    private static final String HOSTS = "subjectAltName=DNS:mx.tacert.test,DNS:mx.takey.test,DNS:mx.tawhole.test,DNS:mx.tadns.test,DNS:mx.takeydns.test,DNS:mx.tadigest.test,DNS:mx.either.test,DNS:mx.other.test,"
            + "DNS:mx.taexpired.test,DNS:mx.eeexpired.test,DNS:mx.tareal.test,DNS:mx.taonly.test,DNS:mx.taaliasown.test\n";

    private final Path pki;
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final List<Case> cases = new ArrayList<>();
    private final List<Zone> zones = new ArrayList<>();
    /** Of the authority's last certificate: two of the same number would be one to who checks. */
    private int serial;
    private String self;
    private String authority;

    DaneCases(Path pki) throws Exception {
        this.pki = pki;
        for (String server : List.of("self", "whole", "short", "elsewhere", "domain", "expired", "plain")) {
            ports.put(server, Server.freePort());
        }
        certificates();
        signs();
        aliases();
        anchors();
        several();
        strict();
        half();
    }

    List<Case> cases() {
        return cases;
    }

    Zone[] zones() {
        return zones.toArray(Zone[]::new);
    }

    int port(String server) {
        return ports.get(server);
    }

    /** The servers, as rows of master.cf. */
    List<String> rows() {
        return ports.entrySet().stream().map(e -> "127.0.0.1:" + e.getValue() + " inet n - n - - smtpd -o smtpd_tls_security_level=" + (e.getKey().equals("plain") ? "none"
                : "may -o smtpd_tls_chain_files=" + pki.resolve(e.getKey() + ".pem"))).toList();
    }

    // --- Certificates --------------------------------------------------------------------------------------------

    private void certificates() throws Exception {
        String openssl = Program.need("openssl");
        Program.run(List.of(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=elsewhere.test", "-keyout", file("self.key"), "-out", file("self.crt"))).ok();
        Program.run(List.of(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Authority", "-keyout", file("ca.key"), "-out", file("ca.crt"))).ok();
        Program.run(List.of(openssl, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=A server", "-keyout", file("leaf.key"), "-out", file("leaf.csr"))).ok();
        signed("whole", "20", HOSTS);
        signed("elsewhere", "20", "subjectAltName=DNS:elsewhere.test\n");
        signed("domain", "20", "subjectAltName=DNS:tadomain.test,DNS:tainsecure.test,DNS:mx.tarelay.test\n");
        signed("expired", "-1", HOSTS);
        chain("self", "self.key", "self.crt");
        for (String whole : List.of("whole", "elsewhere", "domain", "expired")) {
            chain(whole, "leaf.key", whole + ".crt", "ca.crt");
        }
        chain("short", "leaf.key", "whole.crt");
        self = "3 1 1 " + digest("self.crt", true);
        authority = "2 1 1 " + digest("ca.crt", true);
    }

    private String file(String name) {
        return pki.resolve(name).toString();
    }

    private void signed(String name, String days, String extensions) throws IOException {
        Path file = Files.writeString(pki.resolve(name + ".ext"), extensions);
        Program.run(List.of(Program.need("openssl"), "x509", "-req", "-in", file("leaf.csr"), "-CA", file("ca.crt"), "-CAkey", file("ca.key"), "-set_serial", String.valueOf(++serial), "-days", days, "-extfile",
                file.toString(), "-out", file(name + ".crt"))).ok();
    }

    private void chain(String name, String... parts) throws IOException {
        var text = new StringBuilder();
        for (String part : parts) {
            text.append(Files.readString(pki.resolve(part)));
        }
        Files.writeString(pki.resolve(name + ".pem"), text);
    }

    private byte[] read(String name, boolean key) throws Exception {
        try (InputStream in = Files.newInputStream(pki.resolve(name))) {
            var certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            return key ? certificate.getPublicKey().getEncoded() : certificate.getEncoded();
        }
    }

    private String digest(String name, boolean key) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(read(name, key)));
    }

    private String hex(String name, boolean key) throws Exception {
        return HexFormat.of().formatHex(read(name, key));
    }

    // --- Zones ---------------------------------------------------------------------------------------------------

    private Zone zone(String name, String server, String... records) {
        return tlsa(Zone.of(name + ".test").mx(10, "mx").a("mx", "127.0.0.1").signed(), "mx", server, records);
    }

    private Zone tlsa(Zone zone, String host, String server, String... records) {
        for (String record : records) {
            zone.tlsa(owner(server) + (host.isEmpty() ? "" : "." + host), record);
        }
        return zone;
    }

    private String owner(String server) {
        return "_" + port(server) + "._tcp";
    }

    private void add(String server, Zone zone) {
        add(server, "smtp", zone);
    }

    private void add(String server, String transport, Zone zone) {
        zones.add(zone);
        cases.add(new Case(zone.origin().replace(".test", ""), server, transport, zone.origin()));
    }

    /** The host is signed, and its records are in a zone of their own, which is signed in this way. */
    private void below(String name, String transport, Zone.Signing how) {
        add("self", transport, Zone.of(name + ".test").mx(10, "mx").signed());
        zones.add(Zone.of("mx." + name + ".test").a("@", "127.0.0.1").signed());
        zones.add(Zone.of("_tcp.mx." + name + ".test").tlsa("_" + port("self"), self).signing(how));
    }

    /** How zones, addresses and records are signed. */
    private void signs() {
        add("self", zone("good", "self", self));
        add("self", zone("wrong", "self", WRONG));
        add("self", Zone.of("insecuremx.test").mx(10, "mx.signed.test."));
        zones.add(zone("signed", "self", self));
        add("self", tlsa(Zone.of("nomx.test").a("@", "127.0.0.1").signed(), "", "self", self));
        add("self", Zone.of("unsignedhost.test").mx(10, "plain.unsigned.test.").signed());
        add("self", Zone.of("unsigned.test").mx(10, "mx").a("mx", "127.0.0.1").a("real", "127.0.0.1").a("plain", "127.0.0.1").servfail(owner("self") + ".plain"));
        add("self", zone("servfail", "self", self).servfail(owner("self") + ".mx"));
        add("self", zone("none", "self"));
        add("self", zone("expired", "self", self).expired());
        add("self", zone("boguszone", "self", self).bogus());
        below("insecuretlsa", "smtp", Zone.Signing.NONE);
        below("bogustlsa", "smtp", Zone.Signing.BOGUS);
        add("self", zone("pkix", "self", PKIX));
        add("self", zone("unknown", "self", "4 1 1 " + "00".repeat(32), "3 2 1 " + "00".repeat(32), "3 1 255 00"));
        add("self", zone("cutdigest", "self", "3 1 1 0011"));
        add("self", zone("mixed", "self", PKIX, WRONG, self));
        add("plain", zone("notls", "plain", self));
        add("plain", zone("notlspkix", "plain", PKIX));
        add("plain", zone("notlsnone", "plain"));
    }

    /** Mail exchangers and TLSA records that are aliases. */
    private void aliases() {
        add("self", Zone.of("aliasout.test").mx(10, "mx").cname("mx", "real.unsigned.test.").tlsa(owner("self") + ".mx", self).signed());
        add("self", Zone.of("alias.test").mx(10, "mx").cname("mx", "real").a("real", "127.0.0.1").tlsa(owner("self") + ".real", self).signed());
        add("self", Zone.of("aliasown.test").mx(10, "mx").cname("mx", "real").a("real", "127.0.0.1").tlsa(owner("self") + ".mx", self).signed());
        add("self", Zone.of("aliasnone.test").mx(10, "mx").cname("mx", "real.unsigned.test.").signed());
        add("self", Zone.of("aliasfail.test").mx(10, "mx").cname("mx", "mx.servfail.test.").tlsa(owner("self") + ".mx", self).signed());
        add("self", Zone.of("aliastlsa.test").mx(10, "mx").a("mx", "127.0.0.1").cname(owner("self") + ".mx", owner("self") + ".mx.good.test.").signed());
        add("whole", Zone.of("taalias.test").mx(10, "mx").cname("mx", "mx.tareal.test.").signed());
        zones.add(zone("tareal", "whole", authority));
        add("whole", Zone.of("taaliasown.test").mx(10, "mx").cname("mx", "mx.taother.test.").signed());
        zones.add(zone("taother", "whole", authority));
        // The certificate has the name that is configured, and the records are at the end of the alias.
        Zone relay = Zone.of("tarelay.test").cname("mx", "mx.tadomain.test.").signed();
        zones.add(relay);
        cases.add(new Case("tarelay", "domain", "smtp", "[mx." + relay.origin() + "]"));
    }

    /** Usage 2: the anchor in the chain, in the DNS only, or nowhere; names and dates. */
    private void anchors() throws Exception {
        add("whole", zone("tacert", "whole", "2 0 1 " + digest("ca.crt", false)));
        add("whole", zone("takey", "whole", authority));
        add("whole", zone("tawhole", "whole", "2 0 0 " + hex("ca.crt", false)));
        add("short", zone("tadns", "short", "2 0 0 " + hex("ca.crt", false)));
        add("short", zone("takeydns", "short", "2 1 0 " + hex("ca.crt", true)));
        add("short", zone("tadigest", "short", authority));
        add("whole", zone("other", "whole", "2 0 1 " + digest("self.crt", false)));
        add("whole", zone("either", "whole", WRONG, authority));
        add("elsewhere", zone("taname", "elsewhere", authority));
        add("elsewhere", zone("eename", "elsewhere", "3 0 1 " + digest("elsewhere.crt", false)));
        add("domain", zone("tadomain", "domain", authority));
        add("domain", Zone.of("tainsecure.test").mx(10, "mx.tadomain.test."));
        add("expired", zone("taexpired", "expired", authority));
        add("expired", zone("eeexpired", "expired", "3 0 1 " + digest("expired.crt", false)));
    }

    /** More than one mail exchanger. */
    private void several() {
        add("self", Zone.of("two.test").mx(10, "mx.wrong.test.").mx(20, "mx.signed.test.").signed());
        add("self", Zone.of("twofail.test").mx(10, "mx.servfail.test.").mx(20, "mx.signed.test.").signed());
        add("self", Zone.of("twobogus.test").mx(10, "mx.bogustlsa.test.").mx(20, "mx.signed.test.").signed());
        add("self", Zone.of("twoexpired.test").mx(10, "mx.expired.test.").mx(20, "mx.signed.test.").signed());
        add("self", Zone.of("twobad.test").mx(10, "mx.wrong.test.").mx(20, "mx.servfail.test.").signed());
        add("self", Zone.of("inorder.test").mx(10, "mx.none.test.").mx(20, "mx.signed.test.").signed());
        add("self", Zone.of("twoplain.test").mx(10, "mx.wrong.test.").mx(20, "mx.none.test.").signed());
    }

    /** Level dane-only. */
    private void strict() {
        add("self", "only", zone("onlygood", "self", self));
        add("self", "only", zone("onlywrong", "self", WRONG));
        add("self", "only", zone("onlynone", "self"));
        add("self", "only", zone("onlypkix", "self", PKIX));
        add("self", "only", zone("onlyservfail", "self", self).servfail(owner("self") + ".mx"));
        add("self", "only", zone("onlyexpired", "self", self).expired());
        below("onlyinsecuretlsa", "only", Zone.Signing.NONE);
        add("self", "only", Zone.of("onlyinsecuremx.test").mx(10, "mx.signed.test."));
        add("self", "only", Zone.of("onlyunsignedhost.test").mx(10, "plain.unsigned.test.").signed());
        add("self", "only", Zone.of("onlytwo.test").mx(10, "mx.none.test.").mx(20, "mx.signed.test.").signed());
        add("whole", "only", zone("taonly", "whole", authority));
    }

    /** MX records that are not signed, by what the parameter says of them. */
    private void half() {
        add("self", Zone.of("halfwrong.test").mx(10, "mx.wrong.test."));
        add("self", "half-encrypt", Zone.of("encryptgood.test").mx(10, "mx.signed.test."));
        add("self", "half-encrypt", Zone.of("encryptwrong.test").mx(10, "mx.wrong.test."));
        add("plain", "half-encrypt", Zone.of("encryptplain.test").mx(10, "mx.notls.test."));
        add("self", "half-may", Zone.of("maygood.test").mx(10, "mx.signed.test."));
        add("self", "half-may", Zone.of("maywrong.test").mx(10, "mx.wrong.test."));
        add("plain", "half-may", Zone.of("mayplain.test").mx(10, "mx.notls.test."));
    }
}
