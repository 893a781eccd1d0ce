// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ostler.mail.lookup.Answer;

/**
 * The rules of a cidr table, found without a look at each: one hash table for each length of a prefix that occurs.
 *
 * <p>The answer is that of the first rule in the file that matches, blocks between {@code if} and {@code endif} included. What a lookup looks at: one place per length, every {@code if} whose block it enters,
 * and the negated rules up to the first that matches, which is nearly always the first of all.
 *
 * <p><b>Threads</b> any; it never changes. Not final, for a test that counts.
 */
class CidrIndex {

    /** What is written for one prefix. */
    private static final class Place {
        /** Number of the first rule with an answer. */
        int rule = Integer.MAX_VALUE;
        /** Numbers of the ifs, in order. */
        int[] ifs = {};
    }

    /** The first bits of an address, the rest zero. */
    private record Prefix(long high, long low, int length) {

        static Prefix of(long high, long low, int length) {
            long highMask = length >= 64 ? -1 : length == 0 ? 0 : -1L << 64 - length;
            long lowMask = length >= 128 ? -1 : length <= 64 ? 0 : -1L << 128 - length;
            return new Prefix(high & highMask, low & lowMask, length);
        }

        @Override
        public int hashCode() {
            long mixed = (high ^ low * 31 ^ length) * 0x9E3779B97F4A7C15L;
            return (int) (mixed >>> 32);
        }
    }

    /** The rules of one block and one family of addresses. */
    private static final class Family {
        final Map<Prefix, Place> places = new HashMap<>();
        int[] lengths = {};
        /** Numbers of negated rules and negated ifs, in order. */
        int[] negated = {};
        int[] negatedIfs = {};

        void add(CidrRule rule, int number) {
            if (rule.negated()) {
                if (rule.block() > 0) {
                    negatedIfs = with(negatedIfs, number);
                } else {
                    negated = with(negated, number);
                }
                return;
            }
            Prefix prefix = Prefix.of(high(rule.net()), low(rule.net()), rule.length());
            Place place = places.computeIfAbsent(prefix, _ -> new Place());
            if (rule.block() > 0) {
                place.ifs = with(place.ifs, number);
            } else {
                place.rule = Math.min(place.rule, number);
            }
            if (Arrays.binarySearch(lengths, rule.length()) < 0) {
                lengths = with(lengths, rule.length());
                Arrays.sort(lengths);
            }
        }
    }

    private static final class Block {
        final Family four = new Family();
        final Family six = new Family();
    }

    private final CidrRule[] rules;
    /** Of each if: its block. */
    private final Block[] blocks;
    private final Block top;

    CidrIndex(List<CidrRule> rules) {
        this.rules = rules.toArray(CidrRule[]::new);
        this.blocks = new Block[this.rules.length];
        this.top = block(0, this.rules.length);
    }

    private Block block(int from, int to) {
        var block = new Block();
        for (int i = from; i < to; i++) {
            CidrRule rule = rules[i];
            (rule.net().length == 4 ? block.four : block.six).add(rule, i);
            if (rule.block() > 0) {
                blocks[i] = block(i + 1, rule.block());
                i = rule.block() - 1;
            }
        }
        return block;
    }

    /** Called for each place or rule that a lookup looks at, so that a test can count them. */
    void looked() {}

    /** Number of rules, {@code if} included. */
    int size() {
        return rules.length;
    }

    /** @param address four or sixteen bytes */
    Answer find(byte[] address) {
        Answer answer = find(top, address, high(address), low(address));
        return answer == null ? Answer.NOT_FOUND : answer;
    }

    private Answer find(Block block, byte[] address, long high, long low) {
        Family family = address.length == 4 ? block.four : block.six;
        int first = Integer.MAX_VALUE;
        int[] ifs = {};
        for (int length : family.lengths) {
            looked();
            Place place = family.places.get(Prefix.of(high, low, length));
            if (place != null) {
                first = Math.min(first, place.rule);
                ifs = place.ifs.length == 0 ? ifs : joined(ifs, place.ifs);
            }
        }
        for (int i = 0; i < family.negated.length && family.negated[i] < first; i++) {
            looked();
            if (rules[family.negated[i]].matches(address)) {
                first = family.negated[i];
            }
        }
        for (int number : entered(family, ifs, first, address)) {
            Answer answer = find(blocks[number], address, high, low);
            if (answer != null) {
                return answer;
            }
        }
        return first == Integer.MAX_VALUE ? null : rules[first].answer();
    }

    /** The ifs before {@code first} that the address enters, in the order of the file. */
    private int[] entered(Family family, int[] matching, int first, byte[] address) {
        if (matching.length == 0 && family.negatedIfs.length == 0) {
            return matching;
        }
        var all = new ArrayList<Integer>();
        for (int number : matching) {
            if (number < first) {
                all.add(number);
            }
        }
        for (int i = 0; i < family.negatedIfs.length && family.negatedIfs[i] < first; i++) {
            looked();
            if (rules[family.negatedIfs[i]].matches(address)) {
                all.add(family.negatedIfs[i]);
            }
        }
        return all.stream().mapToInt(Integer::intValue).sorted().toArray();
    }

    private static int[] with(int[] numbers, int one) {
        int[] more = Arrays.copyOf(numbers, numbers.length + 1);
        more[numbers.length] = one;
        return more;
    }

    private static int[] joined(int[] some, int[] others) {
        int[] all = Arrays.copyOf(some, some.length + others.length);
        System.arraycopy(others, 0, all, some.length, others.length);
        return all;
    }

    private static long high(byte[] address) {
        return address.length == 4 ? bits(address, 0, 4) << 32 : bits(address, 0, 8);
    }

    private static long low(byte[] address) {
        return address.length == 4 ? 0 : bits(address, 8, 8);
    }

    private static long bits(byte[] bytes, int from, int count) {
        long bits = 0;
        for (int i = from; i < from + count; i++) {
            bits = bits << 8 | bytes[i] & 0xff;
        }
        return bits;
    }
}
