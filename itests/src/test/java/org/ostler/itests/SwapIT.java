// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/**
 * The promise of the README: each part is stopped, restarted, updated and replaced by a second build while mail keeps coming, and no
 * message is lost or bounced, and no client sees a permanent error.
 *
 * <p>Four clients send without pause, to a Maildir and through smtp-client to a next host by turns. After each change two hundred more
 * messages must be accepted. At the end every accepted message must have arrived. What was measured is appended to
 * {@code target/swap.tsv}: bundle, change, messages accepted meanwhile, times a client was told to come again, and the longest wait of
 * one message. {@code docs/swap.md} is that table.
 */
public class SwapIT extends ContainerTest {

    private static final int MESSAGES_PER_CHANGE = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private interface Change {
        void applyTo(Bundle bundle) throws Exception;
    }

    @Test
    public void smtp_server_is_replaced_under_mail() throws Exception {
        swap("org.ostler.smtp.server");
    }

    @Test
    public void cleanup_is_replaced_under_mail() throws Exception {
        swap("org.ostler.cleanup");
    }

    @Test
    public void core_queue_is_replaced_under_mail() throws Exception {
        swap("org.ostler.core.queue");
    }

    @Test
    public void smtp_client_is_replaced_under_mail() throws Exception {
        swap("org.ostler.smtp.client");
    }

    @Test
    public void lookup_lmdb_is_replaced_under_mail() throws Exception {
        swap("org.ostler.lookup.lmdb");
    }

    private void swap(String symbolicName) throws Exception {
        Bundle bundle = Arrays.stream(context.getBundles())
                .filter(each -> symbolicName.equals(each.getSymbolicName()))
                .findFirst().orElseThrow(() -> new AssertionError(symbolicName + " is not installed"));
        int port = Integer.getInteger(SMTP_PORT);
        Set<String> accepted;
        try (var sink = new MailSink(Integer.getInteger(SINK_PORT));
                var load = new MailLoad(port, symbolicName, List.of("me@example.test", "there@next.test"))) {
            assertTrue("mail flows before the first change", load.awaitMore(MESSAGES_PER_CHANGE, PATIENCE));
            load.lap();
            measured(bundle, "stop, start", SwapIT::restart, load);
            measured(bundle, "update", Bundle::update, load);
            measured(bundle, "second build", each -> each.update(secondBuild(each)), load);
            measured(bundle, "back to the first build", Bundle::update, load);
            load.close();
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            accepted = load.accepted();
            assertAllArrive(accepted, sink);
        }
    }

    private static void restart(Bundle bundle) throws BundleException {
        bundle.stop();
        bundle.start();
    }

    private static void measured(Bundle bundle, String name, Change change, MailLoad load) throws Exception {
        change.applyTo(bundle);
        assertTrue("mail flows after: " + name, load.awaitMore(MESSAGES_PER_CHANGE, PATIENCE));
        MailLoad.Lap lap = load.lap();
        String row = "%s\t%s\t%d\t%d\t%d ms%n".formatted(bundle.getSymbolicName(), name, lap.accepted(), lap.triedAgain(), lap.longestWait().toMillis());
        Files.writeString(Path.of(System.getProperty(SWAP_REPORT)), row, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** The same code under another version, as a repaired bundle would come. */
    private static InputStream secondBuild(Bundle bundle) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var in = new JarInputStream(URI.create(bundle.getLocation()).toURL().openStream())) {
            Manifest manifest = in.getManifest();
            manifest.getMainAttributes().putValue("Bundle-Version", "0.1.1.second-build");
            try (var out = new JarOutputStream(bytes, manifest)) {
                for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    in.transferTo(out);
                    out.closeEntry();
                }
            }
        }
        return new ByteArrayInputStream(bytes.toByteArray());
    }

    private static void assertAllArrive(Set<String> accepted, MailSink sink) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        var missing = new TreeSet<String>();
        do {
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            missing.clear();
            missing.addAll(accepted);
            missing.removeAll(sink.ids());
            missing.removeAll(inMaildir());
        } while (!missing.isEmpty() && System.nanoTime() < deadline);
        assertEquals("accepted but not arrived", Set.of(), missing);
    }

    private static Set<String> inMaildir() throws IOException {
        var ids = new TreeSet<String>();
        Path arrived = Path.of(System.getProperty("ostler.config_directory")).resolveSibling("mail/you/new");
        if (!Files.isDirectory(arrived)) {
            return ids;
        }
        try (var files = Files.list(arrived)) {
            for (Path file : files.toList()) {
                Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
                        .filter(line -> line.startsWith("X-Test-Id: "))
                        .forEach(line -> ids.add(line.substring("X-Test-Id: ".length())));
            }
        }
        return ids;
    }
}
