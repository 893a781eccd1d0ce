// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.tck.Conversation;
import org.ostler.mail.tck.LinePattern;
import org.ostler.mail.tck.Queued;
import org.ostler.mail.tck.Script;
import org.ostler.mail.tck.ScriptFile;

/** Every conversation recorded from Postfix that does not need the real restriction lists, tables or cleanup. */
@Timeout(300)
class RecordedConversationsTest {

    /** Files about the parts that are fakes here. */
    private static final List<String> OTHER_PARTS = List.of("access-", "alias-", "relay-", "recipients-access", "recipients-alias", "recipients-double", "recipients-table",
            "recipients-unknown", "recipients-unlisted", "queue-minfree", "content-hops", "etrn-refused", "pipelining-restriction");

    /** Where Ostler differs, and why. */
    private static final Map<String, String> DIFFERENT = Map.of(
            "size/message just below the limit", "Postfix counts its own records and headers; the size of our records is another",
            "smuggling-stray-cr/*", "content in the queue is canonical: cleanup_replace_stray_cr_lf = no has no effect",
            "starttls-may/text sent in clear behind STARTTLS is not obeyed", "JSSE answers clear text with a TLS alert, which the runner takes for a reply",
            "starttls-may/clear text where the handshake is expected", "JSSE answers clear text with a TLS alert, which the runner takes for a reply",
            "content-long-lines/command far longer than the limit", "one line is one command: the rest of a long one is not taken for further commands");

    /** Scripts in which cleanup changes the body that the client sent. */
    private static final Set<String> CONTENT_OF_CLEANUP = Set.of("a line that is no header inside the header", "no header at all", "chunks, the last one empty", "one chunk",
            "only the first line may be the separator of an mbox");

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicContainer> conversations() {
        return ScriptFile.names().stream().filter(name -> OTHER_PARTS.stream().noneMatch(name::startsWith)).map(ScriptFile::load)
                .map(file -> dynamicContainer(file.name(), file.scripts().stream().filter(script -> !isDifferent(file, script)).map(script -> test(file, script))));
    }

    static boolean isDifferent(ScriptFile file, Script script) {
        return DIFFERENT.containsKey(file.name() + "/" + script.title()) || DIFFERENT.containsKey(file.name() + "/*");
    }

    private DynamicTest test(ScriptFile file, Script script) {
        return dynamicTest(script.title(), () -> {
            try (var server = new Server(file.mainCf(dir), dir)) {
                Conversation.with(server.address()).plays(script);
                List<FakeCleanup.Message> messages = server.cleanup.messages;
                List<Queued> expected = script.queued().stream().filter(q -> !q.sender().startsWith("double-bounce@")).toList();
                assertThat(messages).hasSameSizeAs(expected);
                for (int i = 0; i < messages.size(); i++) {
                    assertThat(messages.get(i).sender().text()).isEqualTo(expected.get(i).sender());
                    if (!CONTENT_OF_CLEANUP.contains(script.title())) {
                        assertBody(messages.get(i).content(), expected.get(i).content());
                    }
                }
                server.logged("disconnect from ");
            }
        });
    }

    /** Headers are cleanup's work; what stands behind the first empty line is ours. */
    private static void assertBody(String content, List<LinePattern> expected) {
        List<String> lines = new ArrayList<>(List.of(content.split("\r\n", -1)));
        lines.removeLast();
        int empty = lines.indexOf("");
        int emptyExpected = expected.stream().map(LinePattern::toString).toList().indexOf("");
        if (expected.isEmpty() || emptyExpected < 0 || empty < 0) {
            return;
        }
        List<String> body = lines.subList(empty, lines.size()).stream().map(line -> Queued.printable(line.getBytes(StandardCharsets.ISO_8859_1))).toList();
        List<LinePattern> patterns = expected.subList(emptyExpected, expected.size());
        assertThat(body).hasSameSizeAs(patterns);
        for (int i = 0; i < body.size(); i++) {
            assertThat(patterns.get(i).matches(body.get(i))).as(patterns.get(i) + " <> " + body.get(i)).isTrue();
        }
    }
}
