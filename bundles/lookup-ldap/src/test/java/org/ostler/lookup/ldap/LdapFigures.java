// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tck.lookup.Specs;

/** The figures of docs/performance.md, section "LDAP tables": a private slapd with 10,000 people on the same machine, asked by us and by OpenLDAP's own ldapsearch in turn. Not a test: {@code java ... LdapFigures DIRECTORY}. */
public final class LdapFigures {

    private static final int PEOPLE = 10_000;
    private static final long WARMING_UP = 20;
    private static final long SECONDS = 5;
    /** Of each ldapsearch. */
    private static final int NAMES = 5_000;

    private static final com.sun.management.OperatingSystemMXBean SYSTEM = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private LdapFigures() {}

    public static void main(String[] args) throws Exception {
        Path dir = Path.of(args[0]);
        GoldenFile golden = GoldenFile.load("ldap/slapd");
        var data = new StringBuilder(golden.text("data.ldif").stripTrailing()).append("\n\n");
        for (int i = 0; i < PEOPLE; i++) {
            data.append("dn: cn=user").append(i).append(",ou=people,dc=example,dc=test\nobjectClass: inetOrgPerson\ncn: user").append(i).append("\nsn: x\nmail: user").append(i)
                    .append("@example.org\ndescription: mailbox").append(i).append("/\n\n");
        }
        Files.writeString(dir.resolve("t.cf"), "search_base = ou=people,dc=example,dc=test\nquery_filter = (mail=%s)\nresult_attribute = description\n");
        // slapd asks for objectClass=referral beside each filter: without an index on it every search reads every entry.
        try (var slapd = new Slapd(dir, golden.text("slapd.conf") + "index objectClass,mail eq\n", data.toString(), "threads 16\n")) {
            Files.writeString(dir.resolve("t.cf"), "server_host = 127.0.0.1:" + slapd.port + "\n", java.nio.file.StandardOpenOption.APPEND);
            try (Table table = new LdapFactory().open(Specs.of("ldap", dir.resolve("t.cf").toString(), dir, System.out::println))) {
                // What the compiler needs is counted to no round: it takes longer than a round.
                rate(table, 16, WARMING_UP);
                for (int callers : new int[] {1, 4, 16, 100}) {
                    long cpu = SYSTEM.getProcessCpuTime();
                    long rate = rate(table, callers, SECONDS);
                    System.out.printf("%d callers: %,d lookups/s, %,d microseconds of our processor time each; load %.0f%n", callers, rate, (SYSTEM.getProcessCpuTime() - cpu) / 1000 / (rate * SECONDS),
                            SYSTEM.getSystemLoadAverage());
                    int processes = Math.min(callers, 16);
                    System.out.printf("   %d ldapsearch: %,d lookups/s%n", processes, ldapsearch(slapd, dir, processes));
                }
                long ours = ManagementFactory.getThreadMXBean().dumpAllThreads(false, false).length;
                System.out.println(ours + " threads of the process while the connections are idle:");
                for (var info : ManagementFactory.getThreadMXBean().dumpAllThreads(false, false)) {
                    System.out.println("   " + info.getThreadName());
                }
            }
        }
    }

    /** As fast as the server goes: a client in C, one connection for each process, one question after the other. */
    private static long ldapsearch(Slapd slapd, Path dir, int processes) throws Exception {
        var random = new SplittableRandom(processes);
        var names = new StringBuilder();
        for (int i = 0; i < NAMES; i++) {
            names.append("user").append(random.nextInt(PEOPLE)).append("@example.org\n");
        }
        Path file = Files.writeString(dir.resolve("names"), names);
        var running = new ArrayList<Process>();
        long begin = System.nanoTime();
        for (int i = 0; i < processes; i++) {
            running.add(new ProcessBuilder("ldapsearch", "-x", "-LLL", "-H", "ldap://127.0.0.1:" + slapd.port, "-b", "ou=people,dc=example,dc=test", "-f", file.toString(), "(mail=%s)", "description")
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start());
        }
        for (Process each : running) {
            if (!each.waitFor(120, TimeUnit.SECONDS) || each.exitValue() != 0) {
                each.destroyForcibly();
                throw new IllegalStateException("ldapsearch");
            }
        }
        return processes * (long) NAMES * 1_000_000_000 / (System.nanoTime() - begin);
    }

    private static long rate(Table table, int callers, long seconds) throws Exception {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        long lookups = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new ArrayList<Future<Long>>();
            for (int t = 0; t < callers; t++) {
                var random = new SplittableRandom(t);
                results.add(threads.submit(() -> one(table, random, end)));
            }
            for (var result : results) {
                lookups += result.get();
            }
        }
        return lookups * 1_000_000_000 / (System.nanoTime() - begin);
    }

    private static long one(Table table, SplittableRandom random, long end) {
        long n = 0;
        while (System.nanoTime() < end) {
            int i = random.nextInt(PEOPLE);
            Answer answer = table.find("user" + i + "@example.org");
            if (!answer.equals(Answer.found("mailbox" + i + "/"))) {
                throw new IllegalStateException(answer.toString());
            }
            n++;
        }
        return n;
    }
}
