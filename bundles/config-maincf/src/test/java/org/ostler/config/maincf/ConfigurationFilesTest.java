// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;

class ConfigurationFilesTest {

    static final class Some extends ParameterSet {
        static final Parameter<Integer> LIMIT = integer("smtpd_recipient_limit", "1000", 1, "x");
        static final Parameter<String> PREFERENCE = choice("smtp_address_preference", "any", List.of("any", "ipv4"), "x");
        static final Parameter<List<String>> CLASSES = choices("notify_classes", "resource, software", List.of("delay", "resource", "software"), "x");

        @Override
        public List<Finding> check(Settings settings) {
            return settings.get(LIMIT) < 100 ? List.of(new Finding("smtpd_recipient_limit", "small", settings.get(LIMIT) < 10)) : List.of();
        }
    }

    @TempDir
    Path dir;

    @BeforeEach
    void stock() throws IOException {
        main("compatibility_level = 3.11\nmyhostname = mx.example.org\n");
        master("smtp inet n - n - - smtpd\n");
    }

    void main(String text) throws IOException {
        Files.writeString(dir.resolve("main.cf"), text);
    }

    void master(String text) throws IOException {
        Files.writeString(dir.resolve("master.cf"), text);
    }

    Loaded load() {
        return ConfigurationFiles.load(dir, List.of(new Some()));
    }

    @Test
    void every_mistake_is_named_with_file_and_line() throws IOException {
        main("good = 1\nno equals here\n\n= value\nsmtpd_recipient_limit = many\nb ad = 1\n");
        assertThat(load().problems()).containsExactly(
                dir + "/main.cf, line 2: missing '=' after attribute name: \"no equals here\"",
                dir + "/main.cf, line 4: missing attribute name: \"= value\"",
                dir + "/main.cf, line 6: whitespace in attribute name: \"b ad = 1\"");
        main("a = 1\nsmtpd_recipient_limit = many\n");
        assertThat(load().problems()).containsExactly(dir + "/main.cf, line 2: bad numerical configuration: smtpd_recipient_limit = many");
        main("a = ${x\n");
        assertThat(load().problems()).singleElement().asString().startsWith(dir + "/main.cf, line 1: truncated macro reference");
    }

    @Test
    void what_cannot_be_chosen_and_what_a_bundle_finds_wrong_is_named() throws IOException {
        main("smtp_address_preference = ipv7\nnotify_classes = delay, frob\n");
        assertThat(load().problems()).containsExactly(
                dir + "/main.cf, line 1: unknown value \"ipv7\" (known: any, ipv4): smtp_address_preference = ipv7",
                dir + "/main.cf, line 2: unknown value \"frob\" (known: delay, resource, software): notify_classes = delay, frob");
        main("x = 1\nsmtpd_recipient_limit = 50\ny = $x $y1\ny1 = 2\n");
        assertThat(load().problems()).isEmpty();
        assertThat(load().warnings()).contains(dir + "/main.cf, line 2: small");
        main("\nsmtpd_recipient_limit = 5\n");
        assertThat(load().problems()).containsExactly(dir + "/main.cf, line 2: small");
        main("compatibility_level = 3.6\n");
        master("smtp inet n - n - - smtpd\nx inet n - n - - smtpd\n  -o smtpd_recipient_limit=5\n");
        assertThat(load().problems()).containsExactly(dir + "/master.cf: line 2: small");
    }

    @Test
    void a_missing_file_is_a_problem() throws IOException {
        Files.delete(dir.resolve("master.cf"));
        assertThat(load().problems()).containsExactly("open " + dir + "/master.cf: No such file or directory");
    }

    @Test
    void rows_have_eight_columns_and_an_option_layer() throws IOException {
        master("""
            # service type
            smtp      inet  n       -       n       -       -       smtpd
            127.0.0.1:2587 inet n - y - 10 smtpd
              -o syslog_name=postfix/submission
              -o { smtpd_banner = $myhostname hello there }
              -oalways_bcc=joe
            uucp unix - n n 60? 0 pipe -v flags=Fqhu user=uucp argv={uux -r} -o not=ours $nexthop
            """);
        List<ServiceRow> rows = load().rows();
        assertThat(rows).extracting(ServiceRow::key).containsExactly("smtp/inet", "127.0.0.1:2587/inet", "uucp/unix");
        assertThat(rows.get(1).overrides()).containsExactlyInAnyOrderEntriesOf(Map.of("syslog_name", "postfix/submission",
                "smtpd_banner", "$myhostname hello there", "always_bcc", "joe"));
        assertThat(rows.get(1).maxproc()).hasValue(10);
        assertThat(rows.get(1).chroot()).isTrue();
        assertThat(rows.get(0).isPrivate()).isFalse();
        assertThat(rows.get(2).isPrivate()).isTrue();
        assertThat(rows.get(2).arguments()).containsExactly("-v", "flags=Fqhu", "user=uucp", "argv={uux", "-r}", "-o", "not=ours", "$nexthop");
        assertThat(rows.get(2).overrides()).isEmpty();
        assertThat(new Generation(1, dir, load().settings(), rows).settings(rows.get(1)).text("smtpd_banner")).isEqualTo("mx.example.org hello there");
    }

