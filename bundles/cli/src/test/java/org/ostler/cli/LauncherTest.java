// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which flags the launcher gives to Java, and with whose rights it starts it. What becomes of that with a real Java and real users: {@code RightsIT}. */
@Timeout(120)
class LauncherTest {

    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    @TempDir
    Path dir;
    private FakeDistribution ostler;

    @BeforeEach
    void distribution() throws IOException {
        ostler = new FakeDistribution(dir);
    }

    /** Native calls without the flag are warned of by the JVM, on an operator's terminal. */
    @Test
    void commands_that_work_with_tables_get_the_flags_of_the_server() throws Exception {
        for (String command : List.of("postmap", "postalias", "newaliases", "postconf", "posttls-finger", "postsuper", "check", "tables")) {
            assertThat(ostler.call(List.of("check", "tables").contains(command) ? command + " -c etc" : command)).as(command).contains(NATIVE, UNSAFE, "/" + command + ".jsa");
        }
        for (String words : List.of("-bi", "-b i", "-I", "-vbi", "-C etc -bi", "-vI")) {
            assertThat(ostler.call("sendmail " + words)).as(words).contains(NATIVE, UNSAFE, "-Xmn16m", "/newaliases.jsa");
        }
        // These are to be the fastest, and the flag costs.
        for (String words : List.of("sendmail -t -i -f bill@b", "sendmail -f a -- -bi", "sendmail -bp", "mailq", "postqueue -p")) {
            assertThat(ostler.call(words)).as(words).doesNotContain(NATIVE);
        }
    }

    @Test
    void root_looks_at_tables_with_the_rights_of_mail_owner() throws Exception {
        ostler.root();
        ostler.settings("mail");
        for (String verb : List.of("check -c etc", "reload -c etc", "postfix -c etc check", "postfix -v -c etc reload")) {
            String word = verb.contains("check") ? "check" : "reload";
            assertThat(ostler.run(verb.split(" "))).as(verb).isZero();
            assertThat(ostler.said()).as(verb).isEqualTo(word + " as mail\n");
            assertThat(ostler.calls().getLast()).as(verb).startsWith("mail: ").contains("-Dostler.rights=mail ").doesNotContain("AutoCreateSharedArchive").endsWith(" " + word + " -c " + ostler.home() + "/etc");
        }
        // What root wants of the queue, or as himself, he does as before.
        for (String verb : List.of("tables -c etc", "flush -c etc", "postmap -q a b")) {
            assertThat(ostler.call(verb)).as(verb).startsWith("caller: ").doesNotContain("ostler.rights");
        }
        // Its status is the caller's.
        ostler.status(1);
        assertThat(ostler.run("check", "-c", "etc", "-v")).isEqualTo(1);
        assertThat(ostler.calls().getLast()).endsWith(" -v");
    }

    @Test
    void who_is_mail_owner_already_gives_up_nothing() throws Exception {
        for (String name : List.of("alice", "root")) {
            ostler.root();
            ostler.caller(name.equals("root") ? "0" : "1000", name);
            ostler.settings(name);
            assertThat(ostler.call("check -c etc")).startsWith("caller: ").doesNotContain("ostler.rights");
            assertThat(ostler.said()).isEqualTo("check as caller\n");
        }
    }

    @Test
    void who_looks_with_other_rights_than_the_servers_is_told_so() throws Exception {
        ostler.settings("mail");
        assertThat(ostler.call("check -c etc")).startsWith("caller: ");
        assertThat(ostler.said()).isEqualTo("ostler: warning: tables are opened with the rights of alice, not with those of mail_owner (mail)\ncheck as caller\n");
        assertThat(ostler.call("check -vn -c etc")).startsWith("caller: ");
        assertThat(ostler.said()).isEqualTo("check as caller\n");
    }

    /** Each of these would keep the server from being started: check says it, looks at the rest, and fails. */
    @Test
    void rights_that_cannot_be_had_are_named() throws Exception {
        String asRoot = "ostler: warning: tables are opened with the rights of root, not with those of mail_owner (%s)\n%s as caller\n";
        ostler.root();
        ostler.settings("nosuch");
        assertThat(ostler.run("check", "-c", "etc")).isEqualTo(1);
        assertThat(ostler.said()).isEqualTo("ostler: fatal: mail_owner: no such user: nosuch\n" + asRoot.formatted("nosuch", "check"));
        assertThat(ostler.run("reload", "-c", "etc")).isZero();
        assertThat(ostler.said()).isEqualTo("ostler: warning: mail_owner: no such user: nosuch\n" + asRoot.formatted("nosuch", "reload"));
        assertThat(ostler.run("start", "-c", "etc")).isEqualTo(1);
        assertThat(ostler.said()).isEqualTo("ostler: fatal: mail_owner: no such user: nosuch\n");

        ostler.settings("mail");
        Files.writeString(ostler.home().resolve("broken"), "yes");
        assertThat(ostler.run("check", "-c", "etc")).isEqualTo(1);
        assertThat(ostler.said()).contains("setresuid failed", "ostler: fatal: the rights of mail_owner (mail) cannot be taken\n", asRoot.formatted("mail", "check"));
        Files.delete(ostler.home().resolve("broken"));

        Files.writeString(ostler.home().resolve("closed"), "");
        assertThat(ostler.run("check", "-c", "etc")).isEqualTo(1);
        assertThat(ostler.said()).startsWith("ostler: fatal: " + ostler.home() + "/closed cannot be read by mail_owner (mail), who is to run it: ").endsWith(asRoot.formatted("mail", "check"));
        Files.delete(ostler.home().resolve("closed"));

        Files.delete(ostler.tool("setpriv"));
        assertThat(ostler.run("check", "-c", "etc")).isEqualTo(1);
        assertThat(ostler.said()).isEqualTo("ostler: fatal: setpriv (package util-linux) is needed to run as mail_owner (mail)\n" + asRoot.formatted("mail", "check"));
    }

    /** Whose problem it is says the command itself. */
    @Test
    void a_configuration_without_a_mail_owner_is_checked_all_the_same() throws Exception {
        ostler.root();
        FakeDistribution.script(ostler.java(), Files.readString(ostler.java()).replace("postconf) ", "postconf) exit 1;; never) "));
        assertThat(ostler.call("check -c etc")).startsWith("caller: ");
        assertThat(ostler.said()).isEqualTo("check as caller\n");
    }

    /** A server that root started, before mail_owner was another: only root may ask it. */
    @Test
    void a_running_server_that_is_not_mail_owners_is_reloaded_by_who_asks() throws Exception {
        ostler.root();
        ostler.settings("mail");
        Files.createDirectories(ostler.home().resolve("queue/private"));
        assertThat(ostler.call("reload -c etc")).startsWith("mail: ");
        Files.createFile(ostler.home().resolve("private"));
        assertThat(ostler.call("reload -c etc")).startsWith("caller: ");
        assertThat(ostler.said()).startsWith("ostler: warning: tables are opened with the rights of root, ");
    }
}
