// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.cleanup.Origin;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.queue.memory.MemoryStore;
import org.ostler.trivial.rewrite.TrivialRewrite;

class CleanupTest {

    static final String COMMON = "compatibility_level = 3.11\nmyhostname = mx.example.test\nmydestination = example.test\nlocal_recipient_maps =\nrecipient_delimiter =\n";

    /** inline:, static:, regexp: (one rule) and fail:, as the recordings use them. */
    record TextTables() implements Tables {
        @Override
        public TableList open(String maps, String title) {
            return new TableList() {
                @Override
                public Answer find(String key) {
                    return look(key, true);
                }

                @Override
                public Answer findExact(String key) {
                    return look(key, false);
                }

                private Answer look(String key, boolean patterns) {
                    for (String word : Lists.split(maps)) {
                        String name = Lists.unbrace(word.substring(word.indexOf(':') + 1));
                        Answer answer = switch (word.substring(0, word.indexOf(':'))) {
                            case "inline" -> inline(name, key);
                            case "static" -> patterns ? Answer.found(name) : Answer.NOT_FOUND;
                            case "regexp" -> patterns ? regexp(Lists.unbrace(name), key) : Answer.NOT_FOUND;
                            default -> Answer.unavailable(word);
                        };
                        if (!(answer instanceof Answer.NotFound)) {
                            return answer;
                        }
                    }
                    return Answer.NOT_FOUND;
                }

                @Override
                public boolean isEmpty() {
                    return maps.isBlank();
                }

                @Override
                public String text() {
                    return maps;
                }
            };
        }

        private static Answer inline(String body, String key) {
            for (String element : Lists.split(body)) {
                String[] pair = Lists.unbrace(element).split("=", 2);
                if (pair[0].strip().equals(key.toLowerCase(Locale.ROOT))) {
                    return Answer.found(pair[1].strip());
                }
            }
            return Answer.NOT_FOUND;
        }

        private static Answer regexp(String rule, String key) {
            int end = rule.lastIndexOf('/');
            var matcher = Pattern.compile(rule.substring(1, end)).matcher(key);
            return matcher.find() ? Answer.found(rule.substring(end + 1).strip().replace("$1", matcher.group(1))) : Answer.NOT_FOUND;
        }

        @Override
        public List<String> check(String maps, String title) {
            return List.of();
        }
    }

    final MemoryStore store = new MemoryStore();
    final Tables tables = new TextTables();
    final TrivialRewrite router = new TrivialRewrite(tables);
    final CleanupService cleanup = new CleanupService(store, router, List.of(new ReceivedStage(), new HeaderStage(router), new BccStage(tables, router), new AliasStage(tables, router), new DuplicateStage()));

    @AfterEach
    void close() {
        store.close();
    }

    static final Origin.ReceivedFrom FROM = new Origin.ReceivedFrom("client.example.test (localhost [127.0.0.1])", "mx.example.test", "ESMTP", List.of());

    Submission.Result submit(String settings, Origin origin, String sender, List<String> recipients, String content, int... cuts) throws Exception {
        try (Submission submission = cleanup.open(origin, Settings.parse(COMMON + settings))) {
            submission.sender(Address.of(sender), Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false);
            recipients.forEach(recipient -> submission.recipient(Recipient.of(Address.of(recipient))));
            byte[] bytes = content.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
            int at = 0;
            for (int cut : cuts) {
                submission.content(bytes, at, Math.min(cut, bytes.length) - at);
                at = Math.min(cut, bytes.length);
            }
            submission.content(bytes, at, bytes.length - at);
            return submission.finish();
        }
    }

    static Origin smtp(boolean local) {
        return new Origin(Origin.Source.SMTPD, Map.of(), Optional.of(FROM), local);
    }

    static final Origin PICKUP = new Origin(Origin.Source.PICKUP, Map.of("sender_fullname", "Full \"Q\" N."),
            Optional.of(new Origin.ReceivedFrom("", "mx.example.test", "", List.of("(Postfix, from userid 0)"))), true);

    StoredMessage stored(Submission.Result result) throws Exception {
        assertThat(result).isInstanceOf(Submission.Result.Queued.class);
        return store.load(((Submission.Result.Queued) result).id()).orElseThrow();
    }

    /** Content as text, with what differs from run to run replaced as in the recordings. */
    static String text(StoredMessage message) throws IOException {
        try (var in = message.content().open()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n").replace(message.id().text(), "queue-id")
                    .replaceAll("\\w{3}, \\d{1,2} \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d [+-]\\d{4} \\(\\w+\\)", "date");
        }
    }

    // ---- headers

