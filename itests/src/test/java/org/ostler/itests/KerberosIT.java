// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Tables;

/**
 * GSSAPI inside the container, where the framework decides which classes a login finds: a private realm with MIT's server, a slapd that is known in it, and tables that log in as different people.
 *
 * <p>One test: the JDK reads {@value #CONFIGURATION} once in the life of a process.
 */
public class KerberosIT extends ContainerTest {

    private static final String CONFIGURATION = "java.security.krb5.conf";

    private static final SmallServer.Scripts REALM = new SmallServer.Scripts("", """
            cat > krb5.conf << END
            [libdefaults]
            default_realm = EXAMPLE.TEST
            dns_lookup_kdc = false
            dns_lookup_realm = false
            rdns = false
            dns_canonicalize_hostname = false
            udp_preference_limit = 1
            [realms]
            EXAMPLE.TEST = {
              kdc = 127.0.0.1:$PORT2
            }
            END
            cat > kdc.conf << END
            [kdcdefaults]
            kdc_listen = 127.0.0.1:$PORT2
            kdc_tcp_listen = 127.0.0.1:$PORT2
            [realms]
            EXAMPLE.TEST = {
              database_name = $PWD/principal
              key_stash_file = $PWD/stash
              acl_file = $PWD/acl
            }
            [logging]
            kdc = FILE:$PWD/kdc.log
            END
            export KRB5_CONFIG=$PWD/krb5.conf KRB5_KDC_PROFILE=$PWD/kdc.conf
            kdb5_util create -s -r EXAMPLE.TEST -P master
            printf '%s\\n' 'addprinc -pw annapw anna' 'addprinc -pw bertpw bert' 'addprinc -randkey ldap/localhost' "ktadd -k $PWD/ldap.keytab ldap/localhost" | kadmin.local
            mkdir db
            cat > slapd.conf << END
            include /etc/ldap/schema/core.schema
            include /etc/ldap/schema/cosine.schema
            include /etc/ldap/schema/inetorgperson.schema
            modulepath /usr/lib/ldap
            moduleload back_mdb
            sasl-host localhost
            sasl-realm EXAMPLE.TEST
            authz-regexp uid=([^,]*),.*cn=auth cn=\\$1,dc=example,dc=test
            database mdb
            suffix dc=example,dc=test
            directory $PWD/db
            access to * by self read by anonymous auth by * search
            END
            {
              printf 'dn: dc=example,dc=test\\nobjectClass: organization\\nobjectClass: dcObject\\no: example\\ndc: example\\n'
              for name in anna bert; do
                printf '\\ndn: cn=%s,dc=example,dc=test\\nobjectClass: inetOrgPerson\\ncn: %s\\nsn: x\\nmail: %s@example.test\\ndescription: %s@store.test\\n' $name $name $name $name
              done
            } > data.ldif
            slapadd -q -f slapd.conf -l data.ldif
            """, """
            trap 'kill $(jobs -p) 2> /dev/null' EXIT
            export KRB5_CONFIG=$PWD/krb5.conf KRB5_KDC_PROFILE=$PWD/kdc.conf KRB5_KTNAME=$PWD/ldap.keytab KRB5RCACHETYPE=none
            krb5kdc -n -P "$PWD/kdc.pid" &
            slapd -d 0 -f slapd.conf -h ldap://127.0.0.1:$PORT &
            wait -n
            """, "exec 3<> /dev/tcp/127.0.0.1/$PORT 4<> /dev/tcp/127.0.0.1/$PORT2");

    private SmallServer realm;
    private String before;

    @Before
    public void start() throws Exception {
        assumeTrue("Debian's krb5-kdc, krb5-admin-server, slapd or libsasl2-modules-gssapi-mit is not installed", isHere());
        realm = new SmallServer(REALM, Map.of());
        before = System.getProperty(CONFIGURATION);
        System.setProperty(CONFIGURATION, realm.dir().resolve("krb5.conf").toString());
    }

    private static boolean isHere() throws Exception {
        Path modules = Path.of("/usr/lib/" + System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu/sasl2/libgssapiv2.so");
        return Files.exists(modules) && Stream.of("slapd", "krb5kdc", "kdb5_util", "kadmin.local").allMatch(name -> Files.isExecutable(Path.of("/usr/sbin", name)));
    }

    @After
    public void stop() throws Exception {
        if (before == null) {
            System.clearProperty(CONFIGURATION);
        } else {
            System.setProperty(CONFIGURATION, before);
        }
        if (realm != null) {
            realm.close();
        }
    }

    private String table(String name, String password) throws Exception {
        Path file = Path.of(System.getProperty("ostler.config_directory"), "kerberos-" + name + "-" + password + ".cf");
        Files.writeString(file, "server_host = localhost:" + realm.port() + "\nsearch_base = dc=example,dc=test\nquery_filter = (mail=%s)\nresult_attribute = description\nbind = sasl\nsasl_mechs = GSSAPI\nbind_dn = " + name + "\nbind_pw = "
                + password + "\n");
        return "ldap:" + file;
    }

    private Answer ask(String table, String key) {
        Tables tables = context.getService(context.getServiceReference(Tables.class));
        return tables.open(table, "kerberos").find(key);
    }

    /** Everybody may read only what is their own: an answer shows who has asked. */
    @Test
    public void a_table_logs_in_with_a_ticket_and_nobody_else_does_in_its_name() throws Exception {
        assertEquals(Answer.found("anna@store.test"), ask(table("anna", "annapw"), "anna@example.test"));
        assertEquals(Answer.found("bert@store.test"), ask(table("bert", "bertpw"), "bert@example.test"));
        assertTrue(ask(table("anna", "wrongpw"), "anna@example.test") instanceof Answer.Unavailable);
    }
}
