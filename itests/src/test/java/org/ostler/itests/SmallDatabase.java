// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assume.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A database server with one table of one row: a password, a certificate, an unprivileged user. The table is made without any client, so that the only ones who speak to the server are the drivers in the container. One thread.
 */
final class SmallDatabase implements AutoCloseable {

    private static final String USER = "mail";
    private static final String PASSWORD = "s3cret-Word";
    /** The name of a database that is there anyway in PostgreSQL. */
    private static final String DATABASE = "postgres";

    private static final String CERTIFICATE = """
            openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=database -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem
            """;

    private static final SmallServer.Scripts POSTGRESQL = new SmallServer.Scripts("postgres", CERTIFICATE + """
            bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
            printf %s "$DB_PASSWORD" > password
            $bin/initdb -D data -U "$DB_USER" --pwfile=password -A scram-sha-256 --no-sync -E UTF8 --locale=C.UTF-8
            printf '%s\\n' 'CREATE TABLE aliases (name text PRIMARY KEY, target text)' "INSERT INTO aliases VALUES ('$KEY', '$VALUE')" | $bin/postgres --single -D data postgres
            """, """
            exec $(ls -d /usr/lib/postgresql/*/bin | tail -1)/postgres -D data -p $PORT -k "$PWD" -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB -c autovacuum=off -c dynamic_shared_memory_type=mmap \
                -c ssl=on -c ssl_cert_file="$PWD/server.pem" -c ssl_key_file="$PWD/server.key"
            """, "exec $(ls -d /usr/lib/postgresql/*/bin | tail -1)/pg_isready -q -h 127.0.0.1 -p $PORT");

    private static final SmallServer.Scripts MARIADB = new SmallServer.Scripts("mysql", CERTIFICATE + """
            mariadb-install-db --no-defaults --datadir="$PWD/data" --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve
            cat > init.sql << END
            CREATE DATABASE postgres;
            CREATE TABLE postgres.aliases (name varchar(200) PRIMARY KEY, target varchar(200));
            INSERT INTO postgres.aliases VALUES ('$KEY', '$VALUE');
            CREATE USER '$DB_USER'@'127.0.0.1' IDENTIFIED BY '$DB_PASSWORD';
            CREATE USER '$DB_USER'@'localhost' IDENTIFIED BY '$DB_PASSWORD';
            GRANT SELECT ON postgres.* TO '$DB_USER'@'127.0.0.1';
            GRANT SELECT ON postgres.* TO '$DB_USER'@'localhost';
            END
            """, """
            exec mariadbd --no-defaults --datadir="$PWD/data" --socket="$PWD/s" --port=$PORT --bind-address=127.0.0.1 --pid-file="$PWD/pid" --innodb-buffer-pool-size=8M --performance-schema=OFF \
                --skip-name-resolve --init-file="$PWD/init.sql" --ssl-cert="$PWD/server.pem" --ssl-key="$PWD/server.key"
            """, "exec mariadb-admin --no-defaults --host=127.0.0.1 --port=$PORT ping");

    private final SmallServer server;
    private final String socket;
    private final String tls;

    private SmallDatabase(SmallServer server, String socket, String tls) {
        this.server = server;
        this.socket = socket;
        this.tls = tls;
    }

    private static SmallServer start(SmallServer.Scripts scripts, String program, String key, String value) throws Exception {
        assumeTrue(program + " is not installed", Files.exists(Path.of(program)) && Files.exists(Path.of("/usr/bin/openssl")));
        return new SmallServer(scripts, Map.of("DB_USER", USER, "DB_PASSWORD", PASSWORD, "KEY", key, "VALUE", value));
    }

    static SmallDatabase postgresql(String key, String value) throws Exception {
        SmallServer server = start(POSTGRESQL, "/usr/lib/postgresql", key, value);
        // The driver uses TLS where the server offers it.
        return new SmallDatabase(server, "postgresql://" + USER + ":" + PASSWORD + "@/" + DATABASE + "?host=" + server.dir() + "&port=" + server.port(), "");
    }

    static SmallDatabase mariadb(String key, String value) throws Exception {
        SmallServer server = start(MARIADB, "/usr/sbin/mariadbd", key, value);
        return new SmallDatabase(server, "unix:" + server.dir() + "/s", "tls_CAfile = " + server.dir() + "/server.pem\n");
    }

    /** For pgsql_table(5) and mysql_table(5), over TCP and TLS. */
    String overTcp() {
        return rest("127.0.0.1:" + server.port()) + tls;
    }

    /** The same through the server's socket. */
    String overSocket() {
        return rest(socket);
    }

    private static String rest(String host) {
        return "hosts = " + host + "\nuser = " + USER + "\npassword = " + PASSWORD + "\ndbname = " + DATABASE + "\nquery = SELECT target FROM aliases WHERE name = '%s'\n";
    }

    @Override
    public void close() throws Exception {
        server.close();
    }
}
