// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of delivery status notifications. */
@Component(service = ParameterSet.class)
public final class BounceParameters extends ParameterSet {

    public static final Parameter<Long> BOUNCE_SIZE_LIMIT = size("bounce_size_limit", "50000", 1, """
        Bytes up to which an undeliverable message is returned whole; of a larger one the header is.""");
    public static final Parameter<List<String>> NOTIFY_CLASSES = choices("notify_classes", "resource, software", List.of("bounce", "2bounce", "data", "delay", "policy", "protocol", "resource", "software"), """
        Which trouble the postmaster is told of. Known here: bounce (header of mail that is returned), 2bounce (mail that can be returned to nobody), delay.""");
    public static final Parameter<String> BOUNCE_RECIPIENT = text("bounce_notice_recipient", "postmaster", """
        Who gets the copies of class bounce.""");
    public static final Parameter<String> DOUBLE_BOUNCE_RECIPIENT = text("2bounce_notice_recipient", "postmaster", """
        Who gets undeliverable mail from the null sender.""");
    public static final Parameter<String> DELAY_RECIPIENT = text("delay_notice_recipient", "postmaster", """
        Who gets the copies of class delay.""");
    public static final Parameter<String> DOUBLE_BOUNCE_SENDER = text("double_bounce_sender", "double-bounce", """
        Local part of the sender of notices to the postmaster; mail that comes back to it is dropped.""");
    public static final Parameter<String> TEMPLATE_FILE = text("bounce_template_file", "", """
        File with the texts of notifications, in the form of bounce(5); built-in texts where it has none.""");
    public static final Parameter<String> HEADER_FROM_FORMAT = text("header_from_format", "standard", """
        Form of the From header that is made here: standard, name and address in angle brackets; obsolete, address and name in parentheses.""");
    public static final Parameter<Boolean> REQUIRETLS_REDACT_DSN = yesNo("requiretls_redact_dsn", "yes", """
        Reports about mail that asked for REQUIRETLS do not ask for it, so that they arrive. Such reports return the header alone in any case (RFC 8689 section 5).""");
    public static final Parameter<Boolean> TLS_REQUIRED_ENABLE = yesNo("tls_required_enable", "yes", """
        Reports about mail with "TLS-Required: no" have that header too.""");
    public static final Parameter<Boolean> SMTPUTF8 = yesNo("smtputf8_enable", "yes", """
        Internationalised mail. With it, texts in US-ASCII are labelled as UTF-8, of which they are part.""");
}
