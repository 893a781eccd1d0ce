// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.LDAPException;
import java.net.InetAddress;

/** A directory in memory, on loopback, that knows one address. */
final class SmallDirectory implements AutoCloseable {

    private static final String BASE = "dc=example,dc=test";

    private final InMemoryDirectoryServer server;

    SmallDirectory(String mail, String description) throws LDAPException {
        var config = new InMemoryDirectoryServerConfig(BASE);
        config.setEqualityIndexAttributes("mail");
        config.setListenerConfigs(InMemoryListenerConfig.createLDAPConfig("plain", InetAddress.getLoopbackAddress(), 0, null));
        server = new InMemoryDirectoryServer(config);
        server.add(BASE, new Attribute("objectClass", "top", "domain"), new Attribute("dc", "example"));
        server.add("cn=one," + BASE, new Attribute("objectClass", "inetOrgPerson"), new Attribute("cn", "one"), new Attribute("sn", "one"), new Attribute("mail", mail), new Attribute("description", description));
        server.startListening();
    }

    /** For ldap_table(5). */
    String cf() {
        return "server_host = ldap://127.0.0.1:" + server.getListenPort() + "\nsearch_base = " + BASE + "\nquery_filter = (mail=%s)\nresult_attribute = description\nbind = no\n";
    }

    @Override
    public void close() {
        server.shutDown(true);
    }
}
