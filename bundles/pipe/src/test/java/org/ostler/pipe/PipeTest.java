// SPDX-License-Identifier: Apache-2.0
package org.ostler.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

class PipeTest {

    @TempDir
    Path dir;

    Path script(String body) throws IOException {
        Path script = Files.writeString(dir.resolve("command"), "#!/bin/sh\n" + body);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script;
    }

    List<Outcome> deliver(String sender, List<String> words, Map<String, String> more, String... to) throws InterruptedException {
        return deliver(new Content.InMemory("Subject: s\r\n\r\nFrom me\r\n.dot\r\nend".getBytes(StandardCharsets.US_ASCII)), sender, words, more, to);
    }

    List<Outcome> deliver(Content content, String sender, List<String> words, Map<String, String> more, String... to) throws InterruptedException {
        List<Recipient> recipients = List.of(to).stream().map(a -> Recipient.of(Address.of(a))).toList();
        var message = new StoredMessage(new QueueId("4abcdefz1"), QueueName.INCOMING, Envelope.of(Address.of(sender), recipients),
                recipients.stream().<RecipientState>map(r -> RecipientState.FRESH).toList(), Instant.now(), Instant.EPOCH, false, content);
        var row = new ServiceRow("filter", "unix", true, true, false, "-", OptionalInt.empty(), "pipe", words, Map.of(), "master.cf", 1);
        var settings = new java.util.HashMap<>(more);
        settings.put("queue_directory", dir.toString());
        settings.put("recipient_delimiter", "+");
        return new Pipe().deliver(new Delivery(message, "filter", "Next.Hop", IntStream.range(0, to.length).boxed().toList(), recipients, Settings.of(settings), Optional.of(row))).outcomes();
    }

    List<String> words(String... words) {
        var all = new ArrayList<>(List.of("user=" + System.getProperty("user.name")));
        all.addAll(List.of(words));
        return all;
    }

    @Test
    void the_command_gets_message_arguments_and_a_clean_environment() throws Exception {
        Path script = script("cat > in; for a; do echo \"[$a]\"; done > args; env | sort > env; pwd > pwd");
        assertThat(deliver("joe@x.test", words("flags=DFORhqu.>", "argv=" + script), Map.of(), "Ann+Ext@Y.Test")).hasSize(1).allSatisfy(o -> assertThat(o).isInstanceOf(Outcome.Delivered.class));
        assertThat(Files.readString(dir.resolve("in"))).matches("From joe@x.test  .*\nReturn-Path: <joe@x.test>\nX-Original-To: Ann\\+Ext@Y.Test\nDelivered-To: Ann\\+Ext@Y.Test\n"
                + "Subject: s\n\n>From me\n\\.\\.dot\nend\n");
        List<Outcome> outcomes = deliver("joe@x.test", words("flags=FRhqu.>", "eol=\\n", "argv=" + script, "-f", "${sender}", "$recipient", "u=${user} e=$extension", "$nexthop", "$$1"),
                Map.of("export_environment", "A=b NOSUCH PATH=/tmp:/usr/bin:/bin"), "Ann+Ext@Y.Test", "odd name@y.test");
        assertThat(outcomes).hasSize(2).allSatisfy(o -> assertThat(o).isInstanceOfSatisfying(Outcome.Delivered.class, d -> assertThat(d.text()).isEqualTo("delivered via filter service")));
        assertThat(Files.readString(dir.resolve("args"))).isEqualTo("[-f]\n[joe@x.test]\n[ann+ext@y.test]\n[\"odd name\"@y.test]\n[u=ann e=ext]\n[u=odd name e=]\n[next.hop]\n[$1]\n");
        assertThat(Files.readString(dir.resolve("env"))).contains("A=b\n", "PATH=/usr/bin:/bin\n").doesNotContain("HOME=");
    }

    /** The settings of Postfix say what of the server's own environment a command sees; the launcher gave the server a locale of its own. */
    @Test
    void the_command_sees_the_locale_that_Postfix_would_give_it() throws Exception {
        System.setProperty("ostler.given.LC_ALL", "POSIX");
        try {
            List<String> words = words("argv=" + script("cat > /dev/null; env | sort | grep -E '^(LC_ALL|LANG|MAIL_CONFIG|HOME|A|B)=' > env; printf %s \"$1\" > args"), "gr\u00fcn-$recipient");
            deliver("joe@x.test", words, Map.of("config_directory", "/e/tc"), "\u00e4@y.test");
            assertThat(Files.readString(dir.resolve("env"))).isEqualTo("LANG=C\nMAIL_CONFIG=/e/tc\n");
            assertThat(Files.readString(dir.resolve("args"))).isEqualTo("gr\u00fcn-\u00e4@y.test");
            deliver("joe@x.test", words, Map.of("config_directory", "/e/tc", "import_environment", "LC_ALL HOME LANG=x { A = b c }", "export_environment", "LC_ALL A LANG { B = c d }"), "ann@y.test");
            assertThat(Files.readString(dir.resolve("env"))).isEqualTo("A=b c\nB=c d\nLANG=x\nLC_ALL=POSIX\n");
        } finally {
            System.clearProperty("ostler.given.LC_ALL");
        }
    }

