// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Templates;
import org.ostler.mail.lookup.sql.SqlServer;

/**
 * What one table's parameters say; read when the table is opened.
 *
 * <p><b>Threads</b> any; immutable. <b>Errors</b> {@link TableOpenException} in Postfix's words.
 */
final class TableSetup {

    /** Rows of one answer; what is more is a mistake in the query. */
    static final int MAX_ROWS = 100_000;
    private static final List<String> TLS = List.of("tls_cert_file", "tls_key_file", "tls_CAfile", "tls_CApath", "tls_ciphers");

    final Dialect dialect;
    final TableSpec spec;
    final List<Path> sources;
    /** No list of domains says for which keys it is meant. */
    final boolean asksAll;
    final Templates templates;
    final QueryTemplate query;
    final Templates.Result result;
    final TextEncoding encoding;
    final List<Host> hosts;
    final Duration idle;
    final Duration retry;
    final int connections;
    final boolean requireResultSet;
    /** Of one lookup; divided between the hosts. */
    final Duration deadline;

    TableSetup(TableSpec spec, Dialect dialect) throws TableOpenException {
        this.spec = spec;
        this.dialect = dialect;
        TableParameters parameters = TableParameters.of(spec);
        sources = parameters.sources();
        deadline = spec.lookupTimeout();
        String domain = parameters.text("domain", "");
        asksAll = domain.isBlank();
        templates = new Templates(spec, domain);
        encoding = TextEncoding.of(dialect, encodingName(parameters));
        String text = queryText(parameters);
        if (dialect == Dialect.SQLITE) {
            QueryTemplate.withoutQuotes(text).forEach(each -> spec.warnings().accept("sqlite:" + spec.name() + ": query >" + text + "< contains >" + each + "< without the recommended '' quotes"));
        }
        QueryTemplate.inComments(text, dialect).forEach(each -> spec.warnings().accept(dialect.type + ":" + spec.name() + ": query >" + text + "< contains >" + each + "< in a comment -- left out"));
        query = QueryTemplate.of(encoding.toServer(text), dialect, templates, spec.name());
        result = templates.result(parameters.text("result_format", "%s", 1), Math.max(0, parameters.integer("expansion_limit", 0)));
        boolean server = dialect != Dialect.SQLITE;
        idle = Duration.ofSeconds(server ? parameters.integer("idle_interval", 60, 1, Integer.MAX_VALUE) : 60);
        retry = Duration.ofSeconds(server ? parameters.integer("retry_interval", 60, 1, Integer.MAX_VALUE) : 0);
        connections = parameters.integer("connection_limit", server ? 8 : 4, 1, 100);
        requireResultSet = dialect != Dialect.MYSQL || parameters.yesNo("require_result_set", true);
        hosts = server ? hosts(parameters) : List.of(file(parameters));
        parameters.warnUnused();
    }

    private String encodingName(TableParameters parameters) throws TableOpenException {
        return switch (dialect) {
            case PGSQL -> parameters.text("encoding", "UTF8", 1);
            case MYSQL -> parameters.text("charset", "utf8mb4", 1);
            case SQLITE -> "UTF8";
        };
    }

    private String queryText(TableParameters parameters) throws TableOpenException {
        String query = parameters.text("query", "");
        if (!query.isEmpty()) {
            return query;
        }
        String function = dialect == Dialect.PGSQL ? parameters.text("select_function", "") : "";
        if (!function.isEmpty()) {
            return "SELECT " + function + "('%s')";
        }
        String table = parameters.text("table", "", 1);
        String field = parameters.text("select_field", "", 1);
        String where = parameters.text("where_field", "", 1);
        return "SELECT " + field + " FROM " + table + " WHERE " + where + "='%s' " + parameters.text("additional_conditions", "");
    }

    /** sqlite_table(5): {@code dbpath}, relative to where Postfix would be, its queue directory, or to the configuration in a command. */
    private Host file(TableParameters parameters) throws TableOpenException {
        String name = parameters.text("dbpath", "", 1);
        Path path = spec.configDirectory().resolve(name);
        if (!Files.isReadable(path)) {
            String why = Files.exists(path) ? "Permission denied" : "No such file or directory";
            throw new TableOpenException("sqlite:" + spec.name() + ": open database " + name + ": unable to open database file: " + why);
        }
        var limits = new SqlServer.Limits(deadline, deadline);
        return new Host(name, 0, new SqlServer(new SqlServer.File(path.toString()), new SqlServer.Login("", ""), "", limits, Map.of()));
    }

    private List<Host> hosts(TableParameters parameters) throws TableOpenException {
        String user = parameters.text("user", "");
        String password = parameters.text("password", "");
        Map<String, String> options = dialect == Dialect.MYSQL ? mysqlOptions(parameters) : Map.of();
        if (!options.isEmpty()) {
            user = user.isEmpty() ? options.getOrDefault("user", "") : user;
            password = password.isEmpty() ? options.getOrDefault("password", "") : password;
        }
        List<String> words = parameters.list("hosts", "");
        var addresses = new HostWords(dialect, options);
        List<HostWords.Place> places = addresses.read(words.isEmpty() ? List.of("localhost") : words);
        boolean needsDatabase = dialect == Dialect.MYSQL || places.stream().anyMatch(place -> !(place.address() instanceof SqlServer.Uri));
        String database = parameters.text("dbname", "", needsDatabase ? 1 : 0);
        // Half of the time for the first host, so that another can still be asked; the answer may take all that is left.
        var limits = new SqlServer.Limits(Duration.ofMillis(Math.max(1000, deadline.toMillis() / 2)), deadline.plusSeconds(1));
        var login = new SqlServer.Login(user, password);
        return places.stream().map(place -> new Host(place.shown(), place.rank(), new SqlServer(place.address(), login, database, limits, options))).toList();
    }

    private Map<String, String> mysqlOptions(TableParameters parameters) throws TableOpenException {
        String file = parameters.text("option_file", "");
        String group = parameters.text("option_group", "client");
        var options = new LinkedHashMap<String, String>();
        if (!file.isEmpty() || !group.isEmpty()) {
            options.putAll(MyCnf.read(file.isEmpty() ? List.of() : List.of(spec.configDirectory().resolve(file)), group, spec.warnings()));
        }
        for (String name : TLS) {
            if (parameters.isSet(name)) {
                options.put(name, parameters.text(name, ""));
            }
        }
        if (parameters.isSet("tls_verify_cert")) {
            options.put("tls_verify_cert", parameters.yesNo("tls_verify_cert", false) ? "yes" : "no");
        }
        return options;
    }

    /** Takes passwords out of what a driver says, should one ever be in it. */
    String withoutSecrets(String text) {
        String clean = text;
        for (Host host : hosts) {
            String password = host.server().login().password();
            clean = password.isEmpty() ? clean : clean.replace(password, "...");
        }
        return clean;
    }
}
