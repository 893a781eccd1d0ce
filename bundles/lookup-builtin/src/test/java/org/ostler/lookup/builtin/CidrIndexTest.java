// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lookup.Answer;

/** The index against what cidr_table(5) says: look at one rule after the other. */
class CidrIndexTest {

    /** Rules at random, nested blocks too; most networks are short and alike, so that many hold the same address. */
    private static final class Generator {
        final Random random;
        final List<CidrRule> rules = new ArrayList<>();

        Generator(long seed) {
            random = new Random(seed);
        }

        void block(int depth) {
            int count = random.nextInt(8);
            for (int i = 0; i < count; i++) {
                boolean negated = random.nextInt(4) == 0;
                if (depth < 4 && random.nextInt(4) == 0) {
                    int at = rules.size();
                    rules.add(rule(negated, null));
                    block(depth + 1);
                    rules.set(at, rules.get(at).withBlock(rules.size()));
                } else {
                    rules.add(rule(negated, Answer.found("rule " + rules.size())));
                }
            }
        }

        private CidrRule rule(boolean negated, Answer answer) {
            byte[] net = address();
            int length = random.nextInt(4) == 0 ? random.nextInt(net.length * 8 + 1) : random.nextInt(6);
            for (int bit = length; bit < net.length * 8; bit++) {
                net[bit / 8] &= (byte) ~(0x80 >> bit % 8);
            }
            return new CidrRule(net, length, negated, answer, 0);
        }

        byte[] address() {
            byte[] address = new byte[random.nextBoolean() ? 4 : 16];
            address[0] = (byte) (random.nextInt(8) << 5);
            address[address.length - 1] = (byte) random.nextInt(2);
            if (random.nextInt(5) == 0) {
                random.nextBytes(address);
            }
            return address;
        }
    }

    private static Answer oneByOne(List<CidrRule> rules, byte[] address) {
        for (int i = 0; i < rules.size(); i++) {
            CidrRule rule = rules.get(i);
            boolean matches = rule.matches(address);
            if (rule.block() > 0) {
                i = matches ? i : rule.block() - 1;
            } else if (matches) {
                return rule.answer();
            }
        }
        return Answer.NOT_FOUND;
    }

    @Test
    void the_first_rule_in_the_file_answers_whatever_the_order_nesting_and_negation() {
        int found = 0;
        for (long seed = 0; seed < 3000; seed++) {
            var generator = new Generator(seed);
            generator.block(0);
            var index = new CidrIndex(generator.rules);
            for (int i = 0; i < 60; i++) {
                byte[] address = generator.address();
                Answer expected = oneByOne(generator.rules, address);
                found += expected instanceof Answer.Found ? 1 : 0;
                assertThat(index.find(address)).as("seed %d, address %d", seed, i).isEqualTo(expected);
            }
        }
        assertThat(found).isGreaterThan(10_000);
    }

    /** Counted, not timed: an index that looked at each of them would need ten thousand million steps here. */
    @Test
    @org.junit.jupiter.api.Timeout(60)
    void a_hundred_thousand_networks_are_not_looked_at_one_by_one() {
        var rules = new ArrayList<CidrRule>();
        for (int i = 0; i < 100_000; i++) {
            rules.add(new CidrRule(new byte[] {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i}, 32, false, Answer.found("net " + i), 0));
        }
        var index = new CidrIndex(rules);
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 100_000; i++) {
                assertThat(index.find(rules.get(i).net())).isSameAs(rules.get(i).answer());
            }
        }
    }
}
