// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** The unpacked archive, used as an operator uses it: through {@code bin/ostler}, two instances from one installation. */
public class DistributionIT {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final Pattern LICENSED = Pattern.compile("(?s)\"licenses\": \\[ \\{ \"(?:license|expression)\": \\S.*\"ostler:path\", \"value\": \"([^\"]+)\"");
    /** What follows the state of a table in its line for programs. */
    private static final String ASKED = ", \"hits\": (\\d+), \"misses\": (\\d+), \"errors\": (\\d+), "
            + "\"latency_us\": \\{\"p50\": ([\\d.]+), \"p90\": ([\\d.]+), \"p99\": ([\\d.]+), \"p999\": ([\\d.]+), \"max\": ([\\d.]+)}(.*)}";

    private static Installation installation;
    private static Instance first;
    private static Instance second;
    private static Map<String, String> sharedFilesBefore;

    @BeforeClass
    public static void unpack_and_start_two_instances() throws Exception {
        Files.deleteIfExists(Path.of("target", "report.txt"));
        installation = Installation.unpack("distribution");
        first = Instance.create("first");
        second = Instance.create("second");
        Path main = second.configDirectory().resolve("main.cf");
        Files.writeString(main, Files.readString(main) + "smtp_tls_sts = no\ntable_replacement_timeout = 9s\nmispelled = 1\n");
        sharedFilesBefore = Listing.checksums(installation.home().resolve("etc"));
        measureStart("first start (bundles are installed)", first);
        installation.ostler(0, "stop", first);
        measureStart("later start", first);
        installation.ostler(0, "start", second);
    }

    @AfterClass
    public static void stop() throws Exception {
        try {
            stop(first);
        } finally {
            stop(second);
        }
        assertEquals("status of a stopped instance", 1, exitCode("status", first));
    }

    private static void stop(Instance instance) throws Exception {
        if (instance != null) {
            installation.ostler(0, "stop", instance);
        }
    }

    @Test
    public void every_row_greets() throws Exception {
        for (int port : new int[] {first.smtpPort(), first.submissionPort(), second.smtpPort(), second.submissionPort()}) {
            assertTrue("greeting on " + port, greeting(port).startsWith("220 mx.example.test "));
        }
    }

    @Test
    public void a_message_from_sendmail_lands_in_the_Maildir() throws Exception {
        Path message = Files.writeString(Files.createTempFile("itests", ".eml"), "Subject: hello\n\nIt works.\n");
        Installation.run(installation.home(), Map.of(), 0, "sh", "-c", "bin/ostler sendmail -C " + first.configDirectory() + " you@example.test < " + message);
        Path arrived = first.home().resolve("mail/you/new");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.isDirectory(arrived) || isEmpty(arrived)) {
            assertTrue("the message has not arrived", System.nanoTime() < deadline);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        try (var files = Files.list(arrived)) {
            assertTrue(Files.readString(files.findFirst().orElseThrow()).endsWith("\n\nIt works.\n"));
        }
    }

    @Test
    public void the_console_answers_its_owner() throws Exception {
        Installation.run(installation.home(), Map.of(), 0, "sh", "-c", "echo mail:config-get myhostname | bin/ostler shell -c " + first.configDirectory() + " | grep mx.example.test");
    }

    /** On the command line through the control socket, and in the console: who answers for a table, and what was asked of it. */
    @Test
    public void people_and_programs_are_told_which_tables_are_open_and_how_they_do() throws Exception {
        String table = "texthash:" + first.configDirectory().resolve("swapped");
        String broken = "texthash:/nonexistent/table";
        for (String key : List.of("swapped@example.test", "swapped@example.test")) {
            assertEquals("you@example.test\n", installation.ostler(0, "shell", first, "tables-find", table, key).output());
        }
        installation.ostler(1, "shell", first, "tables-find", table, "nobody@example.test");
        installation.ostler(1, "shell", first, "tables-find", broken, "anybody");
        String json = installation.ostler(0, "tables", first, "-j").output();
        String bundle = "\"bundle\": \"org.ostler.lookup.builtin\", \"version\": \"" + System.getProperty("ostler.version").replace('-', '.') + "\"";
        assertEquals(List.of(2, 1, 0), asked(json, table, "\"open\": true, " + bundle + ", \"entries\": 1"));
        assertEquals(List.of(0, 0, 1), asked(json, broken, "\"open\": false"));
        assertTrue(json, json.lines().allMatch(line -> line.startsWith("{\"table\": \"") && line.endsWith("}")));
        String console = inConsole("mail:tables-json");
        assertTrue(console, console.contains(json.lines().filter(line -> line.contains(table)).findFirst().orElseThrow()));
        String row = inConsole("mail:tables-list").lines().filter(line -> line.contains(table)).findFirst().orElseThrow();
        assertTrue(row, row.matches(" +1 +2 +1 +0 .* " + Pattern.quote(table + "  (org.ostler.lookup.builtin ") + ".*"));
        assertTrue("the command says the same to people", installation.ostler(0, "tables", first).output().contains(row.strip()));
    }

    private static String inConsole(String command) throws Exception {
        return Installation.run(installation.home(), Map.of(), 0, "sh", "-c", "echo " + command + " | bin/ostler shell -c " + first.configDirectory()).output();
    }

    /** Hits, misses and errors; the percentiles grow, and something took time. */
    private static List<Integer> asked(String json, String table, String state) {
        Matcher told = Pattern.compile(Pattern.quote("{\"table\": \"" + table + "\", " + state) + ASKED).matcher(json.lines().filter(line -> line.contains("\"" + table + "\"")).findFirst().orElse(""));
        assertTrue(json, told.matches());
        List<Double> percentiles = IntStream.rangeClosed(4, 8).mapToObj(group -> Double.valueOf(told.group(group))).toList();
        assertEquals(percentiles.stream().sorted().toList(), percentiles);
        assertTrue(json, percentiles.getLast() > 0);
        assertEquals("trouble", state.contains("false"), told.group(9).startsWith(", \"trouble\": \""));
        return IntStream.rangeClosed(1, 3).mapToObj(group -> Integer.valueOf(told.group(group))).toList();
    }

