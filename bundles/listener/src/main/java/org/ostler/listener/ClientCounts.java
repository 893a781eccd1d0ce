// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;

/** Open connections by service and client network. <b>Threads</b> any. Holds an entry per network that is connected now, no more. */
final class ClientCounts {

    record Network(String service, int bits, long high, long low) {

        static Network of(String service, InetAddress address, int ipv4Bits, int ipv6Bits) {
            byte[] bytes = address.getAddress();
            int bits = bytes.length == 4 ? ipv4Bits : ipv6Bits;
            long high = 0;
            long low = 0;
            for (int i = 0; i < bytes.length; i++) {
                int keep = Math.clamp(bits - 8L * i, 0, 8);
                long b = bytes[i] & 0xff & 0xff << 8 - keep;
                if (i < 8) {
                    high = high << 8 | b;
                } else {
                    low = low << 8 | b;
                }
            }
            return new Network(service, bytes.length, high, low);
        }
    }

    private final ConcurrentHashMap<Network, Integer> open = new ConcurrentHashMap<>();

    /** @return connections of this network, the new one included */
    int enter(Network network) {
        return open.merge(network, 1, Integer::sum);
    }

    void leave(Network network) {
        open.computeIfPresent(network, (n, count) -> count == 1 ? null : count - 1);
    }
}
