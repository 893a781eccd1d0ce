// SPDX-License-Identifier: Apache-2.0
package org.ostler.virtual;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

class VirtualTest {

    /** A list whose text is its content: {@code key=value key=value}; the text "down" is a table that does not answer. */
    record TextTable(String text) implements TableList {
        @Override
        public Answer find(String key) {
            if (key.startsWith("bug@")) {
                throw new IllegalStateException("a bug over " + key);
            }
            if (key.startsWith("memory@")) {
                throw new OutOfMemoryError("Java heap space");
            }
            if (text.equals("down")) {
                return Answer.unavailable("down");
            }
            String prefix = key.toLowerCase(Locale.ROOT) + "=";
            return Arrays.stream(text.split(" ")).filter(e -> e.startsWith(prefix)).findFirst().map(e -> Answer.found(e.substring(prefix.length()))).orElse(Answer.NOT_FOUND);
        }

        @Override
        public Answer findExact(String key) {
            return find(key);
        }

        @Override
        public boolean isEmpty() {
            return text.isEmpty();
        }
    }

    static final Map<String, Protection> DEMANDED = new ConcurrentHashMap<>();

    static final Tables TABLES = new Tables() {
        @Override
        public TableList open(String maps, String title, Protection protection) {
            DEMANDED.put(title, protection);
            return open(maps, title);
        }

        @Override
        public TableList open(String maps, String title) {
            return new TextTable(maps);
        }

        @Override
        public List<String> check(String maps, String title) {
            return List.of();
        }
    };

    @TempDir
    Path dir;

    List<Outcome> deliver(Map<String, String> settings, String... to) throws InterruptedException {
        List<Recipient> recipients = Arrays.stream(to).map(a -> Recipient.of(Address.of(a))).toList();
        var content = new Content.InMemory("Subject: s\r\n\r\nbody\r\n".getBytes(StandardCharsets.US_ASCII));
        var message = new StoredMessage(new QueueId("4abcdefz1"), QueueName.INCOMING, Envelope.of(Address.of("joe@x.test"), recipients),
                recipients.stream().<RecipientState>map(r -> RecipientState.FRESH).toList(), Instant.now(), Instant.EPOCH, false, content);
        var all = new HashMap<>(settings);
        all.put("virtual_mailbox_base", dir.toString());
        return new Virtual(TABLES).deliver(new Delivery(message, "virtual", "example.org", IntStream.range(0, to.length).boxed().toList(), recipients,
                Settings.of(all), Optional.empty())).outcomes();
    }

    @Test
    void tables_that_name_files_and_users_are_security_sensitive() throws Exception {
        DEMANDED.clear();
        deliver(Map.of("virtual_mailbox_maps", "a@example.org=a/", "virtual_uid_maps", "a@example.org=7000", "virtual_gid_maps", "none@example.org=1"), "a@example.org");
        assertThat(DEMANDED).containsExactlyInAnyOrderEntriesOf(Map.of("virtual_mailbox_maps", Protection.SECURITY_SENSITIVE, "virtual_uid_maps", Protection.SECURITY_SENSITIVE,
                "virtual_gid_maps", Protection.SECURITY_SENSITIVE));
    }

    @Test
    void a_result_with_a_slash_is_a_maildir_and_one_without_an_mbox() throws Exception {
        List<Outcome> outcomes = deliver(Map.of("virtual_mailbox_maps", "a@example.org=a/ b@example.org=b", "recipient_delimiter", "+"), "A+ext@example.org", "b@example.org");
        assertThat(outcomes).allSatisfy(o -> assertThat(o).isInstanceOf(Outcome.Delivered.class));
        assertThat(((Outcome.Delivered) outcomes.get(0)).text()).isEqualTo("delivered to maildir");
        assertThat(((Outcome.Delivered) outcomes.get(1)).text()).isEqualTo("delivered to mailbox");
        try (var files = Files.list(dir.resolve("a/new"))) {
            Path file = files.findFirst().orElseThrow();
            assertThat(Files.readString(file)).isEqualTo("Return-Path: <joe@x.test>\nX-Original-To: A+ext@example.org\nDelivered-To: A+ext@example.org\nSubject: s\n\nbody\n");
        }
        assertThat(Files.readString(dir.resolve("b"))).startsWith("From joe@x.test ").endsWith("Delivered-To: b@example.org\nSubject: s\n\nbody\n\n");
    }

