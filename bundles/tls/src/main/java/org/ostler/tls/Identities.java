// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.Reasons;
import org.ostler.mail.tls.Pem;

/**
 * Keys with their certificates, as files or tables bring them. {@link KeyChoice} chooses among them: the first one of a kind that the peer can check.
 *
 * <p><b>Threads</b> any; immutable.
 */
final class Identities {

    private record Identity(PrivateKey key, X509Certificate[] chain) {}

    /** Which files make up the identities; equal sources are loaded once. */
    record Source(List<Path> chains, List<List<Path>> pairs) {

        static Source of(Settings settings) {
            List<Path> chains = settings.get(ServerTlsParameters.SMTPD_TLS_CHAIN_FILES).stream().map(Path::of).toList();
            var pairs = new ArrayList<List<Path>>();
            if (chains.isEmpty()) {
                pair(settings.get(ServerTlsParameters.SMTPD_TLS_CERT_FILE), settings.get(ServerTlsParameters.SMTPD_TLS_KEY_FILE), pairs);
                pair(settings.get(ServerTlsParameters.SMTPD_TLS_ECCERT_FILE), settings.get(ServerTlsParameters.SMTPD_TLS_ECKEY_FILE), pairs);
            }
            return new Source(chains, pairs);
        }

        /** What a client shows. @param prefix of the parameters: {@code smtp} or {@code lmtp} */
        static Source ofClient(String prefix, Settings settings) {
            List<Path> chains = settings.get(prefix + "_tls_chain_files", ClientTlsParameters.SMTP_TLS_CHAIN_FILES).stream().map(Path::of).toList();
            var pairs = new ArrayList<List<Path>>();
            if (chains.isEmpty()) {
                pair(settings.get(prefix + "_tls_cert_file", ClientTlsParameters.SMTP_TLS_CERT_FILE),
                        settings.get(prefix + "_tls_key_file", ClientTlsParameters.SMTP_TLS_KEY_FILE), pairs);
                pair(settings.get(prefix + "_tls_eccert_file", ClientTlsParameters.SMTP_TLS_ECCERT_FILE),
                        settings.get(prefix + "_tls_eckey_file", ClientTlsParameters.SMTP_TLS_ECKEY_FILE), pairs);
            }
            return new Source(chains, pairs);
        }

        private static void pair(String certificate, String key, List<List<Path>> pairs) {
            if (!certificate.isEmpty() && !certificate.equals("none")) {
                pairs.add(List.of(Path.of(certificate), Path.of(key)));
            }
        }

        boolean isEmpty() {
            return chains.isEmpty() && pairs.isEmpty();
        }

        List<Path> files() {
            var all = new ArrayList<>(chains);
            pairs.forEach(all::addAll);
            return all;
        }
    }

    private final List<Identity> identities;

    private Identities(List<Identity> identities) {
        this.identities = List.copyOf(identities);
    }

    static Identities load(Source source) throws IOException {
        var found = new ArrayList<Identity>();
        for (Path chain : source.chains) {
            chain(chain.toString(), items(chain), found);
        }
        for (List<Path> pair : source.pairs) {
            found.add(pair(pair.get(0), pair.get(1)));
        }
        return new Identities(found);
    }

    /** Keys in the order of the file; the certificates behind a key are its own. */
    private static void chain(String file, List<Pem.Item> items, List<Identity> found) throws IOException {
        PrivateKey key = null;
        var certificates = new ArrayList<X509Certificate>();
        for (Pem.Item item : items) {
            switch (item) {
                case Pem.Item.Certificate(var certificate) -> {
                    if (key == null) {
                        throw new IOException(file + ": a certificate stands before its private key");
                    }
                    certificates.add(certificate);
                }
                case Pem.Item.Key(var next) -> {
                    add(file, key, certificates, found);
                    key = next;
                    certificates = new ArrayList<>();
                }
            }
        }
        if (key == null) {
            throw new IOException(file + ": no private key");
        }
        add(file, key, certificates, found);
    }

