// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.util.Locale;

/**
 * Hosts in tables, as access(5) describes it: a name, then its parent domains; an address, then the networks that it begins with. The first key that is found counts. Pure functions over tables.
 *
 * <p>Patterns (regexp, cidr) see the whole name or address only.
 */
public final class HostKeys {

    private HostKeys() {}

    /** @param bareParents parent domains are asked for as {@code example.org}; else as {@code .example.org} ({@code parent_domain_matches_subdomains}) */
    public static Answer name(TableList table, String host, boolean bareParents) {
        String key = host.toLowerCase(Locale.ROOT);
        Answer answer = table.find(key);
        // An address that somebody gives as his name has no parents: 192.0.2.1 is not below "1".
        int first = answer instanceof Answer.NotFound && AddressText.parse(key).isPresent() ? -1 : key.indexOf('.', 1);
        for (int dot = first; answer instanceof Answer.NotFound && dot > 0; dot = key.indexOf('.', dot + 1)) {
            answer = table.findExact(key.substring(bareParents ? dot + 1 : dot));
        }
        return answer;
    }

    /** {@code 192.0.2.1}, {@code 192.0.2}, {@code 192.0}, {@code 192}; IPv6 likewise by its colons. @param address as text, without brackets */
    public static Answer address(TableList table, String address) {
        char separator = address.indexOf(':') >= 0 ? ':' : '.';
        Answer answer = table.find(address);
        for (int end = address.lastIndexOf(separator); answer instanceof Answer.NotFound && end > 0; end = address.lastIndexOf(separator, end - 1)) {
            answer = table.findExact(address.substring(0, end));
        }
        return answer;
    }
}
