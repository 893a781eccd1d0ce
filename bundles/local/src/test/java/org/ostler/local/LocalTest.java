// SPDX-License-Identifier: Apache-2.0
package org.ostler.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

class LocalTest {

    @TempDir
    Path dir;

    final Map<String, String> aliases = new HashMap<>();
    final Map<String, String> users = new HashMap<>();
    final List<String> forwarded = new ArrayList<>();
    final ByteArrayOutputStream forwardedContent = new ByteArrayOutputStream();
    boolean refuse;
    boolean down;
    /** One list that does not answer while the others do: how it begins. */
    String downOnly = "none";

    record MapTable(String text, Map<String, String> entries, boolean down) implements TableList {
        @Override
        public Answer find(String key) {
            if (key.equals("bug")) {
                throw new IllegalStateException("a bug over " + key);
            }
            if (key.equals("memory")) {
                throw new OutOfMemoryError("Java heap space");
            }
            return down ? Answer.unavailable("down") : entries.containsKey(key) ? Answer.found(entries.get(key)) : Answer.NOT_FOUND;
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

    final Map<String, Protection> demanded = new HashMap<>();

    final Tables tables = new Tables() {
        @Override
        public TableList open(String maps, String title, Protection protection) {
            demanded.put(title, protection);
            return open(maps, title);
        }

        @Override
        public TableList open(String maps, String title) {
            return new MapTable(maps, maps.equals("aliases") ? aliases : maps.startsWith("unix:") ? users : Map.of(), down || maps.startsWith(downOnly));
        }

        @Override
        public List<String> check(String maps, String title) {
            return List.of();
        }
    };

    final Cleanup cleanup = (origin, settings) -> new Submission() {
        @Override
        public QueueId id() {
            return new QueueId("4newnewz9");
        }

        @Override
        public void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8) {
            forwarded.add("from " + sender);
        }

        @Override
        public void tls(TlsRequest request) {
            if (request != TlsRequest.UNSPECIFIED) {
                forwarded.add("tls " + request);
            }
        }

        @Override
        public void recipient(Recipient recipient) {
            forwarded.add("to " + recipient.address());
        }

        @Override
        public void action(String name, String argument) {
            throw new AssertionError(name);
        }

        @Override
        public void content(byte[] bytes, int offset, int length) {
            forwardedContent.write(bytes, offset, length);
        }

        @Override
        public boolean isFailed() {
            return false;
        }

        @Override
        public Result finish() {
            return refuse ? new Result.Refused(Reply.of(452, "4.3.1", "Insufficient system storage"), "full") : new Result.Queued(id(), 1, Instant.EPOCH);
        }

        @Override
        public void close() {}
    };

    final Map<String, String> settings = new HashMap<>(Map.of("alias_maps", "aliases", "home_mailbox", "Maildir/", "mydestination", "here.test", "myorigin", "here.test", "recipient_delimiter", "+"));

    TlsRequest asked = TlsRequest.UNSPECIFIED;

    Outcome deliver(String to, String content) throws InterruptedException {
        users.putIfAbsent("joe", "joe:x:" + uid() + ":0:Joe:" + dir.resolve("joe") + ":/bin/sh");
        users.putIfAbsent("ann", "ann:x:" + uid() + ":0:Ann:" + dir.resolve("ann") + ":/bin/sh");
        var recipient = Recipient.of(Address.of(to));
        var message = new StoredMessage(new QueueId("4abcdefz1"), QueueName.INCOMING, new Envelope(Address.of("sender@x.test"), List.of(recipient), Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false, asked, Map.of()),
                List.of(RecipientState.FRESH), Instant.now(), Instant.EPOCH, false, new Content.InMemory(content.getBytes(StandardCharsets.US_ASCII)));
        return new Local(tables, cleanup).deliver(new Delivery(message, "local", "here.test", List.of(0), List.of(recipient), Settings.of(settings), Optional.empty())).outcomes().getFirst();
    }

    @Test
    void aliases_are_security_sensitive() throws Exception {
        deliver("joe@here.test", "x");
        assertThat(demanded).containsEntry("alias_maps", Protection.SECURITY_SENSITIVE);
    }

    private static String uid() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void homes() throws IOException {
        for (String user : List.of("joe", "ann", "a")) {
            Files.createDirectory(dir.resolve(user));
        }
    }

