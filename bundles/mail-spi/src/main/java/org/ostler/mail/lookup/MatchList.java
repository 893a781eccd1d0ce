// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.LogicalLines;

/**
 * Reads the list grammar that {@link DomainList} and {@link NetworkList} share.
 *
 * <pre>
 *   pattern       whatever the kind of list makes of it
 *   !pattern      ends the search with "no" where the pattern matches
 *   /file         patterns from a file, in its place; read once, comments and continuation lines as in main.cf
 *   type:table    whatever the kind of list looks up in a table
 * </pre>
 * The first pattern that matches decides. A file that cannot be read is a pattern that answers "unavailable": a list must not shrink because of a typing error.
 */
final class MatchList {

    /** Files that include files deeper than this are taken for a loop. */
    private static final int MAX_DEPTH = 20;

    /** One pattern. */
    interface Element<Q> {
        Answer match(Q query);
    }

    /** How one kind of list reads what has no general meaning. */
    interface Kind<Q> {
        Element<Q> table(TableList table);

        /** One plain pattern, in lower case. */
        Element<Q> pattern(String text);

        /** Several names at once, for kinds that can look a name up in a set; null where the kind cannot. */
        Element<Q> names(Set<String> names);
    }

    private record Negated<Q>(Element<Q> inner) implements Element<Q> {
        @Override
        public Answer match(Q query) {
            return inner.match(query);
        }
    }

    private final String title;
    private final Tables tables;

    private MatchList(String title, Tables tables) {
        this.title = title;
        this.tables = tables;
    }

    static <Q> List<Element<Q>> parse(String text, String title, Tables tables, Kind<Q> kind) {
        var out = new ArrayList<Element<Q>>();
        new MatchList(title, tables).parse(Lists.split(text), false, kind, out, 0);
        return List.copyOf(out);
    }

    static <Q> Answer match(List<Element<Q>> elements, Q query) {
        for (int i = 0; i < elements.size(); i++) {
            Element<Q> element = elements.get(i);
            Answer answer = element.match(query);
            if (answer instanceof Answer.Found) {
                return element instanceof Negated ? Answer.NOT_FOUND : answer;
            }
            if (answer instanceof Answer.Unavailable) {
                return answer;
            }
        }
        return Answer.NOT_FOUND;
    }

    private <Q> void parse(List<String> words, boolean negatedFile, Kind<Q> kind, List<Element<Q>> out, int depth) {
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
                Element<Q> element = isTable(pattern) ? kind.table(tables.open(pattern, title)) : kind.pattern(pattern.toLowerCase(Locale.ROOT));
                out.add(negated ? new Negated<>(element) : element);
            }
        }
        flush(names, kind, out);
    }

    private static <Q> void flush(Set<String> names, Kind<Q> kind, List<Element<Q>> out) {
        if (!names.isEmpty()) {
            out.add(kind.names(Set.copyOf(names)));
            names.clear();
        }
    }

    private <Q> void file(String name, boolean negated, Kind<Q> kind, List<Element<Q>> out, int depth) {
        if (depth >= MAX_DEPTH) {
            out.add(broken("files nested too deeply: " + name));
            return;
        }
        String content;
        try {
            content = Files.readString(Path.of(name), StandardCharsets.UTF_8);
        } catch (IOException e) {
            out.add(broken("open file " + name + ": " + e.getMessage()));
            return;
        }
        for (LogicalLines.Line line : LogicalLines.of(content)) {
            parse(Lists.split(line.text()), negated, kind, out, depth + 1);
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