    private static void add(String file, PrivateKey key, List<X509Certificate> certificates, List<Identity> found) throws IOException {
        if (key != null) {
            found.add(identity(file, key, certificates));
        }
    }

    private static Identity pair(Path certificateFile, Path keyFile) throws IOException {
        List<X509Certificate> certificates = from(certificateFile, Pem::certificates);
        PrivateKey key = from(keyFile, Pem::key).orElseThrow(() -> new IOException(keyFile + ": no private key"));
        return identity(certificateFile.toString(), key, certificates);
    }

    private static Identity identity(String file, PrivateKey key, List<X509Certificate> certificates) throws IOException {
        if (certificates.isEmpty()) {
            throw new IOException(file + ": no certificate");
        }
        String kind = certificates.getFirst().getPublicKey().getAlgorithm();
        if (!kind.equals(key.getAlgorithm())) {
            throw new IOException(file + ": the private key (" + key.getAlgorithm() + ") is not that of the certificate (" + kind + ")");
        }
        if (!matches(key, certificates.getFirst())) {
            throw new IOException(file + ": the private key does not match the certificate");
        }
        return new Identity(key, certificates.toArray(X509Certificate[]::new));
    }

    /** Signs something with the one and checks it with the other: the same for every kind of key. */
    private static boolean matches(PrivateKey key, X509Certificate certificate) throws IOException {
        String how = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signer = Signature.getInstance(how);
            if (how.equals("RSASSA-PSS")) {
                return true; // needs parameters that the certificate may restrict; the handshake will tell
            }
            signer.initSign(key);
            signer.update(certificate.getEncoded());
            byte[] signature = signer.sign();
            signer.initVerify(certificate.getPublicKey());
            signer.update(certificate.getEncoded());
            return signer.verify(signature);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot use the private key: " + e.getMessage(), e);
        }
    }

    private static List<Pem.Item> items(Path file) throws IOException {
        return from(file, content -> Pem.read(new String(content, StandardCharsets.ISO_8859_1)));
    }

    @FunctionalInterface
    private interface Reading<T> {
        T of(byte[] content) throws IOException;
    }

    private static <T> T from(Path file, Reading<T> reading) throws IOException {
        try {
            return reading.of(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new IOException("cannot load certificate or key from " + file + ": " + Reasons.of(e), e);
        }
    }

    /** Keys and certificates from PEM text: a key, its certificates, the next key. @param name of the text, for messages */
    static Identities parse(String pem, String name) throws IOException {
        var found = new ArrayList<Identity>();
        chain(name, Pem.read(pem), found);
        return new Identities(found);
    }

    static Identities ofChains(List<Path> files) throws IOException {
        return load(new Source(files, List.of()));
    }

    /** Where the first identity of a kind stands; -1: there is none. @param keyType as JSSE names it: RSA, EC, EdDSA; other engines say EC/prime256v1, KE:RSA or Ed25519 */
    int indexOf(String keyType) {
        String plain = keyType.substring(keyType.indexOf(':') + 1);
        plain = plain.indexOf('/') < 0 ? plain : plain.substring(0, plain.indexOf('/'));
        String kind = plain.equals("Ed25519") || plain.equals("Ed448") ? "EdDSA" : plain.endsWith("ECDSA") ? "EC" : plain.endsWith("E_RSA") ? "RSA" : plain;
        for (int i = 0; i < identities.size(); i++) {
            if (identities.get(i).chain[0].getPublicKey().getAlgorithm().equals(kind)) {
                return i;
            }
        }
        return -1;
    }

    X509Certificate[] chain(int index) {
        return index < identities.size() ? identities.get(index).chain.clone() : null;
    }

    PrivateKey key(int index) {
        return index < identities.size() ? identities.get(index).key : null;
    }
}
