// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * From wishes to parts: what is named, what that needs, what this needs in turn.
 *
 * <p>A wish is the name of a part, {@code table:TYPE}, {@code program:NAME} (the word in the command column of master.cf) or {@code engine:NAME} (of {@code tls_provider}). Where several parts meet a requirement, one that is there already does; else the
 * vendor has to choose. What is not standard comes by its name only: a store that forgets must never be somebody's surprise. A part of several table types that is there for one of them has the needs of that one
 * ({@code table:sqlite} brings one driver); by its name, those of all. <b>Threads</b> one. <b>Errors</b> {@link Unmet}, for each wish and each requirement its sentence.
 */
final class Closure {

    /** Parts of every assembly: without them no configuration is read and no command answered. */
    static final List<String> ALWAYS = List.of("config-maincf", "control");

    private static final String TABLE = "table:";

    /** Wishes that cannot be met. */
    static final class Unmet extends Exception {
        private static final long serialVersionUID = 1L;

        Unmet(String message) {
            super(message);
        }
    }

    private record Open(Clause requirement, Part from) {}

    private final Collection<Part> all;
    private final SequencedMap<Part, String> chosen = new LinkedHashMap<>();
    private final Set<Open> known = new HashSet<>();
    /** What somebody wrote into a manifest comes first: it is more exact than a reference, which several drivers could meet. */
    private final ArrayDeque<Open> stated = new ArrayDeque<>();
    private final ArrayDeque<Open> references = new ArrayDeque<>();

    private Closure(Collection<Part> all) {
        this.all = all;
    }

    /** @return the parts, each with the reason why it is there, in the order in which they were found */
    static SequencedMap<Part, String> of(Collection<Part> all, List<String> wishes) throws Unmet {
        var closure = new Closure(all);
        for (String wish : wishes) {
            Part part = closure.wished(wish);
            closure.choose(part, "named", wish.startsWith(TABLE) ? Set.of(wish.substring(TABLE.length())) : part.words(Part.TABLE));
        }
        for (String name : ALWAYS) {
            closure.choose(closure.wished(name), "always there", Set.of());
        }
        for (Open next = closure.next(); next != null; next = closure.next()) {
            closure.meet(next);
        }
        return closure.chosen;
    }

    private Open next() {
        return stated.isEmpty() ? references.poll() : stated.poll();
    }

    /** @param types of tables for which the part is wanted */
    private void choose(Part part, String reason, Set<String> types) {
        chosen.putIfAbsent(part, reason);
        for (Clause requirement : part.needs()) {
            var need = new Open(requirement, part);
            if (Part.counts(requirement, types) && known.add(need)) {
                (Part.isStated(requirement) ? stated : references).add(need);
            }
        }
    }

    private void meet(Open next) throws Unmet {
        Part part = chosen.keySet().stream().filter(each -> each.meets(next.requirement)).findFirst().orElse(null);
        if (part == null) {
            part = pick(all.stream().filter(Part::standard).filter(each -> each.meets(next.requirement)).toList(), words(next.requirement), next.from.name() + " needs ");
        }
        String type = next.requirement.wanted().get(Part.TABLE);
        choose(part, "needed by " + next.from.name(), type == null ? part.words(Part.TABLE) : Set.of(type));
    }

    private Part wished(String wish) throws Unmet {
        int colon = wish.indexOf(':');
        String word = wish.substring(colon + 1);
        List<Part> found = switch (wish.substring(0, Math.max(colon, 0))) {
            case "" -> all.stream().filter(part -> part.name().equals(wish)).toList();
            case "table" -> all.stream().filter(Part::standard).filter(part -> part.words(Part.TABLE).contains(word)).toList();
            case "program" -> all.stream().filter(Part::standard).filter(part -> part.words(Part.PROGRAM).contains(word)).toList();
            case "engine" -> all.stream().filter(Part::standard).filter(part -> part.words(Part.ENGINE).contains(word)).toList();
            default -> throw new Unmet(wish + ": name a part, table:TYPE, program:NAME or engine:NAME");
        };
        return pick(found, wish, "");
    }

    private static Part pick(List<Part> found, String what, String who) throws Unmet {
        if (found.isEmpty()) {
            throw new Unmet(who + what + ", which no part provides");
        }
        if (found.size() > 1) {
            throw new Unmet(who + what + ", which several parts provide: name one of " + String.join(", ", found.stream().map(Part::name).toList()));
        }
        return found.getFirst();
    }

    /** A requirement as one reads it: {@code org.ostler.mail.dns.Dns}, {@code org.ostler.program error}. */
    private static String words(Clause requirement) {
        var words = new ArrayList<String>();
        for (Map.Entry<String, String> each : requirement.wanted().entrySet()) {
            words.add(each.getKey().equals("objectClass") ? each.getValue() : each.getKey() + " " + each.getValue());
        }
        return String.join(" and ", words);
    }
}
