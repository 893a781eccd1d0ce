// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.cleanup.spi.CleanupStage;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.QueueException;
import org.ostler.queue.memory.MemoryStore;
import org.ostler.trivial.rewrite.TrivialRewrite;

/** No message passes half wired, and none takes more memory than it should. */
class BoundsTest {

    private static final Origin ORIGIN = new Origin(Origin.Source.SMTPD, Map.of(), Optional.empty(), true);
    private final MemoryStore store = new MemoryStore();
    private final Tables tables = new CleanupTest.TextTables();
    private final TrivialRewrite router = new TrivialRewrite(tables);
    private final List<CleanupStage> stages = List.of(new ReceivedStage(), new HeaderStage(router), new BccStage(tables, router), new AliasStage(tables, router), new DuplicateStage());

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void while_one_of_the_own_stages_is_missing_no_message_is_begun() throws Exception {
        var service = new CleanupService(store, router, stages, stages.subList(0, 4), new MemoryBudget(1 << 20));
        assertThatThrownBy(() -> service.open(ORIGIN, Settings.parse(CleanupTest.COMMON))).isInstanceOf(QueueException.class).hasMessageContaining("stage");
        try (Submission whole = new CleanupService(store, router, stages, stages, new MemoryBudget(1 << 20)).open(ORIGIN, Settings.parse(CleanupTest.COMMON))) {
            assertThat(whole.isFailed()).isFalse();
        }
    }

    @Test
    void millions_of_different_headers_are_not_remembered_but_the_known_ones_are() throws Exception {
        var service = new CleanupService(store, router, stages);
        try (Submission submission = service.open(ORIGIN, Settings.parse(CleanupTest.COMMON + "message_size_limit = 0\n"))) {
            submission.recipient(Recipient.of(Address.of("bob@box.example")));
            for (int i = 0; i < 20_000; i++) {
                byte[] line = ("X" + i + ": y\r\n").getBytes(StandardCharsets.US_ASCII);
                submission.content(line, 0, line.length);
            }
            byte[] last = "Date: then\r\nFrom: me@x.test\r\nMessage-ID: <m@x>\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            submission.content(last, 0, last.length);
            assertThat(((MessageSubmission) submission).rememberedHeaders()).isLessThan(2_000);
            var queued = (Submission.Result.Queued) submission.finish();
            String text = CleanupTest.text(store.load(queued.id()).orElseThrow());
            assertThat(text).contains("X19999: y\nDate: then\nFrom: me@x.test\nMessage-ID: <m@x>\n").doesNotContain("Date: date");
        }
    }

    @Test
    void a_list_named_by_many_recipients_does_not_multiply_without_bound() throws Exception {
        var members = new ArrayList<String>();
        for (int i = 0; i < 900; i++) {
            members.add("member" + i + "@box.example");
        }
        Answer all = Answer.found(String.join(" ", members));
        var table = new TableList() {
            @Override
            public Answer find(String key) {
                return key.equals("list@example.test") ? all : Answer.NOT_FOUND;
            }

            @Override
            public Answer findExact(String key) {
                return find(key);
            }

            @Override
            public boolean isEmpty() {
                return false;
            }

            @Override
            public String text() {
                return "list";
            }
        };
        var lists = new Tables() {
            @Override
            public TableList open(String maps, String title) {
                return table;
            }

            @Override
            public List<String> check(String maps, String title) {
                return List.of();
            }
        };
        var service = new CleanupService(store, router, List.of(new AliasStage(lists, router)));
        String settings = CleanupTest.COMMON + "virtual_alias_maps = test:list\n";
        try (Submission submission = service.open(ORIGIN, Settings.parse(settings))) {
            for (int i = 0; i < 1000; i++) {
                Address address = Address.of("list@example.test");
                submission.recipient(new Recipient(address, Address.of("list+" + i + "@example.test"), "", org.ostler.mail.model.Notify.DEFAULT));
            }
            byte[] content = "Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            submission.content(content, 0, content.length);
            assertThat(submission.finish()).isInstanceOfSatisfying(Submission.Result.Refused.class, refused -> assertThat(refused.reply().code()).isEqualTo(451));
        }
    }