    @Test
    void a_row_knows_its_name_and_program() throws IOException {
        master("relay unix - - n - - smtp\n  -o syslog_name=postfix/$service_name\n  -o smtp_helo_name=$process_name.example.org\n");
        Loaded loaded = load();
        var settings = new Generation(1, dir, loaded.settings(), loaded.rows()).settings(loaded.rows().getFirst());
        assertThat(settings.text("syslog_name")).isEqualTo("postfix/relay");
        assertThat(settings.text("smtp_helo_name")).isEqualTo("smtp.example.org");
    }

    @Test
    void an_option_of_a_row_that_does_nothing_is_warned_of() throws IOException {
        master("submission inet n - n - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_banner=x\n");
        assertThat(load().warnings()).singleElement().asString()
                .startsWith(dir + "/master.cf: line 1: -o smtpd_sasl_auth_enable is not supported yet");
    }

    @Test
    void bad_rows_are_named() throws IOException {
        master("smtp inet n - n\nx frob - - - - - smtpd\ny unix q - - - - smtp\nz unix - - - 5x - smtp\nw unix - - - - x smtp\nv unix - - - - - smtp -o\nu unix - - - - - smtp\nu unix - - - - - smtp\n");
        assertThat(load().problems()).containsExactly(
                dir + "/master.cf: line 1: missing \"wakeup\" field",
                dir + "/master.cf: line 2: field \"type\": bad value: \"frob\"",
                dir + "/master.cf: line 3: field \"private\": bad value: \"q\"",
                dir + "/master.cf: line 4: field \"wakeup\": bad value: \"5x\"",
                dir + "/master.cf: line 5: field \"process_limit\": bad value: \"x\"",
                dir + "/master.cf: line 6: option \"-o\" without name=value",
                dir + "/master.cf: line 8: duplicate service: u/unix, first on line 7");
    }

    /** The old form of tables that ask a server: ldap:people has its parameters in main.cf. */
    @Test
    void parameters_of_tables_in_main_cf_are_not_unused() throws IOException {
        main("compatibility_level = 3.11\nvirtual_alias_maps = proxy:ldap:people, mysql:users\npeople_server_host = h\nusers_query = q\nmuas_query = q\nother_query = q\n");
        master("smtp inet n - n - - smtpd\n -o smtpd_sender_login_maps=pgsql:muas\n");
        assertThat(load().unused()).containsExactly(dir + "/main.cf: unused parameter: other_query=q");
    }

    @Test
    void unused_names_and_foreign_programs_are_warned_of_but_names_in_use_are_not() throws IOException {
        main("compatibility_level = 3.11\nmispelled = 1\nmine = x\nalways_bcc = $mine\nslow_destination_rate_delay = 1s\nmax_use = 7\n");
        master("slow unix - - n - - smtp\nodd unix - - n - - frobnicate\npost inet n - n - 1 postscreen\ntlsmgr unix - - n 1000? 1 tlsmgr\n");
        Loaded loaded = load();
        assertThat(loaded.problems()).isEmpty();
        assertThat(loaded.unused()).containsExactly(dir + "/main.cf: unused parameter: mispelled=1");
        assertThat(loaded.warnings())
                .anyMatch(w -> w.contains("unknown program \"frobnicate\"")).anyMatch(w -> w.contains("\"postscreen\" is not supported yet"))
                .noneMatch(w -> w.contains("mine")).noneMatch(w -> w.contains("tlsmgr")).noneMatch(w -> w.contains("slow_"));
        assertThat(loaded.notes()).singleElement().asString().contains("max_use has no meaning here");
    }

    @Test
    void the_domain_comes_from_the_host_name() {
        assertThat(load().settings().text("mydomain")).isEqualTo("example.org");
        assertThat(load().settings().text("mydestination")).isEqualTo("mx.example.org, localhost.example.org, localhost");
    }

