// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.sql;

import java.time.Duration;
import java.util.Map;

/**
 * One database to connect to.
 *
 * @param address  where
 * @param login    who; ignored for an address that says so itself
 * @param database its name; empty where the address or the server has one
 * @param limits   longest waits
 * @param options  what else the table says, by Postfix's parameter names: {@code tls_CAfile} and the like
 */
public record SqlServer(Address address, Login login, String database, Limits limits, Map<String, String> options) {

    /** A place to connect to. */
    public sealed interface Address {}

    /** @param port 0 for the usual one */
    public record Tcp(String host, int port) implements Address {}

    /** A UNIX-domain socket; of PostgreSQL, the directory of it. @param path empty for the usual one */
    public record Unix(String path) implements Address {}

    /** A connection URI of the database's own client library. */
    public record Uri(String text) implements Address {
        @Override
        public String toString() {
            return "Uri";
        }
    }

    /** A database in a file. */
    public record File(String path) implements Address {}

    /** Empty: as the client library would have it. */
    public record Login(String user, String password) {
        @Override
        public String toString() {
            return "Login[" + user + "]";
        }
    }

    /**
     * @param connect until a connection is ready for use
     * @param answer  for any one answer of the server
     */
    public record Limits(Duration connect, Duration answer) {}

    public SqlServer {
        options = Map.copyOf(options);
    }

    public String option(String name) {
        return options.getOrDefault(name, "");
    }
}