    @Test
    void a_header_cut_at_its_limit_does_not_end_in_a_line_end_of_its_own() throws Exception {
        var service = new CleanupService(store, router, stages);
        for (int length = 990; length < 1000; length++) {
            try (Submission submission = service.open(ORIGIN, Settings.parse(CleanupTest.COMMON + "header_size_limit = 1000\n"))) {
                submission.recipient(Recipient.of(Address.of("bob@box.example")));
                byte[] content = ("X: " + "y".repeat(length - 3) + "\r\n folded " + "z".repeat(2000) + "\r\nSubject: after\r\n\r\nbody\r\n").getBytes(StandardCharsets.US_ASCII);
                submission.content(content, 0, content.length);
                var queued = (Submission.Result.Queued) submission.finish();
                String text;
                try (var in = store.load(queued.id()).orElseThrow().content().open()) {
                    text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
                }
                assertThat(text.indexOf("\r\n\r\n")).as("the header ends where it ended, cut at %s", length).isGreaterThan(text.indexOf("Subject: after"));
                assertThat(text).doesNotContain("\r\r");
            }
        }
    }

    @Test
    void headers_and_recipients_of_all_messages_together_are_bounded_and_given_back() throws Exception {
        var memory = new MemoryBudget(330_000);
        var service = new CleanupService(store, router, stages, stages, memory);
        Settings settings = Settings.parse(CleanupTest.COMMON);
        byte[] piece = "x".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
        try (Submission first = service.open(ORIGIN, settings); Submission second = service.open(ORIGIN, settings); Submission third = service.open(ORIGIN, settings)) {
            for (Submission each : List.of(first, second, third)) {
                each.recipient(Recipient.of(Address.of("bob@box.example")));
                byte[] name = "X-Long: ".getBytes(StandardCharsets.US_ASCII);
                each.content(name, 0, name.length);
            }
            for (int i = 0; i < 11; i++) {
                for (Submission each : List.of(first, second, third)) {
                    each.content(piece, 0, piece.length);
                }
            }
            assertThat(List.of(first.isFailed(), second.isFailed(), third.isFailed())).contains(true, false);
            assertThat(memory.used()).isPositive().isLessThanOrEqualTo(330_000);
            for (Submission each : List.of(first, second, third)) {
                boolean failed = each.isFailed();
                Submission.Result result = each.finish();
                assertThat(failed ? ((Submission.Result.Refused) result).reply().code() : 250).isEqualTo(failed ? 451 : 250);
                assertThat(result instanceof Submission.Result.Queued).isEqualTo(!failed);
            }
        }
        assertThat(memory.used()).isZero();
        try (Submission many = service.open(ORIGIN, settings)) {
            for (int i = 0; i < 2_000 && !many.isFailed(); i++) {
                many.recipient(Recipient.of(Address.of("x".repeat(300) + i + "@box.example")));
            }
            assertThat(many.isFailed()).isTrue();
        }
        assertThat(memory.used()).isZero();
    }

    /** header_size_limit is for headers: text without any, however long its first line, is the body and stays whole. */
    @Test
    void a_long_first_line_that_is_no_header_is_kept_whole() throws Exception {
        var service = new CleanupService(store, router, stages);
        for (String start : List.of("", "Subject: x\r\n")) {
            try (Submission submission = service.open(ORIGIN, Settings.parse(CleanupTest.COMMON + "header_size_limit = 1000\n"))) {
                submission.recipient(Recipient.of(Address.of("bob@box.example")));
                byte[] text = (start + "no header here " + "y".repeat(50_000) + " end\r\n").getBytes(StandardCharsets.US_ASCII);
                for (int at = 0; at < text.length; at += 4_000) {
                    submission.content(text, at, Math.min(4_000, text.length - at));
                }
                var queued = (Submission.Result.Queued) submission.finish();
                assertThat(CleanupTest.text(store.load(queued.id()).orElseThrow())).endsWith("\n\nno header here " + "y".repeat(50_000) + " end\n");
            }
        }
    }
}
