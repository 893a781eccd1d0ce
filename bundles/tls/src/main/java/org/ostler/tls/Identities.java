// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.ostler.mail.config.Settings;

/**
 * The server's keys and certificates, and the choice among them: the first one of a kind that the client can check.
 *
 * <p><b>Threads</b> any; immutable.
 */
final class Identities extends X509ExtendedKeyManager {

    private record Identity(PrivateKey key, X509Certificate[] chain) {}

    /** Which files make up the identities; equal sources are loaded once. */
    record Source(List<Path> chains, List<List<Path>> pairs) {

        static Source of(Settings settings) {
            List<Path> chains = settings.get(TlsParameters.SMTPD_TLS_CHAIN_FILES).stream().map(Path::of).toList();
            var pairs = new ArrayList<List<Path>>();
            if (chains.isEmpty()) {
                pair(settings.get(TlsParameters.SMTPD_TLS_CERT_FILE), settings.get(TlsParameters.SMTPD_TLS_KEY_FILE), pairs);
                pair(settings.get(TlsParameters.SMTPD_TLS_ECCERT_FILE), settings.get(TlsParameters.SMTPD_TLS_ECKEY_FILE), pairs);
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
            chain(chain, found);
        }
        for (List<Path> pair : source.pairs) {
            found.add(pair(pair.get(0), pair.get(1)));
        }
        return new Identities(found);
    }

    /** Keys in the order of the file; the certificates behind a key are its own. */
    private static void chain(Path file, List<Identity> found) throws IOException {
        PrivateKey key = null;
        var certificates = new ArrayList<X509Certificate>();
        for (Pem.Item item : items(file)) {
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

    private static void add(Path file, PrivateKey key, List<X509Certificate> certificates, List<Identity> found) throws IOException {
        if (key != null) {
            found.add(identity(file, key, certificates));
        }
    }

    private static Identity pair(Path certificateFile, Path keyFile) throws IOException {
        var certificates = new ArrayList<X509Certificate>();
        for (Pem.Item item : items(certificateFile)) {
            if (item instanceof Pem.Item.Certificate(var certificate)) {
                certificates.add(certificate);
            }
        }
        for (Pem.Item item : items(keyFile)) {
            if (item instanceof Pem.Item.Key(var key)) {
                return identity(certificateFile, key, certificates);
            }
        }
        throw new IOException(keyFile + ": no private key");
    }

    private static Identity identity(Path file, PrivateKey key, List<X509Certificate> certificates) throws IOException {
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
        try {
            return Pem.read(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new IOException("cannot load certificate or key from " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        for (int i = 0; i < identities.size(); i++) {
            String kind = identities.get(i).chain[0].getPublicKey().getAlgorithm();
            if (kind.equals(keyType)) {
                return Integer.toString(i);
            }
        }
        return null; // JSSE's contract: no key of this type
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return chooseServerAlias(keyType, issuers, null);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return identities.get(Integer.parseInt(alias)).chain.clone();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return identities.get(Integer.parseInt(alias)).key;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        String alias = chooseServerAlias(keyType, issuers, null);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return null;
    }

    @Override
    public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
        return null;
    }
}
