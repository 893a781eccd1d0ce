// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher {@code ostler}: which programs it starts, how, and with whose rights. Java is a script that notes how it was called, {@code id} and {@code setpriv} are as a case needs them, and nothing else is on PATH but what the
 * launcher may use. What becomes of it with a real Java and real users: {@code RightsIT}, {@code DistributionIT}.
 */
@Timeout(120)
class LauncherTest {

    private static final List<String> TOOLS = List.of("bash", "sh", "cat", "cp", "cmp", "rm", "mv", "mkdir", "chmod", "grep", "sed", "awk", "head", "tail", "tr", "ps", "sleep", "readlink", "locale", "stat", "env", "test", "uname");
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    @TempDir
    Path dir;
    private Path home;
    private Path tools;
    private String said;

    @BeforeEach
    void distribution() throws IOException {
        home = dir.resolve("a place");
        tools = Files.createDirectories(dir.resolve("tools"));
        Path dist = home.resolve("dist");
        Files.createDirectories(dist.resolve("bin"));
        Files.createDirectories(dist.resolve("lib/cli"));
        Files.writeString(dist.resolve("lib/cli/cli.jar"), "");
        Files.writeString(dist.resolve("build.id"), "1\n");
        script(dist.resolve("bin/ostler"), Files.readString(Path.of("../../ostler")));
        Files.createDirectories(home.resolve("jdk/bin"));
        Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
        script(home.resolve("jdk/bin/java"), """
                #!/bin/sh
                all=$*
                while [ $# -gt 0 ] && [ "$1" != org.ostler.cli.Main ]; do shift; done
                printf '%%s: %%s\\n' "${AS-caller}" "$all" >> '%1$s/calls'
                case ${2-server} in
                    postconf) case $all in *' -M') exit 0 ;; esac; cat '%1$s/settings' ;;
                    *) echo "$2 as ${AS-caller}"; exit "$(cat '%1$s/status')" ;;
                esac
                """.formatted(home));
        caller("1000", "alice");
        for (String tool : TOOLS) {
            for (String folder : List.of("/usr/bin", "/bin")) {
                if (Files.isExecutable(Path.of(folder, tool)) && !Files.exists(tools.resolve(tool))) {
                    script(tools.resolve(tool), "#!/bin/sh\nexec " + folder + "/" + tool + " \"$@\"\n");
                }
            }
        }
        Files.createDirectories(home.resolve("etc"));
        Files.writeString(home.resolve("etc/main.cf"), "");
        Files.writeString(home.resolve("status"), "0");
        settings("alice");
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Beside the caller there is the user {@code mail}. */
    private void caller(String uid, String name) throws IOException {
        script(tools.resolve("id"), """
                #!/bin/sh
                case $1 in
                    -u) echo '%1$s' ;;
                    -un) echo '%2$s' ;;
                    *) for last; do :; done; [ "$last" = mail ] || { echo "id: $last: no such user" >&2; exit 1; }; echo 77 ;;
                esac
                """.formatted(uid, name));
    }

    /** Root, and a setpriv that takes any rights; in a shell that runs so, nothing named {@code closed} can be read. */
    private void root() throws IOException {
        caller("0", "root");
        script(tools.resolve("setpriv"), """
                #!/bin/bash
                while [ "$1" != -- ]; do given="$given $1"; shift; done
                shift
                case $given in *--reuid=mail*--regid=77*--init-groups*) ;; *) echo "bad setpriv: $given" >&2; exit 1 ;; esac
                [ -z "$(cat '%1$s/broken' 2> /dev/null)" ] || { echo "setpriv: setresuid failed" >&2; exit 127; }
                if [ "$1" = test ] && [ -e '%1$s/closed' ]; then exit 1; fi
                if [ "$1" = sh ] && [ -e '%1$s/closed' ]; then echo '%1$s/closed'; exit 0; fi
                AS=mail exec "$@"
                """.formatted(home));
    }

    /** What postconf says to the launcher: the lines of load_settings. */
    private void settings(String mailOwner) throws IOException {
        Files.writeString(home.resolve("settings"), String.join("\n", home + "/queue", home + "/data", home + "/log/mail.log", mailOwner, "loopback-only") + "\n");
    }

    /** Runs it to its end; what it says is in {@link #said}. */
    private int ostler(String... words) throws IOException, InterruptedException {
        var command = new java.util.ArrayList<>(List.of(home.resolve("dist/bin/ostler").toString()));
        command.addAll(List.of(words));
        Path output = dir.resolve("output");
        var builder = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true).redirectInput(Path.of("/dev/null").toFile()).redirectOutput(output.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
        Process process = builder.start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " did not end: " + Files.readString(output));
        }
        said = Files.readString(output);
        return process.exitValue();
    }

    /** How Java was started, a line each: whose rights, a colon, the words. */
    private List<String> calls() throws IOException {
        Path calls = home.resolve("calls");
        List<String> lines = Files.exists(calls) ? Files.readAllLines(calls) : List.of();
        Files.deleteIfExists(calls);
        return lines;
    }

    private String call(String... words) throws IOException, InterruptedException {
        assertThat(ostler(words)).as(() -> said).isZero();
        return calls().getLast();
    }

    /** Native calls without the flag are warned of by the JVM, on an operator's terminal. */
    @Test
    void commands_that_work_with_tables_get_the_flags_of_the_server() throws Exception {
        for (String command : List.of("postmap", "postalias", "newaliases", "postconf", "posttls-finger", "postsuper", "check", "tables")) {
            String[] words = List.of("check", "tables").contains(command) ? new String[] {command, "-c", "etc"} : new String[] {command};
            assertThat(call(words)).as(command).contains(NATIVE, UNSAFE, "/" + command + ".jsa");
        }
        for (String words : List.of("-bi", "-b i", "-I", "-vbi", "-C etc -bi", "-vI")) {
            assertThat(call(("sendmail " + words).split(" "))).as(words).contains(NATIVE, UNSAFE, "-Xmn16m", "/newaliases.jsa");
        }
        // These are to be the fastest, and the flag costs.
        for (String words : List.of("sendmail -t -i -f bill@b", "sendmail -f a -- -bi", "sendmail -bp", "mailq", "postqueue -p")) {
            assertThat(call(words.split(" "))).as(words).doesNotContain(NATIVE);
        }
    }

    @Test
    void root_looks_at_tables_with_the_rights_of_mail_owner() throws Exception {
        root();
        settings("mail");
        for (String verb : List.of("check", "reload", "postfix check", "postfix reload")) {
            String word = verb.replace("postfix ", "");
            assertThat(ostler((verb.startsWith("postfix") ? "postfix -c etc " + word : verb + " -c etc").split(" "))).isZero();
            assertThat(said).as(verb).isEqualTo(word + " as mail\n");
            assertThat(calls().getLast()).as(verb).startsWith("mail: ").contains("-Dostler.rights=mail ").doesNotContain("AutoCreateSharedArchive").endsWith(" " + word + " -c " + home + "/etc");
        }
        // What root wants of the queue, or as himself, he does as before.
        for (String verb : List.of("tables -c etc", "flush -c etc", "postmap -q a b")) {
            assertThat(call(verb.split(" "))).as(verb).startsWith("caller: ").doesNotContain("ostler.rights");
        }
        // Its status is the caller's.
        Files.writeString(home.resolve("status"), "1");
        assertThat(ostler("check", "-c", "etc", "-v")).isEqualTo(1);
        assertThat(calls().getLast()).endsWith(" -v");
    }

    @Test
    void who_is_mail_owner_already_gives_up_nothing() throws Exception {
        for (String name : List.of("alice", "root")) {
            root();
            caller(name.equals("root") ? "0" : "1000", name);
            settings(name);
            assertThat(call("check", "-c", "etc")).startsWith("caller: ").doesNotContain("ostler.rights");
            assertThat(said).isEqualTo("check as caller\n");
        }
    }

    @Test
    void who_looks_with_other_rights_than_the_servers_is_told_so() throws Exception {
        settings("mail");
        assertThat(call("check", "-c", "etc")).startsWith("caller: ");
        assertThat(said).isEqualTo("ostler: warning: tables are opened with the rights of alice, not with those of mail_owner (mail)\ncheck as caller\n");
        assertThat(call("check", "-vn", "-c", "etc")).startsWith("caller: ");
        assertThat(said).isEqualTo("check as caller\n");
    }

    /** Each of these would keep the server from being started: check says it, looks at the rest, and fails. */
    @Test
    void rights_that_cannot_be_had_are_named() throws Exception {
        String asRoot = "ostler: warning: tables are opened with the rights of root, not with those of mail_owner (%s)\n%s as caller\n";
        root();
        settings("nosuch");
        assertThat(ostler("check", "-c", "etc")).isEqualTo(1);
        assertThat(said).isEqualTo("ostler: fatal: mail_owner: no such user: nosuch\n" + asRoot.formatted("nosuch", "check"));
        assertThat(ostler("reload", "-c", "etc")).isZero();
        assertThat(said).isEqualTo("ostler: warning: mail_owner: no such user: nosuch\n" + asRoot.formatted("nosuch", "reload"));
        assertThat(ostler("start", "-c", "etc")).isEqualTo(1);
        assertThat(said).isEqualTo("ostler: fatal: mail_owner: no such user: nosuch\n");

        settings("mail");
        Files.writeString(home.resolve("broken"), "yes");
        assertThat(ostler("check", "-c", "etc")).isEqualTo(1);
        assertThat(said).contains("setresuid failed", "ostler: fatal: the rights of mail_owner (mail) cannot be taken\n", asRoot.formatted("mail", "check"));
        Files.delete(home.resolve("broken"));

        Files.writeString(home.resolve("closed"), "");
        assertThat(ostler("check", "-c", "etc")).isEqualTo(1);
        assertThat(said).startsWith("ostler: fatal: " + home + "/closed cannot be read by mail_owner (mail), who is to run it: ").endsWith(asRoot.formatted("mail", "check"));
        Files.delete(home.resolve("closed"));

        Files.delete(tools.resolve("setpriv"));
        assertThat(ostler("check", "-c", "etc")).isEqualTo(1);
        assertThat(said).isEqualTo("ostler: fatal: setpriv (package util-linux) is needed to run as mail_owner (mail)\n" + asRoot.formatted("mail", "check"));
    }

    /** Whose problem it is says the command itself. */
    @Test
    void a_configuration_without_a_mail_owner_is_checked_all_the_same() throws Exception {
        root();
        script(home.resolve("jdk/bin/java"), Files.readString(home.resolve("jdk/bin/java")).replace("postconf) ", "postconf) exit 1;; never) "));
        assertThat(call("check", "-c", "etc")).startsWith("caller: ");
        assertThat(said).isEqualTo("check as caller\n");
    }

    /** A server that root started, before mail_owner was another: only root may ask it. */
    @Test
    void a_running_server_that_is_not_mail_owners_is_reloaded_by_who_asks() throws Exception {
        root();
        settings("mail");
        Files.createDirectories(home.resolve("queue/private"));
        assertThat(call("reload", "-c", "etc")).startsWith("mail: ");
        script(tools.resolve("setpriv"), Files.readString(tools.resolve("setpriv")).replace("&& [ -e '" + home + "/closed' ]; then exit 1", "; then exit 1"));
        assertThat(call("reload", "-c", "etc")).startsWith("caller: ");
        assertThat(said).startsWith("ostler: warning: tables are opened with the rights of root, ");
    }
}
