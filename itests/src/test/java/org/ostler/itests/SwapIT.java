// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
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
            measured(bundle, "second build", each -> each.update(SecondBuild.of(each, 0)), load);
            measured(bundle, "back to the first build", Bundle::update, load);
            load.close();
            assertEquals("permanent errors", List.of(), load.permanentErrors());
            accepted = load.accepted();
            Arrivals.assertAll(accepted, sink, PATIENCE);
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
}
