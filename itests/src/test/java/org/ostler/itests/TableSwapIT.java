// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.BufferedReader;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.After;
import org.junit.AssumptionViolatedException;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Tables;

/**
 * Each bundle that has to do with tables is swapped every two seconds under a steady rate of mail that needs them: stopped and started, updated, overtaken by a second build of higher ranking, refreshed, uninstalled and
 * installed again, in turn. Mail asks every type that the bundle provides ({@link SwapQuestions}), and {@link #every_type_is_asked} knows which there are.
 *
 * <p>Nothing that was accepted may be lost, no client may see 4xx or 5xx, mail must go on after each change, and nothing may hold on to what was replaced. How long a swap takes is the machine's matter and no part of
 * the verdict: lookups wait 50 s here, unless {@code -Dostler.test.swap_wait=5s}, the shipped time, is given. That a bundle was back in time by accident cannot be either: one that waits in vain for lookups to end says so
 * in the log, and that fails the test.
 *
 * <p>Ten seconds for each bundle, which is every change once; {@code -Dostler.test.swap_seconds=60} is the run of docs/swap.md. Rows are appended to {@code target/table-swap.tsv}: bundle, seconds, wait, swaps, longest swap,
 * messages a second that were asked for, that were accepted, accepted in all, told to come again, permanent errors, longest wait of one message.
 */
