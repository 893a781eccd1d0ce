// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.Address;
import org.ostler.mail.queue.Content;

/** Files that are not, or no longer, the mailbox alone: Postfix's mbox_open(3) and safe_open(3). */
class MboxReplacedTest {

    private static final Mbox.Locking FCNTL = new Mbox.Locking(false, true, Duration.ofSeconds(60), Duration.ofMinutes(5));

    @TempDir
    Path temporary;
    private Path dir;

    /** As /proc shows it. */
    @BeforeEach
    void withoutLinks() throws IOException {
        dir = temporary.toRealPath();
    }

    private void deliver(Path mbox) throws MailboxException {
        var content = new Content.InMemory("Subject: s\r\n\r\nnew\r\n".getBytes(StandardCharsets.US_ASCII));
        Mbox.deliver(new Mbox.Place(mbox, 0, FCNTL, MailLog.of("mail/local")), Owner.SELF, Address.of("joe@example.org"), "", content);
    }

    @Test
    @Timeout(120)
    void mail_is_not_written_to_a_file_that_a_reader_has_replaced_while_it_was_waited_for() throws Exception {
        Path mbox = Files.writeString(dir.resolve("mbox"), "From x\n\nkept\n\nFrom x\n\ndeleted\n\n");
        Process reader = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-cp", System.getProperty("java.class.path"), MailReader.class.getName(), mbox.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var said = new BufferedReader(new InputStreamReader(reader.getInputStream(), StandardCharsets.US_ASCII))) {
            assertThat(said.readLine()).isEqualTo("locked");
            var delivery = CompletableFuture.runAsync(() -> {
                try {
                    deliver(mbox);
                } catch (MailboxException e) {
                    throw new IllegalStateException(e.status() + " " + e.getMessage(), e);
                }
            });
            while (!isOpenHere(mbox)) {
                assertThat(delivery.isDone()).as("ended without opening it").isFalse();
                Thread.onSpinWait();
            }
            reader.getOutputStream().close();
            assertThatThrownBy(() -> delivery.get(60, TimeUnit.SECONDS)).cause().hasMessage("4.2.0 cannot update mailbox " + mbox + ": target file status changed unexpectedly");
        } finally {
            reader.destroyForcibly().waitFor();
        }
        deliver(mbox);
        assertThat(Files.readString(mbox)).startsWith("From x\n\nkept\n\nFrom joe@example.org ").endsWith("\n\nnew\n\n");
    }

    /** By one of the descriptors of this process. */
    private static boolean isOpenHere(Path file) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.anyMatch(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).equals(file);
                } catch (IOException e) {
                    // Closed since it was listed.
                    return false;
                }
            });
        }
    }

    @Test
    void a_file_of_two_names_may_be_somebody_else_s() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "key\n");
        Path mbox = Files.createLink(dir.resolve("mbox"), secret);
        assertThatThrownBy(() -> deliver(mbox)).isInstanceOfSatisfying(MailboxException.class,
                e -> assertThat(e.status() + " " + e.getMessage()).isEqualTo("4.2.0 cannot update mailbox " + mbox + ": file has 2 hard links"));
        assertThat(secret).hasContent("key\n");
    }
}
