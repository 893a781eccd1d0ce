// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One instance of the server: a directory with configuration, queue, mailboxes and log, and the process that serves it.
 *
 * <p>Without further words: one smtpd row on a free loopback port; {@code you@example.test} has a Maildir; mail for other domains goes to
 * {@link #nextHop()}, a free port where nobody listens unless the test does; deferred mail is tried again within seconds.
 */
final class Server implements AutoCloseable {

    /** How the process comes to life. */
    enum Boot { PLAIN, DISTRIBUTION }

    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final List<String> FLAGS = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    private static final String ROWS = """
            pickup  unix n - n 60 1 pickup
            cleanup unix n - n -  0 cleanup
            qmgr    unix n - n 300 1 qmgr
            bounce  unix - - n -  0 bounce
            defer   unix - - n -  0 bounce
            trace   unix - - n -  0 bounce
            smtp    unix - - n -  - smtp
            relay   unix - - n -  - smtp
            lmtp    unix - - n -  - lmtp
            local   unix - n n -  - local
            virtual unix - n n -  - virtual
            discard unix - - n -  - discard
            error   unix - - n -  - error
            retry   unix - - n -  - error
            """;

    private final Path home;
    private final Boot boot;
    private final int port = freePort();
    private final int nextHop = freePort();
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> rows = new ArrayList<>();
    private final List<String> javaFlags = new ArrayList<>();
    private final Map<Path, Path> mounts = new LinkedHashMap<>();
    private String mainCf;
    private String masterCf;
    private Process process;

    private Server(Path home, Boot boot) {
        this.home = home;
        this.boot = boot;
    }

    /** A new, empty instance {@code target/interop/name}. */
    static Server named(String name, Boot boot) {
        Path home = Path.of("target", "interop", name).toAbsolutePath();
        deleteTree(home);
        var server = new Server(home, boot);
        for (String folder : List.of("etc", "spool/pid", "lib", "log", "mail")) {
            server.directory(folder);
        }
        server.set("compatibility_level", "3.6").set("queue_directory", home + "/spool").set("data_directory", home + "/lib")
                .set("maillog_file", home + "/log/mail.log").set("maillog_file_prefixes", home + "/log").set("mail_owner", System.getProperty("user.name"))
                .set("myhostname", "mx.example.test").set("mydestination", "").set("mynetworks", "127.0.0.0/8")
                .set("inet_interfaces", "127.0.0.1").set("inet_protocols", "ipv4").set("alias_maps", "").set("alias_database", "")
                .set("virtual_mailbox_domains", "example.test").set("virtual_mailbox_maps", "inline:{you@example.test=you/, me@example.test=me/}")
                .set("virtual_mailbox_base", home + "/mail")
                .set("relayhost", "[127.0.0.1]:" + server.nextHop)
                .set("queue_run_delay", "1s").set("minimal_backoff_time", "1s").set("maximal_backoff_time", "2s");
        return server;
    }

    static Server plain(String name) {
        return named(name, Boot.PLAIN);
    }

    static Server distribution(String name) {
        return named(name, Boot.DISTRIBUTION);
    }

    Server set(String name, Object value) {
        settings.put(name, String.valueOf(value));
        return this;
    }

    /** Another row of master.cf. */
    Server row(String row) {
        rows.add(row);
        return this;
    }

    /** One more flag of the Java that runs the plain wiring. */
    Server flag(String flag) {
        javaFlags.add(flag);
        return this;
    }

    /** The process of the plain wiring, and nobody else, sees {@code file} in the place of {@code instead}. Needs root. */
    Server mount(Path file, Path instead) {
        Program.need("unshare");
        mounts.put(file, instead);
        return this;
    }

    /** These files as they are, instead of settings and rows. */
    Server files(String mainCf, String masterCf) {
        this.mainCf = mainCf;
        this.masterCf = masterCf;
        return this;
    }

    int port() {
        return port;
    }

    int nextHop() {
        return nextHop;
    }

    Path home() {
        return home;
    }

    Path etc() {
        return home.resolve("etc");
    }

    Path queue() {
        return home.resolve("spool");
    }

    Path logFile() {
        return home.resolve("log/mail.log");
    }

    String log() {
        return Files.exists(logFile()) ? read(logFile()) : "";
    }

    // --- Life ----------------------------------------------------------------------------------------------------

    Server start() {
        write();
        launch();
        awaitGreeting();
        return this;
    }

    /** Starts the process again with the same files; returns at once. */
    void launch() {
        switch (boot) {
            case PLAIN -> launchPlain();
            case DISTRIBUTION -> ostler("start").ok();
        }
    }

    private void launchPlain() {
        var command = new ArrayList<String>();
        if (!mounts.isEmpty()) {
            var script = new StringBuilder();
            mounts.forEach((file, instead) -> script.append("mount --bind ").append(file).append(' ').append(instead).append(" && "));
            command.addAll(List.of(Program.need("unshare"), "-m", "sh", "-c", script + "exec \"$@\"", "sh"));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        command.addAll(javaFlags);
        command.addAll(List.of("-Dostler.config_directory=" + etc(), "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), PlainServer.class.getName(),
                assembly().toString(), home + "/lib/felix"));
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve("console.log").toFile())).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitGreeting() {
        Eventually.waitFor(START_LIMIT, () -> {
            if (boot == Boot.PLAIN && !process.isAlive()) {
                throw new AssertionError("the server ended: " + console());
            }
            return greets();
        }, () -> "no greeting on port " + port + "; " + tail());
    }

    boolean greets() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(10_000);
            String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1)).readLine();
            socket.getOutputStream().write("QUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            return line != null && line.startsWith("220");
        } catch (IOException notYet) {
            return false;
        }
    }

    String console() {
        Path file = boot == Boot.PLAIN ? home.resolve("console.log") : home.resolve("lib/karaf/log/console.log");
        return Files.exists(file) ? read(file) : "";
    }

    /** The end of log and console, for messages of failed tests. */
    String tail() {
        return "the end of the log:\n" + last(log()) + "the end of the console:\n" + last(console());
    }

    private static String last(String text) {
        return text.substring(Math.max(0, text.length() - 4000));
    }

    /** TERM, as an operator's stop. */
    void stop() {
        switch (boot) {
            case PLAIN -> {
                process.destroy();
                ended(process.toHandle());
            }
            case DISTRIBUTION -> ostler("stop").ok();
        }
    }

    /** SIGKILL: no last word. */
    void kill() {
        ProcessHandle victim = handle();
        victim.destroyForcibly();
        ended(victim);
    }

    /** Sends {@code STOP} or {@code CONT}. */
    void signal(String name) {
        Program.run(List.of(Program.need("kill"), "-" + name, Long.toString(handle().pid()))).ok();
    }

    private ProcessHandle handle() {
        return switch (boot) {
            case PLAIN -> process.toHandle();
            case DISTRIBUTION -> ProcessHandle.of(Long.parseLong(read(queue().resolve("pid/master.pid")).strip())).orElseThrow();
        };
    }

    private static void ended(ProcessHandle handle) {
        try {
            handle.onExit().get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            handle.destroyForcibly();
            throw new AssertionError("process " + handle.pid() + " did not end", e);
        }
    }

    @Override
    public void close() {
        if (boot == Boot.DISTRIBUTION ? ostler("status").exit() == 0 : process != null && process.isAlive()) {
            stop();
        }
    }

    // --- Commands ------------------------------------------------------------------------------------------------

    /** One of Postfix's commands, on this instance. */
    Program.Result command(String name, String... arguments) {
        return commandWithInput("", name, arguments);
    }

    Program.Result commandWithInput(String input, String name, String... arguments) {
        var command = new ArrayList<>(List.of(assembly().resolve("bin/ostler").toString(), name));
        command.addAll(List.of(arguments));
        return Program.run(command, input, Map.of("MAIL_CONFIG", etc().toString(), "JAVA_HOME", System.getProperty("java.home")));
    }

    /** One of the launcher's verbs. */
    Program.Result ostler(String verb) {
        return command(verb, "-c", etc().toString());
    }

    static Path assembly() {
        Path assembly = Path.of(System.getProperty("ostler.assembly", "../karaf-distro/target/assembly")).toAbsolutePath().normalize();
        if (!Files.exists(assembly.resolve("build.id"))) {
            throw new AssertionError("no distribution in " + assembly + ": build karaf-distro first");
        }
        return assembly;
    }

    // --- What is there -------------------------------------------------------------------------------------------

    /** The messages of a Maildir below virtual_mailbox_base, as Latin-1. */
    List<String> maildir(String name) {
        Path folder = home.resolve("mail").resolve(name).resolve("new");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.sorted().map(Server::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the Maildir holds a message with this text, and returns it. */
    String awaitMail(String name, String text) {
        Eventually.waitFor(() -> maildir(name).stream().anyMatch(m -> m.contains(text)),
                () -> "no mail with \"" + text + "\" in " + name + ": " + maildir(name).size() + " messages; " + tail());
        return maildir(name).stream().filter(m -> m.contains(text)).findFirst().orElseThrow();
    }

    void awaitLog(String text) {
        Eventually.waitFor(() -> log().contains(text), () -> "no log line with \"" + text + "\"; " + tail());
    }

    /** Waits until postqueue says that nothing waits. */
    void awaitEmptyQueue() {
        Eventually.waitFor(() -> command("postqueue", "-p").output().contains("Mail queue is empty"), () -> command("postqueue", "-p").output() + tail());
    }

    // --- Files ---------------------------------------------------------------------------------------------------

    Path directory(String name) {
        try {
            return Files.createDirectories(home.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes main.cf and master.cf: before {@link #launch}, or before a reload. */
    void write() {
        var main = new StringBuilder();
        settings.forEach((name, value) -> main.append(name).append(" = ").append(value).append('\n'));
        String smtpd = "127.0.0.1:" + port + " inet n - n - - smtpd\n";
        try {
            Files.writeString(etc().resolve("main.cf"), mainCf == null ? main.toString() : mainCf);
            Files.writeString(etc().resolve("master.cf"), masterCf == null ? smtpd + String.join("\n", rows) + "\n" + ROWS : masterCf);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A port that nobody uses, below those that the system hands out for outgoing connections: one of those could be taken by any connection before the test listens on it.
     */
    static int freePort() {
        for (int tries = 0; tries < 1000; tries++) {
            int port = ThreadLocalRandom.current().nextInt(10_240, 32_000);
            try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException taken) {
                continue;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalStateException("no free port");
    }

    static void deleteTree(Path root) {
        if (!Files.exists(root, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (var files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
