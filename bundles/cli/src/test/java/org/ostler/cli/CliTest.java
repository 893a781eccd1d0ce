// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.queue.log.LogStore;
import org.ostler.queue.log.Options;

/** Texts and exit statuses are those that Postfix 3.7.11 gave for the same files. */
class CliTest {

    @TempDir
    Path dir;

    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void files() throws IOException {
        Files.writeString(dir.resolve("main.cf"), """
            compatibility_level = 3.6
            # a comment
            queue_directory = %s
            myhostname = mx.example.test
            mydestination = $myhostname
            unused_one = 1
            """.formatted(dir.resolve("queue")));
        Files.writeString(dir.resolve("master.cf"), "127.0.0.1:2599 inet n - n - - smtpd\n    -o { smtpd_banner = a b }\nsmtp unix - - n - - smtp\n");
        Files.createDirectories(dir.resolve("queue/maildrop"));
    }

    int run(String input, String name, String... arguments) {
        out.reset();
        err.reset();
        var words = new ArrayList<>(List.of(arguments));
        return Main.run(new Terminal(name, new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)), words);
    }

    int postconf(String... arguments) {
        var words = new ArrayList<>(List.of("-c", dir.toString()));
        words.addAll(List.of(arguments));
        return run("", "postconf", words.toArray(String[]::new));
    }

    String unusedWarning() {
        return "postconf: warning: " + dir + "/main.cf: unused parameter: unused_one=1\n";
    }

    @Test
    void postconf_shows_values_names_and_expansions() {
        assertThat(postconf("mydestination", "nosuch")).isZero();
        assertThat(out).hasToString("mydestination = $myhostname\n");
        assertThat(err).hasToString("postconf: warning: nosuch: unknown parameter\n" + unusedWarning());
        postconf("-hx", "mydestination", "alias_maps");
        assertThat(out).hasToString("mx.example.test\nlmdb:/etc/aliases\n");
        postconf("-H", "mydestination");
        assertThat(out).hasToString("mydestination\n");
        postconf("-d", "mydestination", "queue_run_delay", "relayhost");
        assertThat(out).hasToString("mydestination = $myhostname, localhost.$mydomain, localhost\nqueue_run_delay = 300s\nrelayhost =\n");
        assertThat(err).hasToString("");
        postconf("-x", "-o", "myhostname=zz", "mydestination");
        assertThat(out).hasToString("mydestination = zz\n");
    }

    @Test
    void postconf_n_shows_what_is_set_in_order() {
        postconf("-n");
        assertThat(out).hasToString("compatibility_level = 3.6\nconfig_directory = " + dir + "\nmydestination = $myhostname\nmyhostname = mx.example.test\nqueue_directory = " + dir.resolve("queue") + "\n");
        assertThat(err).hasToString(unusedWarning());
    }

    @Test
    void postconf_shows_every_parameter_of_Postfix() {
        postconf();
        assertThat(out.toString(StandardCharsets.UTF_8).lines().count()).isGreaterThanOrEqualTo(979);
    }

    @Test
    void postconf_edits_keep_comments() throws IOException {
        assertThat(postconf("relayhost=[x]:25", "mydestination = a, b")).isZero();
        assertThat(postconf("-X", "unused_one")).isZero();
        assertThat(postconf("-#", "myhostname")).isZero();
        assertThat(Files.readString(dir.resolve("main.cf"))).isEqualTo("compatibility_level = 3.6\n# a comment\nqueue_directory = " + dir.resolve("queue")
                + "\n#myhostname = mx.example.test\nmydestination = a, b\nrelayhost = [x]:25\n");
        assertThat(postconf("-e")).isEqualTo(1);
        assertThat(err).hasToString("postconf: fatal: -e requires name=value argument\n");
        assertThat(postconf("-e", "foo")).isEqualTo(1);
        assertThat(err).hasToString("postconf: fatal: missing '=' after attribute name: \"foo\"\n");
    }

    @Test
    void postconf_M_shows_rows_in_columns() {
        postconf("-M");
        assertThat(out).hasToString("127.0.0.1:2599 inet n    -       n       -       -       smtpd -o {smtpd_banner=a b}\n"
                + "smtp       unix  -       -       n       -       -       smtp\n");
        postconf("-M", "smtp", "nosuch/inet");
        assertThat(out).hasToString("smtp       unix  -       -       n       -       -       smtp\n");
        assertThat(err).hasToString("postconf: warning: unmatched request: \"nosuch/inet\"\n");
    }

    /** The name once, and the words of the C library. */
    @Test
    void a_directory_that_is_none_or_a_loop_is_named_once() throws IOException {
        Path file = Files.createFile(dir.resolve("file"));
        Path loop = Files.createSymbolicLink(dir.resolve("loop"), Path.of("loop"));
        for (String option : List.of("-n", "-e")) {
            assertThat(run("", "postconf", "-c", file.toString(), option, "-e".equals(option) ? "x = y" : "myhostname")).isEqualTo(1);
            assertThat(err).hasToString("postconf: fatal: open " + file + "/main.cf: Not a directory\n");
        }
        assertThat(run("", "postconf", "-c", loop.toString(), "-n")).isEqualTo(1);
        assertThat(err).hasToString("postconf: fatal: open " + loop + "/main.cf: Too many levels of symbolic links\n");
    }

    @Test
    void a_missing_directory_is_fatal() {
        assertThat(run("", "postconf", "-c", "/nonexistent", "-n")).isEqualTo(1);
        assertThat(err).hasToString("postconf: fatal: open /nonexistent/main.cf: No such file or directory\n");
        assertThat(run("", "postqueue", "-c", dir.toString())).isEqualTo(69);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("postqueue: fatal: usage: postqueue -f | postqueue -i queueid");
        assertThat(run("", "postsuper", "-c", dir.toString(), "-d", "ALL", "nosuch")).isEqualTo(1);
        assertThat(err).hasToString("postsuper: fatal: invalid directory name: nosuch\n");
    }

    String dropped() throws IOException {
        try (var files = Files.list(dir.resolve("queue/maildrop"))) {
            return Files.readString(files.findFirst().orElseThrow());
        }
    }

    @Test
    void sendmail_leaves_a_message_in_the_maildrop() throws IOException {
        assertThat(run("Subject: x\n\n.\nhello\n", "sendmail", "-C", dir.toString(), "-oi", "-f", "Joe <joe@example.org>", "-F", "Joe S", "-N", "failure,delay", "-R", "hdrs", "ann@x.test", "bob@x.test")).isZero();
        assertThat(dropped()).isEqualTo("ostler-maildrop 1\nsender joe@example.org\nfullname Joe S\nret HDRS\nnotify FAILURE,DELAY\nrecipient ann@x.test\nrecipient bob@x.test\n\nSubject: x\n\n.\nhello\n");
    }

    @Test
    void sendmail_t_takes_recipients_from_the_header_and_a_dot_ends_the_message() throws IOException {
        String message = "To: \"Ann, the first\" <ann@x.test>, group: bob@x.test, (comment, x) \"odd name\"@x.test;\nCc: carol@x.test,\n ann@x.test\nSubject: To: nobody@x.test\n\nbody\n..dots\n.\nnot this\n";
        assertThat(run(message, "sendmail", "-C", dir.toString(), "-t", "-F", "", "-f", "<>", "first@x.test")).isZero();
        assertThat(dropped()).startsWith("ostler-maildrop 1\nrecipient first@x.test\nrecipient ann@x.test\nrecipient bob@x.test\nrecipient odd name@x.test\nrecipient carol@x.test\n\nTo: ")
                .endsWith("\n\nbody\n..dots\n");
    }

    @Test
    void sendmail_asks_for_TLS() throws IOException {
        assertThat(run("Subject: x\n\n", "sendmail", "-C", dir.toString(), "-F", "", "-f", "joe@x.test", "-O", "smtputf8=no", "-O", "RequireTLS=Yes", "ann@x.test")).isZero();
        assertThat(dropped()).startsWith("ostler-maildrop 1\nsender joe@x.test\ntls REQUIRED\nrecipient ann@x.test\n\n");
    }

    @Test
    void sendmail_takes_it_back() throws IOException {
        assertThat(run("Subject: x\n\n", "sendmail", "-C", dir.toString(), "-F", "", "-f", "joe@x.test", "-Orequiretls=yes", "-Orequiretls=no", "ann@x.test")).isZero();
        assertThat(dropped()).startsWith("ostler-maildrop 1\nsender joe@x.test\nrecipient ann@x.test\n\n");
    }

    @Test
    void sendmail_needs_a_recipient() throws IOException {
        String me = System.getProperty("user.name") + "(" + Files.getAttribute(Path.of("/proc/self"), "unix:uid") + "): ";
        assertThat(run("x\n", "sendmail", "-C", dir.toString())).isEqualTo(75);
        assertThat(run("Subject: x\n\n", "sendmail", "-C", dir.toString(), "-t")).isEqualTo(75);
        assertThat(err).hasToString("sendmail: fatal: " + me + "No recipient addresses found in message header\n");
    }

    @Test
    void sendmail_takes_mail_in_spite_of_bad_options() throws IOException {
        assertThat(run("x\n", "sendmail", "-C", dir.toString(), "-F", "", "-N", "sometimes", "-R", "some", "-f", "a b c", "ann@x.test")).isZero();
        assertThat(err).hasToString("sendmail: warning: -f option specified malformed sender: a b c\nsendmail: warning: bad -R option value -- ignored\nsendmail: warning: bad -N option value -- ignored\n");
        assertThat(dropped()).startsWith("ostler-maildrop 1\nsender a\nrecipient ann@x.test\n");
        assertThat(run("x\n", "sendmail", "-Z", "ann@x.test")).isEqualTo(75);
        assertThat(err).hasToString("sendmail: invalid option -- 'Z'\nsendmail: fatal: usage: sendmail [options]\n");
    }

    @Test
    void the_full_name_is_the_comment_field_of_the_password_file() {
        List<String> passwd = List.of("root:x:0:0:root:/root:/bin/sh", "joe:x:1:1:Joe & Sons,Room 1:/:/bin/sh", "short:x");
        assertThat(FullName.of("joe", passwd)).isEqualTo("Joe Joe Sons");
        assertThat(FullName.of("root", passwd)).isEqualTo("root");
        assertThat(FullName.of("short", passwd)).isEmpty();
    }

    @Test
    void postqueue_does_one_thing_at_a_time() {
        for (String[] words : new String[][] {{"-p", "-f"}, {"-p", "x"}, {"-f", "-i", "4jb7Vw0QQdzH"}}) {
            var all = new ArrayList<>(List.of("-c", dir.toString()));
            all.addAll(List.of(words));
            assertThat(run("", "postqueue", all.toArray(String[]::new))).isEqualTo(69);
            assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("postqueue: fatal: usage: ");
        }
    }

    @Test
    void postconf_warns_of_what_refers_to_nothing_and_of_what_is_said_twice() throws IOException {
        Files.writeString(dir.resolve("main.cf"), "mine = 1\nmine = 2\nrelayhost = $nosuch ${other:x}   $mine\n  y\nslow_destination_rate_delay = 1s\ntab = a\tb\n");
        assertThat(postconf("relayhost", "other")).isZero();
        assertThat(out).hasToString("relayhost = $nosuch ${other:x} $mine y\n");
        assertThat(err.toString(StandardCharsets.UTF_8).lines()).containsExactly("postconf: warning: " + dir + "/main.cf, line 2: overriding earlier entry: mine=1",
                "postconf: warning: " + dir + "/main.cf: undefined parameter: nosuch", "postconf: warning: " + dir + "/main.cf: undefined parameter: other",
                "postconf: warning: other: unknown parameter", "postconf: warning: " + dir + "/main.cf: unused parameter: slow_destination_rate_delay=1s",
                "postconf: warning: " + dir + "/main.cf: unused parameter: tab=a?b");
        Files.writeString(dir.resolve("master.cf"), "slow unix - - n - - smtp\npiped unix - - n - - pipe\n");
        postconf("slow_destination_rate_delay", "slow_recipient_limit", "piped_time_limit", "slow_initial_destination_concurrency");
        assertThat(out).hasToString("slow_destination_rate_delay = 1s\nslow_recipient_limit = $default_recipient_limit\npiped_time_limit = $command_time_limit\n"
                + "slow_initial_destination_concurrency = $initial_destination_concurrency\n");
        assertThat(postconf("-o", "foo")).isEqualTo(1);
        assertThat(err).hasToString("postconf: fatal: invalid parameter override: foo: missing '=' after attribute name\n");
    }

    @Test
    void postconf_M_changes_rows_and_never_main_cf() throws IOException {
        String before = Files.readString(dir.resolve("main.cf"));
        assertThat(postconf("-Me", "smtp/unix=smtp unix - - n - 5 smtp -o syslog_name=x")).isZero();
        assertThat(postconf("-M", "extra/unix=extra unix - - n - - smtp")).isZero();
        assertThat(postconf("-M#", "127.0.0.1:2599/inet")).isZero();
        assertThat(Files.readString(dir.resolve("master.cf"))).isEqualTo("#127.0.0.1:2599 inet n - n - - smtpd\n#    -o { smtpd_banner = a b }\n"
                + "smtp unix - - n - 5 smtp -o syslog_name=x\nextra unix - - n - - smtp\n");
        assertThat(postconf("-MX", "extra/unix")).isZero();
        for (String bad : new String[] {"smtp=x", "a/unix=b unix - - n - - smtp", "a/unix=a unix - - q - - smtp", "a/unix"}) {
            assertThat(postconf("-Me", bad)).as(bad).isEqualTo(1);
        }
        assertThat(postconf("-X", "a=b")).isEqualTo(1);
        assertThat(postconf("-e", " = x")).isEqualTo(1);
        assertThat(postconf("-e", "a b=x")).isEqualTo(1);
        assertThat(Files.readString(dir.resolve("master.cf"))).endsWith("smtp unix - - n - 5 smtp -o syslog_name=x\n");
        assertThat(Files.readString(dir.resolve("main.cf"))).isEqualTo(before);
    }

    @Test
    void the_queue_is_shown_and_changed_while_the_server_is_down() throws Exception {
        String[] ids = new String[2];
        try (var store = new LogStore(dir.resolve("queue/store"), Options.DEFAULT)) {
            for (int i = 0; i < ids.length; i++) {
                try (Draft draft = store.create()) {
                    byte[] content = "Subject: x\r\n\r\nbody\r\n".getBytes(StandardCharsets.US_ASCII);
                    draft.write(content, 0, content.length);
                    ids[i] = draft.commit(Envelope.of(Address.of("joe@x.test"), List.of(Recipient.of(Address.of("ann@x.test")))), Instant.now(), false).id().text();
                }
            }
        }
        assertThat(run("", "postqueue", "-c", dir.toString(), "-p")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(ids[0]).contains(ids[1]).contains("joe@x.test").endsWith("-- 0 Kbytes in 2 Requests.\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("postqueue: warning: Mail system is down -- accessing queue directly");
        assertThat(run("", "postsuper", "-c", dir.toString(), "-h", ids[0], "-d", ids[1])).isZero();
        assertThat(err).hasToString("postsuper: " + ids[0] + ": placed on hold\npostsuper: Placed on hold: 1 message\npostsuper: " + ids[1] + ": removed\npostsuper: Deleted: 1 message\n");
        run("", "postqueue", "-c", dir.toString(), "-j");
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("{\"queue_name\": \"hold\", \"queue_id\": \"" + ids[0] + "\"").hasLineCount(1);
        assertThat(run("", "postcat", "-c", dir.toString(), "-qhb", ids[0])).isZero();
        assertThat(out).hasToString("Subject: x\n\nbody\n");
        assertThat(run("", "postsuper", "-c", dir.toString(), "-d", "ALL")).isZero();
        run("", "mailq", "-C", dir.toString());
        assertThat(out).hasToString("Mail queue is empty\n");
    }

    /** postmap(1) sends its readers there. */
    @Test
    void postconf_lists_the_types_of_tables() {
        assertThat(postconf("-m")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).isSorted().contains("cidr", "hash", "inline", "ldap", "lmdb", "mysql", "pcre", "proxy", "regexp", "static", "texthash", "unix");
        assertThat(err).hasToString("");
    }

    /** Passed over, they would let who names a table believe that it was looked for. */
    @Test
    void words_without_meaning_are_refused() {
        for (String verb : List.of("tables", "reload", "flush", "logrotate")) {
            assertThat(run("", verb, "-c", dir.toString(), "lmdb:x")).isEqualTo(1);
            assertThat(err.toString(StandardCharsets.UTF_8)).startsWith(verb + ": fatal: usage: ");
        }
    }

    @Test
    void check_finds_no_problem_in_the_stock_files_of_Debian() throws IOException {
        Path main = Path.of("/usr/share/postfix/main.cf.debian");
        Path master = Path.of("/usr/share/postfix/master.cf.dist");
        assumeTrue(Files.isRegularFile(main) && Files.isRegularFile(master), "the Debian package postfix is not installed");
        Files.copy(main, dir.resolve("main.cf"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(master, dir.resolve("master.cf"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(run("", "check", "-c", dir.toString())).as(err::toString).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("unknown program", "unused parameter");
    }

    @Test
    void check_names_each_table_that_cannot_be_opened_but_does_not_fail_for_it() throws IOException {
        Files.writeString(dir.resolve("bad"), "key value\nhalf-a-line\n");
        Files.writeString(dir.resolve("main.cf"), """
            queue_directory = %1$s/queue
            mydestination =
            virtual_alias_maps = inline:{a=b}, proxy:lmdb:%1$s/nosuch, texthash:%1$s/bad
            transport_maps = foo:/x
            smtpd_recipient_restrictions = check_recipient_access texthash:%1$s/nosuch permit_mynetworks check_policy_service unix:private/policy
            """.formatted(dir));
        Files.writeString(dir.resolve("master.cf"), "127.0.0.1:2599 inet n - n - - smtpd\n -o smtpd_client_restrictions=cidr:" + dir + "/nosuch\n");
        assertThat(run("", "check", "-c", dir.toString())).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.contains("nused") && !line.contains("main.cf"))).containsExactlyInAnyOrder(
                "check: warning: " + dir + "/bad, line 2: expected format: key whitespace value -- ignoring this line",
                "check: warning: virtual_alias_maps: lmdb:" + dir + "/nosuch is unavailable. open database " + dir + "/nosuch.lmdb: No such file or directory",
                "check: warning: transport_maps: unsupported dictionary type: foo",
                "check: warning: smtpd_recipient_restrictions: texthash:" + dir + "/nosuch is unavailable. open database " + dir + "/nosuch: No such file or directory",
                "check: warning: 127.0.0.1:2599/inet: smtpd_client_restrictions: cidr:" + dir + "/nosuch is unavailable. open " + dir + "/nosuch: No such file or directory");
        assertThat(run("", "check", "-n", "-c", dir.toString())).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("unavailable");
    }

    @Test
    void check_names_problems_and_fails() throws IOException {
        assertThat(run("", "check", "-c", dir.toString())).isZero();
        Files.writeString(dir.resolve("main.cf"), """
            mynetworks = 127.0.0.1
            alias_maps = lmdb:/nonexistent/a, frob:x
            smtpd_recipient_restrictions = permit_mynetwork, check_client_access, reject
            smtpd_relay_restrictions = permit_mynetworks
            """);
        assertThat(run("", "check", "-c", dir.toString())).as(err::toString).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(dir + "/main.cf, line 3: unknown smtpd restriction: \"permit_mynetwork\"", dir + "/main.cf, line 3: restriction check_client_access", "alias_maps: ", "/nonexistent/a", "frob").doesNotContain("working instance");
        Files.writeString(dir.resolve("main.cf"), "smtpd_relay_restrictions = permit_mynetworks\nmaillog_file = /etc/x\nsmtp_tls_security_level = mayb\nmynetworks_style = all\ninet_protocols = ipv5\n");
        assertThat(run("", "check", "-c", dir.toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains(": fatal: "))).hasSize(3);
        Files.writeString(dir.resolve("main.cf"), "smtpd_relay_restrictions = permit_mynetworks\nmaillog_file = /etc/x\n");
        assertThat(run("", "check", "-c", dir.toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("/main.cf, line 1: in parameter smtpd_relay_restrictions", "fatal: " + dir + "/main.cf, line 2: maillog_file '/etc/x' does not match any prefix");
        Files.writeString(dir.resolve("main.cf"), "queue_run_delay = soon\noops\n");
        assertThat(run("", "check", "-c", dir.toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(dir + "/main.cf, line 2: missing '=' after attribute name: \"oops\"");
    }
}
