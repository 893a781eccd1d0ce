// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import org.xbill.DNS.Message;
import org.xbill.DNS.Name;

/** The way to the forwarders, and to whoever reads the log. Questions carry DO, so that signatures come, and CD, so that a validating forwarder hands over what it would refuse: judging is done here. */
@FunctionalInterface
public interface Upstream {

    sealed interface Reply {
        /** NOERROR or NXDOMAIN. */
        record Came(Message message) implements Reply {}

        record Nothing(String reason) implements Reply {}
    }

    /** @param budget of the lookup: its deadline, beyond which nothing blocks, and its turn: which forwarder is asked first */
    Reply ask(Name name, int type, Budget budget);

    /** Something that the operator should know of, said once. */
    default void remark(String text) {}
}
