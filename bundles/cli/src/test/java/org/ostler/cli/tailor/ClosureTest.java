// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a wish brings with it. */
class ClosureTest {

    private static final String SERVICE = "osgi.service;objectClass:List<String>=\"org.ostler.mail.%s\";uses:=\"org.ostler.mail.x,org.ostler.mail.y\"";
    private static final String REFERENCE = "osgi.service;cardinality:=multiple;effective:=active;filter:=\"(objectClass=org.ostler.mail.%s)\";resolution:=optional";
    private static final String ASSEMBLY = "%1$s;effective:=assemble;filter:=\"(%1$s=%2$s)\";resolution:=optional";
    private static final String FRAMEWORK = "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=25))\"";

    private final List<Part> all = new ArrayList<>(List.of(
            part("config-maincf", SERVICE.formatted("config.Configuration"), ""),
            part("control", "", REFERENCE.formatted("config.Configuration") + "," + REFERENCE.formatted("control.spi.ControlCommand")),
            part("smtp-server", SERVICE.formatted("listen.spi.ConnectionHandler"), REFERENCE.formatted("dns.Dns") + "," + ASSEMBLY.formatted("org.ostler.part", "listener") + "," + FRAMEWORK),
            part("listener", "org.ostler.part;org.ostler.part=listener", REFERENCE.formatted("listen.spi.ConnectionHandler")),
            part("dns", SERVICE.formatted("dns.Dns"), ""),
            part("lookup-lmdb", "org.ostler.table;org.ostler.table:List<String>=\"hash,lmdb\"", ""),
            part("smtp-client", "org.ostler.program;org.ostler.program:List<String>=smtp", "")));

    private static Part part(String name, String provides, String requires) {
        return new Part(name, true, Clause.parse(provides), Clause.parse(requires));
    }

    private List<String> closure(String... wishes) throws Closure.Unmet {
        return Closure.of(all, List.of(wishes)).keySet().stream().map(Part::name).sorted().toList();
    }

    @Test
    void what_a_part_refers_to_comes_and_plugins_that_it_collects_do_not() throws Exception {
        assertThat(closure("smtp-server")).containsExactly("config-maincf", "control", "dns", "listener", "smtp-server");
        assertThat(closure("listener")).containsExactly("config-maincf", "control", "listener");
    }

    @Test
    void table_types_and_programs_are_wishes() throws Exception {
        assertThat(closure("table:lmdb", "program:smtp")).containsExactly("config-maincf", "control", "lookup-lmdb", "smtp-client");
        assertThat(closure("table:hash")).contains("lookup-lmdb");
    }

    /** As lookup-sql: two types in one part, each with a driver of its own, and a reference that both drivers meet. */
    @Test
    void a_table_type_brings_what_it_alone_needs_and_the_whole_part_what_all_its_types_need() throws Exception {
        String need = "org.ostler.sql;effective:=assemble;filter:=\"(org.ostler.sql=%1$s)\";org.ostler.table=%1$s;resolution:=optional";
        all.add(part("lookup-sql", "org.ostler.table;org.ostler.table:List<String>=pgsql,org.ostler.table;org.ostler.table:List<String>=sqlite",
                REFERENCE.formatted("lookup.sql.SqlDriver") + "," + need.formatted("pgsql") + "," + need.formatted("sqlite")));
        for (String type : List.of("pgsql", "sqlite")) {
            all.add(part("driver-" + type, SERVICE.formatted("lookup.sql.SqlDriver") + ",org.ostler.sql;org.ostler.sql=" + type, ""));
        }
        assertThat(closure("table:sqlite")).containsExactly("config-maincf", "control", "driver-sqlite", "lookup-sql");
        assertThat(closure("lookup-sql")).contains("driver-pgsql", "driver-sqlite");
        all.add(part("directory", "", ASSEMBLY.formatted("org.ostler.table", "pgsql")));
        assertThat(closure("table:sqlite", "directory")).contains("driver-pgsql", "driver-sqlite");
        assertThat(closure("directory")).contains("driver-pgsql").doesNotContain("driver-sqlite");
        Part sql = all.stream().filter(part -> part.name().equals("lookup-sql")).findFirst().orElseThrow();
        assertThat(sql.lame(Closure.of(all, List.of("table:sqlite")).keySet())).containsExactly("pgsql");
        all.removeIf(part -> part.name().equals("driver-sqlite"));
        assertThatThrownBy(() -> closure("table:sqlite")).hasMessage("lookup-sql needs org.ostler.sql sqlite, which no part provides");
    }

    @Test
    void each_part_says_why_it_is_there() throws Exception {
        Map<Part, String> chosen = Closure.of(all, List.of("smtp-server"));
        assertThat(chosen.entrySet().stream().map(each -> each.getKey().name() + ": " + each.getValue()))
                .contains("smtp-server: named", "dns: needed by smtp-server", "listener: needed by smtp-server", "control: always there");
    }

    @Test
    void what_is_not_standard_comes_by_name_only_and_of_two_the_vendor_chooses() throws Exception {
        all.add(new Part("dns-of-tests", false, Clause.parse(SERVICE.formatted("dns.Dns")), List.of()));
        assertThat(closure("smtp-server")).contains("dns").doesNotContain("dns-of-tests");
        assertThat(closure("dns-of-tests", "smtp-server")).contains("dns-of-tests").doesNotContain("dns");
        Part dns = all.stream().filter(part -> part.name().equals("dns")).findFirst().orElseThrow();
        all.remove(dns);
        assertThatThrownBy(() -> closure("smtp-server")).hasMessage("smtp-server needs org.ostler.mail.dns.Dns, which no part provides");
        all.add(dns);
        all.add(part("dns-of-a-vendor", SERVICE.formatted("dns.Dns"), ""));
        assertThatThrownBy(() -> closure("smtp-server")).hasMessage("smtp-server needs org.ostler.mail.dns.Dns, which several parts provide: name one of dns, dns-of-a-vendor");
        assertThat(closure("smtp-server", "dns-of-a-vendor")).contains("dns-of-a-vendor").doesNotContain("dns");
    }

    @Test
    void what_nobody_provides_is_named() {
        assertThatThrownBy(() -> closure("smtp-sever")).hasMessage("smtp-sever, which no part provides");
        assertThatThrownBy(() -> closure("table:ldap")).hasMessage("table:ldap, which no part provides");
        assertThatThrownBy(() -> closure("tables:ldap")).hasMessage("tables:ldap: name a part, table:TYPE, program:NAME or engine:NAME");
        all.removeIf(part -> part.name().equals("listener"));
        assertThatThrownBy(() -> closure("smtp-server")).hasMessage("smtp-server needs org.ostler.part listener, which no part provides");
    }
}
