// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.cleanup.spi.CleanupEdit;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;
import org.ostler.mail.routing.Router;
import org.ostler.queue.memory.MemoryStore;
import org.ostler.trivial.rewrite.TrivialRewrite;

/** Trouble with a neighbour refuses a message for now, whatever the neighbour: never "queued", never a permanent no. */
class TroubleTest {

    private final MemoryStore store = new MemoryStore();
    private final Tables tables = new CleanupTest.TextTables();
    private final TrivialRewrite router = new TrivialRewrite(tables);

    @AfterEach
    void close() {
        store.close();
    }

    private static Submission.Result submit(Cleanup cleanup, String settings) throws QueueException {
        try (Submission submission = cleanup.open(CleanupTest.smtp(true), Settings.parse(CleanupTest.COMMON + settings))) {
            submission.sender(Address.of("s@example.org"), Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false);
            submission.recipient(Recipient.of(Address.of("bob@box.example")));
            byte[] content = "Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            submission.content(content, 0, content.length);
            return submission.finish();
        }
    }

    @Test
    void a_bcc_table_that_does_not_answer_refuses_the_message_for_now() throws Exception {
        for (String maps : List.of("sender_bcc_maps", "recipient_bcc_maps")) {
            assertThat(submit(new CleanupService(store, router, List.of(new BccStage(tables, router))), maps + " = fail:x\n"))
                    .isInstanceOfSatisfying(Submission.Result.Refused.class, r -> assertThat(r.reply().isPermanent()).isFalse());
        }
        assertThat(store.counts().values().stream().mapToLong(Long::longValue).sum()).isZero();
    }

    /** The one thing that must never be said of a message that is not on stable storage is "queued". */
    @Test
    void a_commit_that_fails_is_answered_by_what_failed() throws Exception {
        var commits = Map.of(QueueException.Kind.FULL, 452, QueueException.Kind.UNAVAILABLE, 451);
        for (var expected : commits.entrySet()) {
            var failing = new CleanupService(failing(expected.getKey()), router, List.of(new ReceivedStage()));
            assertThat(submit(failing, "")).isInstanceOfSatisfying(Submission.Result.Refused.class, r -> assertThat(r.reply().code()).isEqualTo(expected.getValue()));
        }
    }

    /** "spam" would go into the queue as it is, and come back as a bounce of a message that was accepted. */
    @Test
    void an_address_to_redirect_to_that_nobody_completes_refuses_the_message_for_now() throws Exception {
        var away = new Completion(new Leased<Router>("trivial-rewrite", Duration.ofMillis(1)));
        try (Submission submission = new MessageSubmission(CleanupTest.smtp(true), Settings.parse(CleanupTest.COMMON), store.create(), List.of(), away, new MemoryBudget(1 << 20))) {
            submission.sender(Address.of("s@example.org"), Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false);
            submission.recipient(Recipient.of(Address.of("bob@box.example")));
            submission.action("REDIRECT", "spam");
            assertThat(submission.finish()).isInstanceOfSatisfying(Submission.Result.Refused.class, r -> assertThat(r.reply().code()).isEqualTo(451));
        }
        assertThat(store.counts().values().stream().mapToLong(Long::longValue).sum()).isZero();
    }

    /** A store that takes everything and can keep nothing. */
    private QueueStore failing(QueueException.Kind kind) {
        return proxy(QueueStore.class, store, (method, result) -> result instanceof Draft draft ? proxy(Draft.class, draft, (inner, value) -> {
            if (inner.equals("commit")) {
                throw new QueueException(kind, "disk trouble");
            }
            return value;
        }) : result);
    }

    private interface After {
        Object change(String method, Object result) throws QueueException;
    }

    private static <T> T proxy(Class<T> type, T behind, After after) {
        return type.cast(Proxy.newProxyInstance(TroubleTest.class.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) ->
                after.change(method.getName(), method.getName().equals("commit") ? null : method.invoke(behind, arguments))));
    }

    @Test
    void a_bug_in_a_stage_refuses_the_message_for_now() throws Exception {
        var inHeader = new CleanupStage() {
            @Override
            public String header(CleanupEdit edit, String name, String line) {
                throw new IllegalStateException("a bug");
            }
        };
        var inEnvelope = new CleanupStage() {
            @Override
            public void envelope(CleanupEdit edit) {
                throw new IllegalStateException("a bug");
            }
        };
        var atTheEnd = new CleanupStage() {
            @Override
            public void endOfHeaders(CleanupEdit edit) {
                throw new IllegalStateException("a bug");
            }
        };
        for (CleanupStage broken : List.of(inHeader, inEnvelope, atTheEnd)) {
            var service = new CleanupService(store, router, List.of(new ReceivedStage(), broken));
            assertThat(submit(service, "")).isInstanceOfSatisfying(Submission.Result.Refused.class, r -> assertThat(r.reply().code()).isEqualTo(451));
        }
        assertThat(store.counts().values().stream().mapToLong(Long::longValue).sum()).isZero();
    }
}
