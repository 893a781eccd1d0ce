// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.ScriptedServer;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.TableContract;

/** The contract and the coding of texts; replies are held against Postfix's in the postmap module. */
@Timeout(120)
class TcpTest implements TableContract {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();
    private ScriptedServer server;

    @AfterEach
    void close() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Override
    public Table tableWith(Map<String, String> entries) throws Exception {
        var map = new HashMap<String, String>();
        entries.forEach((k, v) -> map.put("get " + TcpFactory.encoded(CaseFold.fold(k)), "200 " + TcpFactory.encoded(v) + "\n"));
        server = new ScriptedServer(ScriptedServer.Framing.LINE, request -> map.getOrDefault(request, "500 no\n"));
        return new TcpFactory().open(Specs.of("tcp", "127.0.0.1:" + server.port(), dir, warnings::add));
    }

    @Test
    void texts_are_coded_and_decoded() {
        String text = "a%b \t\r\n\u0000\u007f\u00fc";
        assertThat(TcpFactory.encoded(text)).isEqualTo("a%25b%20%09%0D%0A%00%7F%C3%BC");
        assertThat(TcpFactory.decoded(TcpFactory.encoded(text))).contains(text);
        assertThat(TcpFactory.decoded("%c3%bC x")).contains("\u00fc x");
        for (String bad : new String[] {"%", "%1", "a%1", "%zz", "%-1", "%ff"}) {
            assertThat(TcpFactory.decoded(bad)).as(bad).isEmpty();
        }
    }

    /** A key cannot bring a second request along. */
    @Test
    void one_key_is_one_request() throws Exception {
        try (Table table = tableWith(Map.of("k", "v"))) {
            assertThat(table.find("x\nget k")).isEqualTo(Answer.NOT_FOUND);
            assertThat(server.requests()).containsExactly("get x%0Aget%20k");
        }
    }
}