    @Test
    void mynetworks_follows_its_style() throws IOException {
        main("compatibility_level = 3.11\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n");
        assertThat(load().settings().text("mynetworks")).isEqualTo("127.0.0.1/32");
        main("compatibility_level = 3.11\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks_style = subnet\n");
        assertThat(load().settings().text("mynetworks")).isEqualTo("127.0.0.0/8");
    }

    @Test
    void an_edit_keeps_comments_and_order() {
        String text = "# head\na = 1\n# about b\nb = 2,\n  # inside\n  3\n\nc = 4\nb = 5\n# tail\n";
        var changes = new LinkedHashMap<String, Optional<String>>();
        changes.put("b", Optional.of("9"));
        changes.put("c", Optional.empty());
        changes.put("new", Optional.of("x y"));
        assertThat(MainCfEditor.edit(text, changes)).isEqualTo("# head\na = 1\n# about b\nb = 9\n  # inside\n\n# tail\nnew = x y\n");
    }

    @Test
    void a_reload_with_a_problem_leaves_the_old_generation_and_a_good_one_reaches_the_listeners() throws Exception {
        var master = new MasterService(dir);
        var seen = new ArrayList<String>();
        master.onChange(generation -> seen.add(generation.number() + " " + generation.main().text("myhostname")));
        main("oops\n");
        assertThat(master.reload()).hasSize(1);
        assertThat(master.current().number()).isEqualTo(1);
        main("myhostname = other.example.org\n");
        assertThat(master.reload()).isEmpty();
        assertThat(seen).containsExactly("1 mx.example.org", "2 other.example.org");
    }

    /** Debian's way; taken for a name it would be nobody's domain, and all mail from here would come back. */
    @Test
    void myorigin_may_name_a_file_whose_first_line_is_meant() throws Exception {
        Path mailname = Files.writeString(dir.resolve("mailname"), " example.net \nother\n");
        main("myhostname = mx.example.org\nmyorigin = " + mailname + "\n");
        assertThat(load().problems()).isEmpty();
        assertThat(load().settings().text("myorigin")).isEqualTo("example.net");
        assertThat(new MasterService(dir).current().main().expand("me@$myorigin")).isEqualTo("me@example.net");
        for (String nothing : List.of("", "\nexample.net\n")) {
            Files.writeString(mailname, nothing);
            assertThat(load().problems()).containsExactly(dir + "/main.cf, line 2: no name in the first line of file " + mailname + ": myorigin");
        }
        Files.delete(mailname);
        assertThat(load().problems()).hasSize(1);
    }

    @Test
    void so_may_myorigin_behind_another_name_and_in_a_row_of_master_cf() throws Exception {
        Path mailname = Files.writeString(dir.resolve("mailname"), "example.net\n");
        main("myhostname = mx.example.org\nmailname_file = " + mailname + "\nmyorigin = $mailname_file\n");
        assertThat(load().problems()).isEmpty();
        assertThat(load().settings().text("myorigin")).isEqualTo("example.net");
        Path other = Files.writeString(dir.resolve("other"), "example.com\n");
        main("myhostname = mx.example.org\nother_file = " + other + "\n");
        Files.writeString(dir.resolve("master.cf"), "pickup unix n - n 60 1 pickup\n    -o myorigin=" + mailname + "\ncleanup unix n - n - 0 cleanup\n    -o myorigin=$other_file\nqmgr unix n - n 300 1 qmgr\n    -o myorigin=plain.example\n");
        assertThat(load().problems()).isEmpty();
        var generation = new MasterService(dir).current();
        assertThat(generation.rows()).extracting(row -> generation.settings(row).text("myorigin")).containsExactly("example.net", "example.com", "plain.example");
        // What Configuration Admin shows of a row goes back to master.cf with any change of the row: not the name instead of the file.
        assertThat(load().written()).extracting(row -> row.overrides().get("myorigin")).containsExactly(mailname.toString(), "$other_file", "plain.example");
        Files.writeString(other, "");
        assertThat(load().problems()).containsExactly(dir + "/master.cf: line 3: no name in the first line of file " + other + ": myorigin");
    }

    @Test
    void a_listener_that_fails_keeps_no_other_on_the_old_generation() throws Exception {
        var master = new MasterService(dir);
        var seen = new ArrayList<Long>();
        master.onChange(generation -> {
            throw new IllegalStateException("a bug");
        });
        master.onChange(generation -> {
            throw new NoClassDefFoundError("gone with its bundle");
        });
        master.onChange(generation -> seen.add(generation.number()));
        assertThat(master.reload()).isEmpty();
        assertThat(seen).containsExactly(1L, 2L);
    }
}