public class TableSwapIT extends ContainerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long PERIOD = TimeUnit.SECONDS.toNanos(2);
    private static final int CLIENTS = 12;
    /** What {@code lookup-core} says when it stops waiting. */
    private static final String IN_VAIN = "are still in use while their bundle leaves";

    private static final String RECIPIENT = "swapped@example.test";
    private static final String MAILBOX = SwapQuestions.MAILBOX;

    /** The types that mail asks while their bundle is swapped, by the end of its symbolic name; and those of the drivers. */
    private static final Map<String, Set<String>> ASKED = Map.ofEntries(
            Map.entry("lookup.lmdb", Set.of("lmdb", "hash", "btree", "dbm")),
            Map.entry("lookup.builtin", Set.of("static", "inline", "texthash", "fail", "environ", "cidr", "unix", "unionmap", "pipemap", "randmap", "debug")),
            Map.entry("lookup.regexp", Set.of("regexp", "pcre")),
            Map.entry("lookup.cdb", Set.of("cdb")),
            Map.entry("lookup.ldap", Set.of("ldap")),
            Map.entry("lookup.socket", Set.of("socketmap", "tcp", "memcache")),
            Map.entry("lookup.sql", Set.of("sqlite", "pgsql", "mysql")),
            Map.entry("sql.sqlite", Set.of("sqlite")),
            Map.entry("sql.postgresql", Set.of("pgsql")),
            Map.entry("sql.mariadb", Set.of("mysql")));

    private Path mainCf;
    private String original;
    /** Types whose server is not installed, and why they are not asked. */
    private final Map<String, String> notHere = new TreeMap<>();

    @Before
    public void remember() throws Exception {
        mainCf = Path.of(System.getProperty("ostler.config_directory"), "main.cf");
        original = Files.readString(mainCf);
    }

    @After
    public void restore() throws Exception {
        Files.writeString(mainCf, original);
        reload();
    }

    /** A type that somebody adds is asked by a test of this class, or this one fails. */
    @Test
    public void every_type_is_asked() throws Exception {
        var provided = new TreeMap<String, Set<String>>();
        for (String property : List.of("table.type", "sql.type")) {
            for (ServiceReference<?> each : context.getAllServiceReferences(null, "(" + property + "=*)")) {
                Object types = each.getProperty(property);
                provided.computeIfAbsent(each.getBundle().getSymbolicName().replaceFirst("^org\\.ostler\\.", ""), name -> new HashSet<>())
                        .addAll(types instanceof String[] several ? List.of(several) : List.of((String) types));
            }
        }
        assertEquals("by bundle", new TreeMap<>(ASKED), provided);
        for (String bundle : ASKED.keySet()) {
            String test = bundle.replace('.', '_') + "_is_swapped_under_mail";
            assertTrue(test, Arrays.stream(getClass().getMethods()).anyMatch(method -> method.getName().equals(test) && method.isAnnotationPresent(Test.class)));
        }
    }

    @Test
    public void lookup_lmdb_is_swapped_under_mail() throws Exception {
        swap("lookup.lmdb", new SwapQuestions().recipient("me@example.test").alias("hash@example.test", "hash:" + text("hash")).alias("btree@example.test", "btree:" + file("swapped-btree"))
                .alias("dbm@example.test", "dbm:" + text("dbm")).insideOthers("lmdb:" + file("aliases"), "me@example.test"));
    }

    /** A table that always fails keeps whoever asks it waiting, whatever happens to its bundle. */
    @Test
    public void lookup_builtin_is_swapped_under_mail() throws Exception {
        var questions = new SwapQuestions().recipient(MAILBOX).alias("inline@example.test", "inline:{inline@example.test=" + MAILBOX + "}").alias("texthash@example.test", "texthash:" + text("texthash"))
                .alias("environ@example.test", "environ:x").insideOthers("cdb:" + file("swapped"), RECIPIENT)
                .domains("debug:inline:{relay.test=x, next.test=x}").set("relay_recipient_maps", "inline:{there@relay.test=x, there@next.test=x}, fail:x")
                .local("unix:passwd.byname, unix:group.byname", "daemon", "shadow")
                .set("mynetworks", "cidr:{{127.0.0.0/8 x}}").set("smtpd_client_restrictions", "permit_mynetworks, reject")
                .set("smtpd_helo_restrictions", "check_helo_access static:OK, reject").set("smtpd_sender_restrictions", "check_sender_access randmap:{OK, PERMIT}, reject");
        configure(questions);
        try (var probe = new MailProbe(Integer.getInteger(SMTP_PORT), "nobody@relay.test")) {
            swap("lookup.builtin", questions);
            assertEquals("what fail: lets somebody be told", List.of(), probe.otherAnswers());
        }
    }

    @Test
    public void lookup_regexp_is_swapped_under_mail() throws Exception {
        swap("lookup.regexp", new SwapQuestions().recipient("pattern-you@example.test").alias("pcre@example.test", "pcre:{{/^pcre@example\\.test$/ " + MAILBOX + "}}"));
    }

    /** Alone, and inside tables that stay. */
    @Test
    public void lookup_cdb_is_swapped_under_mail() throws Exception {
        String table = "cdb:" + file("swapped");
        swap("lookup.cdb", new SwapQuestions().alias(RECIPIENT, table).insideOthers(table, RECIPIENT)
                .domains("debug:pipemap:{inline:{relay.test=" + RECIPIENT + ", next.test=" + RECIPIENT + "}, " + table + "}"));
    }

    @Test
    public void lookup_core_is_swapped_under_mail() throws Exception {
        String table = "proxy:cdb:" + file("swapped");
        swap("lookup.core", new SwapQuestions().recipient("pattern-you@example.test").alias(RECIPIENT, table).insideOthers(table, RECIPIENT).local("unix:passwd.byname", "daemon"));
    }

    /** Which databases are not here the end says: the test is skipped then, but whatever is here was asked. */
    @Test
    public void lookup_sql_is_swapped_under_mail() throws Exception {
        var questions = new SwapQuestions().alias(RECIPIENT, sqlite());
        try (var postgresql = ifHere("pgsql", () -> SmallDatabase.postgresql("there@relay.test", MAILBOX)); var mariadb = ifHere("mysql", () -> SmallDatabase.mariadb("there@local.test", MAILBOX))) {
            if (postgresql != null) {
                questions.relay(tables("pgsql", postgresql, "there@relay.test"));
            }
            if (mariadb != null) {
                questions.local(tables("mysql", mariadb, "there@local.test"), "there");
            }
            swap("lookup.sql", questions);
        }
    }

    @Test
    public void sql_sqlite_is_swapped_under_mail() throws Exception {
        swap("sql.sqlite", new SwapQuestions().alias(RECIPIENT, sqlite()));
    }

    @Test
    public void sql_postgresql_is_swapped_under_mail() throws Exception {
        try (var database = SmallDatabase.postgresql(RECIPIENT, MAILBOX)) {
            swap("sql.postgresql", new SwapQuestions().alias(RECIPIENT, tables("pgsql", database, RECIPIENT)));
        }
    }

    @Test
    public void sql_mariadb_is_swapped_under_mail() throws Exception {
        try (var database = SmallDatabase.mariadb(RECIPIENT, MAILBOX)) {
            swap("sql.mariadb", new SwapQuestions().alias(RECIPIENT, tables("mysql", database, RECIPIENT)));
        }
    }

    @Test
    public void lookup_ldap_is_swapped_under_mail() throws Exception {
        // The directory is outside: a test bundle wired to its classes would be refreshed with the library when FeaturesIT takes that away.
        String table = "ldap:" + file("swapped-ldap.cf");
        swap("lookup.ldap", new SwapQuestions().alias(RECIPIENT, table).insideOthers(table, RECIPIENT));
    }

    /** Where memcached is not here the end says so. */
    @Test
    public void lookup_socket_is_swapped_under_mail() throws Exception {
        try (var socketmap = SmallTableServer.socketmap("virtual " + RECIPIENT, MAILBOX); var tcp = SmallTableServer.tcp("there@relay.test", "x");
                var memcached = ifHere("memcache", () -> new SmallMemcached("there@local.test", "x"))) {
            var questions = new SwapQuestions().alias(RECIPIENT, "socketmap:inet:127.0.0.1:" + socketmap.port() + ":virtual").relay("tcp:127.0.0.1:" + tcp.port());
            if (memcached != null) {
                questions.local("memcache:" + Files.writeString(file("swapped-memcache.cf"), memcached.cf()), "there");
            }
            swap("lookup.socket", questions);
        }
    }

    /**
     * Docs/performance.md, "How often a message asks", less the two for {@code @box.test}: a tcp table is not asked for parts of an address. Only what was asked a moment ago is not asked again: the least of some messages is
     * what counts, on a machine that sometimes stands still.
     */
    @Test
    public void a_message_asks_over_the_network_no_oftener_than_in_Postfix() throws Exception {
        String next = "smtp:[127.0.0.1]:" + Integer.getInteger(SINK_PORT);
        try (var aliases = SmallTableServer.tcp("nobody", "x"); var domains = SmallTableServer.tcp("box.test", "x"); var boxes = SmallTableServer.tcp("there@box.test", "x");
                var sink = new MailSink(Integer.getInteger(SINK_PORT))) {
            configure(new SwapQuestions().set("virtual_alias_maps", "tcp:127.0.0.1:" + aliases.port()).set("virtual_mailbox_domains", "tcp:127.0.0.1:" + domains.port())
                    .set("virtual_mailbox_maps", "tcp:127.0.0.1:" + boxes.port()).set("virtual_transport", next));
            assertEquals("the first", 9, questions("asking-0", sink));
            long least = Long.MAX_VALUE;
            for (int i = 1; i <= 10; i++) {
                least = Math.min(least, questions("asking-" + i, sink));
            }
            assertEquals("the next", 3, least);
        }
    }

    private long questions(String id, MailSink sink) throws Exception {
        long before = askedOverTcp();
        try (var client = new OneMessage(Integer.getInteger(SMTP_PORT))) {
            assertTrue(client.send("sender@example.test", "there@box.test", id).startsWith("250"));
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!sink.ids().contains(id)) {
            assertTrue(id + " is delivered", System.nanoTime() - end < 0);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
        return askedOverTcp() - before;
    }

    private long askedOverTcp() {
        return service(Tables.class).statistics().stream().filter(each -> each.table().startsWith("tcp:")).mapToLong(each -> each.counts().hits() + each.counts().misses()).sum();
    }

    private <T> T ifHere(String type, Callable<T> server) throws Exception {
        try {
            return server.call();
        } catch (AssumptionViolatedException e) {
            notHere.put(type, e.getMessage());
            return null;
        }
    }

    private Path file(String name) {
        return mainCf.resolveSibling(name);
    }

    /** A file that knows {@code NAME@example.test}. */
    private Path text(String name) throws Exception {
        return Files.writeString(file("swapped-" + name), name + "@example.test " + MAILBOX + "\n");
    }

    /** Made with the library in the driver's bundle; the driver itself only reads. */
    private String sqlite() throws Exception {
        Path database = file("swapped.sqlite");
        Files.deleteIfExists(database);
        Class<?> type = find("org.ostler.sql.sqlite").loadClass("org.sqlite.SQLiteDataSource");
        var source = (DataSource) type.getConstructor().newInstance();
        type.getMethod("setUrl", String.class).invoke(source, "jdbc:sqlite:" + database);
        try (var connection = source.getConnection(); var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE aliases (name PRIMARY KEY, target)");
            statement.execute("INSERT INTO aliases VALUES ('" + RECIPIENT + "', '" + MAILBOX + "')");
        }
        return "sqlite:" + Files.writeString(file("swapped-sqlite.cf"), "dbpath = " + database + "\nquery = SELECT target FROM aliases WHERE name = '%s'\n");
    }

    /** Asked through both ways that there are to the server; mail takes the network. */
    private String tables(String type, SmallDatabase database, String known) throws Exception {
        // Names of this test alone: a file that was changed a moment ago is not taken yet, and the database of the test before is gone.
        String name = "swapped-" + known + "-" + type;
        String socket = type + ":" + Files.writeString(file(name + "-socket.cf"), database.overSocket());
        String network = type + ":" + Files.writeString(file(name + ".cf"), database.overTcp());
        Tables tables = service(Tables.class);
        for (String table : List.of(socket, network)) {
            assertEquals(table, Answer.found(MAILBOX), tables.open(table, "test").find(known));
            assertEquals(table, Answer.NOT_FOUND, tables.open(table, "test").find("nobody'--@example.test"));
        }
        return network;
    }

    private <T> T service(Class<T> type) {
        return context.getService(context.getServiceReference(type));
    }

    private void reload() {
        assertEquals(List.of(), service(Configuration.class).reload());
    }

    private Bundle find(String symbolicName) {
        return Arrays.stream(context.getBundles()).filter(each -> symbolicName.equals(each.getSymbolicName())).findFirst()
                .orElseThrow(() -> new AssertionError(symbolicName + " is not installed"));
    }

    private void configure(SwapQuestions questions) throws Exception {
        String wait = System.getProperty(SWAP_WAIT);
        questions.set("table_replacement_timeout", wait).set("table_lookup_timeout", wait);
        Files.writeString(mainCf, questions.mainCf(original, Integer.getInteger(SINK_PORT)));
        reload();
    }

    /** @param name of the bundle, behind {@code org.ostler.} */
    private void swap(String name, SwapQuestions questions) throws Exception {
        configure(questions);
        var changes = new BundleChanges(context, find("org.ostler." + name));
        var revisions = new Revisions(Path.of(System.getProperty(SWAP_REPORT)).resolveSibling("held-" + name + ".hprof"));
        long logged = Files.size(log());
        try (var sink = new MailSink(Integer.getInteger(SINK_PORT));
                var load = new MailLoad(Integer.getInteger(SMTP_PORT), "table-" + name, questions.recipients(), CLIENTS, Integer.getInteger(SWAP_RATE))) {
            assertTrue("mail flows before the first swap", load.awaitMore(100, PATIENCE));
            load.lap();
            Map<String, Long> before = answered();
            List<Long> swaps = new ArrayList<>();
            long begin = System.nanoTime();
            swapUntil(begin + TimeUnit.SECONDS.toNanos(Integer.getInteger(SWAP_SECONDS)), changes, revisions, load, swaps);
            // What still waits for the last swap belongs to it.
            assertTrue("mail flows after the last swap", load.awaitMore(100, PATIENCE));
            MailLoad.Lap lap = load.lap();
            double took = (System.nanoTime() - begin) / 1e9;
            assertAsked(name, before);
            load.close();
            report(name, took, swaps, lap, load);
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            Arrivals.assertAll(load.accepted(), sink, PATIENCE);
            assertEquals("told to come again", List.of(), lap.refusals().stream().map(MailLoad.Refusal::why).toList());
        }
        Arrivals.clear();
        assertEquals("lookups that did not end", List.of(), inVain(logged));
        revisions.assertGone(changes.bundle());
        assumeTrue(notHere.toString(), notHere.isEmpty());
    }

    /** Lookups that a type has answered: found, or unavailable where it never says anything else. */
    private Map<String, Long> answered() {
        return service(Tables.class).statistics().stream().collect(Collectors.groupingBy(each -> each.table().substring(0, each.table().indexOf(':')),
                Collectors.summingLong(each -> each.table().startsWith("fail:") ? each.counts().errors() : each.counts().hits())));
    }

    private void assertAsked(String name, Map<String, Long> before) {
        Map<String, Long> now = answered();
        for (String type : ASKED.getOrDefault(name, Set.of())) {
            assertTrue(type + ": was asked", notHere.containsKey(type) || now.getOrDefault(type, 0L) > before.getOrDefault(type, 0L));
        }
    }

    private Path log() {
        return mainCf.getParent().resolveSibling("log/mail.log");
    }

    /** Line by line: after some minutes the log is larger than this server's heap. */
    private List<String> inVain(long from) throws Exception {
        try (FileChannel file = FileChannel.open(log()).position(from);
                var lines = new BufferedReader(Channels.newReader(file, StandardCharsets.ISO_8859_1))) {
            return lines.lines().filter(line -> line.contains(IN_VAIN)).toList();
        }
    }

    /**
     * One change after the other, in turn.
     *
     * @param swaps takes how long each took, in nanoseconds
     */
    private static void swapUntil(long end, BundleChanges changes, Revisions revisions, MailLoad load, List<Long> swaps) throws Exception {
        for (long turn = System.nanoTime(); turn < end; turn += PERIOD) {
            parkUntil(turn);
            BundleChanges.Change next = changes.next();
            revisions.remember(changes.bundle(), next.name());
            long start = System.nanoTime();
            changes.apply(next);
            swaps.add(System.nanoTime() - start);
            assertTrue("mail flows on after it was " + next.name(), load.awaitMore(1, PATIENCE));
        }
        parkUntil(end);
    }

    private static void parkUntil(long time) {
        for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void report(String name, double seconds, List<Long> swaps, MailLoad.Lap lap, MailLoad load) throws Exception {
        Path file = Path.of(System.getProperty(SWAP_REPORT)).resolveSibling("table-swap.tsv");
        String row = String.format("%s\t%.0f s\t%s\t%d\t%d ms\t%s\t%.0f\t%d\t%d\t%d\t%d ms%n", name, seconds, System.getProperty(SWAP_WAIT), swaps.size(), TimeUnit.NANOSECONDS.toMillis(Collections.max(swaps)),
                System.getProperty(SWAP_RATE), lap.accepted() / seconds, lap.accepted(), lap.triedAgain(), load.permanentErrors().size(), lap.longestWait().toMillis());
        Files.writeString(file, row, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
