// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.ResultCode;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * What OpenLDAP's library does with the text of a filter and this one does not: blanks are passed over, older escapes known, and names must be names (RFC 4512 sections 1.4 and 2.5).
 *
 * <p>The library takes anything for the name of an attribute, and a server finds nothing under {@code a b}: a lookup that could not be asked would look like one that found nothing. OpenLDAP's library,
 * and so Postfix, refuses such a filter before it is sent.
 */
final class FilterSyntax {

    private static final String TYPE = "(?:[A-Za-z][A-Za-z0-9-]*+|[0-9]++(?:\\.[0-9]++)*+)";
    private static final Pattern RULE = Pattern.compile(TYPE);
    private static final Pattern ATTRIBUTE = Pattern.compile(TYPE + "(?:;[A-Za-z0-9-]++)*+");

    private static final String SPECIAL = "()*\\";

    private FilterSyntax() {}

    static Filter parse(String text) throws LDAPException {
        try {
            Filter filter = Filter.create(inOurForm(text));
            if (isSound(filter)) {
                return filter;
            }
        } catch (StringIndexOutOfBoundsException e) {
            // What the library has for a backslash and one digit at the very end.
            throw new LDAPException(ResultCode.FILTER_ERROR, "the escape at its end is not complete", e);
        }
        throw new LDAPException(ResultCode.FILTER_ERROR, "not a name of an attribute or matching rule");
    }

    /**
     * The same filter as this library reads it (RFC 4515): without the blanks around parentheses and operators (those in names and values stay), with the escapes of RFC 1960 ({@code \(} for {@code \28}) in
     * digits, and without a colon where the name of a matching rule may stand and does not.
     */
    static String inOurForm(String filter) {
        var out = new StringBuilder(filter.length());
        boolean between = false;
        boolean name = true;
        for (int i = 0; i < filter.length(); i++) {
            char c = filter.charAt(i);
            if (between && (c == ' ' || c == '\t' || c == '\n')) {
                continue;
            }
            if (c == '\\' && i + 1 < filter.length() && SPECIAL.indexOf(filter.charAt(i + 1)) >= 0) {
                i++;
                out.append(String.format("\\%02x", (int) filter.charAt(i)));
                between = false;
                continue;
            }
            if (name && c == '=' && out.length() > 1 && out.lastIndexOf("::") == out.length() - 2) {
                out.setLength(out.length() - 1);
            }
            name = c == '(' || name && c != '=';
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
