// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableType;

/** A mistake in a table of every type: {@code check} names the parameter or the file, the line, and what is wrong; a lookup is never "not found" for it, and good lines work where Postfix lets them. */
class BadTablesTest {

    private static final String MISSING = "No such file or directory";

    @TempDir
    Path dir;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /**
     * A table and what is wrong with it.
     *
     * @param table    {@code FILE} stands for the file's path
     * @param content  of the file; empty: there is none
     * @param says     what {@code check} must say
     */
    record Bad(String table, String content, String says) {

        String type() {
            return table.substring(0, table.indexOf(':'));
        }
    }

    /** Tables that cannot be opened. */
    static Stream<Bad> closed() {
        var all = new ArrayList<Bad>();
        for (String type : List.of("texthash", "cidr", "regexp", "pcre", "lmdb", "cdb", "ldap", "pgsql", "mysql", "sqlite", "memcache", "hash", "btree", "dbm")) {
            all.add(new Bad(type + ":FILE", "", MISSING));
        }
        for (String type : List.of("ldap", "pgsql", "mysql", "sqlite", "memcache")) {
            all.add(new Bad(type + ":FILE", "# comment\nquery\nhosts = x\n", "FILE, line 2: missing '=' after attribute name: \"query\""));
            all.add(new Bad(type + ":FILE", "hosts = x\n= y\n", "FILE, line 2: missing attribute name: \"= y\""));
            all.add(new Bad(type + ":FILE", "hosts = gr\u00fcn\n", "FILE: not UTF-8 text"));
        }
        all.add(new Bad("lmdb:FILE", "no database", "FILE.lmdb"));
        all.add(new Bad("cdb:FILE", "no database", "unable to init FILE.cdb: Protocol error"));
        all.add(new Bad("ldap:FILE", "timeout = soon\n", "FILE: bad numerical configuration: timeout = soon"));
        all.add(new Bad("ldap:FILE", "bind = maybe\n", "FILE: unsupported parameter value: bind = maybe"));
        all.add(new Bad("pgsql:FILE", "query = SELECT '%z'\ndbname = x\n", "%z"));
        all.add(new Bad("mysql:FILE", "query = SELECT '%'\ndbname = x\n", "%"));
        all.add(new Bad("sqlite:FILE", "query = SELECT '%s'\n", "dbpath"));
        all.add(new Bad("memcache:FILE", "backup = nosuch:x\n", "unsupported dictionary type: nosuch"));
        all.add(new Bad("memcache:FILE", "timeout = -1\n", "timeout"));
        all.add(new Bad("socketmap:FILE", "", "socketmap"));
        all.add(new Bad("tcp:FILE", "", "FILE"));
        for (String type : List.of("inline", "unionmap", "pipemap", "randmap")) {
            all.add(new Bad(type + ":{}", "", type));
            all.add(new Bad(type + ":nothing", "", type));
        }
        all.add(new Bad("inline:{novalue}", "", "inline:{novalue}"));
        all.add(new Bad("unionmap:{nothing}", "", "unionmap:{nothing}"));
        all.add(new Bad("debug:nothing", "", "expecting \"type:name\" form instead of \"nothing\""));
        all.add(new Bad("unix:nosuch.byname", "", "nosuch.byname"));
        return all.stream();
    }

    /** Tables with lines that are left out. The key {@code good} is in each. */
    static Stream<Bad> poor() {
        return Stream.of(
                new Bad("texthash:FILE", "onlykey\ngood yes\n", "FILE, line 1: expected format: key whitespace value"),
                new Bad("texthash:FILE", "good yes\nbad gr\u00fcn\n", "FILE, line 2: non-UTF-8 input \"bad gr?n\""),
                new Bad("texthash:FILE", "good yes\ngood no\n", "FILE, line 2: duplicate entry: \"good\""),
                new Bad("cidr:FILE", "192.0.2.1/24 host bits\nnonsense value\n10.0.0.0/8\n::/0 yes\n0.0.0.0/0 yes\nif 10.0.0.0/8\n", "FILE, line 2: bad address pattern: \"nonsense\""),
                new Bad("regexp:FILE", "/(/ open\nword x\n/good/ yes\n", "FILE, line 2: ignoring unrecognized request"),
                new Bad("pcre:FILE", "/x/Q flag\n/[/ class\n/good/ yes\n", "FILE, line 1: unknown regexp option \"Q\""));
    }

