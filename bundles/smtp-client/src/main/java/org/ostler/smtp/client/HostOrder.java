// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The order in which hosts are tried: by preference; within one preference at random (RFC 5321 section 5.1), the wanted address family first. With more addresses than are tried at all, each family gets half of the
 * places as long as it can fill them. Pure functions but for the dice.
 */
final class HostOrder {

    private HostOrder() {}

    static List<Host> arrange(List<Host> hosts, Profile profile) {
        if (hosts.size() < 2) {
            return hosts;
        }
        var order = new ArrayList<>(hosts);
        if (profile.randomize) {
            Collections.shuffle(order, ThreadLocalRandom.current());
        }
        Comparator<Host> by = Comparator.comparingInt(Host::preference);
        if (!profile.addressPreference.equals("any")) {
            boolean first = profile.addressPreference.equals("ipv4");
            by = by.thenComparing(host -> isV4(host) != first);
        }
        order.sort(by);
        return profile.balance && profile.mxAddressLimit > 1 && order.size() > profile.mxAddressLimit ? balance(order, profile.mxAddressLimit) : order;
    }

    private static List<Host> balance(List<Host> order, int places) {
        int v4 = (int) order.stream().filter(HostOrder::isV4).count();
        int v6 = order.size() - v4;
        int share4 = Math.max(places - v6, Math.min(v4, isV4(order.getFirst()) ? (places + 1) / 2 : places / 2));
        int share6 = places - share4;
        var chosen = new ArrayList<Host>(places);
        for (Host host : order) {
            if (isV4(host) ? share4-- > 0 : share6-- > 0) {
                chosen.add(host);
            }
        }
        return chosen;
    }

    private static boolean isV4(Host host) {
        return host.address() instanceof Inet4Address;
    }
}
