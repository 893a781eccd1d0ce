// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.time.Duration;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of table lookups. Both are Ostler's own: in Postfix a table is part of the program. */
@Component(service = ParameterSet.class)
public final class LookupParameters extends ParameterSet {

    public static final Parameter<Duration> TABLE_LOOKUP_TIMEOUT = time("table_lookup_timeout", "5s", """
            Longest time that one lookup may take in a table that asks a network service or another program. When it is over the lookup is given up, and mail waits.""");

    public static final Parameter<Duration> TABLE_REPLACEMENT_TIMEOUT = time("table_replacement_timeout", "5s", """
            How long lookups wait for the bundle that provides a table type while it is being replaced. When it is over they are given up, and mail waits.""");
}
