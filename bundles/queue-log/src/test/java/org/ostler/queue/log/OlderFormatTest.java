// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.queue.log.Stores.PLAIN;
import static org.ostler.queue.log.Stores.body;
import static org.ostler.queue.log.Stores.commit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;

/** A queue that the program of format 1 left behind: its files are in src/test/resources/store-1 as that program wrote them, with two messages on hold. */
class OlderFormatTest {

    @TempDir
    Path directory;

    @BeforeEach
    void install() throws IOException {
        for (String name : List.of("format", "seg-00000001.log")) {
            try (var in = OlderFormatTest.class.getResourceAsStream("/store-1/" + name)) {
                Files.copy(in, directory.resolve(name));
            }
        }
    }

    private static List<StoredMessage> all(LogStore store) throws Exception {
        var all = new ArrayList<StoredMessage>();
        store.list(all::add);
        return all;
    }

    @Test
    void its_messages_are_there_whole_and_asked_nothing_of_TLS() throws Exception {
        try (var store = new LogStore(directory, PLAIN)) {
            List<StoredMessage> all = all(store);
            assertThat(all).extracting(Stores::body).containsExactlyInAnyOrder("Subject: one\r\n\r\nfirst\r\n", "Subject: two\r\n\r\nsecond\r\n");
            assertThat(all).extracting(m -> m.envelope().tls()).containsOnly(TlsRequest.UNSPECIFIED);
            StoredMessage first = all.stream().filter(m -> body(m).contains("one")).findFirst().orElseThrow();
            assertThat(first.id()).hasToString("4jbCbQ1QVmz1");
            assertThat(first.arrival()).isEqualTo(Instant.parse("2026-02-03T04:05:06.789Z"));
            Envelope envelope = first.envelope();
            assertThat(envelope.ret()).isEqualTo(Ret.HDRS);
            assertThat(envelope.body()).isEqualTo(Body.EIGHT_BIT_MIME);
            assertThat(envelope.smtpUtf8()).isTrue();
            assertThat(envelope.envelopeId()).isEqualTo("env 1");
            assertThat(envelope.attributes()).isEqualTo(Map.of("client_name", "mx.example.net"));
            assertThat(envelope.recipients()).extracting(r -> r.address().text()).containsExactly("b@example.org", "joe smith@exämple.org");
        }
    }

    @Test
    void it_takes_new_mail_beside_the_old_and_says_from_then_on_that_it_is_of_this_version() throws Exception {
        new LogStore(directory, PLAIN).close();
        assertThat(Files.readString(directory.resolve("format"))).startsWith("ostler-queue-log " + Segment.VERSION + "\nsalt 20b78657f8d7b573\n");
        for (TlsRequest request : TlsRequest.values()) {
            try (var store = new LogStore(directory, PLAIN); Draft draft = store.create()) {
                draft.write(request.name().getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, request.name().length());
                draft.commit(new Envelope(Address.of("a@example.org"), List.of(Recipient.of(Address.of("b@example.org"))), Ret.UNSPECIFIED, "", Body.UNSPECIFIED, false, request, Map.of()), Instant.now(), false);
            }
        }
        try (var store = new LogStore(directory, PLAIN)) {
            assertThat(all(store)).hasSize(5);
            for (TlsRequest request : TlsRequest.values()) {
                assertThat(all(store)).filteredOn(m -> body(m).equals(request.name())).singleElement().satisfies(m -> assertThat(m.envelope().tls()).isEqualTo(request));
            }
            assertThat(commit(store, "more").envelope().tls()).isEqualTo(TlsRequest.UNSPECIFIED);
        }
    }
}
