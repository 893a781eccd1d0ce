// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.List;
import java.util.Optional;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.access.spi.RuleContext;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;

/**
 * What a word sees: the session, its arguments, and the subject of the list it stands in.
 *
 * @param warnOnly behind warn_if_reject: the verdict will only be logged
 */
record Evaluation(Session session, String list, Subject subject, List<String> arguments, boolean warnOnly) implements RuleContext {

    Policy policy() {
        return session.policy();
    }

    @Override
    public ClientInfo client() {
        return session.clientInfo();
    }

    @Override
    public Settings settings() {
        return session.policy().settings;
    }

    @Override
    public Optional<String> helo() {
        return Optional.ofNullable(session.heloName());
    }

    @Override
    public Optional<Address> sender() {
        return Optional.ofNullable(session.senderAddress());
    }

    @Override
    public Optional<Address> recipient() {
        return Optional.ofNullable(session.recipientAddress());
    }

    @Override
    public String attribute(String name) {
        return session.attributeValue(name);
    }
}
