// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Private database servers from Debian's packages: own data, loopback and a socket, an unprivileged user, none of the machine's services. */
abstract sealed class PrivateServers implements AutoCloseable {

    static final String PASSWORD = "s3cret-Word";
    private static final Path POSTGRES = Path.of("/usr/lib/postgresql/15/bin/postgres");
    private static final Path MARIADB = Path.of("/usr/sbin/mariadbd");

    final Path dir;
    final int port;
    private Process process;

    private PrivateServers(String prefix) throws IOException {
        // Short, because the path of a socket has at most 107 bytes; outside what JUnit removes, because it belongs to another user.
        dir = Files.createTempDirectory(Path.of("/tmp"), prefix);
        port = freePort();
    }

    /** The driver bundles do not announce their drivers to the JDK; loading one does. */
    static Connection connect(String url) throws SQLException {
        String name = url.startsWith("jdbc:postgresql") ? "org.postgresql.Driver" : url.startsWith("jdbc:mariadb") ? "org.mariadb.jdbc.Driver" : "org.sqlite.JDBC";
        try {
            Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new SQLException(e);
        }
        return DriverManager.getConnection(url);
    }

    static boolean postgresIsHere() {
        return Files.isExecutable(POSTGRES);
    }

    static boolean mariadbIsHere() {
        return Files.isExecutable(MARIADB) && Files.isExecutable(Path.of("/usr/bin/mariadb-install-db"));
    }

    static Postgres postgres() throws Exception {
        var server = new Postgres();
        server.begin(server.initdb());
        return server;
    }

    static Mariadb mariadb() throws Exception {
        var server = new Mariadb();
        server.begin(server.install());
        return server;
    }

    final void begin(List<String> install) throws Exception {
        try {
            run(install);
            start();
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    abstract String user();

    abstract List<String> command();

    abstract String url();

    final List<String> asUser(List<String> command) {
        if (!System.getProperty("user.name").equals("root")) {
            return command;
        }
        var all = new ArrayList<>(List.of("setpriv", "--reuid=" + user(), "--regid=" + user(), "--clear-groups", "--"));
        all.addAll(command);
        return all;
    }

    final void own() throws IOException, InterruptedException {
        if (System.getProperty("user.name").equals("root")) {
            new ProcessBuilder("chown", "-R", user() + ":" + user(), dir.toString()).start().waitFor();
        }
        new ProcessBuilder("chmod", "755", dir.toString()).start().waitFor();
    }

    final void run(List<String> command) throws Exception {
        own();
        Process once = new ProcessBuilder(asUser(command)).directory(dir.toFile()).redirectErrorStream(true).redirectOutput(dir.resolve("install.log").toFile()).start();
        if (!once.waitFor(120, TimeUnit.SECONDS) || once.exitValue() != 0) {
            kill(tree(once));
            throw new IllegalStateException(command + ": " + Files.readString(dir.resolve("install.log")));
        }
    }

    final void start() throws Exception {
        process = new ProcessBuilder(asUser(command())).directory(dir.toFile()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("server.log").toFile())).start();
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            try (Connection connection = connect(url())) {
                return;
            } catch (SQLException e) {
                if (System.nanoTime() > end || !process.isAlive()) {
                    throw new IllegalStateException(Files.readString(dir.resolve("server.log")), e);
                }
                // A poll, not a synchronisation: servers tell nobody when they are ready.
                process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
    }

    final void sql(String... statements) throws SQLException {
        try (Connection connection = connect(url()); Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    /** As a crash would. */
    final void kill() throws Exception {
        kill(tree(process));
    }

    /** The process first: when it is dead nothing new is started. */
    private static List<ProcessHandle> tree(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    }

    private static void kill(List<ProcessHandle> all) throws Exception {
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : all) {
            each.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    /** Asks first: a PostgreSQL that is killed leaves its shared memory to the machine. It waits for no session after SIGINT, and then takes no notice of the SIGTERM, which is what MariaDB heeds. */
    private void stop() throws Exception {
        List<ProcessHandle> before = tree(process);
        if (process.isAlive()) {
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
            process.destroy();
            process.waitFor(5, TimeUnit.SECONDS);
        }
        kill(Stream.concat(tree(process).stream(), before.stream()).distinct().toList());
    }

    private void delete() throws IOException, InterruptedException {
        for (int left = 50; ; left--) {
            try (Stream<Path> files = Files.walk(dir)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
                return;
            } catch (IOException | UncheckedIOException e) {
                if (left == 0) {
                    throw e;
                }
                // A poll, not a synchronisation: what was started while its parent was killed is nobody's child, may write for a moment still, and tells nobody of its end.
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    final long pid() {
        return process.pid();
    }

    /** Stops the world of the server without closing its sockets. */
    final void signal(String signal) throws Exception {
        for (ProcessHandle each : Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList()) {
            new ProcessBuilder("kill", "-" + signal, Long.toString(each.pid())).start().waitFor();
        }
    }

    @Override
    public final void close() {
        try {
            try {
                if (process != null) {
                    stop();
                }
            } finally {
                delete();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static final class Postgres extends PrivateServers {

        private Postgres() throws IOException {
            super("ospg");
        }

        @Override
        String user() {
            return "postgres";
        }

        List<String> initdb() throws IOException {
            Files.writeString(dir.resolve("pw"), PASSWORD + "\n");
            return List.of("/usr/lib/postgresql/15/bin/initdb", "-D", dir.resolve("data").toString(), "-U", "mail", "--pwfile=" + dir.resolve("pw"), "-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        }

        @Override
        List<String> command() {
            return List.of(POSTGRES.toString(), "-D", dir.resolve("data").toString(), "-p", Integer.toString(port), "-k", dir.toString(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=16MB",
                    "-c", "autovacuum=off", "-c", "max_connections=60", "-c", "dynamic_shared_memory_type=mmap");
        }

        @Override
        String url() {
            return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=mail&password=" + PASSWORD;
        }
    }

    static final class Mariadb extends PrivateServers {

        private Mariadb() throws IOException {
            super("osmy");
        }

        @Override
        String user() {
            return "mysql";
        }

        List<String> install() {
            return List.of("/usr/bin/mariadb-install-db", "--no-defaults", "--datadir=" + dir.resolve("data"), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve");
        }

        /** An authority, a server 127.0.0.1 and a client, for the next start. */
        void certificates() throws Exception {
            Path script = Files.writeString(dir.resolve("certificates.sh"), """
                    set -e
                    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=ca
                    for name in server client; do
                        openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=$name
                        printf 'subjectAltName=IP:127.0.0.1\n' > $name.ext
                        openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $name.pem -days 30 -extfile $name.ext
                    done
                    chmod 644 *.key
                    """);
            run(List.of("sh", script.toString()));
        }

        @Override
        List<String> command() {
            var command = new ArrayList<>(plainCommand());
            if (Files.exists(dir.resolve("server.pem"))) {
                command.addAll(List.of("--ssl-ca=" + dir.resolve("ca.pem"), "--ssl-cert=" + dir.resolve("server.pem"), "--ssl-key=" + dir.resolve("server.key")));
            }
            return command;
        }

        private List<String> plainCommand() {
            return List.of(MARIADB.toString(), "--no-defaults", "--datadir=" + dir.resolve("data"), "--socket=" + dir.resolve("s"), "--port=" + port, "--bind-address=127.0.0.1", "--pid-file=" + dir.resolve("pid"),
                    "--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--performance-schema=OFF");
        }

        @Override
        String url() {
            return "jdbc:mariadb://127.0.0.1:" + port + "/?user=root&sslMode=disable&allowMultiQueries=true";
        }
    }
}
