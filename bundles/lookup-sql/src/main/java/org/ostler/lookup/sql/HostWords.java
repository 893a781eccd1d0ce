// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.sql.SqlServer;

/** Reads the words of {@code hosts}: {@code host}, {@code host:port}, {@code inet:host:port}, {@code unix:/path}, {@code postgresql://...}. */
final class HostWords {

    record Place(String shown, int rank, SqlServer.Address address) {}

    private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://.*", Pattern.DOTALL);
    private static final Pattern PASSWORD = Pattern.compile("(//[^/@?]*?:)[^@]*(@)|([?&](?:ssl)?password=)[^&]*");
    private static final Map<String, Integer> SERVICES = Map.of("postgresql", 5432, "postgres", 5432, "mysql", 3306);

    private final Dialect dialect;
    private final Map<String, String> options;

    /** @param options what MySQL's option file says: {@code socket}, {@code port} */
    HostWords(Dialect dialect, Map<String, String> options) {
        this.dialect = dialect;
        this.options = options;
    }

    /** A single host is there twice: after a failure it is tried once more at once, because it may be the front of many. */
    List<Place> read(List<String> words) throws TableOpenException {
        var places = new ArrayList<Place>();
        for (String word : words) {
            places.add(dialect == Dialect.PGSQL ? pgsql(word) : mysql(word));
        }
        if (places.size() == 1) {
            places.add(places.getFirst());
        }
        return places;
    }

    private static Place pgsql(String word) throws TableOpenException {
        if (URI.matcher(word).matches()) {
            return new Place(PASSWORD.matcher(word).replaceAll(found -> found.group(1) == null ? found.group(3) + "..." : found.group(1) + "...@"), 2, new SqlServer.Uri(word));
        }
        String rest = withoutPrefix(word);
        return rest.isEmpty() || rest.startsWith("/") ? new Place(word, 0, new SqlServer.Unix(rest)) : tcp(word, rest, 0);
    }

    private Place mysql(String word) throws TableOpenException {
        if (word.startsWith("unix:")) {
            return new Place(word, 0, new SqlServer.Unix(word.substring("unix:".length())));
        }
        int port = options.getOrDefault("port", "").matches("\\d{1,5}") ? Integer.parseInt(options.get("port")) : 0;
        Place place = tcp(word, withoutPrefix(word), port);
        boolean localhost = place.address instanceof SqlServer.Tcp(String host, int _) && host.equalsIgnoreCase("localhost");
        // The MySQL way: this means the socket.
        return localhost ? new Place(word, 0, new SqlServer.Unix(options.getOrDefault("socket", ""))) : place;
    }

    private static Place tcp(String word, String rest, int otherwise) throws TableOpenException {
        int colon = rest.lastIndexOf(':');
        String port = colon < 0 ? "" : rest.substring(colon + 1);
        String host = colon < 0 ? rest : rest.substring(0, colon);
        int number = port.isEmpty() ? otherwise : port.matches("\\d{1,5}") ? Integer.parseInt(port) : SERVICES.getOrDefault(port, -1);
        if (number < 0 || number > 65535) {
            throw new TableOpenException("unknown service: " + port + "/tcp");
        }
        return new Place(word, 1, new SqlServer.Tcp(host.isEmpty() ? "localhost" : host, number));
    }

    private static String withoutPrefix(String word) {
        return word.startsWith("unix:") || word.startsWith("inet:") ? word.substring("unix:".length()) : word;
    }
}
