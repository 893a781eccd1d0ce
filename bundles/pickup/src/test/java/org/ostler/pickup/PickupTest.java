// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;

/** What becomes of a submission: queued once, returned, or left for another attempt. */
class PickupTest extends PickupRig {

    @Test
    void what_a_local_sender_asks_of_TLS_goes_along() throws IOException {
        new MaildropFile("joe@example.org", "", List.of("ann@example.org"), Ret.UNSPECIFIED, "", Notify.DEFAULT, TlsRequest.REQUIRED).write(maildrop, text("Subject: x\n\n"), 0);
        look();
        assertThat(submitted).contains("tls REQUIRED");
    }

    @Test
    void a_complete_file_becomes_a_message_in_canonical_form_and_goes() throws IOException {
        Path file = drop("Subject: x\n\nline\r\nbare\rcr\nend");
        look();
        assertThat(submitted).containsExactly("from joe@example.org HDRS id Joe \\ Smith", "to ann@example.org NEVER", "to odd\nname@x NEVER",
                "Subject: x\r\n\r\nline\r\nbare cr\r\nend\r\n");
        assertThat(file).doesNotExist();
    }

    @Test
    void an_error_of_a_neighbour_keeps_no_file_from_being_taken() throws IOException {
        Path first = drop("first");
        Path second = drop("second");
        var failed = new AtomicBoolean();
        whenFinished = () -> {
            if (failed.compareAndSet(false, true)) {
                throw new NoClassDefFoundError("gone with its bundle");
            }
        };
        look();
        assertThat(List.of(claimed(first), claimed(second))).filteredOn(Files::exists).hasSize(1);
        look();
        assertThat(List.of(claimed(first), claimed(second))).noneMatch(Files::exists);
        assertThat(maildrop).isEmptyDirectory();
        assertThat(submitted).contains("first\r\n", "second\r\n");
    }

    @Test
    void a_message_refused_for_good_goes_back_to_its_sender_and_only_then_from_the_maildrop() throws IOException {
        result = new Submission.Result.Refused(Reply.of(552, "5.3.4", "Error: message file too big"), "size");
        Path file = drop("Subject: large\n\nbody");
        reporterWorks = false;
        look();
        assertThat(claimed(file)).exists();
        reporterWorks = true;
        look();
        assertThat(claimed(file)).doesNotExist();
        assertThat(reports).containsExactly("joe@example.org 2 5.3.4 message file too big Subject: large\r\n\r\n");
    }

    @Test
    void a_refused_message_stays() throws IOException {
        result = new Submission.Result.Refused(Reply.of(452, "4.3.1", "Insufficient system storage"), "full");
        Path file = drop("x");
        look();
        assertThat(claimed(file)).exists();
        result = QUEUED;
        another(3).maildrop().look(maildrop, SETTINGS);
        assertThat(claimed(file)).as("taken after a restart").doesNotExist();
    }

    @Test
    void a_bug_over_one_message_leaves_it_and_goes_on_with_the_next() throws IOException {
        drop("bug");
        drop("bug");
        bugs = 1;
        look();
        assertThat(dir.resolve("pickup").toFile().list()).hasSize(1);
        look();
        assertThat(dir.resolve("pickup")).isEmptyDirectory();
        assertThat(maildrop).isEmptyDirectory();
    }

    @Test
    void a_message_whose_file_cannot_be_deleted_is_queued_once() throws IOException {
        Path file = claimed(drop("once"));
        // The file goes while it is being read, and another takes its name.
        whenFinished = () -> {
            try {
                Files.delete(file);
                Files.createDirectory(file);
                Files.createFile(file.resolve("in the way"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        look();
        Files.delete(file.resolve("in the way"));
        Files.delete(file);
        whenFinished = () -> { };
        Files.write(file, new byte[0]);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        look();
        assertThat(submitted.stream().filter(line -> line.startsWith("once"))).hasSize(1);
        assertThat(file).doesNotExist();
    }

    @Test
    void trouble_after_a_message_is_queued_does_not_queue_it_again() throws IOException {
        Path file = drop("once");
        whenClosed = () -> {
            throw new IllegalStateException("close fails");
        };
        look();
        look();
        assertThat(submitted.stream().filter(line -> line.startsWith("once"))).hasSize(1);
        assertThat(claimed(file)).doesNotExist();
    }

    @Test
    void a_file_of_another_version_is_kept_for_that_one() throws IOException {
        Path file = drop("later");
        Files.writeString(file, Files.readString(file).replace("ostler-maildrop 1", "ostler-maildrop 2"));
        assertThat(warnings(this::look)).containsExactly("maildrop/" + file.getFileName() + ": ostler-maildrop 2: a format of another version; left for the next attempt");
        assertThat(claimed(file)).exists();
        assertThat(submitted).isEmpty();
    }
}
