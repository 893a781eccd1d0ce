// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;

import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.Specs;

/** What cannot be asked is unavailable and not "not found". The keys and what becomes of them are as Debian's postmap 3.7 with OpenLDAP 2.5 has them. */
@Timeout(120)
class FilterTest {

    private static final String BAD = "dict_ldap_lookup: Search error -7: Bad search filter -- ";

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();
    private Memory memory;

    @BeforeEach
    void start() throws Exception {
        memory = new Memory().with(Map.of("k@example.test", "v"));
    }

    @AfterEach
    void stop() {
        memory.close();
    }

    private Table table(String lines) throws Exception {
        Files.writeString(dir.resolve("t.cf"), memory.cf() + lines + "\n");
        return new LdapFactory().open(Specs.of("ldap", "./t.cf", dir, warnings::add, Settings.parse("table_lookup_timeout = 10s\n")));
    }

    private static String reason(Answer answer) {
        return answer instanceof Answer.Unavailable(String reason) ? reason : "answered: " + answer;
    }

    @Test
    void a_key_that_is_no_name_of_an_attribute_is_unavailable_and_the_filter_is_named() throws Exception {
        try (Table table = table("query_filter = (%s=x)")) {
            assertThat(reason(table.find("a b"))).startsWith(BAD + "(a b=x): ");
            assertThat(reason(table.find(")("))).startsWith(BAD + "(\\29\\28=x): ");
            for (String key : new String[] {"1x", "a.b", "*", "\u00fc", "a_b", "<", ">", "~", ":", ";", "1.2.", "-a", ".", "a;", "a;;b", "a;b_", ";a", "1..2", "&", "|", "!", ":dn:", ":dn:1.2", "sn ", "a:b c:",
                "a:b;c:", "a:dn", "x y~", "x y:", "1-", "a:b:c:", "a:dn:b:c:", "(a", "&sn", "!sn", "|sn", "!a b", "a\0", "\n"}) {
                assertThat(reason(table.find(key))).as("key <%s>", key).startsWith(BAD);
            }
        }
    }

    @Test
    void a_key_that_is_one_is_asked_for() throws Exception {
        try (Table table = table("query_filter = (%s=x)")) {
            for (String key : new String[] {"nosuch", "a-b", "a;b", "a;b;c", "A;x-", "1.2.3", "1", "1;a", "a>", "a<", "a=b c"}) {
                assertThat(table.find(key)).as("key <%s>", key).isEqualTo(Answer.NOT_FOUND);
            }
        }
        // What the server makes of matching rules is its own affair.
        for (String filter : new String[] {"(a~=x)", "(a:=x)", "(a:dn:=x)", "(:a:=x)", "(a:dn:1.2:=x)", "(:1.2:=x)", "(a:1.2:=x)", "(a;b:1.2:=x)", "(&)", "(!(|))"}) {
            assertThat(FilterSyntax.isSound(com.unboundid.ldap.sdk.Filter.create(filter))).as(filter).isTrue();
        }
    }

    @Test
    void wherever_in_the_filter_it_stands() throws Exception {
        for (String filter : new String[] {"(&(mail=*)(%s=*))", "(|(mail=*)(!(%s=x)))", "(%s=a*b)", "(%s>=x)", "(%s<=x)", "(%s~=x)", "(%s:=x)", "(mail:%s:=x)", "%s=x", "(mail%s)", "(mail=%s", "(mail=%s))", "((mail=%s))",
            "(mail=\\zz%s)", "(mail =%s)", "(mail=%s\\)", "mail=%s\\4"}) {
            try (Table table = table("query_filter = " + filter)) {
                assertThat(reason(table.find("a b"))).as(filter).startsWith(BAD + filter.replace("%s", "a b"));
            }
        }
        try (Table table = table("query_filter = (&(objectClass=*)(%s=k@example.test))")) {
            assertThat(table.find("mail")).isEqualTo(Answer.found("v"));
        }
    }

