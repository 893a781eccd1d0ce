// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;

/**
 * Reads lists of tables and keeps one {@link Handle} per {@code type:name} and {@link Protection}: what is refused to one caller, or read otherwise for it, is not to another. The common half of {@link TablesService} and {@link PlainTables}.
 *
 * <p><b>Threads</b> any.
 */
final class Handles implements Tables {

    /** One that has not been opened yet is no trouble. */
    private static final Comparator<TableStatistics> WORST_LAST = Comparator.<TableStatistics, Boolean>comparing(one -> !one.condition().trouble().isEmpty()).thenComparing(one -> one.condition().open());

    private final Opener opener;
    private final ConcurrentHashMap<Key, Handle> handles = new ConcurrentHashMap<>();
    /** With an open table; among them those that were forgotten and then asked by somebody who had kept them. */
    private final Set<Handle> open = ConcurrentHashMap.newKeySet();

    private final ConcurrentHashMap<Path, ListFile> files = new ConcurrentHashMap<>();

    private record Key(String type, String name, Protection protection) {}

    Handles(Opener opener) {
        this.opener = opener;
    }

    /** A word of a list, taken apart; type and name are empty where it has not the form. */
    private record Word(String text, String type, String name) {

        static Word of(String element) {
            String text = TableSpec.withoutProxy(element);
            int colon = text.indexOf(':');
            boolean formed = colon > 0 && colon < text.length() - 1;
            return formed ? new Word(element, text.substring(0, colon), text.substring(colon + 1)) : new Word(element, "", "");
        }

        boolean isFormed() {
            return !type.isEmpty();
        }

        String complaint() {
            return "open dictionary: expecting \"type:name\" form instead of \"" + text + "\"";
        }
    }

    @Override
    public TableList open(String maps, String title) {
        return open(maps, title, Protection.NONE);
    }

    @Override
    public TableList open(String maps, String title, Protection protection) {
        var parts = new ArrayList<Part>();
        for (String element : Lists.split(maps)) {
            Word word = Word.of(element);
            if (word.isFormed()) {
                parts.add(handle(word, protection)::find);
            } else {
                opener.warnings().accept(title + ": " + word.complaint());
                Answer answer = Answer.unavailable(title + ": " + word.complaint());
                parts.add((key, exact) -> answer);
            }
        }
        return new OpenList(maps, parts.toArray(Part[]::new));
    }

    private Handle handle(Word word, Protection protection) {
        return handles.computeIfAbsent(new Key(word.type, word.name, protection), key -> new Handle(key.type, key.name, key.protection, opener, open));
    }

    @Override
    public List<String> check(String maps, String title) {
        return check(maps, title, Protection.NONE);
    }

    @Override
    public List<String> check(String maps, String title, Protection protection) {
        // A line may be good for another parameter that has the same table, so it is said for which it is not.
        Consumer<String> warnings = protection == Protection.NONE ? opener.warnings() : line -> opener.warnings().accept(title + ": " + line);
        return check(maps, title, new Trial(protection, new HashSet<>(), warnings));
    }

    private List<String> check(String maps, String title, Trial trial) {
        var wrong = new ArrayList<String>();
        for (String element : Lists.split(maps)) {
            Word word = Word.of(element);
            if (!word.isFormed()) {
                wrong.add(title + ": " + word.complaint());
            } else if (trial.seen.add(new Key(word.type, word.name, trial.protection))) {
                tryToOpen(word, trial).forEach(why -> wrong.add(title + ": " + why));
            }
        }
        return wrong;
    }

    /** Opens a table once, and those that it is made of. */
    private List<String> tryToOpen(Word word, Trial trial) {
        Opener.State state = opener.state();
        Provider provider = state == null ? null : opener.registry().slot(word.type).awaitToOpen(state.patience());
        if (provider == null) {
            return List.of("unsupported dictionary type: " + word.type);
        }
        var parts = new ArrayList<String>();
        var spec = new TableSpec(word.type, word.name, state.settings(), state.configDirectory(), new Checked(trial, parts), trial.warnings, trial.protection);
        try (Table table = provider.factory.open(spec)) {
            return parts;
        } catch (TableOpenException | RuntimeException | Error e) {
            parts.add(word.type + ":" + word.name + " is unavailable. " + (e instanceof TableOpenException ? e.getMessage() : Opening.bug(word.type, e)));
            return parts;
        } finally {
            provider.endOpen(null);
        }
    }

