// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;

import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.ResultCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.Specs;

/** What an operator reads is a reason, not the library's inside. */
@Timeout(120)
class TroubleTest {

    @TempDir
    Path dir;

    private static String reason(String message) {
        return Trouble.reason(new LDAPException(ResultCode.SERVER_DOWN, message));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        Connection refused (Connection refused)                                                                           | Connection refused (Connection refused)
        closed by interrupt, ldapSDKVersion=7.0.2, revision=cab66                                                         | closed by interrupt
        LDAPException(resultCode=91 (connect error), errorMessage='refused', ldapSDKVersion=7.0.2, revision=cab66)        | connect error, 'refused'
        failed:  LDAPException(resultCode=91 (connect error), ldapSDKVersion=7.0.2, revision=cab66) while asking          | failed: connect error while asking
        A(IOException(LDAPException(resultCode=81 (server down), errorMessage='a (b) c', ldapSDKVersion=7, revision=c))) | A(server down, 'a (b) c')
        SSLException(Unsupported or unrecognized SSL message), ldapSDKVersion=7.0.2, revision=cab66                       | Unsupported or unrecognized SSL message
        an IOException( that never ends                                                                                   | an IOException( that never ends
        """)
    void the_library_does_not_show(String message, String reason) {
        assertThat(reason(message)).isEqualTo(reason);
    }

    @Test
    void a_message_of_any_length_becomes_a_line_for_the_log() {
        for (String part : new String[] {"Exception(", "(", "x", ")", "Error((", " , "}) {
            assertThat(reason(part.repeat(20_000))).hasSizeLessThan(3000);
        }
    }

    @Test
    void tls_to_a_port_that_speaks_none_is_said_in_plain_words() throws Exception {
        try (Memory memory = new Memory().with(Map.of("k", "v"))) {
            Files.writeString(dir.resolve("t.cf"), memory.cf() + "server_host = ldaps://127.0.0.1:" + memory.port() + "\n");
            try (Table table = new LdapFactory().open(Specs.of("ldap", "./t.cf", dir, _ -> { }, Settings.parse("")))) {
                assertThat(table.find("k")).isInstanceOfSatisfying(Answer.Unavailable.class,
                        unavailable -> assertThat(unavailable.reason()).contains(" -- ").doesNotContain("Exception(", "resultCode", "errorMessage", "revision=", "ldapSDKVersion"));
            }
        }
    }

    /** The library only says that the connection is lost, and for one that is lost there is a second try. */
    @Test
    void an_entry_that_is_too_long_is_asked_for_once() throws Exception {
        try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Files.writeString(dir.resolve("t.cf"), "server_host = 127.0.0.1\nserver_port = " + server.getLocalPort() + "\nversion = 3\nbind = no\nsearch_base = dc=x\n");
            var asked = new AtomicInteger();
            Thread.ofPlatform().daemon().start(() -> announceTooMuch(server, asked));
            try (Table table = new LdapFactory().open(Specs.of("ldap", "./t.cf", dir, _ -> { }, Settings.parse("")))) {
                assertThat(table.find("k")).isEqualTo(Answer.unavailable("dict_ldap_lookup: ./t.cf: more than 32 MB in one entry"));
            }
            assertThat(asked).hasValue(1);
        }
    }

    /** The head of a sequence of one byte more than is taken, to every question, until the socket is closed. */
    private static void announceTooMuch(ServerSocket server, AtomicInteger asked) {
        byte[] head = ByteBuffer.allocate(6).put((byte) 0x30).put((byte) 0x84).putInt(Link.MAX_MESSAGE + 1).array();
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                if (client.getInputStream().read() >= 0) {
                    asked.incrementAndGet();
                    client.getOutputStream().write(head);
                }
                // Until it is given up; a connection that ends would be lost for another reason.
                while (client.getInputStream().read() >= 0) { }
            } catch (IOException e) {
                // Given up, or the end of the test.
                continue;
            }
        }
    }
}
