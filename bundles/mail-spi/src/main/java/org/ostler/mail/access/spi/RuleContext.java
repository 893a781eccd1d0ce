// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.access.spi;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;

/** What a rule may look at. Valid during the call. */
@ProviderType
public interface RuleContext {

    /** The list being evaluated: {@code smtpd_recipient_restrictions}. */
    String list();

    /** Words behind the rule's name, as many as it declared. */
    List<String> arguments();

    ClientInfo client();

    Settings settings();

    Optional<String> helo();

    Optional<Address> sender();

    Optional<Address> recipient();

    /** Policy-protocol attribute such as {@code sasl_username}; empty text when unknown. */
    String attribute(String name);
}
