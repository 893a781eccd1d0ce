// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.tls.Pem;

/** The files that the tls_ parameters of ldap_table(5) name. <b>Threads</b> any. <b>Blocking</b> reads the file. <b>Errors</b> {@link BadFile}, which names the file. */
final class PemFiles {

    private static final long LARGEST = 64 << 20;

    private PemFiles() {}

    /** What an operator is told. */
    static final class BadFile extends Exception {

        private static final long serialVersionUID = 1L;

        BadFile(String message, Exception cause) {
            super(message, cause);
        }
    }

    private interface Reading<T> {
        T of(byte[] content) throws IOException;
    }

    private static <T> T from(Path file, Reading<T> reading) throws BadFile {
        byte[] content;
        try {
            if (Files.size(file) > LARGEST) {
                throw new BadFile(file + ": larger than " + LARGEST + " bytes", null);
            }
            content = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BadFile("open " + file + ": " + TableSource.reason(e), e);
        }
        try {
            return reading.of(content);
        } catch (IOException e) {
            throw new BadFile(file + ": " + e.getMessage(), e);
        }
    }

    /** All of the file; none is no error. */
    static List<X509Certificate> certificates(Path file) throws BadFile {
        return from(file, Pem::certificates);
    }

    /** Our own certificate, the chain behind it, and its key. */
    static KeyManager[] identity(Path chain, Path keyFile) throws BadFile {
        X509Certificate[] certificates = certificates(chain).toArray(X509Certificate[]::new);
        if (certificates.length == 0) {
            throw new BadFile("no certificate in " + chain, null);
        }
        PrivateKey key = from(keyFile, Pem::key).orElseThrow(() -> new BadFile("no key in " + keyFile, null));
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setKeyEntry("ours", key, new char[0], certificates);
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, new char[0]);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new BadFile(keyFile + ": bad key: " + e.getMessage(), e);
        }
    }
}
