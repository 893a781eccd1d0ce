// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.lookup.spi.AliasSource;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.postmap.EffectiveUser.FileOwner;
import org.ostler.postmap.EffectiveUser.OpenSource;
import org.ostler.postmap.Postmap.Fatal;
import org.ostler.postmap.Postmap.Program;
import org.ostler.postmap.Postmap.Surroundings;

/** Builds tables from their source files, or adds to them from standard input. One thread. */
final class Builder {

    private static final int ROOT = 0;
    private static final String STDIN = "stdin";
    private static final int USUAL_PERMISSIONS = 0644;
    /** An array of Java, in which the text is. */
    private static final int LARGEST_SOURCE = Integer.MAX_VALUE - 8;

    private final Request request;
    private final Surroundings around;
    private final Types types;
    /** Said about the table in hand; printed when it is done. */
    private final List<String> warnings = new ArrayList<>();
    /** The tables behind {@code debug:}, the innermost first, and what is to be told of each update. */
    private final List<TableSpec> watched = new ArrayList<>();
    private final List<String> updates = new ArrayList<>();
    private final Progress progress;
    private long entries;
    private long duplicates;

    Builder(Request request, Surroundings around, Types types) {
        this.request = request;
        this.around = around;
        this.types = types;
        this.progress = new Progress(around.err(), around.terminal(), around.nanoTime());
    }

    int run() throws Fatal {
        boolean increment = request.mode() == Request.Mode.INCREMENT;
        try {
            // Standard input can be read once, a change may run twice.
            Source added = increment ? new Source(around.in().readAllBytes(), isRoot() ? FileOwner.of(around.input()) : null) : null;
            for (String map : increment ? request.maps().subList(0, 1) : request.maps()) {
                TableSpec spec = increment ? watched(types.spec(map, true)) : types.spec(map, true);
                Source source = increment ? added : source(spec);
                try (EffectiveUser owner = owner(spec, source.owner, increment)) {
                    build(spec, source.text, increment);
                }
                new Rows(request, around.out()).built(spec.text(), entries, duplicates, warnings);
                flush();
            }
            return 0;
        } catch (TableOpenException | IOException e) {
            progress.end();
            flush();
            throw new Fatal(e.getMessage());
        }
    }

    private void build(TableSpec spec, byte[] text, boolean increment) throws Fatal, TableOpenException, IOException {
        TableMaker maker = types.maker(spec.type()).orElseThrow(() -> unable(spec, increment));
        progress.begin(spec.text(), around.terminal() ? lines(text) : 0);
        maker.change(spec, options(spec, !increment, text), change(spec, text, increment ? STDIN : spec.name()));
        progress.end();
    }

    /** @param owner null where it does not matter */
    private record Source(byte[] text, FileOwner owner) {}

    private boolean isRoot() throws IOException {
        return request.asOwner() && FileOwner.self().user() == ROOT;
    }

    /** The one whom the source belongs to where root builds; null where nobody else takes over. Where a directory is not root's but what root makes there would be, somebody must set that right. */
    private EffectiveUser owner(TableSpec spec, FileOwner source, boolean increment) throws IOException {
        if (source == null) {
            return null;
        }
        if (source.regular() && source.user() != ROOT) {
            return new EffectiveUser(source);
        }
        String directory = spec.name().contains("/") ? spec.name().substring(0, Math.max(1, spec.name().lastIndexOf('/'))) : ".";
        if (FileOwner.of(spec.configDirectory().resolve(directory)).user() != ROOT) {
            String files = spec.name() + ".*";
            types.warn("Creating root-owned database file(s) " + files + " in non-root-owned directory " + directory + ". Files " + (increment ? STDIN : spec.name()) + ", " + files
                    + ", and directory " + directory + " should have the same owner. Please fix ownership to avoid a privilege-escalation attack.");
        }
        return null;
    }

    private TableSpec watched(TableSpec spec) throws Fatal {
        TableSpec last = spec;
        for (Optional<TableSpec> next = types.watched(spec, true); next.isPresent(); next = types.watched(last, true)) {
            last = next.get();
            watched.addFirst(last);
        }
        return last;
    }

    private static long lines(byte[] text) {
        long lines = 0;
        for (byte b : text) {
            lines += b == '\n' ? 1 : 0;
        }
        return lines;
    }

    private Fatal unable(TableSpec spec, boolean increment) {
        try {
            types.factory(spec.type());
        } catch (Fatal e) {
            return new Fatal("unsupported map type: " + spec.type());
        }
        return new Fatal(increment ? spec.text() + " map requires O_RDONLY access mode" : "no 'map create' support for this type: " + spec.type());
    }

