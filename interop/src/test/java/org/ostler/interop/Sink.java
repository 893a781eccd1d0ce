// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.ostler.mail.tck.LoopbackServer;

/**
 * The next host, in Java, where a test must see the very bytes: an SMTP or LMTP server that keeps every message.
 *
 * <p>A script may answer a command otherwise: it gets the command line and returns the reply, or null for the usual one. One virtual
 * thread per connection.
 */
final class Sink implements AutoCloseable {

    private final LoopbackServer server;
    private final String extensions;
    private final UnaryOperator<String> script;
    private final List<String> messages = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();

    /** @param extensions what EHLO offers, one per line, for example {@code "250-PIPELINING\r\n250 8BITMIME"} */
    Sink(int port, String extensions, UnaryOperator<String> script) {
        this.extensions = extensions;
        this.script = script;
        try {
            server = new LoopbackServer(port, this::serve);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Sink(int port) {
        this(port, "250-PIPELINING\r\n250 8BITMIME", command -> null);
    }

    /** The messages taken, as Latin-1, dots unstuffed. */
    synchronized List<String> messages() {
        return List.copyOf(messages);
    }

    /** When each of the messages came, as wall clock milliseconds. */
    synchronized List<Long> times() {
        return List.copyOf(times);
    }

    /** Every command line of every session, in the order in which they came. */
    List<String> commands() {
        return commands;
    }

    String awaitMail(String text) {
        Eventually.waitFor(() -> messages().stream().anyMatch(m -> m.contains(text)), () -> "no message with \"" + text + "\" among " + messages().size() + "; commands " + commands);
        return messages().stream().filter(m -> m.contains(text)).findFirst().orElseThrow();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A connection that is lost: the peer was killed or the test is over. What had no reply is sent again, or is not looked at any more. */
    private void serve(SocketChannel peer) throws IOException {
        int recipients = 0;
        boolean lmtp = false;
        var in = new BufferedInputStream(Channels.newInputStream(peer), 1 << 16);
        OutputStream out = Channels.newOutputStream(peer);
        say(out, "220 sink.example.test ESMTP");
        for (String line = line(in); line != null; line = line(in)) {
            commands.add(line);
            String word = line.split("[ :]", 2)[0].toUpperCase();
            String said = script.apply(line);
            switch (word) {
                case "EHLO", "LHLO" -> {
                    lmtp = word.equals("LHLO");
                    say(out, said != null ? said : "250-sink.example.test\r\n" + extensions);
                }
                case "DATA" -> {
                    if (said == null && recipients == 0) {
                        said = "554 5.5.1 no valid recipients";
                    }
                    say(out, said != null ? said : "354 go on");
                    if (said == null) {
                        keep(message(in));
                        // LMTP answers once per recipient (RFC 2033 section 4.2).
                        for (int i = 0; i < (lmtp ? recipients : 1); i++) {
                            say(out, "250 2.0.0 Ok");
                        }
                    }
                    recipients = 0;
                }
                case "QUIT" -> {
                    say(out, "221 2.0.0 Bye");
                    return;
                }
                default -> {
                    if (word.equals("RCPT") && (said == null || said.startsWith("2"))) {
                        recipients++;
                    }
                    if (word.equals("MAIL") || word.equals("RSET")) {
                        recipients = 0;
                    }
                    say(out, said != null ? said : "250 2.0.0 Ok");
                }
            }
        }
    }

    private synchronized void keep(String message) {
        times.add(System.currentTimeMillis());
        messages.add(message);
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return null;
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    private static String message(InputStream in) throws IOException {
        var text = new StringBuilder();
        for (String line = line(in); !".".equals(line); line = line(in)) {
            if (line == null) {
                throw new IOException("connection lost in a message");
            }
            text.append(line.startsWith(".") ? line.substring(1) : line).append("\r\n");
        }
        return text.toString();
    }

    private static void say(OutputStream out, String reply) throws IOException {
        out.write((reply + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }
}
