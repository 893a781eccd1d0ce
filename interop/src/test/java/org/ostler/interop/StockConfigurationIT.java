// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Debian's own main.cf and master.cf run as they are.
 *
 * <p>The files are the package's, byte for byte, with lines added at the end and none changed: where the instance lives, the user it
 * runs as, and a port above 1024 in the place of 25. In master.cf the word {@code smtp} in the service column of the first inet row is
 * replaced, because a row cannot be redirected otherwise.
 */
class StockConfigurationIT {

    private static final Path MAIN = Path.of("/usr/share/postfix/main.cf.debian");
    private static final Path MAIN_TLS = Path.of("/usr/share/postfix/main.cf.tls");
    /** What the package's installer adds to the two files on a fresh machine. */
    private static final String INSTALLER = """

            smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
            myhostname = stock.example.test
            alias_maps = hash:/etc/aliases
            alias_database = hash:/etc/aliases
            mydestination = $myhostname, stock, localhost.localdomain, , localhost
            relayhost =
            mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
            mailbox_size_limit = 0
            recipient_delimiter = +
            """;
    private static final Path MASTER = Path.of("/usr/share/postfix/master.cf.dist");

    private Server server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private Server stock(String name) throws IOException {
        Assumptions.assumeTrue(Files.exists(MAIN) && Files.exists(MAIN_TLS) && Files.exists(MASTER), "needs Debian's files in " + MAIN.getParent());
        server = Server.distribution(name);
        String main = Files.readString(MAIN) + Files.readString(MAIN_TLS) + INSTALLER + """
                queue_directory = %1$s/spool
                data_directory = %1$s/lib
                maillog_file = %1$s/log/mail.log
                maillog_file_prefixes = %1$s/log
                mail_owner = %2$s
                inet_interfaces = 127.0.0.1
                inet_protocols = ipv4
                """.formatted(server.home(), System.getProperty("user.name"));
        String master = Files.readAllLines(MASTER).stream()
                .map(line -> line.startsWith("smtp ") && line.contains(" inet ") ? line.replaceFirst("smtp", "127.0.0.1:" + server.port()) : line)
                .collect(Collectors.joining("\n", "", "\n"));
        return server.files(main, master);
    }

    @Test
    void the_stock_files_pass_the_check_run_and_take_mail_for_postmaster() throws Exception {
        stock("stock").start();
        Program.Result check = server.ostler("check");
        assertThat(check.exit()).as(check.output()).isZero();
        assertThat(check.output()).doesNotContain("fatal").doesNotContain("error").doesNotContain("smtp_scache");
        try (var session = new Dialogue(server.port())) {
            assertThat(session.say("EHLO here")).contains("250-PIPELINING");
            session.say("MAIL FROM:<>");
            assertThat(session.say("RCPT TO:<nobody-of-this-name@stock.example.test>")).startsWith("550 5.1.1");
            assertThat(session.say("RCPT TO:<root@stock.example.test>")).startsWith("250 2.1.5");
        }
    }

    @Test
    void postconf_prints_the_same_values_as_Postfix_does() throws Exception {
        stock("stock-values").write();
        Program.need("postconf");
        String ours = server.command("postconf", "-c", server.etc().toString(), "-n").ok().output();
        String theirs = Program.run(java.util.List.of("/usr/sbin/postconf", "-c", server.etc().toString(), "-n")).output();
        assertThat(ours.lines()).containsExactlyElementsOf(theirs.lines().filter(line -> !line.contains("warning:")).toList());
        String ourRows = server.command("postconf", "-c", server.etc().toString(), "-M").ok().output();
        String theirRows = Program.run(java.util.List.of("/usr/sbin/postconf", "-c", server.etc().toString(), "-M")).output();
        assertThat(ourRows).isEqualTo(theirRows);
    }
}
