// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** With an authority of the JDK's own list, and keys made here. Files of OpenSSL are read in the bundles that use this: tls, lookup-ldap, lookup-sql. */
class PemTest {

    private static X509Certificate one;
    private static X509Certificate two;

    @BeforeAll
    static void authorities() throws Exception {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        X509Certificate[] all = ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers();
        one = all[0];
        two = all[1];
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static PrivateKey key(String kind) throws Exception {
        var generator = KeyPairGenerator.getInstance(kind);
        if (kind.equals("RSA")) {
            generator.initialize(2048);
        } else if (kind.equals("EC")) {
            generator.initialize(new ECGenParameterSpec("secp384r1"));
        }
        return generator.generateKeyPair().getPrivate();
    }

    /** What PKCS#8 wraps: the content of its octet string, which is the last element. */
    private static byte[] unwrapped(PrivateKey key, int length) {
        byte[] pkcs8 = key.getEncoded();
        return Arrays.copyOfRange(pkcs8, pkcs8.length - length, pkcs8.length);
    }

    @Test
    void certificates_of_every_label_in_their_order_and_nothing_else() throws Exception {
        var trusted = new ByteArrayOutputStream();
        trusted.writeBytes(two.getEncoded());
        // What OpenSSL says of it there: an empty list of what it may be trusted for.
        trusted.writeBytes(new byte[] {0x30, 0x02, 0x30, 0x00});
        String text = "Certificate:\n  Data:\n" + pem("CERTIFICATE", one.getEncoded()) + "# \u00fc\n" + pem("TRUSTED CERTIFICATE", trusted.toByteArray()) + pem("DH PARAMETERS", new byte[] {1}) + pem("X509 CERTIFICATE", one.getEncoded());
        assertThat(Pem.certificates(bytes(text))).containsExactly(one, two, one);
        assertThat(Pem.read(text)).containsExactly(new Pem.Item.Certificate(one), new Pem.Item.Certificate(two), new Pem.Item.Certificate(one));
        assertThat(Pem.certificates(one.getEncoded())).as("DER").containsExactly(one);
        assertThat(Pem.certificates(bytes("0 s:CN = what openssl s_client writes\n" + text))).as("the digit 0 is the tag of DER").containsExactly(one, two, one);
        assertThat(Pem.certificates(bytes(text.replace("\n", "\r\n")))).containsExactly(one, two, one);
        assertThat(Pem.certificates(new byte[0])).isEmpty();
        assertThat(Pem.certificates(bytes("README\n"))).isEmpty();
    }

    @Test
    void keys_as_they_are_written_now() throws Exception {
        for (String kind : List.of("RSA", "EC", "Ed25519", "Ed448")) {
            PrivateKey key = key(kind);
            assertThat(Pem.key(bytes(pem("CERTIFICATE", one.getEncoded()) + pem("PRIVATE KEY", key.getEncoded())))).as(kind).hasValue(key);
        }
        assertThat(Pem.key(bytes(pem("CERTIFICATE", one.getEncoded())))).isEmpty();
    }

    @Test
    void keys_as_they_were_written_before() throws Exception {
        PrivateKey rsa = key("RSA");
        // Version, algorithm (15 bytes) and the heads of the two elements around stand before it.
        assertThat(Pem.key(bytes(pem("RSA PRIVATE KEY", unwrapped(rsa, rsa.getEncoded().length - 26))))).hasValue(rsa);
        PrivateKey ec = key("EC");
        byte[] sec1 = withCurve(ec);
        var read = (ECPrivateKey) Pem.key(bytes(pem("EC PARAMETERS", new byte[] {6, 5, 0x2b, (byte) 0x81, 4, 0, 0x22}) + pem("EC PRIVATE KEY", sec1))).orElseThrow();
        assertThat(read.getS()).isEqualTo(((ECPrivateKey) ec).getS());
        assertThat(read.getParams()).isEqualTo(((ECPrivateKey) ec).getParams());
    }

    /** RFC 5915: version 1, the number in 48 bytes, and the curve secp384r1, which the JDK leaves out inside PKCS#8. */
    private static byte[] withCurve(PrivateKey ec) {
        byte[] number = ((ECPrivateKey) ec).getS().toByteArray();
        byte[] padded = new byte[48];
        int from = Math.max(0, number.length - 48);
        System.arraycopy(number, from, padded, 48 - (number.length - from), number.length - from);
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0x30, 3 + 50 + 9, 2, 1, 1, 4, 48});
        out.writeBytes(padded);
        out.writeBytes(new byte[] {(byte) 0xa0, 7, 6, 5, 0x2b, (byte) 0x81, 4, 0, 0x22});
        return out.toByteArray();
    }

    /** A CA file may have a locked key beside the certificate; who wants the key is told. */
    @Test
    void a_key_with_a_password_spoils_no_certificate() throws Exception {
        String locked = pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3});
        String old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        for (String key : List.of(locked, old)) {
            String text = key + pem("CERTIFICATE", one.getEncoded());
            assertThat(Pem.certificates(bytes(text))).containsExactly(one);
            assertThatThrownBy(() -> Pem.key(bytes(text))).isInstanceOf(IOException.class).hasMessage("the private key is encrypted");
            assertThatThrownBy(() -> Pem.read(text)).isInstanceOf(IOException.class).hasMessage("the private key is encrypted");
        }
    }

    /** Neither an exception of another kind, nor a file that is read without what was cut off. */
    @Test
    void whatever_is_broken_is_said() throws Exception {
        byte[] good = bytes(pem("CERTIFICATE", one.getEncoded()));
        for (int length : new int[] {12, 30, 200, good.length - 2}) {
            assertThatThrownBy(() -> Pem.certificates(Arrays.copyOf(good, length))).as("%d bytes", length).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> Pem.certificates(bytes(pem("CERTIFICATE", new byte[] {0x30, 3, 1, 2, 3})))).isInstanceOf(IOException.class).hasMessageStartingWith("bad certificate");
        assertThatThrownBy(() -> Pem.certificates(new byte[] {0x30, 3, 1, 2, 3})).isInstanceOf(IOException.class).hasMessageStartingWith("bad certificate");
        for (String label : List.of("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY")) {
            for (byte[] der : List.of(new byte[0], new byte[] {0x30}, new byte[] {0x30, (byte) 0x84, 0x7f, -1, -1, -1}, new byte[] {0x30, 3, 2, 1, 1}, new byte[] {0x30, 6, 2, (byte) 0x84, -1, -1, -1, -6})) {
                assertThatThrownBy(() -> Pem.key(bytes(pem(label, der)))).as(label).isInstanceOf(IOException.class).hasMessageContaining("private key");
            }
        }
    }

    @Test
    void everything_in_its_order() throws Exception {
        PrivateKey rsa = key("RSA");
        PrivateKey ec = key("EC");
        var text = new StringBuilder();
        var items = new ArrayList<Pem.Item>();
        for (PrivateKey key : List.of(rsa, ec)) {
            text.append(pem("PRIVATE KEY", key.getEncoded()));
            items.add(new Pem.Item.Key(key));
            for (X509Certificate certificate : List.of(one, two)) {
                text.append(pem("CERTIFICATE", certificate.getEncoded()));
                items.add(new Pem.Item.Certificate(certificate));
            }
        }
        assertThat(Pem.read(text.toString())).isEqualTo(Collections.unmodifiableList(items));
    }
}
