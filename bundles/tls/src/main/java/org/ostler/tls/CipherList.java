// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * An OpenSSL cipher list, such as {@code HIGH:!aNULL:@STRENGTH}, worked out over the suites that JSSE has (openssl-ciphers(1), "CIPHER LIST FORMAT").
 *
 * <p>Suites of TLS 1.3 come first and are always there: OpenSSL's lists do not speak of them. Pure function.
 *
 * @param suites JSSE's names in the order of preference
 * @param odd    words that name something to add and that stand for nothing here, for a warning
 */
record CipherList(List<String> suites, List<String> odd) {

    /** Grades and wholes: that some of them are empty here is nobody's mistake. */
    private static final Set<String> WHOLES = Set.of("ALL", "COMPLEMENTOFALL", "DEFAULT", "COMPLEMENTOFDEFAULT", "HIGH", "MEDIUM", "LOW", "EXPORT", "EXP");

    /** Words of OpenSSL that may well stand for nothing, because JSSE never had such suites or Java has them switched off. Leaving them out is no mistake; who takes them in should know. */
    private static final Set<String> KINDS = Set.of("aNULL", "eNULL", "NULL",
            "ADH", "AECDH", "RC4", "3DES", "DES", "MD5", "SEED", "IDEA", "RC2", "RC5", "CAMELLIA", "CAMELLIA128", "CAMELLIA256", "ARIA", "ARIA128", "ARIA256", "ARIAGCM", "AESCCM",
            "AESCCM8", "kDH", "kDHr", "kDHd", "kECDH", "kECDHr", "kECDHe", "aDH", "aECDH", "aDSS", "DSS", "PSK", "kPSK", "aPSK", "kECDHEPSK", "kDHEPSK", "kRSAPSK", "SRP", "kSRP", "aSRP",
            "kGOST", "aGOST", "aGOST01", "GOST94", "GOST89MAC", "kRSA", "RSA", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.2", "kKRB5", "aKRB5", "KRB5", "FZA", "aFZA", "kFZA", "eFZA");

    private static final class Work {
        final List<CipherSuite> all;
        /** Every suite that was not struck out, in the order of the moment. */
        final List<CipherSuite> order;
        final Set<CipherSuite> active = new LinkedHashSet<>();
        final List<String> odd = new ArrayList<>();

        Work(List<CipherSuite> all) {
            this.all = all;
            this.order = new ArrayList<>(all);
        }

        void add(Predicate<CipherSuite> which) {
            toEnd(which.and(suite -> !active.contains(suite))).forEach(active::add);
        }

        /** They come back to the head, as in OpenSSL: {@code aNULL:-aNULL:ALL} prefers them. */
        void remove(Predicate<CipherSuite> which) {
            List<CipherSuite> gone = order.stream().filter(active::contains).filter(which).toList();
            order.removeAll(gone);
            order.addAll(0, gone);
            gone.forEach(active::remove);
        }

        List<CipherSuite> toEnd(Predicate<CipherSuite> which) {
            List<CipherSuite> moved = order.stream().filter(which).toList();
            order.removeAll(moved);
            order.addAll(moved);
            return moved;
        }

        void kill(Predicate<CipherSuite> which) {
            order.removeIf(which);
            active.removeIf(which);
        }

        void sort() {
            Collections.sort(order, Comparator.comparingInt(CipherSuite::bits).reversed());
        }
    }

    /**
     * @param list      in OpenSSL's form
     * @param supported suites of the implementation
     */
    static CipherList of(String list, List<String> supported) {
        List<CipherSuite> all = supported.stream().map(CipherSuite::of).toList();
        var work = new Work(all.stream().filter(suite -> !suite.isTls13()).toList());
        Set<String> known = new HashSet<>(KINDS);
        known.addAll(WHOLES);
        all.forEach(suite -> known.addAll(suite.words()));
        for (String word : list.strip().split("[\\s:,;]+")) {
            if (!word.isEmpty()) {
                apply(word, work, known);
            }
        }
        var suites = new ArrayList<String>();
        all.stream().filter(CipherSuite::isTls13).map(CipherSuite::jsse).filter(name -> !name.endsWith("_SCSV")).forEach(suites::add);
        work.order.stream().filter(work.active::contains).map(CipherSuite::jsse).forEach(suites::add);
        return new CipherList(List.copyOf(suites), List.copyOf(work.odd));
    }

    private static void apply(String word, Work work, Set<String> known) {
        if (word.startsWith("@")) {
            if (word.equals("@STRENGTH")) {
                work.sort();
            } else {
                work.odd.add(word); // @SECLEVEL too: what Java switches off, no list switches on
            }
            return;
        }
        char sign = word.charAt(0);
        boolean signed = sign == '!' || sign == '-' || sign == '+';
        List<String> parts = List.of((signed ? word.substring(1) : word).split("\\+"));
        Predicate<CipherSuite> which = suite -> parts.stream().allMatch(suite::is);
        switch (sign) {
            case '!' -> {
                work.kill(which);
                work.odd.remove(word.substring(1));
            }
            case '-' -> {
                work.remove(which);
                work.odd.remove(word.substring(1)); // as in Postfix's own aNULL:-aNULL
            }
            case '+' -> work.toEnd(which.and(work.active::contains));
            default -> {
                work.add(which);
                List<String> unknown = parts.stream().filter(part -> !known.contains(part)).toList();
                work.odd.addAll(unknown);
                if (unknown.isEmpty() && !WHOLES.contains(word) && work.all.stream().noneMatch(which)) {
                    work.odd.add(word);
                }
            }
        }
    }
}
