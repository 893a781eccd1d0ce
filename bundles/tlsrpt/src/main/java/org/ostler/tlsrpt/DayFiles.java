// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsReports.Policy;
import org.ostler.mail.tls.TlsResult;

/**
 * The counts of each day (UTC) in {@code data_directory/tlsrpt/2026-06-01.counts}, and what has been reported of it in {@code 2026-06-01.sent}.
 *
 * <p>Both are only appended to, line by line. A line that a crash cut short is left aside by the reader and ended by the next writer.
 * <pre>
 *   counts:  times TAB recipient domain TAB kind TAB policy domain TAB strings TAB mx TAB result TAB detail TAB sender TAB host TAB address TAB hello TAB .
 *   sent:    recipient domain TAB where to, or - where nobody wants it
 * </pre>
 * Lists are joined by {@code \,}; backslash, TAB and line ends are written as {@code \\ \t \n \r}; the final point tells a whole line.
 *
 * <p><b>Threads</b> one that counts, any that send. <b>Blocking</b> all. <b>Bounds</b> {@value #MOST_BYTES} bytes a day: a file that would be longer is added up first.
 */
final class DayFiles {

    static final long MOST_BYTES = 32L << 20;
    private static final String COUNTS = ".counts";
    private static final String SENT = ".sent";
    private static final int FIELDS = 13;
    private static final String WHOLE = ".";

    private final Path directory;
    private final long mostBytes;

    DayFiles(Path directory) {
        this(directory, MOST_BYTES);
    }

    /** Tests. @param mostBytes of a day */
    DayFiles(Path directory, long mostBytes) {
        this.directory = directory;
        this.mostBytes = mostBytes;
    }

    /** Only one caller at a time. @return false: the day's file is full, and these counts are lost */
    boolean append(LocalDate day, List<Tally.Count> counts) throws IOException {
        Path file = directory.resolve(day + COUNTS);
        var lines = new StringBuilder();
        counts.forEach(count -> lines.append(line(count)));
        if (size(file) + lines.length() > mostBytes) {
            compact(day, file);
            if (size(file) + lines.length() > mostBytes / 4 * 3) {
                return false;
            }
        }
        append(file, lines.toString());
        return true;
    }

    /** One line for each outcome instead of one for each time that counts were written down. */
    private void compact(LocalDate day, Path file) throws IOException {
        var sums = new LinkedHashMap<Attempt, Long>();
        read(day, count -> sums.merge(count.attempt(), count.times(), Long::sum));
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (BufferedWriter out = Files.newBufferedWriter(fresh)) {
            for (Map.Entry<Attempt, Long> sum : sums.entrySet()) {
                out.write(line(new Tally.Count(day, sum.getKey(), sum.getValue())));
            }
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void sent(LocalDate day, String domain, String where) throws IOException {
        append(directory.resolve(day + SENT), escaped(domain) + '\t' + escaped(where) + '\n');
    }

    private synchronized void append(Path file, String lines) throws IOException {
        Files.createDirectories(directory);
        boolean torn = size(file) > 0 && !endsWell(file);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer rest = ByteBuffer.wrap(((torn ? "\n" : "") + lines).getBytes(StandardCharsets.UTF_8));
            while (rest.hasRemaining()) {
                out.write(rest);
            }
        }
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException _) {
            return 0;
        }
    }

    private static boolean endsWell(Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            in.read(last, in.size() - 1);
            return last.get(0) == '\n';
        }
    }

    /** Days with counts, the oldest first. */
    List<LocalDate> days() throws IOException {
        var days = new ArrayList<LocalDate>();
        try (var files = Files.newDirectoryStream(directory, "*" + COUNTS)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                try {
                    days.add(LocalDate.parse(name.substring(0, name.length() - COUNTS.length())));
                } catch (DateTimeParseException _) {
                    // somebody else's file
                }
            }
        } catch (NoSuchFileException _) {
            return List.of();
        }
        days.sort(null);
        return days;
    }

    /** Hands over each count of a day. */
    void read(LocalDate day, Consumer<Tally.Count> each) throws IOException {
        try (BufferedReader in = reader(directory.resolve(day + COUNTS))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                parse(day, line).ifPresent(each);
            }
        }
    }

    /** Lines of what was sent, {@code domain TAB where}, as {@link #key} makes them. */
    Set<String> sent(LocalDate day) throws IOException {
        var lines = new HashSet<String>();
        try (BufferedReader in = reader(directory.resolve(day + SENT))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (NoSuchFileException _) {
            // nothing yet
        }
        return lines;
    }

    static String key(String domain, String where) {
        return escaped(domain) + '\t' + escaped(where);
    }

    /** A day is over and done with. */
    void delete(LocalDate day) throws IOException {
        Files.deleteIfExists(directory.resolve(day + COUNTS));
        Files.deleteIfExists(directory.resolve(day + SENT));
    }

    /** A disk that has gone wrong in the middle of a file costs the lines that it hit. */
    private static BufferedReader reader(Path file) throws IOException {
        return new BufferedReader(new java.io.InputStreamReader(Files.newInputStream(file),
                StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE)));
    }

    private static String line(Tally.Count count) {
        Attempt a = count.attempt();
        Policy p = a.policy();
        return count.times() + "\t" + String.join("\t", escaped(a.recipientDomain()), p.kind().name(), escaped(p.domain()), joined(p.strings()), joined(p.mx()),
                a.failure().map(TlsResult::name).orElse(""), escaped(a.detail()), escaped(a.sendingAddress()), escaped(a.mxHost()), escaped(a.mxAddress()), escaped(a.mxHello()), WHOLE) + "\n";
    }

    private static Optional<Tally.Count> parse(LocalDate day, String line) {
        String[] f = line.split("\t", -1);
        if (f.length != FIELDS || !f[FIELDS - 1].equals(WHOLE)) {
            return Optional.empty();
        }
        try {
            Policy policy = new Policy(Kind.valueOf(f[2]), plain(f[3]), split(f[4]), split(f[5]));
            Optional<TlsResult> failure = f[6].isEmpty() ? Optional.empty() : Optional.of(TlsResult.valueOf(f[6]));
            var attempt = new Attempt(plain(f[1]), policy, failure, plain(f[7]), plain(f[8]), plain(f[9]), plain(f[10]), plain(f[11]));
            return Optional.of(new Tally.Count(day, attempt, Long.parseLong(f[0])));
        } catch (IllegalArgumentException _) {
            return Optional.empty(); // written by another version, or damaged
        }
    }

    private static String joined(List<String> texts) {
        return String.join("\\,", texts.stream().map(DayFiles::escaped).toList());
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static List<String> split(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        var parts = new ArrayList<String>();
        int start = 0;
        for (int i = 0; i < text.length() - 1; i++) {
            if (text.charAt(i) == '\\') {
                if (text.charAt(i + 1) == ',') {
                    parts.add(plain(text.substring(start, i)));
                    start = i + 2;
                }
                i++;
            }
        }
        parts.add(plain(text.substring(start)));
        return parts;
    }

    private static String plain(String text) {
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                char escape = text.charAt(++i);
                out.append(switch (escape) {
                    case 't' -> '\t';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    default -> escape;
                });
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
