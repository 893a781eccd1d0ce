// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;

/** What sendmail leaves in the maildrop. */
class MaildropFileTest {

    @TempDir
    Path maildrop;

    private static MaildropFile mail() {
        return new MaildropFile("", "", List.of("x"), Ret.UNSPECIFIED, "", Notify.DEFAULT, TlsRequest.UNSPECIFIED);
    }

    private static ByteArrayInputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void a_file_is_on_stable_storage_before_it_says_that_it_is_ready_and_again_before_sendmail_ends() throws IOException {
        var flushed = new ArrayList<String>();
        mail().write(maildrop, text("content"), 0, channel -> {
            channel.force(true);
            try (var files = Files.list(maildrop)) {
                Path file = files.findFirst().orElseThrow();
                flushed.add(Files.readString(file).endsWith("\n\ncontent") + " " + MaildropFile.isReady(file));
            }
        });
        assertThat(flushed).containsExactly("true false", "true true");
    }

    @Test
    void a_message_over_the_limit_leaves_no_file() {
        assertThatThrownBy(() -> mail().write(maildrop, text("x".repeat(100)), 99)).hasMessage("message file too big");
        assertThat(maildrop).isEmptyDirectory();
    }

    @Test
    void trouble_with_reading_a_file_is_not_taken_for_a_bad_form_so_that_the_mail_stays() throws IOException {
        Path unreadable = Files.createDirectory(maildrop.resolve("reads fail with EISDIR"));
        assertThatThrownBy(() -> MaildropFile.open(unreadable)).isInstanceOf(IOException.class).isNotInstanceOf(MaildropFile.FormException.class);
    }

    @Test
    void a_notify_value_is_checked() {
        assertThat(MaildropFile.parseNotify("success,delay")).hasToString("SUCCESS,DELAY");
        assertThat(MaildropFile.parseNotify("never").isNever()).isTrue();
        assertThatIllegalArgumentException().isThrownBy(() -> MaildropFile.parseNotify("never,success"));
    }
}
