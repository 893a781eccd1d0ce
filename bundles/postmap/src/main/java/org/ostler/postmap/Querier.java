// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Trait;
import org.ostler.postmap.Postmap.Fatal;
import org.ostler.postmap.Postmap.Surroundings;

/** Answers {@code -q}, {@code -d} and {@code -s}. One thread. */
final class Querier {

    private record Opened(TableSpec spec, Table table) {

        /** Whether values name files: the text is what is read, behind {@code debug:} too. */
        boolean isSource() {
            return table instanceof Watched watch ? watch.behind.isSource() : ValueFiles.isSource(spec, table);
        }
    }

    /** A table behind {@code debug:}. Keys come as they were asked for, and are folded as the table behind it wants them. */
    private final class Watched implements Table {

        final Opened behind;

        Watched(Opened behind) {
            this.behind = behind;
        }

        @Override
        public Answer find(String key) {
            Answer answer = Querier.this.ask(behind.table, key);
            String shown = switch (answer) {
                case Answer.Found(String value) -> value;
                case Answer.NotFound _ -> "not_found";
                case Answer.Unavailable(String why) -> why.equals(TableSpec.EMPTY_RESULT) ? "" : "error";
            };
            types.info(behind.spec.text() + " lookup: \"" + Key.shown(key) + "\" = \"" + shown + "\"");
            return answer;
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.CASE_SENSITIVE_KEYS);
        }

