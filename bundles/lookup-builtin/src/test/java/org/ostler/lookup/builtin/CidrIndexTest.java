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

    /** One that counts what its lookups look at. */
    private static final class Counting extends CidrIndex {
        private int looked;

        Counting(List<CidrRule> rules) {
            super(rules);
        }

        @Override
        void looked() {
            looked++;
        }

        int of(byte[] address, Answer expected) {
            looked = 0;
            assertThat(find(address)).isEqualTo(expected);
            return looked;
        }
    }

    private static byte[] host(int i) {
        return new byte[] {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i};
    }

    /** Counted, not timed: one look for each length of a prefix that the file has, however many networks there are. */
    @Test
    void a_lookup_looks_at_one_place_for_each_length_of_a_prefix() {
        for (int count : new int[] {100, 20_000}) {
            var rules = new ArrayList<CidrRule>();
            for (int i = 0; i < count; i++) {
                rules.add(new CidrRule(host(i), 32, false, Answer.found("net " + i), 0));
                rules.add(new CidrRule(new byte[] {11, (byte) (i >> 8), (byte) i, 0}, 24, false, Answer.found("other"), 0));
            }
            rules.add(new CidrRule(new byte[4], 0, false, Answer.found("rest"), 0));
            rules.add(new CidrRule(new byte[16], 0, false, Answer.found("six"), 0));
            var index = new Counting(rules);
            for (int i = 0; i < count; i += 37) {
                assertThat(index.of(host(i), Answer.found("net " + i))).isEqualTo(3);
            }
            assertThat(index.of(new byte[] {11, 0, 1, 9}, Answer.found("other"))).isEqualTo(3);
            assertThat(index.of(new byte[] {9, 9, 9, 9}, Answer.found("rest"))).isEqualTo(3);
            assertThat(index.of(new byte[16], Answer.found("six"))).isEqualTo(1);
        }
    }

    /** Were the hashes of neighbours alike, one place would hold them all, and this would not end in hours. */
    @Test
    @org.junit.jupiter.api.Timeout(60)
    void neighbours_do_not_share_a_place() {
        var rules = new ArrayList<CidrRule>();
        for (int i = 0; i < 100_000; i++) {
            rules.add(new CidrRule(host(i), 32, false, Answer.found("net " + i), 0));
        }
        var index = new CidrIndex(rules);
        for (CidrRule rule : rules) {
            assertThat(index.find(rule.net())).isSameAs(rule.answer());
        }
    }

    /** In blocks too: those that the address enters cost a look for each length in them, the others none; of negated rules the first that matches is nearly always the first of all. */
    @Test
    void blocks_that_an_address_does_not_enter_and_negated_rules_behind_the_first_are_not_looked_at() {
        var rules = new ArrayList<CidrRule>();
        for (int block = 0; block < 200; block++) {
            int at = rules.size();
            rules.add(new CidrRule(new byte[] {10, (byte) block, 0, 0}, 16, false, null, 0));
            for (int i = 0; i < 200; i++) {
                rules.add(new CidrRule(new byte[] {10, (byte) block, 0, (byte) i}, 32, false, Answer.found(block + " " + i), 0));
            }
            rules.set(at, rules.get(at).withBlock(rules.size()));
        }
        for (int i = 0; i < 10_000; i++) {
            rules.add(new CidrRule(new byte[] {12, 0, (byte) (i >> 8), (byte) i}, 32, true, Answer.found("not " + i), 0));
        }
        var index = new Counting(rules);
        // The lengths outside and inside of the block, and the first of the negated rules.
        assertThat(index.of(new byte[] {10, 77, 0, 99}, Answer.found("77 99"))).isEqualTo(3);
        assertThat(index.of(new byte[] {10, 77, 1, 1}, Answer.found("not 0"))).isEqualTo(3);
        assertThat(index.of(new byte[] {9, 9, 9, 9}, Answer.found("not 0"))).isEqualTo(2);
    }
}
