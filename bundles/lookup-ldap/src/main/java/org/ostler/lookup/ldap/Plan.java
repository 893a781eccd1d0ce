// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.sdk.DereferencePolicy;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.SearchScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Templates;

/**
 * What a table asks the directory, and what it takes from the answer.
 *
 * @param dynamicBase the key takes part in the search base, so that a base that does not exist means "not found"
 */
record Plan(TableSpec spec, Queries queries, boolean dynamicBase, SearchScope scope, DereferencePolicy dereference, Wanted wanted, Limits limits, boolean chase, boolean debug) {

    /** The templates. */
    record Queries(Templates templates, Templates.Query base, Templates.Query filter, Templates.Result format) {}

    /** @param entries of one search; 0 for any number */
    record Limits(int recursion, int entries) {}

    /**
     * Attributes that are asked for, in this order: terminal ones, those of leaves, ordinary ones, and the special ones that hold names of other entries.
     *
     * @param names     all of them
     * @param terminal  how many of the first are terminal
     * @param leafEnd   where those of leaves end
     * @param plainEnd  where the special ones begin
     */
    record Wanted(List<String> names, int terminal, int leafEnd, int plainEnd) {

        static Wanted of(TableParameters parameters) throws TableOpenException {
            var names = new ArrayList<>(parameters.list("terminal_result_attribute", ""));
            int terminal = names.size();
            names.addAll(parameters.list("leaf_result_attribute", ""));
            int leafEnd = names.size();
            names.addAll(parameters.list("result_attribute", "maildrop"));
            int plainEnd = names.size();
            names.addAll(parameters.list("special_result_attribute", ""));
            return new Wanted(List.copyOf(names), terminal, leafEnd, plainEnd);
        }

        List<String> terminalNames() {
            return names.subList(0, terminal);
        }

        List<String> specialNames() {
            return names.subList(plainEnd, names.size());
        }

        /** Where the wanted attribute stands of which {@code name} is the same or a subtype ({@code cn;lang-de}); the number of names where there is none. */
        int indexOf(String name) {
            int at = 0;
            while (at < names.size() && !isSameOrSubtype(names.get(at), name)) {
                at++;
            }
            return at;
        }

        /** RFC 4512 section 2.5: names of attributes know no case; options stand behind semicolons. */
        static boolean isSameOrSubtype(String general, String special) {
            return special.regionMatches(true, 0, general, 0, general.length()) && (special.length() == general.length() || special.charAt(general.length()) == ';');
        }
    }

    static Plan of(TableSpec spec, TableParameters parameters) throws TableOpenException {
        String scopeName = parameters.text("scope", "sub", 1);
        String base = parameters.text("search_base", "");
        String filter = parameters.text("query_filter", "(mailacceptinggeneralid=%s)");
        String format = parameters.text("result_format", "");
        String oldFormat = parameters.text("result_filter", "%s", 1);
        int expansionLimit = parameters.integer("expansion_limit", 0);

        var templates = new Templates(spec, parameters.text("domain", ""));
        var queries = new Queries(templates, templates.query(base), templates.query(filter), templates.result(format.isEmpty() ? oldFormat : format, expansionLimit));
        if (queries.filter().isFixed()) {
            warn(spec, ": Fixed query_filter " + filter + " is probably useless");
        }
        warnOfIgnored(spec, parameters);
        int version = parameters.integer("version", 3, 2, Integer.MAX_VALUE);
        if (version != 3) {
            warn(spec, version == 2 ? " version 2 is historic (RFC 3494), using 3." : " Unknown version " + version + ", using 3.");
        }
        var limits = new Limits(parameters.integer("recursion_limit", 1000, 1, Integer.MAX_VALUE), Math.max(0, parameters.integer("size_limit", expansionLimit)));
        return new Plan(spec, queries, !queries.base().isFixed(), scope(spec, scopeName), dereference(spec, parameters.integer("dereference", 0)), Wanted.of(parameters), limits,
                parameters.yesNo("chase_referrals", false), parameters.integer("debuglevel", 0) > 0);
    }

    private static void warn(TableSpec spec, String what) {
        spec.warnings().accept("dict_ldap_open: " + spec.name() + what);
    }

    /** What nobody has a use for here must not be set in silence. */
    private static void warnOfIgnored(TableSpec spec, TableParameters parameters) throws TableOpenException {
        if (!parameters.text("tls_random_file", "").isEmpty()) {
            // The JDK has its own source of randomness.
            warn(spec, " ignoring tls_random_file");
        }
        if (parameters.yesNo("cache", false)) {
            warn(spec, " ignoring cache");
        }
        for (String old : List.of("cache_expiry", "cache_size")) {
            if (parameters.integer(old, -1) >= 0) {
                warn(spec, " ignoring " + old);
            }
        }
    }

    private static SearchScope scope(TableSpec spec, String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "sub" -> SearchScope.SUB;
            case "one" -> SearchScope.ONE;
            case "base" -> SearchScope.BASE;
            default -> {
                warn(spec, ": Unrecognized value " + name + " specified for scope; using sub");
                yield SearchScope.SUB;
            }
        };
    }

    private static DereferencePolicy dereference(TableSpec spec, int number) {
        if (number < 0 || number > 3) {
            warn(spec, " Unrecognized value " + number + " specified for dereference; using 0");
            return DereferencePolicy.NEVER;
        }
        return DereferencePolicy.valueOf(number);
    }

    String base(String key) {
        return queries.base.expand(key, Plan::quotedInName);
    }

    /** @throws Trouble with the filter, where the key makes none of it: the server would find nothing, which is not the same as an entry that is not there */
    Filter filter(String key) throws Trouble {
        String text = queries.filter.expand(key, Plan::quotedInFilter);
        try {
            return FilterSyntax.parse(text);
        } catch (LDAPException e) {
            throw badFilter(text, e);
        }
    }

    private static Trouble badFilter(String text, LDAPException e) {
        return new Trouble("dict_ldap_lookup: Search error " + Trouble.number(e) + ": " + Trouble.text(e) + " -- " + text + ": " + e.getMessage(), Trouble.Kind.ANSWERED);
    }

    /** RFC 4515 section 3. */
    static String quotedInFilter(String part) {
        return quoted(part, "*()\\\0");
    }

    /** RFC 4514 section 2.4, and a little more, as in Postfix: blanks and hashes everywhere. */
    static String quotedInName(String part) {
        return quoted(part, " \t\"#+,;<>\\\0");
    }

    private static String quoted(String part, String special) {
        var out = new StringBuilder(part.length() + 8);
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (special.indexOf(c) >= 0) {
                out.append(String.format("\\%02X", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