        @Override
        public void close() {
            behind.table.close();
        }
    }

    private static final int DEEPEST = 10;

    private final Request request;
    private final Surroundings around;
    private final Types types;
    private final List<Opened> tables = new ArrayList<>();
    private final Rows rows;

    Querier(Request request, Surroundings around, Types types) {
        this.request = request;
        this.around = around;
        this.types = types;
        this.rows = new Rows(request, around.out());
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
            rows.flush();
            tables.forEach(opened -> opened.table.close());
        }
    }

    private boolean query() throws Fatal, IOException {
        if (!request.key().equals("-")) {
            Key key = Key.given(request.key());
            if (!key.isText()) {
                openAll();
            }
            Optional<String> found = isGood(key) ? find(key.text()) : Optional.empty();
            found.ifPresent(value -> rows.value(key.text(), value));
            return found.isPresent();
        }
        openAll();
        boolean any = false;
        var lines = new InputLines(around.in(), rows::flush);
        var message = request.message() ? new MessageKeys(lines, request, new MimeStructure(limit("mime_nesting_limit"), limit("mime_boundary_length_limit")), limit("header_size_limit")) : null;
        for (String line = message == null ? lines.next() : message.next(); line != null; line = message == null ? lines.next() : message.next()) {
            Key key = Key.of(line);
            Optional<String> found = isGood(key) ? find(key.text()) : Optional.empty();
            if (found.isPresent()) {
                any = true;
                rows.entry(key, found.get());
            }
        }
        return any;
    }

    /** Before the first key, so that a mistake shows at once. */
    private void openAll() throws Fatal {
        for (int i = 0; i < request.maps().size(); i++) {
            table(i);
        }
    }

    private int limit(String name) throws Fatal {
        String value = types.settings().text(name).strip();
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new Fatal("bad numerical configuration: " + name + " = " + value);
        }
    }

    /** Where keys are text, one that is none is in no table; with {@code smtputf8_enable = no} they are bytes to Postfix, which asks for all. */
    private boolean isGood(Key key) {
        if (key.isText() || !request.utf8() || types.settings().text("smtputf8_enable").strip().equals("no")) {
            return true;
        }
        for (String map : request.maps()) {
            types.warn(map + ": non-UTF-8 key \"" + MailLog.printable(Key.shown(key.text())) + "\": malformed UTF-8 or invalid codepoint");
        }
        return false;
    }

    private Opened table(int index) throws Fatal {
        if (index == tables.size()) {
            TableSpec spec = types.spec(request.maps().get(index), false);
            tables.add(new Opened(spec, open(spec)));
        }
        return tables.get(index);
    }

    private Answer ask(Table table, String key) {
        return table.find(table.traits().contains(Trait.CASE_SENSITIVE_KEYS) ? key : request.folded(key));
    }

    private Table open(TableSpec spec) throws Fatal {
        Optional<TableSpec> watched = types.watched(spec, false);
        if (watched.isPresent()) {
            return new Watched(new Opened(watched.get(), open(watched.get())));
        }
        TableFactory factory = types.factory(spec.type());
        try {
            return factory.open(spec);
        } catch (TableOpenException e) {
            throw new Fatal(e);
        } catch (Types.Unsupported e) {
            throw new Fatal(e.getMessage());
        }
    }

    /** The first table that knows the key; those behind it are not even opened. */
    private Optional<String> find(String key) throws Fatal {
        for (int i = 0; i < request.maps().size(); i++) {
            Opened opened = table(i);
            switch (ask(opened.table, key)) {
                case Answer.Found(String stored) -> {
                    Optional<String> value = shown(opened, key, stored);
                    if (value.isPresent()) {
                        return value;
                    }
                    if (!opened.isSource()) {
                        throw new Fatal("table " + opened.spec.text() + ": query error");
                    }
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

    /** With -F the content of the files; nothing, and a warning, where a source names one that cannot be read, or a value is no base64. */
    private Optional<String> shown(Opened opened, String key, String stored) {
        if (!request.files()) {
            return Optional.of(stored);
        }
        try {
            return Optional.of(opened.isSource() ? new String(ValueFiles.content(around.directory(), stored), StandardCharsets.UTF_8) : ValueFiles.decoded(stored));
        } catch (IOException e) {
            types.warn(opened.spec.text() + ": " + e.getMessage() + ": skipping this entry");
        } catch (IllegalArgumentException e) {
            types.warn("table " + opened.spec.text() + ": key " + key + ": malformed BASE64 value: " + stored);
        }
        return Optional.empty();
    }

    /** The first table only, as in Postfix. */
    private boolean list() throws Fatal {
        if (request.maps().isEmpty()) {
            return false;
        }
        Opened first = table(0);
        var watched = new ArrayList<TableSpec>();
        while (first.table instanceof Watched watch) {
            first = watch.behind;
            watched.addFirst(first.spec);
        }
        Opened opened = hindmost(first, 0);
        boolean can = opened.table.list((key, value) -> {
            watched.forEach(spec -> types.info(spec.text() + " sequence: \"" + key + "\" = \"" + value + "\""));
            shown(opened, key, value).ifPresent(text -> rows.entry(key, text));
        });
        if (!can) {
            throw new Fatal("table " + opened.spec.text() + ": sequence operation is not supported");
        }
        watched.forEach(spec -> types.info(spec.text() + " sequence: found EOF"));
        return true;
    }

    private boolean delete() throws Fatal, IOException {
        List<String> keys = keysGiven();
        boolean any = false;
        for (String map : request.maps()) {
            TableSpec spec = types.spec(map, true);
            Map<String, Boolean> gone = request.maps().size() > 1 ? deleteWhereThere(spec, keys) : delete(spec, keys, 0);
            gone.forEach((key, was) -> rows.deleted(spec.text(), key, was));
            any |= gone.containsValue(true);
        }
        return any;
    }

    /** Of several tables one that is not there has none of the keys: what the others have lost counts. Postfix makes an empty one. */
    private Map<String, Boolean> deleteWhereThere(TableSpec spec, List<String> keys) throws Fatal, IOException {
        try {
            return delete(spec, keys, 0);
        } catch (Fatal e) {
            if (e.getCause() == null || !(e.getCause().getCause() instanceof IOException why) || !TableSource.reason(why).equals("No such file or directory")) {
                throw e;
            }
            types.warn(e.getMessage());
            return Map.of();
        }
    }

    /** The one named, or those on standard input, without empty ones, which are in no table that can be changed. */
    private List<String> keysGiven() throws IOException {
        if (!request.key().equals("-")) {
            Key key = Key.given(request.key());
            return isGood(key) ? List.of(key.text()) : List.of();
        }
        var keys = new ArrayList<String>();
        var lines = new InputLines(around.in(), rows::flush);
        for (String line = lines.next(); line != null; line = lines.next()) {
            Key key = Key.of(line);
            if (!key.text().isEmpty() && isGood(key)) {
                keys.add(key.text());
            }
        }
        return keys;
    }

    /** Which were there. Where another table stands behind, it is changed first, and what it says counts: in front of it is a memory only. */
    private Map<String, Boolean> delete(TableSpec spec, List<String> keys, int depth) throws Fatal, IOException {
        Optional<TableSpec> watched = types.watched(spec, true);
        if (watched.isPresent()) {
            Map<String, Boolean> were = delete(watched.get(), keys, depth);
            were.forEach((key, was) -> types.info(watched.get().text() + " delete: \"" + key + "\": " + (was ? "success" : "failed")));
            return were;
        }
        TableMaker maker = types.maker(spec.type()).orElseThrow(() -> readOnly(spec));
        open(spec).close();
        // A change may run twice; what the last run found counts.
        var gone = new LinkedHashMap<String, Boolean>();
        try {
            Optional<TableSpec> behind = behind(spec, maker, depth);
            Map<String, Boolean> first = behind.isEmpty() ? gone : delete(behind.get(), keys, depth + 1);
            maker.change(spec, new TableMaker.Options(false, Optional.empty(), 0644, 0), table -> {
                for (String key : keys) {
                    gone.put(key, table.delete(request.folded(key)));
                }
            });
            return first;
        } catch (TableOpenException e) {
            throw new Fatal(e.getMessage());
        }
    }

    private Optional<TableSpec> behind(TableSpec spec, TableMaker maker, int depth) throws Fatal, TableOpenException {
        Optional<String> behind = maker.behind(spec);
        if (behind.isPresent() && depth == DEEPEST) {
            throw new Fatal(spec.text() + ": more than " + DEEPEST + " tables one behind the other");
        }
        return behind.isPresent() ? Optional.of(types.spec(behind.get(), false)) : Optional.empty();
    }

    /** The one to be listed in place of {@code opened}: the one at the very back. */
    private Opened hindmost(Opened opened, int depth) throws Fatal {
        try {
            Optional<TableMaker> maker = types.maker(opened.spec.type());
            Optional<TableSpec> behind = maker.isPresent() ? behind(opened.spec, maker.get(), depth) : Optional.empty();
            if (behind.isEmpty()) {
                return opened;
            }
            var next = new Opened(behind.get(), open(behind.get()));
            tables.add(next);
            return hindmost(next, depth + 1);
        } catch (TableOpenException e) {
            throw new Fatal(e.getMessage());
        }
    }

    private Fatal readOnly(TableSpec spec) {
        try {
            types.factory(spec.type());
        } catch (Fatal e) {
            return e;
        }
        return new Fatal(spec.text() + " map requires O_RDONLY access mode");
    }
}
