// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.ostler.mail.dns.Srv;

/** The order of SRV records (RFC 2782): by priority, within one drawn by weight. A pure function but for the dice. */
final class SrvOrder {

    private SrvOrder() {}

    /** @param dice a number from 0 to below its argument */
    static List<Srv> arrange(List<Srv> records, IntUnaryOperator dice) {
        var order = new ArrayList<Srv>(records.size());
        var shuffled = new ArrayList<>(records); // or of several without weight one would get all the mail
        for (int i = shuffled.size(); i > 1; i--) {
            Collections.swap(shuffled, i - 1, dice.applyAsInt(i));
        }
        // Those without weight come first in the draw, so that only a 0 draws them.
        var left = new ArrayList<>(shuffled.stream().sorted(Comparator.comparingInt(Srv::priority).thenComparingInt(Srv::weight)).toList());
        while (!left.isEmpty()) {
            List<Srv> equals = left.stream().filter(srv -> srv.priority() == left.getFirst().priority()).toList();
            order.add(left.remove(drawn(equals, dice)));
        }
        return order;
    }

    /** The place in an order where the priority of another place begins. */
    static int firstOfPriority(List<Srv> order, int place) {
        int first = place;
        while (first > 0 && order.get(first - 1).priority() == order.get(place).priority()) {
            first--;
        }
        return first;
    }

    private static int drawn(List<Srv> equals, IntUnaryOperator dice) {
        int sum = equals.stream().mapToInt(Srv::weight).sum();
        int drawn = dice.applyAsInt(sum + 1);
        int running = 0;
        for (int i = 0; i < equals.size(); i++) {
            running += equals.get(i).weight();
            if (running >= drawn) {
                return i;
            }
        }
        throw new IllegalArgumentException("the dice shows more than it has");
    }
}
