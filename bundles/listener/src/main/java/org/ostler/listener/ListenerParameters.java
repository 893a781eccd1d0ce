// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of the listener: which addresses, how many connections. */
@Component(service = ParameterSet.class)
public final class ListenerParameters extends ParameterSet {

    public static final Parameter<List<String>> INET_INTERFACES = list("inet_interfaces", "all", """
            Addresses that inet rows without a host listen on: all, loopback-only, or names and addresses.""");
    public static final Parameter<List<String>> INET_PROTOCOLS = choices("inet_protocols", "all", List.of("all", "ipv4", "ipv6"), """
            Protocols in use: ipv4, ipv6, all.""");
    public static final Parameter<Integer> DEFAULT_PROCESS_LIMIT = integer("default_process_limit", "100", 1, """
            Connections that a row serves at a time where its maxproc column says "-". Honoured where it is set explicitly; a session costs
            little here, so that without it a row serves 2000.""");
    public static final Parameter<Integer> SMTPD_CLIENT_IPV4_PREFIX_LENGTH = integer("smtpd_client_ipv4_prefix_length", "32", 0, 32, """
            Bits of an IPv4 address that tell clients apart in smtpd_client_connection_count_limit.""");
    public static final Parameter<Integer> SMTPD_CLIENT_IPV6_PREFIX_LENGTH = integer("smtpd_client_ipv6_prefix_length", "84", 0, 128, """
            Bits of an IPv6 address that tell clients apart in smtpd_client_connection_count_limit.""");
}
