// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Entry;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.RDN;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.ostler.mail.lookup.CaseFold;

/** UnboundID's directory in memory, on loopback, with entries {@code mail} and {@code description}. */
final class Memory implements AutoCloseable {

    static final String BASE = "dc=example,dc=test";

    final InMemoryDirectoryServer server;

    Memory() throws LDAPException {
        this(InMemoryListenerConfig.createLDAPConfig("plain", InetAddress.getLoopbackAddress(), 0, null));
    }

    Memory(InMemoryListenerConfig listener) throws LDAPException {
        var config = new InMemoryDirectoryServerConfig(BASE);
        config.setEnforceAttributeSyntaxCompliance(false);
        config.setEnforceSingleStructuralObjectClass(false);
        config.setEqualityIndexAttributes("mail");
        config.setListenerConfigs(listener);
        config.addAdditionalBindCredentials("cn=admin", "adminpw");
        server = new InMemoryDirectoryServer(config);
        server.add(new Entry(BASE, new Attribute("objectClass", "top", "domain", "extensibleObject"), new Attribute("dc", "example")));
        server.startListening();
    }

    Memory with(Map<String, String> entries) throws LDAPException {
        int i = 0;
        for (var entry : entries.entrySet()) {
            server.add(new Entry(new DN(new RDN("uid", "u" + i++), new DN(BASE)), new Attribute("objectClass", "person", "extensibleObject"), new Attribute("cn", "x"), new Attribute("sn", "x"), new Attribute("mail", CaseFold.fold(entry.getKey())),
                    new Attribute("description", entry.getValue())));
        }
        return this;
    }

    int port() {
        return server.getListenPort();
    }

    String cf() {
        return "server_host = 127.0.0.1:" + port() + "\nsearch_base = " + BASE + "\nquery_filter = (mail=%s)\nresult_attribute = description\n";
    }

    @Override
    public void close() {
        server.shutDown(true);
    }

    /** A key for {@code localhost} in a PKCS #12 store, its certificate signed by itself and beside it in PEM. */
    record Identity(SSLContext context, Path pem) {

        static Identity create(Path dir) throws Exception {
            Path store = dir.resolve("server.p12");
            Path pem = dir.resolve("ca.pem");
            keytool("-genkeypair", "-alias", "k", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-validity", "2", "-storetype", "PKCS12", "-keystore", store.toString());
            keytool("-exportcert", "-rfc", "-alias", "k", "-file", pem.toString(), "-keystore", store.toString());
            KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keys, "changeit".toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(factory.getKeyManagers(), null, null);
            return new Identity(context, pem);
        }

        private static void keytool(String... arguments) throws Exception {
            var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/keytool").toString(), "-storepass", "changeit"));
            command.addAll(1, List.of(arguments));
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes());
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException("keytool: " + said);
            }
        }
    }
}
