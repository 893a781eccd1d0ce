// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Trait;
import org.ostler.postmap.Postmap.Fatal;
import org.ostler.postmap.Postmap.Program;
import org.ostler.postmap.Postmap.Surroundings;

/** Answers {@code -q}, {@code -d} and {@code -s}. One thread. */
final class Querier {

    private record Opened(TableSpec spec, Table table) {}

    private final Request request;
    private final Surroundings around;
    private final Types types;
    private final List<Opened> tables = new ArrayList<>();

    Querier(Request request, Surroundings around, Types types) {
        this.request = request;
        this.around = around;
        this.types = types;
    }

    int run() throws Fatal {
        try {
            boolean found = switch (request.mode()) {
                case LIST -> list();
                case DELETE -> delete();
                default -> query();
            };
            return found ? 0 : 1;
        } catch (IOException e) {
            throw new Fatal(e.getMessage());
        } finally {
            tables.forEach(opened -> opened.table.close());
        }
    }

    private boolean query() throws Fatal, IOException {
        if (!request.key().equals("-")) {
            Optional<String> value = find(request.key());
            value.ifPresent(text -> around.out().print(text + "\n"));
            return value.isPresent();
        }
        // Opened before the first key, so that a mistake shows at once.
        for (int i = 0; i < request.maps().size(); i++) {
            table(i);
        }
        boolean any = false;
        var keys = request.headers() || request.body() ? new MessageKeys(around.in(), request.headers(), request.body()) : null;
        var lines = keys == null ? new BufferedInputStream(around.in()) : null;
        for (String key = keys == null ? line(lines) : keys.next(); key != null; key = keys == null ? line(lines) : keys.next()) {
            Optional<String> value = find(key);
            if (value.isPresent()) {
                any = true;
                around.out().print(key + (request.program() == Program.POSTALIAS ? ":\t" : "\t") + value.get() + "\n");
            }
        }
        return any;
    }

    private Opened table(int index) throws Fatal {
        if (index == tables.size()) {
            TableSpec spec = types.spec(request.maps().get(index), false);
            tables.add(new Opened(spec, open(spec)));
        }
        return tables.get(index);
    }

    private Table open(TableSpec spec) throws Fatal {
        TableFactory factory = types.factory(spec.type());
        try {
            return factory.open(spec);
        } catch (TableOpenException e) {
            throw new Fatal(e.getMessage());
        }
    }

    /** The first table that knows the key; those behind it are not even opened. */
    private Optional<String> find(String key) throws Fatal {
        for (int i = 0; i < request.maps().size(); i++) {
            Opened opened = table(i);
            boolean fold = request.fold() && !opened.table.traits().contains(Trait.CASE_SENSITIVE_KEYS);
            switch (opened.table.find(fold ? CaseFold.fold(key) : key)) {
                case Answer.Found(String value) -> {
                    return Optional.of(request.files() ? decoded(opened.spec, key, value) : value);
                }
                case Answer.Unavailable(String why) when why.equals(TableSpec.EMPTY_RESULT) -> {
                    return Optional.of("");
                }
                case Answer.Unavailable(String why) -> throw new Fatal(why.startsWith("error reading") ? why : "table " + opened.spec.text() + ": query error: " + why);
                case Answer.NotFound _ -> { }
            }
        }
        return Optional.empty();
    }

    private static String decoded(TableSpec spec, String key, String value) throws Fatal {
        try {
            return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Fatal("table " + spec.text() + ": key " + key + ": malformed BASE64 value: " + value);
        }
    }

    private boolean list() throws Fatal {
        boolean any = false;
        String between = request.program() == Program.POSTALIAS ? ":\t" : "\t";
        for (int i = 0; i < request.maps().size(); i++) {
            Opened opened = table(i);
            var failure = new Fatal[1];
            boolean can = opened.table.list((key, value) -> {
                try {
                    around.out().print(key + between + (request.files() ? decoded(opened.spec, key, value) : value) + "\n");
                } catch (Fatal e) {
                    failure[0] = e;
                }
            });
            if (failure[0] != null) {
                throw failure[0];
            }
            if (!can) {
                throw new Fatal("table " + opened.spec.text() + ": sequence operation is not supported");
            }
            any = true;
        }
        return any;
    }

    private boolean delete() throws Fatal, IOException {
        List<String> keys = request.key().equals("-") ? lines() : List.of(request.key());
        boolean any = false;
        for (String map : request.maps()) {
            TableSpec spec = types.spec(map, true);
            TableMaker maker = types.maker(spec.type()).orElseThrow(() -> readOnly(spec));
            open(spec).close();
            var found = new boolean[1];
            try {
                maker.change(spec, new TableMaker.Options(false, Optional.empty(), 0644, 0), table -> {
                    for (String key : keys) {
                        found[0] |= table.delete(request.fold() ? CaseFold.fold(key) : key);
                    }
                });
            } catch (TableOpenException e) {
                throw new Fatal(e.getMessage());
            }
            any |= found[0];
        }
        return any;
    }

    private Fatal readOnly(TableSpec spec) {
        try {
            types.factory(spec.type());
        } catch (Fatal e) {
            return e;
        }
        return new Fatal(spec.text() + " map requires O_RDONLY access mode");
    }

    private List<String> lines() throws IOException {
        var lines = new ArrayList<String>();
        var in = new BufferedInputStream(around.in());
        for (String line = line(in); line != null; line = line(in)) {
            lines.add(line);
        }
        return lines;
    }

    /** The next key: a line of text as it is; empty ones, and those that are no UTF-8, are passed over. */
    private String line(InputStream in) throws IOException {
        for (byte[] bytes = bytes(in); bytes != null; bytes = bytes(in)) {
            try {
                String key = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
                if (!key.isEmpty()) {
                    return key;
                }
            } catch (CharacterCodingException e) {
                String shown = new String(bytes, StandardCharsets.US_ASCII).replaceAll("[^ -~]", "?");
                types.warn(request.maps().getFirst() + ": non-UTF-8 key \"" + shown + "\": malformed UTF-8 or invalid codepoint");
            }
        }
        return null;
    }

    private static byte[] bytes(InputStream in) throws IOException {
        int first = in.read();
        if (first < 0) {
            return null;
        }
        var line = new ByteArrayOutputStream();
        for (int c = first; c >= 0 && c != '\n'; c = in.read()) {
            line.write(c);
        }
        return line.toByteArray();
    }
}