    /** Each part brings parameters of its own; those of a part that starts later are not taken for mistakes. */
    @Test
    public void only_a_parameter_that_no_part_has_is_called_unused() throws Exception {
        String warning = "unused parameter: ";
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<String> told;
        do {
            assertTrue("no warning", System.nanoTime() < deadline);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            try (var lines = Files.lines(second.home().resolve("log/mail.log"))) {
                told = lines.filter(line -> line.contains(warning)).map(line -> line.substring(line.indexOf(warning) + warning.length())).toList();
            }
        } while (told.isEmpty());
        assertEquals(List.of("mispelled=1"), told);
    }

    /** Whoever has nothing but the archive reads on from its README. */
    @Test
    public void the_pages_that_the_README_leads_to_are_in_the_archive() throws Exception {
        Pattern link = Pattern.compile("]\\((?!https?:|#)([^)#\\s]+)");
        var pages = new TreeSet<Path>(Set.of(installation.home().resolve("README.md")));
        var read = new TreeSet<Path>();
        while (!pages.isEmpty()) {
            Path page = pages.pollFirst();
            read.add(page);
            Matcher found = link.matcher(Files.readString(page));
            while (found.find()) {
                Path target = page.getParent().resolve(found.group(1)).normalize();
                assertTrue(page + " leads to " + target, Files.exists(target));
                if (target.toString().endsWith(".md") && !read.contains(target)) {
                    pages.add(target);
                }
            }
        }
        assertTrue("pages: " + read, read.size() > 15);
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    @Test
    public void nothing_listens_but_the_configured_rows() throws Exception {
        assertEquals(Set.of("127.0.0.1:" + first.smtpPort(), "127.0.0.1:" + first.submissionPort()), Sockets.listening(pid(first)));
        assertEquals(Set.of("127.0.0.1:" + second.smtpPort(), "127.0.0.1:" + second.submissionPort()), Sockets.listening(pid(second)));
    }

    @Test
    public void unix_sockets_stay_below_the_instance() throws Exception {
        assertEquals(Set.of(), Sockets.unixSocketsOutside(pid(first), first.home()));
    }

    @Test
    public void the_bill_of_materials_states_a_licence_of_every_jar_and_what_the_bundles_embed() throws Exception {
        String bill = Files.readString(installation.home().resolve("sbom.json"));
        Set<String> jars = jars(installation.home());
        assertTrue("jars: " + jars, jars.size() > 100);
        assertEquals("jars whose licence is stated", jars, licensed(bill));
        for (String embedded : new String[] {"pkg:maven/org.xerial/sqlite-jdbc@3", "pkg:generic/sqlite@3", "pkg:maven/org.postgresql/postgresql@", "pkg:maven/org.mariadb.jdbc/mariadb-java-client@", "pkg:generic/lmdb@0.9"}) {
            assertTrue(embedded, bill.contains(embedded));
        }
    }

    private static Set<String> jars(Path home) throws IOException {
        try (var files = Files.walk(home)) {
            return files.filter(file -> file.toString().endsWith(".jar")).map(file -> home.relativize(file).toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Each component of the bill of materials that is a jar of the installation has its licence in front of its path. */
    private static Set<String> licensed(String bill) {
        var paths = new TreeSet<String>();
        for (String component : bill.substring(bill.indexOf("\"components\"")).split("\n(?=\\s*\\{ \"type\")")) {
            Matcher path = LICENSED.matcher(component);
            if (path.find()) {
                paths.add(path.group(1));
            }
        }
        return paths;
    }

    @Test
    public void an_instance_writes_nothing_into_the_installation() throws Exception {
        assertEquals(sharedFilesBefore, Listing.checksums(installation.home().resolve("etc")));
    }

    @Test
    public void a_second_start_is_refused_and_status_tells_the_process() throws Exception {
        assertEquals(1, exitCode("start", first));
        assertEquals(0, exitCode("status", first));
    }

    @Test
    public void master_pid_holds_the_process_id_of_the_server() throws Exception {
        String command = Files.readString(Path.of("/proc", String.valueOf(pid(first)), "cmdline"));
        assertTrue(command, command.contains("ostler.config_directory=" + first.configDirectory()));
    }

    private static void measureStart(String what, Instance instance) throws Exception {
        Instant begin = Instant.now();
        installation.ostler(0, "start", instance);
        Path report = Path.of("target", "report.txt");
        Files.writeString(report, "%s: %d ms until all ports answer%n".formatted(what, Duration.between(begin, Instant.now()).toMillis()),
                StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static String greeting(int port) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1)).readLine();
        }
    }

    private static long pid(Instance instance) throws IOException {
        return Long.parseLong(Files.readString(instance.home().resolve("spool/pid/master.pid")).strip());
    }

    private static int exitCode(String verb, Instance instance) throws Exception {
        return installation.ostler(-1, verb, instance).status();
    }

    /** Checksums of all files below a directory. */
    private static final class Listing {
        static Map<String, String> checksums(Path directory) throws Exception {
            var sums = new TreeMap<String, String>();
            try (var files = Files.walk(directory)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    byte[] digest = java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                    sums.put(directory.relativize(file).toString(), java.util.HexFormat.of().formatHex(digest));
                }
            }
            return new TreeMap<>(sums);
        }
    }

}