    private int run(String name, String... arguments) {
        out.reset();
        err.reset();
        return Main.run(new Terminal(name, new ByteArrayInputStream(new byte[0]), new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8)),
                new ArrayList<>(List.of(arguments)));
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8).replace(dir.resolve("table").toString(), "FILE");
    }

    private String prepare(Bad bad) throws Exception {
        Path file = dir.resolve("table");
        if (!bad.content.isEmpty()) {
            boolean built = bad.type().equals("lmdb") || bad.type().equals("cdb");
            Files.write(built ? dir.resolve("table." + bad.type()) : file, bad.content.getBytes(StandardCharsets.ISO_8859_1));
        }
        String table = bad.table.replace("FILE", file.toString());
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nmydestination =\nqueue_directory = " + Files.createDirectories(dir.resolve("queue")) + "\ntransport_maps = " + table + "\n");
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\n");
        return table;
    }

    @ParameterizedTest
    @MethodSource("closed")
    void a_table_that_cannot_open_is_named_and_never_says_not_found(Bad bad) throws Exception {
        String table = prepare(bad);
        run("check", "-c", dir.toString());
        assertThat(said()).contains("check: warning: transport_maps: ").contains(bad.says);
        assertThat(run("postmap", "-c", dir.toString(), "-q", "key", table)).isEqualTo(1);
        // Status 1 alone is "not found" too; the reason is what tells them apart.
        assertThat(said()).contains("postmap: fatal: ").contains(bad.says);
        assertThat(out).hasToString("");
    }

    @ParameterizedTest
    @MethodSource("poor")
    void a_bad_line_is_named_and_good_ones_work(Bad bad) throws Exception {
        String table = prepare(bad);
        run("check", "-c", dir.toString());
        // Of a table that does not open: "TYPE:NAME is unavailable. REASON".
        assertThat(said()).contains(bad.says).doesNotContain("is unavailable. ");
        assertThat(run("postmap", "-c", dir.toString(), "-q", bad.type().equals("cidr") ? "192.0.2.9" : "good", table)).as(this::said).isZero();
        assertThat(out).hasToString("yes\n");
    }

    /** What a lookup would hold mail back for is found before; the file is good as a table, so only who knows the parameter can tell. */
    @Test
    void an_entry_that_says_what_its_parameter_cannot_take_is_named() throws Exception {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nmydestination =\nqueue_directory = " + Files.createDirectories(dir.resolve("queue"))
                + "\nsmtp_tls_policy_maps = proxy:texthash:" + dir.resolve("table") + "\nsmtp_requiretls_policy = inline:{good.test=enforce, bad.test=perhaps}, enforce\ntransport_maps = inline:{x=strong}\nsmtp_tls_per_site = texthash:" + dir.resolve("site") + "\n");
        Files.writeString(dir.resolve("table"), "good.test secure match=.good.test protocols=>=TLSv1.2 ciphers=high\nlevel.test strong\nversion.test encrypt protocols=TLSv9\ngrade.test encrypt ciphers=best\n"
                + "word.test may colour=blue\nnone.test none ciphers=best protocols=TLSv1\njava.test may { protocols = TLSv1 }\n");
        Files.writeString(dir.resolve("site"), "good.test MUST\nbad.test MIGHT\n");
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\nother unix - - n - - smtp -o { smtp_tls_policy_maps = inline:{ {row.test = dane match=x} } }\n");
        assertThat(run("check", "-c", dir.toString())).isZero();
        String table = "check: warning: smtp_tls_policy_maps: texthash:FILE: key ";
        assertThat(said().lines()).contains(table + "\"level.test\": invalid security level \"strong\"", table + "\"version.test\": unknown TLS version \"TLSv9\" in \"TLSv9\"",
                table + "\"grade.test\": invalid cipher grade: \"best\"", table + "\"word.test\": invalid attribute name: \"colour\"",
                table + "\"java.test\": protocols=TLSv1: no TLS handshake can succeed: Java has TLSv1 switched off (jdk.tls.disabledAlgorithms); left are: TLSv1.2, TLSv1.3",
                "check: warning: smtp_tls_per_site: texthash:" + dir.resolve("site") + ": key \"bad.test\": unknown TLS policy 'MIGHT'",
                "check: warning: smtp_requiretls_policy: inline:{good.test=enforce, bad.test=perhaps}: key \"bad.test\": unknown policy action: 'perhaps'");
        assertThat(said()).contains("key \"row.test\": attribute \"match\" invalid at security level \"dane\"").doesNotContain("good.test\":", "none.test", "strong\": invalid\n", "transport_maps");
    }

    /** The table is tried, and then its entries are asked for; each opening tries its backup. */
    @Test
    void a_bad_line_of_a_part_is_told_once() throws Exception {
        Files.writeString(dir.resolve("table"), "onlykey\ngood.test secure\n");
        Files.writeString(dir.resolve("mc.cf"), "memcache = inet:127.0.0.1:1\nbackup = texthash:" + dir.resolve("table") + "\n");
        configure("mydestination =\nsmtp_tls_policy_maps = memcache:" + dir.resolve("mc.cf") + "\n", "");
        assertThat(run("check", "-c", dir.toString())).as(this::said).isZero();
        assertThat(said().lines().filter(line -> line.contains("FILE, line 1: expected format"))).hasSize(1);
    }

    /** Each table is tried once, for the parameter that demands most. */
    @Test
    void a_table_that_does_not_meet_what_is_demanded_is_named() throws Exception {
        Files.writeString(dir.resolve("table"), "/^(.*)@a$/ relay:[$1]\n/^b$/ x\n");
        Files.writeString(dir.resolve("mc.cf"), "memcache = inet:127.0.0.1:1\n");
        String rules = "regexp:" + dir.resolve("table");
        configure("mydestination = here.test\nlocal_recipient_maps = $alias_maps\nalias_maps = tcp:127.0.0.1:1, " + rules + "\ntransport_maps = unionmap:{pcre:" + dir.resolve("table") + "}\n"
                + "virtual_uid_maps = memcache:" + dir.resolve("mc.cf") + "\nvirtual_alias_maps = " + rules + ", tcp:127.0.0.1:2\nrelocated_maps = " + rules + "\n",
                "virtual unix - n n - - virtual\nlocal unix - n n - - local\n");
        assertThat(refusals()).containsExactlyInAnyOrder("alias_maps: tcp:127.0.0.1:1 is unavailable. tcp:127.0.0.1:1 map is not allowed for security sensitive data",
                "alias_maps: regexp map FILE, line 1: regular expression substitution is not allowed: what matches is unavailable",
                "transport_maps: pcre map FILE, line 1: regular expression substitution is not allowed: what matches is unavailable",
                "virtual_uid_maps: memcache:DIR/mc.cf is unavailable. memcache:DIR/mc.cf map is not allowed for security-sensitive data");
    }

    /** The SMTP server asks any table whether there is such a mailbox; who delivers it may be a Dovecot. */
    @Test
    void what_a_program_demands_does_not_count_where_no_mail_goes_to_it() throws Exception {
        String maps = "mydestination = here.test\nalias_maps = tcp:127.0.0.1:1\nvirtual_mailbox_maps = tcp:127.0.0.1:2\n";
        String rows = "virtual unix - n n - - virtual\nlocal unix - n n - - local\nlmtp unix - - n - - lmtp\n";
        String refused = "%s: tcp:127.0.0.1:%d is unavailable. tcp:127.0.0.1:%2$d map is not allowed for security sensitive data";
        String aliases = refused.formatted("alias_maps", 1);
        configure(maps, rows);
        assertThat(refusals()).containsExactlyInAnyOrder(aliases, refused.formatted("virtual_mailbox_maps", 2));
        configure(maps + "virtual_transport = lmtp:unix:private/dovecot\n", rows);
        assertThat(refusals()).containsExactly(aliases);
        configure(maps + "virtual_transport = lmtp:unix:private/dovecot\nlocal_transport = $virtual_transport\n", rows);
        assertThat(refusals()).isEmpty();
        configure(maps, rows.replace("- virtual\n", "- virtual\n  -o virtual_mailbox_maps=inline:{a=b} -o virtual_gid_maps=tcp:127.0.0.1:3\n") + "127.0.0.1:1 inet n - n - - smtpd -o virtual_uid_maps=tcp:127.0.0.1:4\n");
        assertThat(refusals()).containsExactlyInAnyOrder(aliases, refused.formatted("virtual/unix: virtual_gid_maps", 3));
    }

    private void configure(String main, String master) throws Exception {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nqueue_directory = " + Files.createDirectories(dir.resolve("queue")) + "\n" + main);
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\n" + master);
    }

    private List<String> refusals() {
        assertThat(run("check", "-c", dir.toString())).as(this::said).isZero();
        return said().replace(dir.toString(), "DIR").lines().filter(line -> line.contains("not allowed")).map(line -> line.replaceFirst("^check: warning: ", "")).toList();
    }

    @Test
    void a_table_full_of_mistakes_is_not_told_to_its_end() throws Exception {
        var lines = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            lines.append("host").append(i).append(".test strong\n");
        }
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nmydestination =\nqueue_directory = " + Files.createDirectories(dir.resolve("queue")) + "\nsmtp_tls_policy_maps = texthash:" + dir.resolve("table") + "\n");
        Files.writeString(dir.resolve("table"), lines);
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\n");
        run("check", "-c", dir.toString());
        assertThat(said().lines().filter(line -> line.contains("invalid security level"))).hasSize(20);
        assertThat(said()).contains("FILE: 980 mistakes more");
    }

    /** Such a file opens, and most keys are found in it; other tables are still looked at. */
    @Test
    void a_table_that_opens_and_cannot_be_listed_is_named() throws Exception {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nmydestination =\nqueue_directory = " + Files.createDirectories(dir.resolve("queue"))
                + "\nsmtp_tls_policy_maps = cdb:" + dir.resolve("table") + ", inline:{other.test=strong}\n");
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\n");
        Files.writeString(dir.resolve("table"), "good.test secure\n");
        assertThat(run("postmap", "-c", dir.toString(), "cdb:" + dir.resolve("table"))).as(this::said).isZero();
        byte[] built = Files.readAllBytes(dir.resolve("table.cdb"));
        Arrays.fill(built, 2048, 2052, (byte) 0x7f); // the length of the first key, behind 256 places and lengths
        Files.write(dir.resolve("table.cdb"), built);
        assertThat(run("check", "-c", dir.toString())).isZero();
        assertThat(said()).contains("check: warning: cdb:FILE: entries cannot be looked at: Protocol error\n", "key \"other.test\": invalid security level \"strong\"");
    }

    @Test
    void a_word_that_is_no_table_is_named() throws Exception {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nmydestination =\nqueue_directory = " + Files.createDirectories(dir.resolve("queue"))
                + "\nsmtp_tls_policy_maps = /etc/postfix/tls_policy\ntransport_maps = $no_such\n");
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\n");
        run("check", "-c", dir.toString());
        assertThat(said()).contains("check: warning: smtp_tls_policy_maps: open dictionary: expecting \"type:name\" form instead of \"/etc/postfix/tls_policy\"").doesNotContain("transport_maps: open");
    }

    /** Debian's main.cf names one, and it is never opened. */
    @Test
    void a_cache_of_TLS_sessions_is_no_table() throws Exception {
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.11\nmydestination =\nqueue_directory = " + Files.createDirectories(dir.resolve("queue"))
                + "\nsmtp_tls_session_cache_database = btree:${data_directory}/smtp_scache\nsmtpd_tls_session_cache_database = btree:${data_directory}/smtpd_scache\n");
        Files.writeString(dir.resolve("master.cf"), "smtp unix - - n - - smtp\n");
        assertThat(run("check", "-c", dir.toString())).isZero();
        assertThat(said()).doesNotContain("scache");
    }

    /** So that a new type is not forgotten here. Nothing can be wrong with the others: a value, a reason, whatever stands in the environment. */
    @Test
    void every_type_is_there() {
        var tested = new HashSet<>(Set.of("static", "fail", "environ"));
        closed().map(Bad::type).forEach(tested::add);
        var types = new HashSet<String>();
        ServiceLoader.load(TableFactory.class).stream().map(provider -> provider.type().getAnnotation(TableType.class)).filter(type -> type != null).forEach(type -> types.addAll(List.of(type.value())));
        assertThat(types).contains("lmdb", "ldap", "pgsql", "socketmap");
        assertThat(tested).containsAll(types);
    }
}
