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
        script(tools.resolve("id"), """
                #!/bin/sh
                case $1 in
                    -u) echo '%1$s' ;;
                    -un) echo '%2$s' ;;
                    *) for last; do :; done; [ "$last" = mail ] || { echo "id: $last: no such user" >&2; exit 1; }; echo 77 ;;
                esac
                """.formatted("1000", "alice"));
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
}
