// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of tables behind a socket. */
@Component(service = ParameterSet.class)
public final class SocketParameters extends ParameterSet {

    public static final Parameter<Integer> SOCKETMAP_MAX_QUERY_SIZE = integer("socketmap_max_query_size", "10000", 1, 999_999_999, """
            Longest key in bytes that a socketmap server is asked for; a longer one is not found, with a warning.""");

    public static final Parameter<Integer> SOCKETMAP_MAX_REPLY_SIZE = integer("socketmap_max_reply_size", "100000", 1, 999_999_999, """
            Longest reply in bytes that is taken from a socketmap server, without its netstring frame; a longer one makes the table unavailable for that key.""");
}
