// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The launcher {@code ostler} in a distribution that is none: Java is a script that notes how it was called, {@code id} and {@code setpriv} are as a case needs them, and nothing else is on PATH but what the launcher may use.
 */
final class FakeDistribution {

    /** No ps: small containers have none. */
    private static final List<String> TOOLS = List.of("bash", "sh", "cat", "cp", "cmp", "rm", "mv", "mkdir", "chmod", "chown", "grep", "sed", "awk", "head", "tail", "tr", "sleep", "readlink", "locale", "stat", "env", "test");

    private final Path output;
    private final Path home;
    private final Path tools;
    private final Map<String, String> environment = new TreeMap<>();
    private String said;

    /** The caller is {@code alice}, who is mail_owner too. */
    FakeDistribution(Path dir) throws IOException {
        output = dir.resolve("output");
        home = dir.resolve("a place");
        tools = Files.createDirectories(dir.resolve("tools"));
        Path dist = home.resolve("dist");
        Files.createDirectories(dist.resolve("bin"));
        Files.createDirectories(dist.resolve("lib/cli"));
        Files.createDirectories(dist.resolve("defaults"));
        Files.writeString(dist.resolve("lib/cli/cli.jar"), "");
        Files.writeString(dist.resolve("build.id"), "1\n");
        script(dist.resolve("bin/ostler"), Files.readString(Path.of("../../ostler")));
        Files.createDirectories(home.resolve("jdk/bin"));
        Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
        script(java(), """
                #!/bin/sh
                all=$*
                while [ $# -gt 0 ] && [ "$1" != org.ostler.cli.Main ]; do shift; done
                printf '%%s: %%s\\n' "${AS-caller}" "$all" >> '%1$s/calls'
                case ${2-server} in
                    postconf) case $all in *' -M') cat '%1$s/rows' ;; *) cat '%1$s/settings' ;; esac ;;
                    server) trap 'kill $!; exit 143' TERM; sleep 100 & wait ;;
                    *) echo "$2 as ${AS-caller}"; exit "$(cat '%1$s/status')" ;;
                esac
                """.formatted(home));
        for (String tool : TOOLS) {
            for (String folder : List.of("/usr/bin", "/bin")) {
                if (Files.isExecutable(Path.of(folder, tool)) && !Files.exists(tools.resolve(tool))) {
                    script(tools.resolve(tool), "#!/bin/sh\nexec " + folder + "/" + tool + " \"$@\"\n");
                }
            }
        }
        // Asked for files of others than the caller, who is another than he is said to be.
        script(tools.resolve("find"), "#!/bin/sh\n");
        Files.createDirectories(home.resolve("etc"));
        Files.writeString(home.resolve("etc/main.cf"), "");
        status(0);
        rows("");
        caller("1000", "alice");
        settings("alice", "all", "no");
        environment.put("PATH", tools.toString());
        environment.put("JAVA_HOME", home.resolve("jdk").toString());
    }

    Path home() {
        return home;
    }

    Path java() {
        return home.resolve("jdk/bin/java");
    }

    /** A program on PATH. */
    Path tool(String name) {
        return tools.resolve(name);
    }

    static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Beside the caller there is the user {@code mail}. */
    void caller(String uid, String name) throws IOException {
        script(tools.resolve("id"), """
                #!/bin/sh
                case $1 in
                    -u) echo '%1$s' ;;
                    -un) echo '%2$s' ;;
                    *) for last; do :; done; [ "$last" = mail ] || { echo "id: $last: no such user" >&2; exit 1; }; echo 77 ;;
                esac
                """.formatted(uid, name));
    }

    /** Root, and a setpriv that takes any rights; while there is a file {@code broken} it takes none, and while there is one {@code closed} nothing can be read. */
    void root() throws IOException {
        caller("0", "root");
        script(tools.resolve("setpriv"), """
                #!/bin/bash
                while [ "$1" != -- ]; do given="$given $1"; shift; done
                shift
                case $given in *--reuid=mail*--regid=77*--init-groups*) ;; *) echo "bad setpriv: $given" >&2; exit 1 ;; esac
                [ ! -e '%1$s/broken' ] || { echo "setpriv: setresuid failed" >&2; exit 127; }
                if [ "$1" = test ] && [ -e '%1$s/private' ]; then exit 1; fi
                if [ "$1" = sh ] && [ -e '%1$s/closed' ]; then echo '%1$s/closed'; exit 0; fi
                AS=mail exec "$@"
                """.formatted(home));
    }

    /** What postconf says to the launcher: the lines of read_settings. */
    void settings(String mailOwner, String protocols, String wrapperMode) throws IOException {
        Files.writeString(home.resolve("settings"), String.join("\n", home + "/queue", home + "/data", home + "/log/mail.log", mailOwner, "all", protocols, wrapperMode) + "\n");
    }

    void settings(String mailOwner) throws IOException {
        settings(mailOwner, "all", "no");
    }

    /** Of master.cf, as postconf prints them. */
    void rows(String rows) throws IOException {
        Files.writeString(home.resolve("rows"), rows);
    }

    /** How commands end. */
    void status(int status) throws IOException {
        Files.writeString(home.resolve("status"), Integer.toString(status));
    }

    FakeDistribution with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Runs it to its end; what it says is in {@link #said}. */
    int run(String... words) throws IOException, InterruptedException {
        Process process = start(words);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", words) + " did not end: " + Files.readString(output));
        }
        said = Files.readString(output);
        return process.exitValue();
    }

    Process start(String... words) throws IOException {
        var command = new ArrayList<>(List.of(home.resolve("dist/bin/ostler").toString()));
        command.addAll(List.of(words));
        var builder = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true).redirectInput(Path.of("/dev/null").toFile()).redirectOutput(output.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    String said() {
        return said;
    }

    /** What has been printed so far. */
    String output() throws IOException {
        return Files.readString(output);
    }

    /** How Java was started since the last time, a line each: whose rights, a colon, the words. */
    List<String> calls() throws IOException {
        Path calls = home.resolve("calls");
        List<String> lines = Files.exists(calls) ? Files.readAllLines(calls) : List.of();
        Files.deleteIfExists(calls);
        return lines;
    }

    /** Runs a command that must succeed; how Java was started last. */
    String call(String words) throws IOException, InterruptedException {
        assertThat(run(words.split(" "))).as(() -> words + ": " + said).isZero();
        return calls().getLast();
    }
}
