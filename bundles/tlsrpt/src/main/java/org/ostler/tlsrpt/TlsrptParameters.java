// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.time.Duration;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of TLS reports. All are Ostler's own: Postfix hands its counts to a program of others. */
@Component(service = ParameterSet.class)
public final class TlsrptParameters extends ParameterSet {

    public static final Parameter<Boolean> TLSRPT_ENABLE = yesNo("tlsrpt_enable", "no", """
        Count how sessions with TLS policies went, and report it once a day to domains that ask for it (RFC 8460). Receivers ignore reports by mail that have no DKIM signature of the sender's domain.""");

    public static final Parameter<String> TLSRPT_ORGANIZATION_NAME = text("tlsrpt_organization_name", "$mydomain", """
        Who reports, in words for people.""");

    public static final Parameter<String> TLSRPT_CONTACT = text("tlsrpt_contact", "postmaster@$mydomain", """
        Mail address of who can be asked about a report; its domain is named as the submitter of all reports.""");

    public static final Parameter<String> TLSRPT_SENDER = text("tlsrpt_sender", "tlsrpt-noreply@$mydomain", """
        Sender of reports by mail, in the envelope and in the header. Reports that cannot be delivered are returned to it.""");

    public static final Parameter<Duration> TLSRPT_DELAY = time("tlsrpt_delay", "4h", """
        Reports of a day are sent at a time between midnight (UTC) and this much later, the same for all domains and another every day, so that receivers do not get all the world's reports at once.""");
}
