// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.queue.memory.MemoryStore;
import org.ostler.trivial.rewrite.TrivialRewrite;

/** What MAIL FROM and the header say of TLS (RFC 8689), as it comes to stand in the queue. */
class TlsHeadersTest {

    private final MemoryStore store = new MemoryStore();
    private final CleanupService cleanup = new CleanupService(store, new TrivialRewrite(new CleanupTest.TextTables()), List.of());

    @AfterEach
    void close() {
        store.close();
    }

    private StoredMessage submit(TlsRequest request, String settings, String content) throws Exception {
        try (Submission submission = cleanup.open(CleanupTest.smtp(false), Settings.parse(CleanupTest.COMMON + settings))) {
            submission.sender(Address.of("a@example.org"), Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false);
            submission.tls(request);
            submission.recipient(Recipient.of(Address.of("b@example.org")));
            byte[] bytes = content.replace("\n", "\r\n").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
            submission.content(bytes, 0, bytes.length);
            return store.load(((Submission.Result.Queued) submission.finish()).id()).orElseThrow();
        }
    }

    private TlsRequest of(TlsRequest request, String settings, String header) throws Exception {
        return submit(request, settings, header + "\n\nTLS-Required: no\nRequire-TLS-ESMTP: yes\n").envelope().tls();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLS-Required: no", "tls-required: No", "TLS-REQUIRED:\tNO ", "TLS-Required:\n no", "Subject: x\nTLS-Required:no\nTo: b"})
    void TLS_Required_no_is_obeyed(String header) throws Exception {
        assertThat(of(TlsRequest.UNSPECIFIED, "", header)).isEqualTo(TlsRequest.NOT_REQUIRED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLS-Required: yes", "TLS-Required: none", "TLS-Required:", "TLS-Required: no, please", "TLS-Required: no (comment)", "X-TLS-Required: no",
        "TLS-Required: no\nTLS-Required: no", "TLS-Required: no\nTLS-Required: yes", "TLS-Required: yes\nTLS-Required: no", "Subject: TLS-Required: no"})
    void whatever_else_is_not(String header) throws Exception {
        assertThat(of(TlsRequest.UNSPECIFIED, "", header)).isEqualTo(TlsRequest.UNSPECIFIED);
    }

    @Test
    void the_switch_turns_it_off() throws Exception {
        assertThat(of(TlsRequest.UNSPECIFIED, "tls_required_enable = no\n", "TLS-Required: no")).isEqualTo(TlsRequest.UNSPECIFIED);
    }

    @Test
    void REQUIRETLS_outranks_the_header() throws Exception {
        assertThat(of(TlsRequest.REQUIRED, "", "TLS-Required: no")).isEqualTo(TlsRequest.REQUIRED);
        assertThat(of(TlsRequest.UNSPECIFIED, "", "TLS-Required: no\nRequire-TLS-ESMTP: yes")).isEqualTo(TlsRequest.REQUIRED);
    }

    @Test
    void REQUIRETLS_is_noted_in_a_header_once_and_read_from_there() throws Exception {
        StoredMessage first = submit(TlsRequest.REQUIRED, "", "Subject: x\n\nbody\n");
        assertThat(CleanupTest.text(first)).isEqualTo("Subject: x\nRequire-TLS-ESMTP: yes\n\nbody\n");
        StoredMessage back = submit(TlsRequest.UNSPECIFIED, "", CleanupTest.text(first));
        assertThat(back.envelope().tls()).isEqualTo(TlsRequest.REQUIRED);
        assertThat(CleanupTest.text(back)).isEqualTo(CleanupTest.text(first));
        assertThat(of(TlsRequest.UNSPECIFIED, "", "Require-TLS-ESMTP: no")).isEqualTo(TlsRequest.UNSPECIFIED);
    }

    @Test
    void without_the_header_REQUIRETLS_still_stands_in_the_envelope() throws Exception {
        StoredMessage message = submit(TlsRequest.REQUIRED, "requiretls_esmtp_header = no\n", "Subject: x\n\nbody\n");
        assertThat(message.envelope().tls()).isEqualTo(TlsRequest.REQUIRED);
        assertThat(CleanupTest.text(message)).doesNotContain("Require-TLS");
        assertThat(of(TlsRequest.UNSPECIFIED, "requiretls_esmtp_header = no\n", "Require-TLS-ESMTP: yes")).isEqualTo(TlsRequest.UNSPECIFIED);
        assertThat(of(TlsRequest.UNSPECIFIED, "requiretls_enable = no\n", "Require-TLS-ESMTP: yes")).isEqualTo(TlsRequest.UNSPECIFIED);
    }

    @Test
    void a_message_without_a_body_has_a_say_as_well() throws Exception {
        assertThat(submit(TlsRequest.UNSPECIFIED, "", "TLS-Required: no\n").envelope().tls()).isEqualTo(TlsRequest.NOT_REQUIRED);
        assertThat(submit(TlsRequest.UNSPECIFIED, "", "TLS-Required: no").envelope().tls()).isEqualTo(TlsRequest.NOT_REQUIRED);
    }
}
