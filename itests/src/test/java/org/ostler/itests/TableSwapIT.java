// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.ostler.mail.config.Configuration;

/**
 * Each bundle that provides table types is swapped every two seconds under a steady rate of mail that needs its tables: stopped and started, updated, overtaken by a second build of higher ranking,
 * uninstalled and installed again, in turn.
 *
 * <p>Nothing that was accepted may be lost, and no client may see 5xx. As long as the bundle was back within the time that lookups wait for it, no client may see 4xx either: each 4xx must have been told during a swap that
 * took longer. A swap that takes longer is itself a failure, unless others had most of the machine meanwhile. Eight seconds for each bundle, which is every change once; {@code -Dostler.test.swap_seconds=60} is the run of docs/swap.md. Rows are appended to {@code target/table-swap.tsv}: bundle, seconds, swaps, longest swap, accepted, accepted a second, told
 * to come again, permanent errors, longest wait of one message.
 */
public class TableSwapIT extends ContainerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long PERIOD = TimeUnit.SECONDS.toNanos(2);
    private static final int CLIENTS = 12;
    /** table_replacement_timeout. */
    private static final Duration WAIT = Duration.ofSeconds(5);
    /** The end of an opening and a session's turn on a busy machine. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    /** Only the table of the bundle under test knows it: with an answer "not found" in its stead this recipient would be refused for good. */
    private static final String RECIPIENT = "swapped@example.test";
    private static final String MAILBOX = "you@example.test";

    /** Of the machine, for other processes: with more than this it is no wonder that a swap takes long. */
    private static final double MUCH = 0.4;

    /** @param elsewhere the share of the machine that other processes had */
    private record Swap(long begin, long end, double elsewhere) {

        long millis() {
            return (end - begin) / 1_000_000;
        }

        boolean isLong() {
            return millis() >= WAIT.minus(MARGIN).toMillis();
        }

        boolean explains(MailLoad.Refusal refusal) {
            return isLong() && refusal.end() >= begin && refusal.begin() <= end;
        }
    }

    private interface Change {
        /** @return the bundle that provides the types from now on */
        Bundle applyTo(Bundle bundle) throws Exception;
    }

    private final List<Change> changes = List.of(TableSwapIT::restart, TableSwapIT::update, this::overtake, this::install);

    private Path mainCf;
    private String original;
    private byte[] secondBuild;

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
    public void lookup_sql_is_swapped_under_mail() throws Exception {
        swap("org.ostler.lookup.sql", sqlite());
    }

    @Test
    public void sql_sqlite_is_swapped_under_mail() throws Exception {
        swap("org.ostler.sql.sqlite", sqlite());
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

    private void reload() {
        Configuration configuration = context.getService(context.getServiceReference(Configuration.class));
        assertEquals(List.of(), configuration.reload());
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
        Files.writeString(mainCf, original.replaceFirst("(?m)^virtual_alias_maps = .*", "$0, " + table));
        reload();
        swapUnder(symbolicName, RECIPIENT);
    }

    private void swap(String symbolicName) throws Exception {
        swapUnder(symbolicName, "me@example.test");
    }

    private void swapUnder(String symbolicName, String recipient) throws Exception {
        int seconds = Integer.getInteger(SWAP_SECONDS);
        int rate = Integer.getInteger(SWAP_RATE);
        Bundle bundle = find(symbolicName);
        // Before the swaps: packing megabytes anew is no part of them.
        try (var build = SecondBuild.of(bundle, 100)) {
            secondBuild = build.readAllBytes();
        }
        try (var sink = new MailSink(Integer.getInteger(SINK_PORT));
                var load = new MailLoad(Integer.getInteger(SMTP_PORT), "table-" + symbolicName, List.of(recipient, "there@next.test"), CLIENTS, rate)) {
            assertTrue("mail flows before the first swap", load.awaitMore(100, PATIENCE));
            load.lap();
            long begin = System.nanoTime();
            List<Swap> swaps = swapUntil(begin + TimeUnit.SECONDS.toNanos(seconds), bundle);
            // What still waits for the last swap belongs to it.
            assertTrue("mail flows after the last swap", load.awaitMore(100, PATIENCE));
            MailLoad.Lap lap = load.lap();
            double took = (System.nanoTime() - begin) / 1e9;
            load.close();
            report("%s\t%.0f s\t%d\t%d ms\t%d\t%.0f\t%d\t%d\t%d ms%n".formatted(symbolicName, took, swaps.size(), swaps.stream().mapToLong(Swap::millis).max().orElseThrow(), lap.accepted(), lap.accepted() / took,
                    lap.triedAgain(), load.permanentErrors().size(), lap.longestWait().toMillis()));
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            Arrivals.assertAll(load.accepted(), sink, PATIENCE);
            assertEquals("told to come again although the bundle was back in time", List.of(),
                    lap.refusals().stream().filter(refusal -> swaps.stream().noneMatch(swap -> swap.explains(refusal))).map(MailLoad.Refusal::why).toList());
            assertEquals("swaps that took too long on a machine that was free", List.of(), swaps.stream().filter(swap -> swap.isLong() && swap.elsewhere < MUCH).toList());
        }
    }

    /** One change after the other, in turn. */
    private List<Swap> swapUntil(long end, Bundle first) throws Exception {
        var swaps = new ArrayList<Swap>();
        Bundle bundle = first;
        for (long turn = System.nanoTime(); turn < end; turn += PERIOD) {
            parkUntil(turn);
            OtherWork others = OtherWork.now();
            long start = System.nanoTime();
            bundle = changes.get(swaps.size() % changes.size()).applyTo(bundle);
            swaps.add(new Swap(start, System.nanoTime(), others.shareUntilNow()));
        }
        parkUntil(end);
        return swaps;
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
