// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tck.lookup.Memcached;
import org.ostler.mail.tck.lookup.ScriptedServer;

/** The servers of a recording, and their ports in place of their names. */
final class Servers implements AutoCloseable {

    private final Map<String, Integer> ports = new HashMap<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    /** @param title {@code server NAME line|netstring|memcached|none} */
    void start(String[] title, GoldenFile.Section section) throws Exception {
        ports.put(title[1], switch (title[2]) {
            case "none" -> ScriptedServer.closedPort();
            case "memcached" -> memcached(section);
            default -> scripted(ScriptedServer.Framing.valueOf(title[2].toUpperCase()), section);
        });
    }

    private int scripted(ScriptedServer.Framing framing, GoldenFile.Section section) throws Exception {
        var replies = new HashMap<String, String>();
        for (String line : section.text().split("\n")) {
            String[] pair = line.split("\t", 2);
            replies.put(unescaped(pair[0]), unescaped(pair[1]));
        }
        var server = new ScriptedServer(framing, request -> replies.getOrDefault(request, ""));
        open.add(server);
        return server.port();
    }

    private int memcached(GoldenFile.Section section) throws Exception {
        Assumptions.assumeTrue(Memcached.isHere(), "memcached is not installed");
        var server = new Memcached();
        open.add(server);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port); var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1))) {
            for (String line : section.text().split("\n")) {
                String[] pair = line.split("\t", 2);
                socket.getOutputStream().write(("set " + pair[0] + " 0 0 " + pair[1].length() + "\r\n" + pair[1] + "\r\n").getBytes(UTF_8));
                if (!"STORED".equals(in.readLine())) {
                    throw new IllegalStateException("memcached does not store " + pair[0]);
                }
            }
        }
        return server.port;
    }

    private static String unescaped(String text) {
        var out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = text.charAt(++i);
            switch (escape) {
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'x' -> {
                    out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> out.append(escape);
            }
        }
        return out.toString();
    }

    String withPorts(String text) {
        String out = text;
        for (var port : ports.entrySet()) {
            out = out.replace("{" + port.getKey() + "}", port.getValue().toString());
        }
        return out;
    }

    byte[] withPorts(byte[] text) {
        return withPorts(new String(text, ISO_8859_1)).getBytes(ISO_8859_1);
    }

    String withNames(String text) {
        String out = text;
        for (var port : ports.entrySet()) {
            out = out.replace(port.getValue().toString(), "{" + port.getKey() + "}");
        }
        return out;
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable server : open) {
            server.close();
        }
    }
}