    @Test
    void an_unknown_user_bounces_but_a_silent_table_defers() throws Exception {
        assertThat(deliver(Map.of("virtual_mailbox_maps", "a@example.org=a/"), "x@example.org")).singleElement()
                .isInstanceOfSatisfying(Outcome.Bounced.class, b -> assertThat(b.reason().text()).isEqualTo("unknown user: \"x@example.org\""));
        assertThat(deliver(Map.of("virtual_mailbox_maps", "down"), "x@example.org")).singleElement().isInstanceOf(Outcome.Deferred.class);
        assertThat(deliver(Map.of("virtual_mailbox_maps", "a@example.org=a/", "virtual_uid_maps", "down"), "a@example.org")).singleElement().isInstanceOf(Outcome.Deferred.class);
        assertThat(deliver(Map.of("virtual_mailbox_maps", "a@example.org=a/", "virtual_uid_maps", "a@example.org=0", "virtual_gid_maps", "a@example.org=0"), "a@example.org"))
                .singleElement().isInstanceOf(Outcome.Deferred.class);
    }

    /** Of golden/protection/virtual_*; what is wrong stands in the log, for the operator. */
    @Test
    void a_sender_does_not_read_what_is_wrong_with_tables() throws Exception {
        for (Map<String, String> wrong : List.of(Map.of("virtual_mailbox_maps", "down"), Map.of("virtual_mailbox_maps", "a@example.org=a/", "virtual_uid_maps", "down"),
                Map.of("virtual_mailbox_maps", "a@example.org=a/", "virtual_uid_maps", "x=1"), Map.of("virtual_mailbox_maps", "a@example.org=a/", "virtual_uid_maps", "a@example.org=root"))) {
            assertThat(deliver(wrong, "a@example.org")).as(wrong.toString()).singleElement().isInstanceOfSatisfying(Outcome.Deferred.class,
                    d -> assertThat(d.reason().status() + " " + d.reason().text()).isEqualTo("4.3.5 mail system configuration error"));
        }
    }

    /** The range is Postfix's, but for ids above 2147483647; directories give out such with ten digits. */
    @Test
    void the_group_of_root_is_refused_and_an_id_may_have_ten_digits() throws Exception {
        for (String ids : List.of("7000 0", "7000 99999999999", "7000 -1", "7000 1x", "99 7000", "2147483648 7000")) {
            assertThat(deliver(owned(ids.split(" ")), "a@example.org")).as(ids).singleElement()
                    .isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).isEqualTo("mail system configuration error"));
        }
        // Of another user only root writes the mailbox, and even that may be refused in a container.
        assertThat(deliver(owned("2000200000", "2000200000"), "a@example.org")).singleElement().isNotInstanceOf(Outcome.Bounced.class)
                .satisfies(o -> assertThat(o.toString()).doesNotContain("configuration error"));
    }

    private static Map<String, String> owned(String... ids) {
        return Map.of("virtual_mailbox_maps", "a@example.org=a/", "virtual_uid_maps", "a@example.org=" + ids[0], "virtual_gid_maps", "a@example.org=" + ids[1]);
    }

    /** A query that makes paths of addresses would let a sender choose the file. */
    @Test
    void a_path_that_leads_out_of_the_mailboxes_is_refused() throws Exception {
        for (String path : List.of("../out/", "a/../../out/", "a/../b")) {
            assertThat(deliver(Map.of("virtual_mailbox_maps", "a@example.org=" + path), "a@example.org")).as(path).singleElement().isInstanceOfSatisfying(Outcome.Deferred.class,
                    d -> assertThat(d.reason().text()).isEqualTo("mail system configuration error"));
        }
        assertThat(deliver(Map.of("virtual_mailbox_maps", "a@example.org=..a/b../"), "a@example.org")).singleElement().isInstanceOf(Outcome.Delivered.class);
    }

    @Test
    void a_mailbox_that_cannot_be_written_defers_with_the_system_s_reason() throws IOException, InterruptedException {
        Files.writeString(dir.resolve("a"), "a file, no directory");
        assertThat(deliver(Map.of("virtual_mailbox_maps", "a@example.org=a/"), "a@example.org")).singleElement()
                .isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).contains("Not a directory"));
    }

    @Test
    void a_bug_over_one_recipient_and_an_interrupt_leave_the_outcomes_of_the_others() throws Exception {
        assertThat(deliver(Map.of("virtual_mailbox_maps", "a@example.org=a b@example.org=b"), "a@example.org", "bug@example.org", "memory@example.org", "b@example.org"))
                .satisfiesExactly(a -> assertThat(a).isInstanceOf(Outcome.Delivered.class), bug -> assertThat(bug).isInstanceOf(Outcome.Deferred.class),
                        memory -> assertThat(memory).isInstanceOf(Outcome.Deferred.class),
                        b -> assertThat(b).isInstanceOf(Outcome.Delivered.class));
        Thread.currentThread().interrupt();
        try {
            assertThat(deliver(Map.of("virtual_mailbox_maps", "a@example.org=a"), "x@example.org", "a@example.org")).as("without an outcome is deferred")
                    .singleElement().isInstanceOf(Outcome.Bounced.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
