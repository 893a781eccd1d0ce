// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.sdk.Filter;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * What OpenLDAP's library does with the text of a filter and this one does not: blanks are passed over, and names must be names (RFC 4512 sections 1.4 and 2.5).
 *
 * <p>The library takes anything for the name of an attribute, and a server finds nothing under {@code a b}: a lookup that could not be asked would look like one that found nothing. OpenLDAP's library,
 * and so Postfix, refuses such a filter before it is sent.
 */
final class FilterSyntax {

    private static final String TYPE = "(?:[A-Za-z][A-Za-z0-9-]*+|[0-9]++(?:\\.[0-9]++)*+)";
    private static final Pattern RULE = Pattern.compile(TYPE);
    private static final Pattern ATTRIBUTE = Pattern.compile(TYPE + "(?:;[A-Za-z0-9-]++)*+");

    private FilterSyntax() {}

    /** Without the blanks around parentheses and operators, which OpenLDAP's library passes over and this one does not; those in names and values stay. */
    static String withoutBlanks(String filter) {
        var out = new StringBuilder(filter.length());
        boolean between = false;
        for (int i = 0; i < filter.length(); i++) {
            char c = filter.charAt(i);
            if (between && (c == ' ' || c == '\t' || c == '\n')) {
                continue;
            }
            between = c == '(' || c == ')' || "&|!".indexOf(c) >= 0 && !out.isEmpty() && out.charAt(out.length() - 1) == '(';
            out.append(c);
        }
        return out.toString();
    }

    static boolean isSound(Filter filter) {
        return switch (filter.getFilterType()) {
            case Filter.FILTER_TYPE_AND, Filter.FILTER_TYPE_OR -> Arrays.stream(filter.getComponents()).allMatch(FilterSyntax::isSound);
            case Filter.FILTER_TYPE_NOT -> isSound(filter.getNOTComponent());
            case Filter.FILTER_TYPE_EXTENSIBLE_MATCH -> isExtensible(filter.getAttributeName(), filter.getMatchingRuleID());
            default -> matches(ATTRIBUTE, filter.getAttributeName());
        };
    }

    /** RFC 4515 section 3: one of the two may be left out. */
    private static boolean isExtensible(String attribute, String rule) {
        return (attribute != null || rule != null) && (attribute == null || matches(ATTRIBUTE, attribute)) && (rule == null || matches(RULE, rule));
    }

    private static boolean matches(Pattern pattern, String name) {
        return name != null && pattern.matcher(name).matches();
    }
}
