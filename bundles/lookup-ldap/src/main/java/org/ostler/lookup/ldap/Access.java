// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.TableSpec;

/**
 * How a directory is reached: everything that makes a connection of one table usable for another. Tables that agree in all of it share their connections.
 *
 * @param servers  in the order in which they are tried; at least one
 * @param timeout  for connecting and binding, and for each search
 * @param lookup   for a whole lookup, after which its thread is interrupted
 */
record Access(List<Server> servers, Duration timeout, Duration lookup, Credentials credentials, TlsPlan tls) {

    enum Bind { NONE, SIMPLE, SASL }

    /**
     * Who we are. Its text has no password in it.
     *
     * @param sasl null unless {@code bind} is SASL
     */
    record Credentials(Bind bind, String dn, String password, Sasl sasl) {

        static Credentials of(TableParameters parameters) throws TableOpenException {
            String word = parameters.text("bind", "yes", 1);
            Bind bind = switch (word.toLowerCase(Locale.ROOT)) {
                case "no", "none" -> Bind.NONE;
                case "yes", "simple" -> Bind.SIMPLE;
                case "sasl" -> Bind.SASL;
                default -> throw parameters.unsupported("bind", word);
            };
            String dn = parameters.text("bind_dn", "");
            String password = parameters.text("bind_pw", "");
            Sasl sasl = Sasl.of(parameters);
            return bind == Bind.NONE ? new Credentials(bind, "", "", null) : new Credentials(bind, dn, password, bind == Bind.SASL ? sasl : null);
        }

        String shownDn() {
            return dn.isEmpty() ? "empty or implicit" : dn;
        }

        @Override
        public String toString() {
            return bind + " " + shownDn();
        }
    }

    /** @param minSsf strength in bits that the connection must have, by TLS or by the mechanism's own encryption; 1 is integrity alone */
    record Sasl(List<String> mechanisms, String realm, String authorizationId, int minSsf) {

        static Sasl of(TableParameters parameters) throws TableOpenException {
            var names = new ArrayList<String>();
            for (String name : parameters.list("sasl_mechs", "")) {
                names.add(name.toUpperCase(Locale.ROOT));
            }
            return new Sasl(List.copyOf(names), parameters.text("sasl_realm", ""), parameters.text("sasl_authz_id", ""), parameters.integer("sasl_minssf", 0, Integer.MIN_VALUE, 4096));
        }
    }

    static Access of(TableSpec spec, TableParameters parameters) throws TableOpenException {
        int defaultPort = parameters.integer("server_port", Server.Scheme.LDAP.port);
        var servers = new ArrayList<Server>();
        for (String word : parameters.text("server_host", "localhost", 1).split("[,\\s]+")) {
            try {
                if (!word.isEmpty()) {
                    servers.add(Server.parse(word, defaultPort));
                }
            } catch (IllegalArgumentException e) {
                spec.warnings().accept("dict_ldap_open: error parsing URL " + word + ": " + e.getMessage() + "; skipping");
            }
        }
        if (servers.isEmpty()) {
            throw new TableOpenException(spec.name() + ": no usable server in server_host");
        }
        Duration lookup = spec.lookupTimeout();
        int seconds = parameters.integer("timeout", 10);
        // 0 would be "do not wait at all" to OpenLDAP, of which nobody has any use.
        Duration timeout = seconds > 0 ? Duration.ofSeconds(seconds) : lookup;
        TlsPlan tls = TlsPlan.of(parameters, servers.stream().anyMatch(server -> server.scheme() == Server.Scheme.LDAPS));
        return new Access(List.copyOf(servers), timeout, lookup, Credentials.of(parameters), tls);
    }

    /** What a lookup will wait for a connection at most: no longer than it may take itself. */
    Duration patience() {
        return timeout.compareTo(lookup) < 0 ? timeout : lookup;
    }

    /**
     * Whether a server that did not answer for so long may be called silent.
     *
     * @param among how many servers share the {@link #patience}
     */
    boolean isFair(long nanos, int among) {
        return nanos >= patience().toNanos() / among / 2;
    }

    /** The list of servers, as Postfix writes it in its warnings. */
    String shownServers() {
        return servers.stream().map(Server::text).collect(Collectors.joining(" "));
    }
}