    @Test
    void a_message_from_the_network_gets_its_Received_header_and_what_is_missing() throws Exception {
        assertThat(text(stored(submit("", smtp(true), "sender@example.org", List.of("bob@box.example"), "Subject: hello\n\ntext\n")))).isEqualTo("""
            Received: from client.example.test (localhost [127.0.0.1])
            	by mx.example.test (Postfix) with ESMTP id queue-id
            	for <bob@box.example>; date
            Subject: hello
            Message-Id: <queue-id@mx.example.test>
            Date: date
            From: sender@example.org

            text
            """);
    }

    @Test
    void two_recipients_are_not_named_and_a_stranger_s_headers_are_left_alone() throws Exception {
        assertThat(text(stored(submit("", smtp(false), "sender@example.org", List.of("a@x.test", "b@x.test"), "To: bob, carol@host\nReturn-Path: <x>\nBcc: hidden\nContent-Length: 1\n\ntext")))).isEqualTo("""
            Received: from client.example.test (localhost [127.0.0.1])
            	by mx.example.test (Postfix) with ESMTP id queue-id;
            	date
            To: bob, carol@host

            text""");
    }

    @Test
    void local_mail_says_so_and_a_full_name_is_quoted_where_it_must_be() throws Exception {
        assertThat(text(stored(submit("", PICKUP, "sender@example.org", List.of("bob@box.example"), "From x Thu Jan  1 00:00:00 2026\nSubject: hello\n\ntext\n")))).isEqualTo("""
            Received: by mx.example.test (Postfix, from userid 0)
            	id queue-id; date
            Subject: hello
            Message-Id: <queue-id@mx.example.test>
            Date: date
            From: "Full \\"Q\\" N." <sender@example.org>

            text
            """);
    }

    @Test
    void text_without_a_header_gets_one_and_an_empty_message_too() throws Exception {
        Origin bare = new Origin(Origin.Source.PICKUP, Map.of(), Optional.empty(), true);
        assertThat(text(stored(submit("", bare, "", List.of("bob@box.example"), "just text, no header\nmore: text\n"))))
                .isEqualTo("Message-Id: <queue-id@mx.example.test>\nDate: date\nFrom: MAILER-DAEMON\n\njust text, no header\nmore: text\n");
        assertThat(text(stored(submit("", bare, "a@b.test", List.of("bob@box.example"), "")))).isEqualTo("Message-Id: <queue-id@mx.example.test>\nDate: date\nFrom: a@b.test\n");
        assertThat(text(stored(submit("", bare, "a@b.test", List.of("bob@box.example"), "Subject: only a header")))).startsWith("Subject: only a header\nMessage-Id: ").endsWith("From: a@b.test\n");
        assertThat(text(stored(submit("", bare, "a@b.test", List.of("bob@box.example"), "Subject \t: x\nTo : you\n\n")))).startsWith("Subject: x\nTo: you");
    }

    @Test
    void incomplete_addresses_of_local_clients_are_completed_in_their_place() throws Exception {
        String text = text(stored(submit("", smtp(true), "s@example.org", List.of("bob@box.example"), """
            From: sender
            To: bob, "Alice A." <alice>, carol@host,
             (comment) dave, "odd one"@here, <@relay:eve>
            Cc: friends: ann, ben;
            Reply-To: <>
            X-To: bob

            """)));
        assertThat(text).contains("From: sender@mx.example.test\nTo: bob@mx.example.test, \"Alice A.\" <alice@mx.example.test>, carol@host,\n (comment) dave@mx.example.test, \"odd one\"@here, <@relay:eve@mx.example.test>\n"
                + "Cc: friends: ann@mx.example.test, ben@mx.example.test;\nReply-To: <>\nX-To: bob\n");
    }

    @Test
    void a_resent_message_gets_resent_headers() throws Exception {
        assertThat(text(stored(submit("", smtp(true), "s@example.org", List.of("bob@box.example"), "Resent-From: me@example.org\nFrom: x@y.test\nMessage-Id: <m@x>\nDate: then\n\n"))))
                .contains("Resent-From: me@example.org\nFrom: x@y.test\nMessage-Id: <m@x>\nDate: then\nResent-Message-Id: <queue-id@mx.example.test>\nResent-Date: date\n\n");
    }

    @Test
    void the_pieces_in_which_content_comes_make_no_difference() throws Exception {
        String content = "Subject: a\n folded\n\tagain\nTo: bob\nX: y\n\n body\nline\n";
        String whole = text(stored(submit("", smtp(true), "s@example.org", List.of("bob@box.example"), content)));
        var random = new Random(7);
        for (int round = 0; round < 200; round++) {
            int[] cuts = random.ints(6, 0, content.length() + 8).sorted().toArray();
            assertThat(text(stored(submit("", smtp(true), "s@example.org", List.of("bob@box.example"), content, cuts)))).as("cut at %s", cuts).isEqualTo(whole);
        }
    }

