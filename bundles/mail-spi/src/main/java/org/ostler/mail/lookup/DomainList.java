// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;

/**
 * A list of domain names such as {@code mydestination} or {@code relay_domains}: names, {@code .domain}, {@code !pattern}, {@code /file}, {@code type:table}.
 *
 * <p>Two kinds, as in Postfix. An {@link #exact} list (mydestination, virtual_alias_domains, virtual_mailbox_domains) knows whole names only. A {@link #of parent-aware} list
 * (relay_domains, fast_flush_domains, debug_peer_list) takes {@code example.org} for its subdomains too where {@code parent_domain_matches_subdomains} names the
 * list, else {@code .example.org} stands for them. Tables are asked for the parents likewise.
 *
 * <p>Parsing costs: parse once per {@code Settings} (see {@code PerSettings}).
 *
 * <p><b>Threads</b> any; immutable. <b>Blocking</b> table lookups. <b>Errors</b> {@link Answer.Unavailable}: then nobody knows whether the name is in the list, and the caller
 * answers 4xx or defers. <b>Nulls</b> none.
 */
public final class DomainList {

    private enum Style { EXACT, DOTTED, PARENT }

    private final List<MatchList.Step<String>> steps;

    private DomainList(List<MatchList.Step<String>> steps) {
        this.steps = steps;
    }

    /** Whole names only. @param title parameter name, for messages */
    public static DomainList exact(String text, String title, Tables tables) {
        return new DomainList(MatchList.parse(text, title, tables, new Names(Style.EXACT)));
    }

    /** @param parents a name stands for its subdomains too */
    public static DomainList of(String text, String title, boolean parents, Tables tables) {
        return new DomainList(MatchList.parse(text, title, tables, new Names(parents ? Style.PARENT : Style.DOTTED)));
    }

    /** The value of a parameter, with its place in parent_domain_matches_subdomains. */
    public static DomainList of(String parameter, Settings settings, Tables tables) {
        return of(settings.text(parameter), parameter, parentMatches(settings, parameter), tables);
    }

    /** Whether {@code parent_domain_matches_subdomains} names this parameter. */
    public static boolean parentMatches(Settings settings, String parameter) {
        return Lists.split(settings.text("parent_domain_matches_subdomains")).contains(parameter);
    }

    public boolean isEmpty() {
        return steps.isEmpty();
    }

    /** @return Found with what matched, NotFound, or Unavailable */
    public Answer match(String name) {
        return steps.isEmpty() || name.isEmpty() ? Answer.NOT_FOUND : MatchList.match(steps, name.toLowerCase(Locale.ROOT));
    }

    private record Names(Style style) implements MatchList.Kind<String> {

        @Override
        public MatchList.Element<String> table(TableList table) {
            return style == Style.EXACT ? table::find : name -> inTable(table, name, style == Style.PARENT);
        }

        @Override
        public MatchList.Element<String> pattern(String text) {
            return names(Set.of(text));
        }

        @Override
        public MatchList.Element<String> names(Set<String> names) {
            return name -> inSet(names, name);
        }

        private Answer inSet(Set<String> names, String name) {
            if (names.contains(name)) {
                return Answer.found(name);
            }
            if (style == Style.EXACT) {
                return Answer.NOT_FOUND;
            }
            for (int dot = name.indexOf('.', 1); dot > 0; dot = name.indexOf('.', dot + 1)) {
                String parent = name.substring(style == Style.PARENT ? dot + 1 : dot);
                if (names.contains(parent)) {
                    return Answer.found(parent);
                }
            }
            return Answer.NOT_FOUND;
        }
    }

    /** Asks for the name, then for its parents with or without their leading dot; tables of patterns see the whole name only. */
    static Answer inTable(TableList table, String name, boolean parents) {
        Answer answer = table.find(name);
        for (int dot = name.indexOf('.', 1); answer instanceof Answer.NotFound && dot > 0; dot = name.indexOf('.', dot + 1)) {
            answer = table.findExact(name.substring(parents ? dot + 1 : dot));
        }
        return answer;
    }
}
