// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.access.AccessControl;
import org.ostler.cleanup.AliasStage;
import org.ostler.cleanup.BccStage;
import org.ostler.cleanup.CleanupService;
import org.ostler.cleanup.DuplicateStage;
import org.ostler.cleanup.HeaderStage;
import org.ostler.cleanup.ReceivedStage;
import org.ostler.lookup.core.PlainTables;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.Conversation;
import org.ostler.mail.tck.Queued;
import org.ostler.mail.tck.Script;
import org.ostler.mail.tck.ScriptFile;
import org.ostler.queue.memory.MemoryStore;
import org.ostler.trivial.rewrite.TrivialRewrite;

/**
 * Every conversation recorded from Postfix, held with the real restriction lists, tables, rewriting and cleanup; what is in the queue afterwards is compared
 * with what Postfix had there, Received lines aside.
 */
@Timeout(300)
class WholeServerTest {

    @TempDir
    Path dir;

    /** Where what is in the queue differs, for reasons of other parts. */
    private static final Map<String, String> OTHER_QUEUE = Map.ofEntries(
            Map.entry("access-recipient/*", "REDIRECT is carried out by cleanup"),
            Map.entry("access-sender/*", "REDIRECT is carried out by cleanup"),
            Map.entry("content/incomplete addresses in headers of a local client are completed", "long address headers are not folded again"),
            Map.entry("rcpt-syntax/forms of the address that are accepted", "a source route and a dot behind the domain are gone before cleanup could see them as a difference"));

    @TestFactory
    Stream<DynamicContainer> conversations() {
        return ScriptFile.names().stream().map(ScriptFile::load)
                .map(file -> dynamicContainer(file.name(), file.scripts().stream().filter(script -> !isDifferent(file, script)).map(script -> test(file, script))));
    }

    private static boolean isDifferent(ScriptFile file, Script script) {
        return RecordedConversationsTest.isDifferent(file, script);
    }

    private DynamicTest test(ScriptFile file, Script script) {
        return dynamicTest(script.title(), () -> {
            Settings settings = Settings.parse(file.mainCf(dir));
            Tables tables = new PlainTables().tables(settings, dir, warning -> {});
            var router = new TrivialRewrite(tables);
            // queue_minfree is the store's own matter; in this file there is no room.
            var store = file.name().equals("queue-minfree") ? new MemoryStore(0) : new MemoryStore();
            var cleanup = new CleanupService(store, router, List.of(new ReceivedStage(), new HeaderStage(router), new BccStage(tables, router), new AliasStage(tables, router), new DuplicateStage()));
            try (var server = new Server(file.mainCf(dir), dir, new AccessControl(tables, router), unused -> cleanup, tables)) {
                Conversation.with(server.address()).plays(script);
                server.logged("disconnect from ");
                if (!OTHER_QUEUE.containsKey(file.name() + "/" + script.title()) && !OTHER_QUEUE.containsKey(file.name() + "/*")) {
                    compare(store, script);
                }
            } finally {
                store.close();
            }
        });
    }

    private static void compare(MemoryStore store, Script script) throws Exception {
        var messages = new ArrayList<StoredMessage>();
        store.list(messages::add);
        messages.sort(Comparator.comparing(message -> message.id().text()));
        List<Queued> expected = script.queued().stream().filter(q -> !q.sender().startsWith("double-bounce@")).toList();
        assertThat(messages).hasSameSizeAs(expected);
        for (int i = 0; i < messages.size(); i++) {
            StoredMessage message = messages.get(i);
            assertThat(message.envelope().sender().text()).isEqualTo(expected.get(i).sender());
            assertThat(message.envelope().recipients().stream().map(r -> r.address().text())).containsExactlyElementsOf(expected.get(i).recipients());
            List<byte[]> lines = withoutReceived(message);
            assertThat(expected.get(i).matchesContent(lines)).as(() -> script + "\n" + lines.stream().map(Queued::printable).toList() + "\n" + script.queued()).isTrue();
        }
    }

    private static List<byte[]> withoutReceived(StoredMessage message) throws Exception {
        byte[] all;
        try (InputStream in = message.content().open()) {
            all = in.readAllBytes();
        }
        var lines = new ArrayList<byte[]>();
        var line = new ByteArrayOutputStream();
        for (byte b : all) {
            if (b == '\n') {
                lines.add(line.toByteArray());
                line.reset();
            } else if (b != '\r') {
                line.write(b);
            }
        }
        while (!lines.isEmpty() && (starts(lines.getFirst(), "Received:") || starts(lines.getFirst(), "\t"))) {
            lines.removeFirst();
        }
        return lines;
    }

    private static boolean starts(byte[] line, String text) {
        return new String(line, java.nio.charset.StandardCharsets.ISO_8859_1).startsWith(text);
    }
}
