// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;
import org.ostler.lookup.core.PlainTables;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.OutageContract;
import org.ostler.mail.tck.lookup.ScriptedServer;

/**
 * Tables that are made of others keep the contract as those do: with parts at a server, which goes away and comes back. They stand here because only here the types and {@code lookup-core}, which opens
 * the parts, are together.
 */
@Timeout(120)
class CombinedTablesTest {

    private static final String NOT_FOUND = ScriptedServer.netstring("NOTFOUND ");

    private ScriptedServer server;
    /** What is asked for, map and key, to what is answered. */
    private final Map<String, String> entries = new HashMap<>();

    @AfterEach
    void close() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    private abstract class Combined implements OutageContract {

        /** The list in main.cf; {@code %d} stands for the port. */
        abstract String maps();

        /** Which maps of the server hold an entry. */
        abstract Map<String, String> stored(int number, String key, String value);

        @Override
        public Table tableWith(Map<String, String> content) throws Exception {
            close();
            entries.clear();
            int number = 0;
            for (var e : content.entrySet()) {
                stored(number++, CaseFold.fold(e.getKey()), e.getValue()).forEach((key, value) -> entries.put(bytes(key), bytes(value)));
            }
            server = start(0);
            return new PlainTables().tables(Settings.parse(""), Path.of("/"), line -> { }).open(maps().replace("%d", String.valueOf(server.port())), "test")::find;
        }

        @Override
        public AutoCloseable outage() throws Exception {
            int port = server.port();
            server.close();
            return () -> server = start(port);
        }

        @Override
        public int lookupsPerThread() {
            return 50;
        }
    }

    private ScriptedServer start(int port) throws IOException {
        return new ScriptedServer(ScriptedServer.Framing.NETSTRING, port, asked -> entries.containsKey(asked) ? ScriptedServer.netstring("OK " + entries.get(asked)) : NOT_FOUND);
    }

    private static String bytes(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    /** Each entry is in one of its parts. */
    @Nested
    class Unionmap extends Combined {
        @Override
        String maps() {
            return "unionmap:{socketmap:inet:127.0.0.1:%d:even, socketmap:inet:127.0.0.1:%d:odd}";
        }

        @Override
        Map<String, String> stored(int number, String key, String value) {
            return Map.of((number % 2 == 0 ? "even " : "odd ") + key, value);
        }
    }

    /** The first part leads to a name, the second from there to the value. */
    @Nested
    class Pipemap extends Combined {
        @Override
        String maps() {
            return "pipemap:{socketmap:inet:127.0.0.1:%d:first, socketmap:inet:127.0.0.1:%d:second}";
        }

        @Override
        Map<String, String> stored(int number, String key, String value) {
            return Map.of("first " + key, "name" + number, "second name" + number, value);
        }
    }

    @Nested
    class Debug extends Combined {
        @Override
        String maps() {
            return "debug:socketmap:inet:127.0.0.1:%d:map";
        }

        @Override
        Map<String, String> stored(int number, String key, String value) {
            return Map.of("map " + key, value);
        }
    }

    @Nested
    class Proxy extends Combined {
        @Override
        String maps() {
            return "proxy:socketmap:inet:127.0.0.1:%d:map";
        }

        @Override
        Map<String, String> stored(int number, String key, String value) {
            return Map.of("map " + key, value);
        }
    }
}
