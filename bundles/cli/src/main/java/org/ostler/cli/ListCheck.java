// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.LogicalLines;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;

/**
 * Reads the files that stand in lists of domains and networks, and in the files in these, to say which of them a server could not; and finds the tables there. The grammar is that of {@link org.ostler.mail.lookup.DomainList}.
 *
 * <p>A list of which a file cannot be read makes mail wait: whoever is not named before it is neither in the list nor outside.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> reads the files.
 */
final class ListCheck {

    /** Parameters with a list of domains or networks, of all bundles here. {@code ListCheckTest} compares them with the code that opens such lists. */
    static final Set<String> LISTS = Set.of("mydestination", "mynetworks", "relay_domains", "virtual_alias_domains", "virtual_mailbox_domains", "fast_flush_domains", "smtpd_client_event_limit_exceptions",
            "smtpd_forbid_bare_newline_exclusions", "smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts", "smtp_connection_cache_destinations", "lmtp_connection_cache_destinations");
    /** Whose tables have such a list, {@code domain}, among their own parameters. */
    private static final Set<String> WITH_DOMAINS = Set.of("ldap", "pgsql", "mysql", "sqlite", "memcache");

    private final Set<String> read = new HashSet<>();
    private final List<String> wrong = new ArrayList<>();

    /** A line each. */
    List<String> wrong() {
        return wrong;
    }

    /**
     * Each file once, for the first list that has it.
     *
     * @param title in front of what is wrong
     * @return the tables in the list and its files, as written
     */
    List<String> tables(String list, String title) {
        var tables = new ArrayList<String>();
        walk(list, title, new HashSet<>(), tables);
        return tables;
    }

    /** The same for the list that a database's table may have, but for tables in the list itself: opening the database opens them, and it speaks of them. */
    List<String> tables(TableSpec database, String title) {
        if (!WITH_DOMAINS.contains(database.type())) {
            return List.of();
        }
        try {
            String files = Lists.split(TableParameters.of(database).text("domain", "")).stream().filter(word -> word.matches("!*/.*")).collect(Collectors.joining(" "));
            return tables(files, title);
        } catch (TableOpenException _) {
            return List.of(); // said when it is tried
        }
    }

    /** @param inside the files that led here */
    private void walk(String list, String title, Set<String> inside, List<String> tables) {
        for (String word : Lists.split(list)) {
            String pattern = word.replaceFirst("^!+", "");
            if (pattern.isEmpty()) {
                wrong.add(title + ": no pattern after '!'");
            } else if (pattern.charAt(0) == '/') {
                file(pattern, title, inside, tables);
            } else if (pattern.charAt(0) != '[' && pattern.indexOf(':') > 0) {
                tables.add(pattern);
            }
        }
    }

    /** Not as a server reads it, who waits for a file that was changed a moment ago. */
    private void file(String file, String title, Set<String> inside, List<String> tables) {
        if (inside.contains(file)) {
            wrong.add(title + ": files nested too deeply: " + file);
            return;
        }
        if (!read.add(file)) {
            return;
        }
        try {
            String text = Files.readString(Path.of(file), StandardCharsets.UTF_8);
            if (text.indexOf('\0') >= 0) {
                throw new IOException("has zero bytes in it, as a crash leaves them");
            }
            inside.add(file);
            for (LogicalLines.Line line : LogicalLines.of(text)) {
                walk(line.text(), title, inside, tables);
            }
            inside.remove(file);
        } catch (IOException e) {
            wrong.add(title + ": open file " + file + ": " + (e instanceof CharacterCodingException ? "is not UTF-8" : TableSource.reason(e)));
        }
    }
}
