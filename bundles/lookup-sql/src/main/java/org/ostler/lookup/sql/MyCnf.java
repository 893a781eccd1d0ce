// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;

/**
 * MySQL's option files, as far as a client needs them: {@code user}, {@code password}, {@code port}, {@code socket} and the {@code ssl-} options of the group {@code [client]} and one more.
 *
 * <p>The {@code ssl-} options come back under the names of mysql_table(5). {@code !include} and {@code !includedir} are followed, four deep. <b>Threads</b> one. <b>Blocking</b> reads files.
 */
final class MyCnf {

    private static final List<Path> USUAL = List.of(Path.of("/etc/my.cnf"), Path.of("/etc/mysql/my.cnf"));
    private static final Map<String, String> NAMES = Map.of("user", "user", "password", "password", "port", "port", "socket", "socket", "ssl-ca", "tls_CAfile", "ssl-capath", "tls_CApath", "ssl-cert", "tls_cert_file",
            "ssl-key", "tls_key_file", "ssl-cipher", "tls_ciphers", "ssl-verify-server-cert", "tls_verify_cert");
    private static final int DEPTH = 4;

    private final Set<String> groups;
    private final Consumer<String> warnings;
    private final Map<String, String> options = new LinkedHashMap<>();

    private MyCnf(Set<String> groups, Consumer<String> warnings) {
        this.groups = groups;
        this.warnings = warnings;
    }

    /** @param files the one that was named, or none for the usual ones, which need not be there */
    static Map<String, String> read(List<Path> files, String group, Consumer<String> warnings) throws TableOpenException {
        var reader = new MyCnf(Stream.concat(Stream.of("client", "client-server", "client-mariadb"), Stream.of(group)).collect(Collectors.toUnmodifiableSet()), warnings);
        try {
            for (Path file : files.isEmpty() ? USUAL : files) {
                if (!files.isEmpty() || Files.isReadable(file)) {
                    reader.file(file, 0);
                }
            }
        } catch (IOException e) {
            throw new TableOpenException("open " + files + ": " + TableSource.reason(e), e);
        }
        return reader.options;
    }

    private void file(Path file, int depth) throws IOException {
        if (depth > DEPTH) {
            warnings.accept(file + ": !include nested too deep");
            return;
        }
        boolean ours = false;
        for (String raw : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            String line = raw.strip();
            if (line.startsWith("!includedir ")) {
                directory(Path.of(line.substring("!includedir ".length()).strip()), depth);
            } else if (line.startsWith("!include ")) {
                file(Path.of(line.substring("!include ".length()).strip()), depth + 1);
            } else if (line.startsWith("[")) {
                ours = groups.contains(line.replaceAll("^\\[\\s*|\\s*].*$", ""));
            } else if (ours && !line.isEmpty() && "#;".indexOf(line.charAt(0)) < 0) {
                option(line);
            }
        }
    }

    private void directory(Path directory, int depth) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".cnf")).sorted().toList()) {
                file(file, depth + 1);
            }
        }
    }

    private void option(String line) {
        int equals = line.indexOf('=');
        String name = NAMES.get((equals < 0 ? line : line.substring(0, equals)).strip().replace('_', '-'));
        if (name == null) {
            return;
        }
        String value = equals < 0 ? "1" : unquoted(line.substring(equals + 1).strip());
        boolean yes = !Set.of("0", "off", "false").contains(value.toLowerCase(java.util.Locale.ROOT));
        options.put(name, name.equals("tls_verify_cert") ? yes ? "yes" : "no" : value);
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2 && (value.charAt(0) == '"' || value.charAt(0) == '\'') && value.charAt(value.length() - 1) == value.charAt(0);
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
