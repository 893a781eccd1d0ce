// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.LogicalLines;

/**
 * Reads the list grammar that {@link DomainList} and {@link NetworkList} share.
 *
 * <pre>
 *   pattern       whatever the kind of list makes of it
 *   !pattern      ends the search with "no" where the pattern matches
 *   /file         patterns from a file, in its place; comments and continuation lines as in main.cf. A change is taken when it is complete ({@link Tables#text})
 *   type:table    whatever the kind of list looks up in a table
 * </pre>
 * The first pattern that matches decides. A file that cannot be read is a pattern that answers "unavailable": a list must not shrink because of a typing error.
 */
final class MatchList {

    /** Files that include files deeper than this are taken for a loop. */
    private static final int MAX_DEPTH = 20;

    /** One step of a search through a list. */
    interface Step<Q> {
        /** Nothing where it leaves the decision to the next one. */
        Optional<Answer> decide(Q query);
    }

    /** One pattern: decides where it matches, or where nobody can say. */
    interface Element<Q> extends Step<Q> {
        Answer match(Q query);

        @Override
        default Optional<Answer> decide(Q query) {
            Answer answer = match(query);
            return answer instanceof Answer.NotFound ? Optional.empty() : Optional.of(answer);
        }
    }

    /** How one kind of list reads what has no general meaning. */
    interface Kind<Q> {
        Element<Q> table(TableList table);

        /** One plain pattern, in lower case. */
        Element<Q> pattern(String text);

        /** Several names at once, for kinds that can look a name up in a set; null where the kind cannot. */
        Element<Q> names(Set<String> names);
    }

    private record Negated<Q>(Element<Q> inner) implements Step<Q> {
        @Override
        public Optional<Answer> decide(Q query) {
            return inner.decide(query).map(answer -> answer instanceof Answer.Found ? Answer.NOT_FOUND : answer);
        }
    }

    private final String title;
    private final Tables tables;

    private MatchList(String title, Tables tables) {
        this.title = title;
        this.tables = tables;
    }

    static <Q> List<Step<Q>> parse(String text, String title, Tables tables, Kind<Q> kind) {
        var out = new ArrayList<Step<Q>>();
        new MatchList(title, tables).parse(Lists.split(text), false, kind, out, 0);
        return List.copyOf(out);
    }

    static <Q> Answer match(List<Step<Q>> steps, Q query) {
        return decide(steps, query).orElse(Answer.NOT_FOUND);
    }

    /** Nothing where no pattern matches. */
    private static <Q> Optional<Answer> decide(List<Step<Q>> steps, Q query) {
        for (Step<Q> step : steps) {
            Optional<Answer> decided = step.decide(query);
            if (decided.isPresent()) {
                return decided;
            }
        }
        return Optional.empty();
    }

    private <Q> void parse(List<String> words, boolean negatedFile, Kind<Q> kind, List<Step<Q>> out, int depth) {
        var names = new HashSet<String>();
        for (String word : words) {
            int start = 0;
            boolean negated = negatedFile;
            while (start < word.length() && word.charAt(start) == '!') {
                negated = !negated;
                start++;
            }
            String pattern = word.substring(start);
            if (pattern.isEmpty()) {
                out.add(broken("no pattern after '!'"));
                continue;
            }
            boolean plain = !negated && pattern.charAt(0) != '/' && !isTable(pattern);
            if (plain && kind.names(Set.of()) != null) {
                names.add(pattern.toLowerCase(Locale.ROOT));
                continue;
            }
            flush(names, kind, out);
            if (pattern.charAt(0) == '/') {
                file(pattern, negated, kind, out, depth);
            } else {
                // The answer counts as yes or no, whatever it says and whatever the list is part of, such as the "domain" of an LDAP table: as in Postfix nothing is demanded.
                Element<Q> element = isTable(pattern) ? kind.table(tables.open(pattern, title, Protection.NONE)) : kind.pattern(pattern.toLowerCase(Locale.ROOT));
                out.add(negated ? new Negated<>(element) : element);
            }
        }
        flush(names, kind, out);
    }

    private static <Q> void flush(Set<String> names, Kind<Q> kind, List<Step<Q>> out) {
        if (!names.isEmpty()) {
            out.add(kind.names(Set.copyOf(names)));
            names.clear();
        }
    }

    private <Q> void file(String name, boolean negated, Kind<Q> kind, List<Step<Q>> out, int depth) {
        if (depth >= MAX_DEPTH) {
            out.add(broken("files nested too deeply: " + name));
            return;
        }
        out.add(new FromFile<>(Path.of(name), text -> {
            var steps = new ArrayList<Step<Q>>();
            for (LogicalLines.Line line : LogicalLines.of(text)) {
                parse(Lists.split(line.text()), negated, kind, steps, depth + 1);
            }
            return List.copyOf(steps);
        }, why -> broken("open file " + name + ": " + why)));
    }

    /** The patterns of a file, as they are when they are asked for. Any thread. */
    private final class FromFile<Q> implements Step<Q> {

        private record Read<Q>(String text, List<Step<Q>> steps) {}

        private final Path file;
        private final Function<String, List<Step<Q>>> parser;
        private final Function<String, Step<Q>> broken;
        private volatile Read<Q> read;

        FromFile(Path file, Function<String, List<Step<Q>>> parser, Function<String, Step<Q>> broken) {
            this.file = file;
            this.parser = parser;
            this.broken = broken;
        }

        @Override
        public Optional<Answer> decide(Q query) {
            return MatchList.decide(steps(), query);
        }

        private List<Step<Q>> steps() {
            Read<Q> now = read;
            try {
                String text = tables.text(file);
                if (now == null || !now.text.equals(text)) {
                    now = new Read<>(text, parser.apply(text));
                    read = now;
                }
            } catch (IOException e) {
                // What was read once is better than nothing.
                return now == null ? List.of(broken.apply(e.getMessage())) : now.steps;
            }
            return now.steps;
        }
    }

    private <Q> Element<Q> broken(String why) {
        Answer answer = Answer.unavailable(title + ": " + why);
        return query -> answer;
    }

    /** {@code type:name}; {@code [::1]/128} is none. */
    private static boolean isTable(String pattern) {
        return pattern.charAt(0) != '[' && pattern.indexOf(':') > 0;
    }
}
