// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import org.ostler.mail.model.Reply;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.smtp.client.TlsDecision.Plan;

/** Listens to the beginning of a session, for posttls-finger(1). On the session's thread. */
interface Onlooker {

    Onlooker NOBODY = new Onlooker() { };

    default void sent(String command) {}

    default void received(Reply reply) {}

    /** TLS stands. @return true where the onlooker tells of it itself, and the log need not */
    default boolean tells(Plan plan, TlsProvider.Session session) {
        return false;
    }
}