    /** For a table that is made of others. When it tries one, what there is to warn of is not said: it is said when that one is opened to be asked, once. */
    Tables parts() {
        return new Parts();
    }

    private final class Parts implements Tables {
        @Override
        public TableList open(String maps, String title) {
            return Handles.this.open(maps, title);
        }

        @Override
        public TableList open(String maps, String title, Protection protection) {
            return Handles.this.open(maps, title, protection);
        }

        @Override
        public List<String> check(String maps, String title) {
            return check(maps, title, Protection.NONE);
        }

        @Override
        public List<String> check(String maps, String title, Protection protection) {
            return Handles.this.check(maps, title, new Trial(protection, new HashSet<>(), _ -> {}));
        }

        @Override
        public String text(Path file) throws IOException {
            return Handles.this.text(file);
        }
    }

    @Override
    public String text(Path file) throws IOException {
        ListFile known = files.get(file);
        return (known != null ? known : files.computeIfAbsent(file, name -> new ListFile(name, opener))).text();
    }

    /** A new generation of the configuration. */
    void renew() {
        Opener.State state = opener.state();
        // One deadline for all: of many files on a file server that is gone each would take the whole time.
        long deadline = System.nanoTime() + (state == null ? 0 : state.lookupTimeout().toNanos());
        files.values().forEach(ListFile::renew);
        files.values().removeIf(file -> file.isRenewed(deadline));
        sweep();
    }

    /** @param seen tables that have been looked at, for those that name themselves */
    private record Trial(Protection protection, Set<Key> seen, Consumer<String> warnings) {}

    /** The tables that a table under check is made of. */
    private final class Checked implements Tables {
        private final Trial trial;
        private final List<String> wrong;

        Checked(Trial trial, List<String> wrong) {
            this.trial = trial;
            this.wrong = wrong;
        }

        @Override
        public TableList open(String maps, String title) {
            return open(maps, title, trial.protection);
        }

        @Override
        public TableList open(String maps, String title, Protection protection) {
            wrong.addAll(check(maps, title, protection));
            return Handles.this.open(maps, title, protection);
        }

        @Override
        public List<String> check(String maps, String title) {
            return check(maps, title, trial.protection);
        }

        @Override
        public List<String> check(String maps, String title, Protection protection) {
            return Handles.this.check(maps, title, new Trial(protection, trial.seen, trial.warnings));
        }

        @Override
        public String text(Path file) throws IOException {
            return Handles.this.text(file);
        }
    }

    /** Forgets and closes what has not been asked since the last call. Handles that somebody still holds open again when they are asked. */
    void sweep() {
        open.forEach(handle -> {
            if (!handles.containsValue(handle)) {
                handle.sweep();
            }
        });
        handles.values().removeIf(Handle::sweep);
    }

    void close() {
        open.forEach(handle -> handle.close(true));
        handles.values().forEach(handle -> handle.close(true));
        handles.clear();
    }

    @Override
    public List<TableStatistics> statistics() {
        var all = new LinkedHashSet<>(handles.values());
        all.addAll(open);
        return all.stream().collect(Collectors.groupingBy(Handle::text, TreeMap::new, Collectors.toList())).values().stream().map(Handles::statistics).toList();
    }

    /** Of handles of one text, as one table: the condition is that of the one that is worst off. */
    private static TableStatistics statistics(List<Handle> same) {
        List<TableStatistics> each = same.stream().map(Handle::statistics).toList();
        if (each.size() == 1) {
            return each.getFirst();
        }
        TableStatistics worst = each.stream().max(WORST_LAST).orElseThrow();
        Tally tally = Tally.sum(same.stream().map(handle -> handle.tally).toList());
        return new TableStatistics(worst.table(), worst.source(), worst.condition(), tally.counts(), tally.latency());
    }

    @FunctionalInterface
    private interface Part {
        Answer find(String key, boolean exact);
    }

    private record OpenList(String text, Part[] parts) implements TableList {

        @Override
        public Answer find(String key) {
            return find(key, false);
        }

        @Override
        public Answer findExact(String key) {
            return find(key, true);
        }

        private Answer find(String key, boolean exact) {
            if (key.isEmpty()) {
                return Answer.NOT_FOUND;
            }
            for (Part part : parts) {
                Answer answer = part.find(key, exact);
                if (!(answer instanceof Answer.NotFound)) {
                    return answer;
                }
            }
            return Answer.NOT_FOUND;
        }

        @Override
        public boolean isEmpty() {
            return parts.length == 0;
        }
    }
}
