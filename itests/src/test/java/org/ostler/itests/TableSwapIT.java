// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Tables;

/**
 * Each bundle that has to do with tables is swapped every two seconds under a steady rate of mail that needs them: stopped and started, updated, overtaken by a second build of higher ranking, refreshed, uninstalled and
 * installed again, in turn.
 *
 * <p>Nothing that was accepted may be lost, no client may see 4xx or 5xx, mail must go on after each change, and nothing may hold on to what was replaced. How long a swap takes is the machine's matter and no part of
 * the verdict: lookups wait {@value #WAIT} here. That a bundle was back in time by accident cannot be either: one that waits in vain for lookups to end says so in the log, and that fails the test.
 *
 * <p>Ten seconds for each bundle, which is every change once; {@code -Dostler.test.swap_seconds=60} is the run of docs/swap.md. Rows are appended to {@code target/table-swap.tsv}: bundle, seconds, swaps, longest swap,
 * accepted, accepted a second, told to come again, permanent errors, longest wait of one message.
 */
public class TableSwapIT extends ContainerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long PERIOD = TimeUnit.SECONDS.toNanos(2);
    private static final int CLIENTS = 12;
    /** {@code table_replacement_timeout} and {@code table_lookup_timeout}: longer than the slowest machine takes for a swap. */
    private static final String WAIT = "50s";
    /** What {@code lookup-core} says when it stops waiting. */
    private static final String IN_VAIN = "are still in use while their bundle leaves";

    /** Only the table of the bundle under test knows it: with an answer "not found" in its stead this recipient would be refused for good. */
    private static final String RECIPIENT = "swapped@example.test";
    private static final String MAILBOX = "you@example.test";

    private interface Change {
        /** @return the bundle that provides the types from now on */
        Bundle applyTo(Bundle bundle) throws Exception;
    }

    private final Map<String, Change> changes = new LinkedHashMap<>();

    private Path mainCf;
    private String original;
    private byte[] secondBuild;

    @Before
    public void remember() throws Exception {
        changes.put("stopped and started", TableSwapIT::restart);
        changes.put("updated", TableSwapIT::update);
        changes.put("overtaken", this::overtake);
        changes.put("refreshed", this::refresh);
        changes.put("installed again", this::install);
        mainCf = Path.of(System.getProperty("ostler.config_directory"), "main.cf");
        original = Files.readString(mainCf);
    }

    @After
    public void restore() throws Exception {
        Files.writeString(mainCf, original);
        reload();
    }

    @Test
    public void lookup_lmdb_is_swapped_under_mail() throws Exception {
        swap("org.ostler.lookup.lmdb");
    }

    @Test
    public void lookup_builtin_is_swapped_under_mail() throws Exception {
        swap("org.ostler.lookup.builtin");
    }

    @Test
    public void lookup_regexp_is_swapped_under_mail() throws Exception {
        swap("org.ostler.lookup.regexp");
    }

    @Test
    public void lookup_cdb_is_swapped_under_mail() throws Exception {
        swap("org.ostler.lookup.cdb", "cdb:" + file("swapped"));
    }

    @Test
    public void lookup_core_is_swapped_under_mail() throws Exception {
        swap("org.ostler.lookup.core", "proxy:cdb:" + file("swapped"));
    }

    @Test
    public void lookup_sql_is_swapped_under_mail() throws Exception {
        swap("org.ostler.lookup.sql", sqlite());
    }

    @Test
    public void sql_sqlite_is_swapped_under_mail() throws Exception {
        swap("org.ostler.sql.sqlite", sqlite());
    }

    @Test
    public void sql_postgresql_is_swapped_under_mail() throws Exception {
        try (var database = SmallDatabase.postgresql(RECIPIENT, MAILBOX)) {
            swap("org.ostler.sql.postgresql", tables("pgsql", database));
        }
    }

    @Test
    public void sql_mariadb_is_swapped_under_mail() throws Exception {
        try (var database = SmallDatabase.mariadb(RECIPIENT, MAILBOX)) {
            swap("org.ostler.sql.mariadb", tables("mysql", database));
        }
    }

    @Test
    public void lookup_ldap_is_swapped_under_mail() throws Exception {
        // The directory is outside: a test bundle wired to its classes would be refreshed with the library when FeaturesIT takes that away.
        swap("org.ostler.lookup.ldap", "ldap:" + file("swapped-ldap.cf"));
    }

    @Test
    public void lookup_socket_is_swapped_under_mail() throws Exception {
        try (var server = new SmallSocketmap("virtual " + RECIPIENT, MAILBOX)) {
            swap("org.ostler.lookup.socket", "socketmap:inet:127.0.0.1:" + server.port() + ":virtual");
        }
    }

    private Path file(String name) {
        return mainCf.resolveSibling(name);
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
    private String tables(String type, SmallDatabase database) throws Exception {
        String socket = type + ":" + Files.writeString(file("swapped-" + type + "-socket.cf"), database.overSocket());
        String network = type + ":" + Files.writeString(file("swapped-" + type + ".cf"), database.overTcp());
        Tables tables = service(Tables.class);
        for (String table : List.of(socket, network)) {
            assertEquals(table, Answer.found(MAILBOX), tables.open(table, "test").find(RECIPIENT));
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

    private static Bundle restart(Bundle bundle) throws Exception {
        bundle.stop();
        bundle.start();
        return bundle;
    }

    private static Bundle update(Bundle bundle) throws Exception {
        bundle.update();
        return bundle;
    }

    /** Both are there for a moment; then the first goes, comes back, and the second goes. */
    private Bundle overtake(Bundle bundle) throws Exception {
        Bundle second = context.installBundle("test:second-build", new ByteArrayInputStream(secondBuild));
        second.adapt(BundleStartLevel.class).setStartLevel(bundle.adapt(BundleStartLevel.class).getStartLevel());
        second.start();
        bundle.stop();
        bundle.start();
        second.uninstall();
        return bundle;
    }

    private Bundle refresh(Bundle bundle) throws Exception {
        var done = new CountDownLatch(1);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class).refreshBundles(List.of(bundle), event -> done.countDown());
        assertTrue("refreshed", done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        return bundle;
    }

    private Bundle install(Bundle bundle) throws Exception {
        int level = bundle.adapt(BundleStartLevel.class).getStartLevel();
        bundle.uninstall();
        Bundle again = context.installBundle(bundle.getLocation());
        again.adapt(BundleStartLevel.class).setStartLevel(level);
        again.start();
        return again;
    }

    /** @param table to ask after those of the instance */
    private void swap(String symbolicName, String table) throws Exception {
        configure(original.replaceFirst("(?m)^virtual_alias_maps = .*", "$0, " + table));
        swapUnder(symbolicName, RECIPIENT);
    }

    private void swap(String symbolicName) throws Exception {
        configure(original);
        swapUnder(symbolicName, "me@example.test");
    }

    private void configure(String main) throws Exception {
        Files.writeString(mainCf, main + "table_replacement_timeout = " + WAIT + "\ntable_lookup_timeout = " + WAIT + "\n");
        reload();
    }

    private void swapUnder(String symbolicName, String recipient) throws Exception {
        int seconds = Integer.getInteger(SWAP_SECONDS);
        int rate = Integer.getInteger(SWAP_RATE);
        Bundle bundle = find(symbolicName);
        // Before the swaps: packing megabytes anew is no part of them.
        try (var build = SecondBuild.of(bundle, 100)) {
            secondBuild = build.readAllBytes();
        }
        var revisions = new Revisions();
        long logged = Files.size(log());
        try (var sink = new MailSink(Integer.getInteger(SINK_PORT));
                var load = new MailLoad(Integer.getInteger(SMTP_PORT), "table-" + symbolicName, List.of(recipient, "there@next.test"), CLIENTS, rate)) {
            assertTrue("mail flows before the first swap", load.awaitMore(100, PATIENCE));
            load.lap();
            long begin = System.nanoTime();
            List<Long> swaps = new ArrayList<>();
            bundle = swapUntil(begin + TimeUnit.SECONDS.toNanos(seconds), bundle, revisions, load, swaps);
            // What still waits for the last swap belongs to it.
            assertTrue("mail flows after the last swap", load.awaitMore(100, PATIENCE));
            MailLoad.Lap lap = load.lap();
            double took = (System.nanoTime() - begin) / 1e9;
            load.close();
            report("%s\t%.0f s\t%d\t%d ms\t%d\t%.0f\t%d\t%d\t%d ms%n".formatted(symbolicName, took, swaps.size(), TimeUnit.NANOSECONDS.toMillis(Collections.max(swaps)), lap.accepted(), lap.accepted() / took,
                    lap.triedAgain(), load.permanentErrors().size(), lap.longestWait().toMillis()));
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            Arrivals.assertAll(load.accepted(), sink, PATIENCE);
            assertEquals("told to come again", List.of(), lap.refusals().stream().map(MailLoad.Refusal::why).toList());
        }
        assertEquals("lookups that did not end", List.of(), inVain(logged));
        revisions.assertGone(bundle);
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
    private Bundle swapUntil(long end, Bundle first, Revisions revisions, MailLoad load, List<Long> swaps) throws Exception {
        List<String> names = List.copyOf(changes.keySet());
        Bundle bundle = first;
        for (long turn = System.nanoTime(); turn < end; turn += PERIOD) {
            parkUntil(turn);
            String name = names.get(swaps.size() % names.size());
            revisions.remember(bundle, name);
            long start = System.nanoTime();
            bundle = changes.get(name).applyTo(bundle);
            swaps.add(System.nanoTime() - start);
            assertTrue("mail flows on after it was " + name, load.awaitMore(1, PATIENCE));
        }
        parkUntil(end);
        return bundle;
    }

    private static void parkUntil(long time) {
        for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void report(String row) throws Exception {
        Path file = Path.of(System.getProperty(SWAP_REPORT)).resolveSibling("table-swap.tsv");
        Files.writeString(file, row, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