    private Source source(TableSpec spec) throws Fatal {
        try {
            if (!isRoot()) {
                return new Source(content(spec, spec.file()), null);
            }
            try (OpenSource open = OpenSource.of(spec.file())) {
                return new Source(content(spec, open.path()), FileOwner.of(open.path()));
            }
        } catch (IOException e) {
            throw new Fatal("open " + spec.name() + ": " + TableSource.reason(e));
        }
    }

    private static byte[] content(TableSpec spec, Path file) throws Fatal, IOException {
        try (var in = Files.newByteChannel(file)) {
            if (in.size() > LARGEST_SOURCE) {
                throw new Fatal("open " + spec.name() + ": " + in.size() + " bytes are more than can be taken at once: " + LARGEST_SOURCE);
            }
        }
        return Files.readAllBytes(file);
    }

    private TableMaker.Options options(TableSpec spec, boolean rebuild, byte[] text) throws IOException {
        boolean inherit = !request.defaultPermissions() && Files.exists(spec.file());
        int permissions = inherit ? USUAL_PERMISSIONS & (permissions(spec.file()) | 0700) : USUAL_PERMISSIONS;
        return new TableMaker.Options(rebuild, request.nul(), permissions, text.length);
    }

    private static int permissions(Path file) throws IOException {
        Set<PosixFilePermission> set = Files.getPosixFilePermissions(file);
        int mode = 0;
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            mode = mode << 1 | (set.contains(permission) ? 1 : 0);
        }
        return mode;
    }

    private void flush() {
        warnings.forEach(types::warn);
        warnings.clear();
        updates.forEach(types::info);
        updates.clear();
    }

    private TableMaker.Change change(TableSpec spec, byte[] text, String name) {
        return table -> {
            // What an earlier run said is said again.
            warnings.clear();
            updates.clear();
            entries = 0;
            duplicates = 0;
            TableSource source = TableSource.of(text, name, warnings::add);
            if (request.program() == Program.POSTALIAS) {
                aliases(spec, table, source);
            } else {
                while (source.next()) {
                    put(spec, table, source.line(), source.key(), request.files() ? content(source) : source.value());
                }
            }
            if (!request.utf8() && !source.foreign().isEmpty()) {
                // With -u Postfix keeps any bytes. To leave out here what it keeps would make mail bounce.
                throw new IOException(source.foreign() + ": with -u too, only UTF-8 text can be kept here");
            }
        };
    }

    private void aliases(TableSpec spec, TableMaker.Writer table, TableSource source) throws IOException {
        var names = new AliasSource(source);
        for (TableSource.Entry e = names.next(); e != null; e = names.next()) {
            put(spec, table, e.line(), e.key().getBytes(UTF_8), e.value().getBytes(UTF_8));
        }
        // Sendmail's mark of a complete table.
        table.put("@", "@", true);
    }

    private void put(TableSpec spec, TableMaker.Writer table, int line, byte[] written, byte[] value) throws IOException {
        progress.at(line);
        if (value == null) {
            return;
        }
        String shown = watched.isEmpty() ? "" : "\"" + new String(written, UTF_8) + "\" = \"" + new String(value, UTF_8) + "\"";
        byte[] key = request.folded(written);
        boolean done = table.put(key, value, request.replace());
        for (TableSpec each : watched) {
            updates.add(each.text() + " update: " + shown + ": " + (done ? "success" : "failed"));
        }
        if (done) {
            entries++;
            return;
        }
        duplicates++;
        if (!request.ignoreDuplicates()) {
            warnings.add(worded(spec) + ": duplicate entry: \"" + new String(key, UTF_8) + "\"");
        }
    }

    /** The table as Postfix's code for each type has it in this warning; Berkeley DB's with the name of the file. */
    private static String worded(TableSpec spec) {
        return switch (spec.type()) {
            case "cdb" -> spec.name();
            case "hash", "btree", "dbm" -> spec.name() + ".lmdb";
            default -> spec.text();
        };
    }

    /** What the files hold that the value names, in base64; null where one cannot be read. */
    private byte[] content(TableSource source) {
        try {
            return ValueFiles.encoded(ValueFiles.content(around.directory(), new String(source.value(), UTF_8))).getBytes(UTF_8);
        } catch (IOException e) {
            source.warn(source.line(), e.getMessage() + ": skipping this entry");
            return null;
        }
    }
}
