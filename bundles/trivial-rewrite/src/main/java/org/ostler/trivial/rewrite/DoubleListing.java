// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.DomainList;

/**
 * Warns about a domain in two address classes. Postfix does so at every lookup; here each domain is looked at once per generation.
 *
 * <p><b>Threads</b> any. Bounded: after {@value #MAX} domains nothing more is looked at.
 */
final class DoubleListing {

    private static final int MAX = 1000;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    void check(Settings settings, String domain, String first, String second, DomainList list) {
        if (list.isEmpty() || seen.size() >= MAX || !seen.add(second + " " + domain)) {
            return;
        }
        if (list.match(domain) instanceof Answer.Found) {
            MailLog.of(settings.text("syslog_name") + "/trivial-rewrite")
                    .warning("do not list domain " + domain + " in BOTH " + first + " and " + second);
        }
    }
}
