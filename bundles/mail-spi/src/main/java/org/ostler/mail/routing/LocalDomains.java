// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.routing;

import java.net.InetAddress;
import java.util.Optional;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.lookup.Tables;

/**
 * Domains whose mail is delivered on this machine: {@code mydestination}, and address literals of {@code inet_interfaces} and {@code proxy_interfaces}. Postfix's resolve_local.
 *
 * <p>Keep it per {@code Settings}.
 *
 * <p><b>Threads</b> any; immutable. <b>Blocking</b> table lookups. <b>Errors</b> {@link Answer.Unavailable}. <b>Nulls</b> none.
 */
public final class LocalDomains {

    private final DomainList destinations;
    private final OwnAddresses own;

    public LocalDomains(Settings settings, Tables tables) {
        this.destinations = DomainList.exact(settings.text("mydestination"), "mydestination", tables);
        this.own = new OwnAddresses(settings);
    }

    public OwnAddresses addresses() {
        return own;
    }

    /** @param domain as behind the {@code @}; a final dot is ignored */
    public Answer match(String domain) {
        int length = domain.length();
        String name = length > 1 && domain.charAt(length - 1) == '.' ? domain.substring(0, length - 1) : domain;
        Answer answer = destinations.match(name);
        if (!(answer instanceof Answer.NotFound) || name.isEmpty() || name.charAt(0) != '[') {
            return answer;
        }
        Optional<InetAddress> literal = AddressText.literal(name);
        return literal.isPresent() ? own.isOwn(literal.get()) : Answer.NOT_FOUND;
    }
}
