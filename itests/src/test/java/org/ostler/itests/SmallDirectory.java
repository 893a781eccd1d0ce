// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.LDAPException;
import java.net.InetAddress;

/** A directory in memory, on loopback, that knows a few addresses and domains. */
final class SmallDirectory implements AutoCloseable {

    private static final String BASE = "dc=example,dc=test";

    private final InMemoryDirectoryServer server;

    /** One that knows one address. */
    SmallDirectory(String mail, String description) throws LDAPException {
        this();
        add("one", mail, "description", description);
    }

    SmallDirectory() throws LDAPException {
        var config = new InMemoryDirectoryServerConfig(BASE);
        config.setEqualityIndexAttributes("mail");
        config.setListenerConfigs(InMemoryListenerConfig.createLDAPConfig("plain", InetAddress.getLoopbackAddress(), 0, null));
        server = new InMemoryDirectoryServer(config);
        server.add(BASE, new Attribute("objectClass", "top", "domain"), new Attribute("dc", "example"));
        server.startListening();
    }

    /** @param attribute of inetOrgPerson, that holds what a lookup finds */
    void add(String name, String mail, String attribute, String value) throws LDAPException {
        server.add("cn=" + name + "," + BASE, new Attribute("objectClass", "inetOrgPerson"), new Attribute("cn", name), new Attribute("sn", name), new Attribute("mail", mail), new Attribute(attribute, value));
    }

    /** For ldap_table(5). */
    String cf() {
        return cf("description");
    }

    String cf(String attribute) {
        return "server_host = ldap://127.0.0.1:" + server.getListenPort() + "\nsearch_base = " + BASE + "\nquery_filter = (mail=%s)\nresult_attribute = " + attribute + "\nbind = no\n";
    }

    /** Ends all connections and takes no others. */
    void goAway() {
        server.shutDown(true);
    }

    /** With the same content, on the same port. */
    void comeBack() throws LDAPException {
        server.startListening();
    }

    @Override
    public void close() {
        server.shutDown(true);
    }
}