    Outcome deliver(String to) throws InterruptedException {
        return deliver(to, "Subject: s\r\n\r\nbody\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bug@here.test", "memory@here.test"})
    void a_bug_over_one_recipient_leaves_the_outcomes_of_the_others(String trouble) throws Exception {
        deliver("joe@here.test");
        List<Recipient> recipients = List.of(Recipient.of(Address.of("joe@here.test")), Recipient.of(Address.of(trouble)), Recipient.of(Address.of("ann@here.test")));
        var message = new StoredMessage(new QueueId("4abcdefz1"), QueueName.INCOMING, Envelope.of(Address.of("sender@x.test"), recipients),
                List.of(RecipientState.FRESH, RecipientState.FRESH, RecipientState.FRESH), Instant.now(), Instant.EPOCH, false, new Content.InMemory(new byte[0]));
        assertThat(new Local(tables, cleanup).deliver(new Delivery(message, "local", "here.test", List.of(0, 1, 2), recipients, Settings.of(settings), Optional.empty())).outcomes())
                .satisfiesExactly(joe -> assertThat(joe).isInstanceOf(Outcome.Delivered.class), bug -> assertThat(bug).isInstanceOf(Outcome.Deferred.class),
                        ann -> assertThat(ann).isInstanceOf(Outcome.Delivered.class));
    }

    @Test
    void a_user_gets_mail_in_the_home_mailbox_also_with_an_extension() throws Exception {
        assertThat(deliver("Joe+list@here.test")).isInstanceOfSatisfying(Outcome.Delivered.class, d -> assertThat(d.text()).isEqualTo("delivered to maildir"));
        try (var files = Files.list(dir.resolve("joe/Maildir/new"))) {
            assertThat(Files.readString(files.findFirst().orElseThrow())).isEqualTo(
                    "Return-Path: <sender@x.test>\nX-Original-To: Joe+list@here.test\nDelivered-To: Joe+list@here.test\nSubject: s\n\nbody\n");
        }
    }

    @Test
    void an_alias_to_one_user_is_delivered_at_once_and_one_to_many_becomes_a_message() throws Exception {
        aliases.put("root", "joe");
        aliases.put("team", "joe, ann@here.test, \"odd one\"@far.test (comment, here), TEAM");
        assertThat(deliver("root@here.test")).isInstanceOf(Outcome.Delivered.class);
        assertThat(forwarded).isEmpty();
        assertThat(deliver("team@here.test")).isInstanceOfSatisfying(Outcome.Delivered.class, d -> assertThat(d.text()).isEqualTo("forwarded as 4newnewz9"));
        assertThat(forwarded).containsExactly("from sender@x.test", "to odd one@far.test", "to \\joe@here.test", "to \\ann@here.test", "to \\TEAM@here.test");
        assertThat(forwardedContent.toString(StandardCharsets.US_ASCII)).isEqualTo("Delivered-To: team@here.test\r\nSubject: s\r\n\r\nbody\r\n");
    }

    @Test
    void what_the_sender_asked_of_TLS_goes_along_with_a_message_to_an_alias() throws Exception {
        asked = TlsRequest.REQUIRED;
        aliases.put("team", "ann@far.test, bob@far.test");
        assertThat(deliver("team@here.test")).isInstanceOf(Outcome.Delivered.class);
        assertThat(forwarded).containsExactly("from sender@x.test", "tls REQUIRED", "to ann@far.test", "to bob@far.test");
    }

    @Test
    void an_owner_alias_becomes_the_sender_and_an_include_file_is_read() throws Exception {
        Path list = Files.writeString(dir.resolve("list"), "# members\nann@far.test, bob@far.test\ncarl@far.test\n");
        aliases.put("list", ":include:" + list);
        aliases.put("owner-list", "joe");
        assertThat(deliver("list@here.test")).isInstanceOf(Outcome.Delivered.class);
        assertThat(forwarded).containsExactly("from owner-list@here.test", "to ann@far.test", "to bob@far.test", "to carl@far.test");
    }

    /** As in Postfix: on a machine whose mail comes from its hub's domain a bare name in an alias is a user of the hub. */
    @Test
    void bare_names_belong_to_myorigin_wherever_that_is() throws Exception {
        settings.put("myorigin", "hub.test");
        aliases.put("root", "boss");
        aliases.put("team", "boss, \\joe, ann@here.test, root");
        assertThat(deliver("root@here.test")).isInstanceOf(Outcome.Delivered.class);
        assertThat(forwarded).containsExactly("from sender@x.test", "to boss@hub.test");
        forwarded.clear();
        assertThat(deliver("team@here.test")).isInstanceOf(Outcome.Delivered.class);
        assertThat(forwarded).containsExactly("from sender@x.test", "to boss@hub.test", "to root@hub.test", "to \\joe@here.test", "to \\ann@here.test");
    }

    @Test
    void a_name_with_blanks_is_found_in_its_quoted_form_and_without() throws Exception {
        aliases.put("\"odd name\"", "joe");
        aliases.put("old form", "joe");
        assertThat(deliver("odd name@here.test")).isInstanceOf(Outcome.Delivered.class);
        assertThat(deliver("old form@here.test")).isInstanceOf(Outcome.Delivered.class);
    }

    @Test
    void an_alias_loop_ends_at_the_user_of_that_name() throws Exception {
        aliases.put("a", "b");
        aliases.put("b", "a");
        users.put("a", "a:x:" + uid() + ":0:A:" + dir.resolve("a") + ":/bin/sh");
        assertThat(deliver("a@here.test")).isInstanceOf(Outcome.Delivered.class);
        assertThat(dir.resolve("a/Maildir/new")).isNotEmptyDirectory();
    }

