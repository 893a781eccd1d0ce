// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.postgresql;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A connection URI of libpq: <code>postgresql://[user[:password]@][host[:port],...][/database][?parameter=value&amp;...]</code>.
 *
 * <p>Parameters are translated into properties of the driver; one that it has nothing for is an error, as an unknown one is in libpq. Percent escapes are allowed everywhere; a host that begins with a slash ({@code %2F}) is the directory of a socket.
 *
 * @param hosts      at least one
 * @param ports      one per host
 * @param properties of the driver
 */
record ConnectionUri(List<String> hosts, List<Integer> ports, String user, String password, String database, Map<String, String> properties) { // size: what a URI has

    /** What libpq calls it, and what the driver does. */
    private static final Map<String, String> NAMES = Map.ofEntries(Map.entry("sslmode", "sslmode"), Map.entry("sslcert", "sslcert"), Map.entry("sslkey", "sslkey"),
            Map.entry("sslpassword", "sslpassword"), Map.entry("sslrootcert", "sslrootcert"), Map.entry("sslnegotiation", "sslNegotiation"), Map.entry("connect_timeout", "connectTimeout"),
            Map.entry("application_name", "ApplicationName"), Map.entry("options", "options"), Map.entry("gssencmode", "gssEncMode"), Map.entry("channel_binding", "channelBinding"),
            Map.entry("krbsrvname", "kerberosServerName"), Map.entry("target_session_attrs", "targetServerType"), Map.entry("require_auth", "requireAuth"));
    private static final Map<String, String> TARGETS = Map.of("any", "any", "read-write", "primary", "primary", "primary", "read-only", "secondary", "standby", "secondary", "prefer-standby", "preferSecondary");

    static ConnectionUri parse(String text) throws SQLException {
        int start = text.indexOf("://");
        if (!text.startsWith("postgresql://") && !text.startsWith("postgres://")) {
            throw bad("not a PostgreSQL URI");
        }
        String rest = text.substring(start + 3);
        int question = rest.indexOf('?');
        Map<String, String> parameters = parameters(question < 0 ? "" : rest.substring(question + 1));
        rest = question < 0 ? rest : rest.substring(0, question);
        int slash = rest.indexOf('/');
        String database = slash < 0 ? "" : decoded(rest.substring(slash + 1));
        String authority = slash < 0 ? rest : rest.substring(0, slash);
        int at = authority.lastIndexOf('@');
        String login = at < 0 ? "" : authority.substring(0, at);
        int colon = login.indexOf(':');
        String user = take(parameters, "user", decoded(colon < 0 ? login : login.substring(0, colon)));
        String password = take(parameters, "password", colon < 0 ? "" : decoded(login.substring(colon + 1)));
        database = take(parameters, "dbname", database);
        var hosts = new ArrayList<String>();
        var ports = new ArrayList<Integer>();
        hosts(take(parameters, "host", authority.substring(at + 1)), take(parameters, "port", ""), hosts, ports);
        return new ConnectionUri(List.copyOf(hosts), List.copyOf(ports), user, password, database, properties(parameters));
    }

    private static void hosts(String list, String ports, List<String> hosts, List<Integer> numbers) throws SQLException {
        String[] more = ports.split(",");
        int index = 0;
        for (String element : list.split(",", -1)) {
            int bracket = element.indexOf(']');
            int colon = element.indexOf(':', Math.max(0, bracket));
            String host = decoded(colon < 0 || element.startsWith("/") ? element : element.substring(0, colon));
            host = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
            String port = colon < 0 || element.startsWith("/") ? more[Math.min(index, more.length - 1)] : element.substring(colon + 1);
            hosts.add(host.isEmpty() ? "localhost" : host);
            try {
                numbers.add(port.isEmpty() ? PostgresqlDriver.PORT : Integer.parseInt(port));
            } catch (NumberFormatException e) {
                throw bad("invalid port number");
            }
            index++;
        }
    }

    private static Map<String, String> parameters(String query) throws SQLException {
        var values = new LinkedHashMap<String, String>();
        for (String pair : query.isEmpty() ? new String[0] : query.split("&")) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw bad("missing key/value separator \"=\" in URI query parameter");
            }
            values.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
        }
        return values;
    }

    private static Map<String, String> properties(Map<String, String> parameters) throws SQLException {
        var properties = new LinkedHashMap<String, String>();
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            String name = NAMES.get(parameter.getKey());
            if (name == null) {
                throw bad("invalid URI query parameter: \"" + parameter.getKey() + "\"");
            }
            String value = name.equals("targetServerType") ? TARGETS.get(parameter.getValue()) : parameter.getValue();
            if (value == null) {
                throw bad("invalid target_session_attrs value");
            }
            properties.put(name, value);
        }
        return Map.copyOf(properties);
    }

    private static String take(Map<String, String> parameters, String name, String otherwise) {
        String value = parameters.remove(name);
        return value == null ? otherwise : value;
    }

    private static String decoded(String text) throws SQLException {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw bad("invalid percent-encoded token");
        }
    }

    /** Without the text: it may hold a password. */
    private static SQLException bad(String why) {
        return new SQLException("invalid connection URI: " + why, "08001");
    }
}