    @Test
    void limits_are_kept_and_answered_as_Postfix_does() throws Exception {
        String hops = "Received: x\n".repeat(3) + "\n";
        assertThat(submit("hopcount_limit = 3\n", smtp(true), "s@example.org", List.of("bob@box.example"), hops)).isInstanceOfSatisfying(Submission.Result.Refused.class,
                r -> assertThat(r.reply()).hasToString("554 5.4.0 Error: too many hops"));
        assertThat(submit("message_size_limit = 100\n", smtp(true), "s@example.org", List.of("bob@box.example"), "x: " + "y".repeat(200) + "\n")).isInstanceOfSatisfying(
                Submission.Result.Refused.class, r -> assertThat(r.reply()).hasToString("552 5.3.4 Error: message file too big"));
        String text = text(stored(submit("header_size_limit = 1000\n", smtp(true), "s@example.org", List.of("bob@box.example"), "X: " + "y".repeat(50_000) + "\nSubject: after\n\nbody\n")));
        assertThat(text).contains("X: " + "y".repeat(997) + "\nSubject: after\n").endsWith("\n\nbody\n");
        assertThat(store.counts().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(1);
    }

    @Test
    void actions_of_the_access_tables_are_carried_out() throws Exception {
        try (Submission s = cleanup.open(smtp(false), Settings.parse(COMMON))) {
            s.sender(Address.of("s@x.test"), Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false);
            s.recipient(Recipient.of(Address.of("bob@box.example")));
            s.action("HOLD", "");
            s.action("PREPEND", "X-Note: hello");
            s.action("REDIRECT", "spam@box.example");
            byte[] content = "Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            s.content(content, 0, content.length);
            StoredMessage message = stored(s.finish());
            assertThat(message.queue()).hasToString("HOLD");
            assertThat(message.envelope().recipients()).singleElement().satisfies(r -> assertThat(r.address()).hasToString("spam@box.example"));
            assertThat(text(message)).contains("X-Note: hello\nSubject: x\n");
        }
        try (Submission s = cleanup.open(smtp(false), Settings.parse(COMMON))) {
            s.recipient(Recipient.of(Address.of("bob@box.example")));
            byte[] content = "Subject: x\r\n\r\ntext\r\n".getBytes(StandardCharsets.US_ASCII);
            s.content(content, 0, content.length);
            s.action("PREPEND", "X-Note: too late");
            assertThat(text(stored(s.finish()))).endsWith("Subject: x\n\ntext\n");
        }
        try (Submission s = cleanup.open(smtp(false), Settings.parse(COMMON))) {
            s.recipient(Recipient.of(Address.of("bob@box.example")));
            s.action("DISCARD", "");
            assertThat(s.finish()).isInstanceOf(Submission.Result.Discarded.class);
        }
    }

    // ---- recipients

    @Test
    void a_copy_goes_where_a_recipient_of_the_same_address_goes() throws Exception {
        for (String written : List.of("archive%x.test@box.example", "x.test!archive@box.example", "archive@x.test.", "archive")) {
            StoredMessage message = stored(submit("myorigin = x.test\nalways_bcc = " + written + "\n", smtp(true), "s@example.org", List.of(written), "Subject: x\n\n"));
            assertThat(message.envelope().recipients()).as(written).extracting(recipient -> recipient.address().toString()).containsOnly(message.envelope().recipients().getFirst().address().toString())
                    .hasSize(2);
        }
    }

    @Test
    void copies_go_to_the_bcc_addresses_and_duplicates_go() throws Exception {
        StoredMessage message = stored(submit("always_bcc = archive\nsender_bcc_maps = inline:{s@example.org=a@x.test}\nrecipient_bcc_maps = inline:{bob@box.example=b@x.test}\n",
                smtp(true), "s@example.org", List.of("bob@box.example", "bob@box.example"), "Subject: x\n\n"));
        assertThat(message.envelope().recipients()).extracting(r -> r.address().text()).containsExactly("bob@box.example", "a@x.test", "b@x.test", "archive@mx.example.test");
        message = stored(submit("myorigin = example.org\nalways_bcc = archive\n", smtp(true), "s@example.org", List.of("bob@box.example"), "Subject: x\n\n"));
        assertThat(message.envelope().recipients()).extracting(r -> r.address().text()).containsExactly("bob@box.example", "archive@example.org");
    }

    /** Postfix keeps copies of mail that was given under different names, or with different DSN wishes, for one address; 3.12 answered this list with four. */
    @Test
    void duplicates_that_were_given_as_something_else_stay_unless_nobody_sees_the_original() throws Exception {
        for (boolean original : new boolean[] {true, false}) {
            try (Submission s = cleanup.open(smtp(true), Settings.parse(COMMON + "enable_original_recipient = " + (original ? "yes" : "no") + "\n"))) {
                Address bob = Address.of("bob@box.example");
                s.recipient(Recipient.of(bob));
                s.recipient(new Recipient(bob, Address.of("bob@box.example."), "", Notify.DEFAULT));
                s.recipient(new Recipient(bob, Address.of("BOB@BOX.example"), "", Notify.DEFAULT));
                s.recipient(new Recipient(bob, bob, "rfc822;x@y.test", Notify.DEFAULT));
                s.recipient(new Recipient(bob, bob, "RFC822;X@y.test", Notify.DEFAULT));
                s.recipient(new Recipient(bob, bob, "", Notify.NEVER));
                byte[] content = "Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
                s.content(content, 0, content.length);
                assertThat(stored(s.finish()).envelope().recipients()).hasSize(original ? 4 : 1);
            }
        }
    }

    @Test
    void a_header_line_ends_at_a_NUL_as_in_Postfix() throws Exception {
        String text = text(stored(submit("", smtp(false), "s@example.org", List.of("bob@box.example"), "Subject: a\0b\n c\0d\n\te\nX\0Y: z\n\nbo\0dy\n")));
        assertThat(text).contains("Subject: a\n c\n\te\n\nX\0Y: z\n\nbo\0dy\n");
    }

    static Stream<String> aliasRecordings() {
        return GoldenFile.names("aliases").stream().filter(name -> !List.of("aliases/source-route-and-percent", "aliases/alias-domain").contains(name));
    }

    /** What Postfix queued, or answered, for each recorded recipient. */
    @ParameterizedTest
    @MethodSource("aliasRecordings")
    void virtual_aliases_expand_as_in_Postfix(String name) throws Exception {
        List<GoldenFile.Section> sections = GoldenFile.load(name).sections();
        String settings = GoldenFile.load(name).text("settings") + "\nduplicate_filter_limit = 1000\n";
        String recipient = "";
        var checked = new ArrayList<String>();
        for (GoldenFile.Section section : sections) {
            if (section.title().equals("recipient")) {
                recipient = section.text().strip();
            } else if (section.title().equals("queued for")) {
                StoredMessage message = stored(submit(settings, smtp(false), "s@example.org", List.of(recipient), "Subject: x\n\n"));
                assertThat(message.envelope().recipients()).as(recipient).extracting(r -> r.address().text()).containsExactly(section.text().strip().split("\n"));
                checked.add(recipient);
            } else if (section.title().equals("answer")) {
                Submission.Result result = submit(settings, smtp(false), "s@example.org", List.of(recipient), "Subject: x\n\n");
                assertThat(result).as(recipient).isInstanceOf(Submission.Result.Refused.class);
                assertThat(((Submission.Result.Refused) result).reply()).hasToString(section.text().lines().findFirst().orElseThrow());
                checked.add(recipient);
            }
        }
        assertThat(checked).isNotEmpty();
    }

    @Test
    void a_store_without_space_answers_452_and_keeps_nothing() throws Exception {
        var small = new MemoryStore(10_000);
        try {
            var tight = new CleanupService(small, router, List.of(new ReceivedStage()));
            byte[] content = ("X: y\r\n\r\n" + "z".repeat(20_000)).getBytes(StandardCharsets.US_ASCII);
            try (Submission s = tight.open(smtp(true), Settings.parse(COMMON))) {
                s.recipient(Recipient.of(Address.of("bob@box.example")));
                s.content(content, 0, content.length);
                assertThat(s.finish()).isInstanceOfSatisfying(Submission.Result.Refused.class, r -> assertThat(r.reply().code()).isBetween(451, 452));
            }
            assertThat(small.counts().values().stream().mapToLong(Long::longValue).sum()).isZero();
        } finally {
            small.close();
        }
    }

    @Test
    void addresses_are_found_where_they_are() {
        var found = new HashMap<String, List<String>>();
        for (String text : List.of("a@b", " Joe Smith <a@b> (x), c", "\"x, y\" <\"q,\\\"r\"@b>", "g: a, b;, c", "(a@b) c@d(e)", "<@r1,@r2:a@b>", "two words", "a@[1.2.3.4]")) {
            found.put(text, AddressSpans.ofHeader(text).stream().map(AddressSpans.Span::address).toList());
        }
        assertThat(found).containsEntry("a@b", List.of("a@b")).containsEntry(" Joe Smith <a@b> (x), c", List.of("a@b", "c")).containsEntry("\"x, y\" <\"q,\\\"r\"@b>", List.of("\"q,\\\"r\"@b"))
                .containsEntry("g: a, b;, c", List.of("a", "b", "c")).containsEntry("(a@b) c@d(e)", List.of("c@d")).containsEntry("<@r1,@r2:a@b>", List.of("a@b")).containsEntry("two words", List.of())
                .containsEntry("a@[1.2.3.4]", List.of("a@[1.2.3.4]"));
        assertThat(AddressSpans.internal("\"q,\\\"r\"@b")).isEqualTo("q,\"r@b");
    }
}