    @Test
    void mail_that_was_here_before_bounces_as_a_loop_and_unknown_users_bounce() throws Exception {
        assertThat(deliver("joe@here.test", "Received: x\r\nDelivered-To: joe@here.test\r\n\r\n")).isInstanceOfSatisfying(Outcome.Bounced.class,
                b -> assertThat(b.reason().text()).isEqualTo("mail forwarding loop for joe@here.test"));
        assertThat(deliver("nobody@here.test")).isInstanceOfSatisfying(Outcome.Bounced.class, b -> assertThat(b.reason().text()).isEqualTo("unknown user: \"nobody\""));
    }

    @Test
    void temporary_trouble_defers() throws Exception {
        aliases.put("team", "joe, ann");
        refuse = true;
        assertThat(deliver("team@here.test")).isInstanceOf(Outcome.Deferred.class);
        aliases.put("cmd", "|/bin/true");
        assertThat(deliver("cmd@here.test")).isInstanceOf(Outcome.Deferred.class);
        aliases.put("inc", ":include:/nonexistent/file");
        assertThat(deliver("inc@here.test")).isInstanceOf(Outcome.Deferred.class);
        aliases.put("most", "joe, ann, :include:/nonexistent/file");
        refuse = false;
        forwarded.clear();
        assertThat(deliver("most@here.test")).isInstanceOf(Outcome.Deferred.class);
        assertThat(forwarded).as("not to those who are known and never to the others").isEmpty();
        down = true;
        assertThat(deliver("joe@here.test")).isInstanceOf(Outcome.Deferred.class);
    }

    @Test
    void a_single_list_that_does_not_answer_makes_nobody_unknown_and_sends_nobody_away() throws Exception {
        downOnly = "aliases";
        assertThat(deliver("joe@here.test")).isInstanceOf(Outcome.Deferred.class);
        downOnly = "unix:";
        assertThat(deliver("joe@here.test")).isInstanceOf(Outcome.Deferred.class);
        aliases.put("team", "joe, ann@here.test");
        settings.put("mydestination", "table:destinations");
        downOnly = "table:";
        assertThat(deliver("team@here.test")).isInstanceOf(Outcome.Deferred.class);
        assertThat(forwarded).isEmpty();
    }

    /** A configuration from Postfix: its users' mail is in another store, its strangers' mail goes to somebody. */
    @Test
    void mail_that_is_to_go_elsewhere_waits_until_that_can_be_done() throws Exception {
        settings.put("luser_relay", "admin");
        assertThat(deliver("joe@here.test")).isInstanceOf(Outcome.Delivered.class);
        assertThat(deliver("nobody@here.test")).isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).startsWith("luser_relay is not supported yet"));
        settings.remove("luser_relay");
        assertThat(deliver("nobody@here.test")).isInstanceOf(Outcome.Bounced.class);
        settings.put("mailbox_transport", "lmtp:unix:private/store");
        assertThat(deliver("ann@here.test")).isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).startsWith("mailbox_transport is not supported yet"));
        assertThat(deliver("known-there-only@here.test")).isInstanceOf(Outcome.Deferred.class);
        assertThat(dir.resolve("ann/Maildir")).doesNotExist();
    }

    /** A disk that is not mounted: what would be written in its place is hidden as soon as it is there again. */
    @Test
    void a_missing_home_or_spool_directory_is_not_made_and_the_mail_waits() throws Exception {
        Path away = dir.resolve("away");
        users.put("joe", "joe:x:" + uid() + ":0:Joe:" + away.resolve("joe") + "/:/bin/sh");
        for (String mailbox : List.of("Maildir/", "mail/in/", "Mailbox", "mail/inbox", "./Maildir/")) {
            settings.put("home_mailbox", mailbox);
            assertThat(deliver("joe@here.test")).as(mailbox).isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).contains("No such file or directory"));
            assertThat(away).doesNotExist();
        }
        settings.put("home_mailbox", "");
        for (String spool : List.of(away + "", away + "/", away + "/mail/", away + "//")) {
            settings.put("mail_spool_directory", spool);
            assertThat(deliver("joe@here.test")).as(spool).isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).contains("No such file or directory"));
            assertThat(away).doesNotExist();
        }
        settings.put("home_mailbox", "Maildir/");
        users.put("joe", "joe:x:" + uid() + ":0:Joe::/bin/sh");
        assertThat(deliver("joe@here.test")).isInstanceOf(Outcome.Deferred.class);
        Files.createDirectories(away.resolve("joe"));
        users.put("joe", "joe:x:" + uid() + ":0:Joe:" + away.resolve("joe") + ":/bin/sh");
        assertThat(deliver("joe@here.test")).isInstanceOf(Outcome.Delivered.class);
    }
}
