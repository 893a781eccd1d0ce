// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

/**
 * {@code transport:nexthop} as parameters and tables say it.
 *
 * @param transport empty where nothing stands before the colon
 * @param nextHop   empty where nothing stands behind it
 */
record TransportSpec(String transport, String nextHop) {

    static TransportSpec of(String text) {
        int colon = text.indexOf(':');
        return colon < 0 ? new TransportSpec(text.strip(), "") : new TransportSpec(text.substring(0, colon).strip(), text.substring(colon + 1).strip());
    }
}