    /** Filters stand on several lines of a file. */
    @Test
    void blanks_between_parentheses_and_operators_mean_nothing() throws Exception {
        for (String filter : new String[] {"( mail=%s)", "(& (mail=%s) (objectClass=*) )", "( & (mail=%s))", "(&(objectClass=*)( mail=%s))", "(|(uid=none)\t( ! (! ( mail=%s))) )"}) {
            try (Table table = table("query_filter = " + filter)) {
                assertThat(table.find("k@example.test")).as(filter).isEqualTo(Answer.found("v"));
            }
        }
        assertThat(FilterSyntax.inOurForm("(& ( cn= a & b ) (!\n(x=(y ) ) )")).isEqualTo("(&(cn= a & b )(!(x=(y )))");
    }

    /** Each asked of OpenLDAP's library (2.5.13), which sends the same. */
    @Test
    void the_older_form_of_escapes_is_known() throws Exception {
        for (String[] each : new String[][] {{"(x=\\(a\\))", "(x=\\28a\\29)"}, {"(x=\\( a\\) )", "(x=\\28 a\\29 )"}, {"(x=*\\*\\\\41)", "(x=*\\2a\\5c41)"}, {"(x=\\41\\2A)", "(x=\\41\\2A)"},
            {"(x::=a::=b)", "(x:=a::=b)"}, {"(x:dn::=a)", "(x:dn:=a)"}}) {
            assertThat(FilterSyntax.inOurForm(each[0])).isEqualTo(each[1]);
        }
        try (Table table = table("query_filter = (|(mail=\\(x\\))(mail=%s))")) {
            assertThat(table.find("k@example.test")).isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void a_filter_in_a_URL_is_read_alike() throws Exception {
        for (String[] each : new String[][] {{"right", "(%26%20(mail=k@example.test)%20(objectClass=*))"}, {"wrong", "(a%20b=x)"}}) {
            var entry = new Entry("uid=" + each[0] + "," + Memory.BASE, new Attribute("objectClass", "person", "extensibleObject"), new Attribute("cn", "x"), new Attribute("sn", "x"), new Attribute("mail", each[0]),
                    new Attribute("labeledURI", "ldap:///" + Memory.BASE + "??sub?" + each[1]));
            memory.server.add(entry);
        }
        try (Table table = table("special_result_attribute = labeledURI")) {
            assertThat(table.find("right")).isEqualTo(Answer.found("v"));
            assertThat(reason(table.find("wrong"))).startsWith("dict_ldap_get_values[1]: search error -7: Bad search filter");
        }
    }

    @Test
    void a_domain_list_that_cannot_be_read_is_unavailable_never_not_found() throws Exception {
        for (String domain : new String[] {dir + "/none", "hash:" + dir + "/none", "other.test, !" + dir + "/none"}) {
            try (Table table = table("domain = " + domain)) {
                assertThat(table.find("k@example.test")).as(domain).isInstanceOf(Answer.Unavailable.class);
                assertThat(table.find("x@example.test")).as(domain).isInstanceOf(Answer.Unavailable.class);
            }
        }
    }

    /** Groups outlive their members; a circle is an error. */
    @Test
    void a_special_attribute_that_leads_nowhere_is_skipped_and_one_in_a_circle_is_unavailable() throws Exception {
        for (String[] each : new String[][] {{"group", "v", "nobody"}, {"hollow", "", "nobody"}, {"circle", "v", "circle"}}) {
            var entry = new Entry("uid=" + each[0] + "," + Memory.BASE, new Attribute("objectClass", "person", "extensibleObject"), new Attribute("cn", "x"), new Attribute("sn", "x"), new Attribute("mail", each[0]),
                    new Attribute("seeAlso", "uid=" + each[2] + "," + Memory.BASE));
            if (!each[1].isEmpty()) {
                entry.addAttribute("description", each[1]);
            }
            memory.server.add(entry);
        }
        try (Table table = table("special_result_attribute = seeAlso\nrecursion_limit = 5")) {
            assertThat(table.find("group")).isEqualTo(Answer.found("v"));
            assertThat(table.find("hollow")).isEqualTo(Answer.NOT_FOUND);
            assertThat(warnings).hasSize(2).allMatch(warning -> warning.equals("dict_ldap_get_values[1]: DN uid=nobody," + Memory.BASE + " not found, skipping"));
            assertThat(reason(table.find("circle"))).isEqualTo("dict_ldap_get_values[5]: ./t.cf: Recursion limit exceeded for special attribute seeAlso=uid=circle," + Memory.BASE);
        }
    }
}