    /** As in Postfix: a header that names one recipient is not for the others, of whom he may not know. */
    @Test
    void headers_that_name_a_recipient_are_for_mail_to_one() throws Exception {
        for (String flag : List.of("D", "O")) {
            assertThat(deliver("joe@x.test", words("flags=" + flag, "argv=" + script("cat > in")), Map.of(), "ann@y.test", "secret@y.test")).hasSize(2)
                    .allSatisfy(o -> assertThat(o).isInstanceOfSatisfying(Outcome.Deferred.class,
                            d -> assertThat(d.reason().text()).contains("pipe flag `" + flag + "' requires filter_destination_recipient_limit = 1")));
        }
        assertThat(dir.resolve("in")).doesNotExist();
    }

    @Test
    void exit_statuses_mean_what_sysexits_says() throws Exception {
        assertThat(deliver("j@x.test", words("argv=" + script("cat >/dev/null; echo try later; exit 75")), Map.of(), "a@y.test").getFirst())
                .isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).isEqualTo("temporary failure. Command output: try later"));
        assertThat(deliver("j@x.test", words("argv=" + script("exit 67")), Map.of(), "a@y.test").getFirst())
                .isInstanceOfSatisfying(Outcome.Bounced.class, b -> assertThat(b.reason().status()).hasToString("5.1.1"));
        assertThat(deliver("j@x.test", words("argv=" + script("echo 5.7.1 go away; exit 1")), Map.of(), "a@y.test").getFirst())
                .isInstanceOfSatisfying(Outcome.Bounced.class, b -> assertThat(b.reason().status()).hasToString("5.7.1"));
    }

    /** pipe(8), DIAGNOSTICS; the text behind it is all that the sender reads. */
    @Test
    void an_enhanced_status_in_the_output_comes_before_the_exit_status() throws Exception {
        assertThat(deliver("j@x.test", words("argv=" + script("cat >/dev/null; echo 4.2.1 mailbox is locked; exit 1")), Map.of(), "a@y.test").getFirst())
                .isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().status() + " " + d.reason().text()).isEqualTo("4.2.1 mailbox is locked"));
        assertThat(deliver("j@x.test", words("argv=" + script("echo 5.1.1 no such user; exit 75")), Map.of(), "a@y.test").getFirst())
                .isInstanceOfSatisfying(Outcome.Bounced.class, b -> assertThat(b.reason().status() + " " + b.reason().text()).isEqualTo("5.1.1 no such user"));
        assertThat(deliver("j@x.test", words("argv=" + script("echo 4.2.1; exit 1")), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Deferred.class);
        assertThat(deliver("j@x.test", words("argv=" + script("echo 2.0.0 fine; exit 75")), Map.of(), "a@y.test").getFirst())
                .isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).isEqualTo("temporary failure. Command output: 2.0.0 fine"));
        assertThat(deliver("j@x.test", words("argv=" + script("echo 5.1.1 no such user; kill -9 $$")), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Deferred.class);
    }

    @Test
    void a_command_that_was_killed_has_not_refused_the_mail() throws Exception {
        assertThat(deliver("j@x.test", words("argv=" + script("echo busy; kill -9 $$")), Map.of(), "a@y.test").getFirst()).isInstanceOfSatisfying(Outcome.Deferred.class,
                d -> assertThat(d.reason().text()).startsWith("Command died with signal 9: ").endsWith(". Command output: busy"));
        assertThat(deliver("j@x.test", words("argv=" + script("kill -15 $$")), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Deferred.class);
    }

    @Test
    void a_user_that_is_not_known_or_a_command_that_is_not_there_for_him_defers() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root to run a command as somebody else");
        assertThat(deliver("j@x.test", List.of("user=nosuchuser", "argv=/bin/true"), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Deferred.class);
        assertThat(deliver("j@x.test", List.of("user=nobody:nosuchgroup", "argv=/bin/true"), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Deferred.class);
        assertThat(deliver("j@x.test", List.of("user=nobody:nogroup", "directory=/", "argv=/no/such/command"), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Deferred.class);
        assertThat(deliver("j@x.test", List.of("user=nobody", "directory=/", "argv=/bin/true"), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Delivered.class);
        assertThat(deliver("j@x.test", List.of("user=nobody:nogroup", "directory=/", "argv=/bin/true"), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Delivered.class);
    }

    @Test
    void trouble_of_our_own_and_a_command_that_hangs_defer() throws Exception {
        assertThat(deliver("j@x.test", words("argv=" + dir.resolve("nosuch")), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Deferred.class);
        assertThat(deliver("j@x.test", words("argv=" + script("exec sleep 600")), Map.of("filter_time_limit", "1s"), "a@y.test").getFirst())
                .isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).startsWith("Command time limit exceeded"));
        assertThat(deliver("j@x.test", List.of("argv=/bin/true"), Map.of(), "a@y.test").getFirst()).isInstanceOfSatisfying(Outcome.Deferred.class,
                d -> assertThat(d.reason().text()).contains("missing user="));
        assertThat(deliver("j@x.test", words("size=3", "argv=/bin/true"), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Bounced.class);
    }

    private static Content broken() {
        return new Content() {
            @Override
            public long size() {
                return 10;
            }

            @Override
            public java.io.InputStream open() {
                return new java.io.SequenceInputStream(new java.io.ByteArrayInputStream("Subject: x\r\n".getBytes(StandardCharsets.US_ASCII)), new java.io.InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("Input/output error");
                    }
                });
            }
        };
    }

    /** A pipe keeps the carrier of a virtual thread: with as many slow commands as there are carriers no session and no delivery of the server would go on. */
    @Test
    void a_slow_command_keeps_no_virtual_thread_from_running() throws Exception {
        var virtual = new ArrayList<Boolean>();
        var seen = new ArrayList<String>();
        Content content = new Content() {
            @Override
            public long size() {
                return 4;
            }

            @Override
            public java.io.InputStream open() {
                virtual.add(Thread.currentThread().isVirtual());
                // Has no virtual threads. The command has not had its message yet, so its output is still being read.
                Thread.getAllStackTraces().keySet().forEach(thread -> seen.add(thread.getName()));
                return new java.io.ByteArrayInputStream("\r\nx\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        };
        assertThat(deliver(content, "j@x.test", words("argv=" + script("cat")), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Delivered.class);
        assertThat(virtual).containsExactly(false);
        assertThat(seen).contains("pipe-read");
    }

    /** The command is happy with half a message; we are not. */
    @Test
    void a_message_that_cannot_be_read_defers_although_the_command_succeeds() throws Exception {
        assertThat(deliver(broken(), "j@x.test", words("argv=" + script("cat >/dev/null; exit 0")), Map.of(), "a@y.test").getFirst())
                .isInstanceOfSatisfying(Outcome.Deferred.class, d -> assertThat(d.reason().text()).contains("Input/output error"));
    }

    /** What it has got so far ends nowhere, so that it does not take that for the message. Again and again, because it is a matter of microseconds. */
    @Test
    void a_command_never_sees_the_end_of_a_message_that_cannot_be_read() throws Exception {
        Path script = script("while read line; do :; done; : > delivered");
        for (int i = 0; i < 30; i++) {
            assertThat(deliver(broken(), "j@x.test", words("argv=" + script), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Deferred.class);
            assertThat(dir.resolve("delivered")).doesNotExist();
        }
    }

    /** It knows enough after the first line, say, and goes on working: that is its own business. */
    @Test
    void a_command_that_does_not_want_the_whole_message_is_left_alone() throws Exception {
        Path script = script("read line; exec <&-; sleep 1; : > done");
        byte[] large = ("Subject: x\r\n\r\n" + "text\r\n".repeat(200_000)).getBytes(StandardCharsets.US_ASCII);
        assertThat(deliver(new Content.InMemory(large), "j@x.test", words("argv=" + script), Map.of(), "a@y.test").getFirst()).isInstanceOf(Outcome.Delivered.class);
        assertThat(dir.resolve("done")).exists();
    }

    @Test
    void the_null_sender_has_a_stand_in() throws Exception {
        Path script = script("cat >/dev/null; echo \"$1\" > args");
        deliver("", words("argv=" + script, "$sender"), Map.of(), "a@y.test");
        assertThat(Files.readString(dir.resolve("args"))).isEqualTo("MAILER-DAEMON\n");
        deliver("", words("null_sender=", "argv=" + script, "${sender}"), Map.of(), "a@y.test");
        assertThat(Files.readString(dir.resolve("args"))).isEqualTo("\n");
    }

    @Test
    void a_wrong_row_is_named() {
        assertThatThrownBy(() -> Attributes.parse(List.of("user=x", "flags=Z", "argv=y"))).hasMessageContaining("unknown flag: Z");
        assertThatThrownBy(() -> Attributes.parse(List.of("user=x", "frob=1", "argv=y"))).hasMessageContaining("unknown attribute name: frob=1");
        assertThatThrownBy(() -> Attributes.parse(List.of("user=x"))).hasMessageContaining("missing argv=");
    }

    @Test
    void a_colon_without_a_group_is_the_user_s_own() throws Exception {
        assertThat(Attributes.parse(List.of("user=x:", "argv=y")).group()).isEmpty();
        assertThat(Attributes.parse(List.of("user=x:g", "argv=y")).group()).contains("g");
    }
}
