// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.tailor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * From wishes to parts: what is named, what that needs, what this needs in turn.
 *
 * <p>A wish is the name of a part, {@code table:TYPE} or {@code program:NAME} (the word in the command column of master.cf). Where several parts meet a requirement, one that is there already does; else the
 * vendor has to choose. What is not standard comes by its name only: a store that forgets must never be somebody's surprise. <b>Threads</b> one. <b>Errors</b> {@link Unmet}, for each wish and each requirement its sentence.
 */
final class Closure {

    /** Parts of every assembly: without them no configuration is read and no command answered. */
    static final List<String> ALWAYS = List.of("config-maincf", "control");

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
    private final ArrayDeque<Open> open = new ArrayDeque<>();

    private Closure(Collection<Part> all) {
        this.all = all;
    }

    /** @return the parts, each with the reason why it is there, in the order in which they were found */
    static SequencedMap<Part, String> of(Collection<Part> all, List<String> wishes) throws Unmet {
        var closure = new Closure(all);
        for (String wish : wishes) {
            closure.choose(closure.wished(wish), "named");
        }
        for (String name : ALWAYS) {
            closure.choose(closure.wished(name), "always there");
        }
        for (Open next = closure.open.poll(); next != null; next = closure.open.poll()) {
            closure.meet(next);
        }
        return closure.chosen;
    }

    private void choose(Part part, String reason) {
        if (chosen.putIfAbsent(part, reason) == null) {
            part.needs().forEach(requirement -> open.add(new Open(requirement, part)));
        }
    }

    private void meet(Open next) throws Unmet {
        if (chosen.keySet().stream().noneMatch(part -> part.meets(next.requirement))) {
            choose(pick(all.stream().filter(Part::standard).filter(part -> part.meets(next.requirement)).toList(), words(next.requirement), next.from.name() + " needs "), "needed by " + next.from.name());
        }
    }

    private Part wished(String wish) throws Unmet {
        int colon = wish.indexOf(':');
        String word = wish.substring(colon + 1);
        List<Part> found = switch (wish.substring(0, Math.max(colon, 0))) {
            case "" -> all.stream().filter(part -> part.name().equals(wish)).toList();
            case "table" -> all.stream().filter(Part::standard).filter(part -> part.words(Part.TABLE).contains(word)).toList();
            case "program" -> all.stream().filter(Part::standard).filter(part -> part.words(Part.PROGRAM).contains(word)).toList();
            default -> throw new Unmet(wish + ": name a part, table:TYPE or program:NAME");
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
