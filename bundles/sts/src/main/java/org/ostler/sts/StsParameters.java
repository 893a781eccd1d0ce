// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import java.time.Duration;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of MTA-STS. All are Ostler's own: Postfix leaves this to a policy table. */
@Component(service = ParameterSet.class)
public final class StsParameters extends ParameterSet {

    public static final Parameter<Duration> STS_TIMEOUT = time("sts_timeout", "30s", """
        How long fetching a policy over HTTPS may take in all, from the connection to the last byte. The first delivery to a domain that says it has a policy waits for it.""");

    public static final Parameter<Duration> STS_RETRY_DELAY = time("sts_retry_delay", "5m", """
        After a policy could not be fetched it is not asked for again for this long, unless the domain announces another one. RFC 8461 wants 5 minutes or more.""");

    public static final Parameter<Duration> STS_REFRESH_INTERVAL = time("sts_refresh_interval", "1d", """
        Age at which a remembered policy is fetched again, so that it does not run out unnoticed; one that is valid for less than twice this long is fetched again at half its time.""");

    public static final Parameter<Integer> STS_CACHE_SIZE = integer("sts_cache_size", "20000", 1, """
        How many policies are remembered, in memory and in the file sts-policies in data_directory; the ones not used for longest go first.""");
}
