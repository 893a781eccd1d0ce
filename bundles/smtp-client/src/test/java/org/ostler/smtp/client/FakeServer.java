// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tck.LoopbackServer;
import org.ostler.mail.tls.TlsProvider;

/**
 * A server that says its lines and checks ours, one script per connection; the last script serves all further ones.
 *
 * <pre>
 *   S: 220 ready       sends a line
 *   C: EHLO *          expects a line, * stands for anything
 *   O: RSET            a line that may come; where it does not, the next step is left out
 *   BOTH: 250 a|250 b  sends lines in one write
 *   CONTENT            reads a message up to its dot
 *   TLS                server side of a handshake
 *   DROP               closes
 *   RESET              waits for a byte, and resets the connection
 *   STALL              neither reads nor writes any more, until the test ends
 *   SPELL 250 OK       sends one byte of a line each 300 ms
 * </pre>
 */
final class FakeServer implements AutoCloseable {

    private final List<String> scripts;
    private final LoopbackServer server;
    private final List<String> problems = new CopyOnWriteArrayList<>();
    private final List<String> contents = new CopyOnWriteArrayList<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ThreadLocal<String> pushedBack = new ThreadLocal<>();
    private TlsProvider tls;
    private Settings settings;

    private FakeServer(SocketAddress address, String... scripts) throws IOException {
        this.scripts = List.of(scripts);
        this.server = new LoopbackServer(address, this::serve);
    }

    static FakeServer on(String address, String... scripts) throws IOException {
        return on(address, 0, scripts);
    }

    static FakeServer on(String address, int wanted, String... scripts) throws IOException {
        return new FakeServer(new InetSocketAddress(InetAddress.ofLiteral(address), wanted), scripts);
    }

    static FakeServer start(String... scripts) throws IOException {
        return on("127.0.0.1", scripts);
    }

    static FakeServer unix(Path path, String... scripts) throws IOException {
        return new FakeServer(UnixDomainSocketAddress.of(path), scripts);
    }

    FakeServer with(TlsProvider provider, Settings tlsSettings) {
        tls = provider;
        settings = tlsSettings;
        return this;
    }

    int port() {
        return server.port();
    }

    String nextHop() {
        return "[127.0.0.1]:" + port();
    }

    List<String> contents() {
        return contents;
    }

    List<String> heard() {
        return heard;
    }

    /** Scripts that came to their end. */
    int finished() {
        return finished.get();
    }

    int connections() {
        return server.connections();
    }

    /** Fails where a script met something else than it expected, or has not come to its end in time. */
    void verify() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (finished.get() < Math.max(connections(), scripts.size()) && problems.isEmpty() && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        if (!problems.isEmpty()) {
            throw new AssertionError(String.join("\n", problems));
        }
        if (finished.get() < scripts.size()) {
            throw new AssertionError(finished.get() + " of " + scripts.size() + " scripts came to their end");
        }
    }

    /** Nobody is answered any more when this returns. */
    @Override
    public void close() throws IOException {
        over.countDown();
        server.close();
    }

    private void serve(SocketChannel peer) {
        int number = begun.getAndIncrement();
        var transcript = new StringBuilder();
        try {
            play(peer, scripts.get(Math.min(number, scripts.size() - 1)), transcript);
            finished.incrementAndGet();
        } catch (IOException | AssertionError e) {
            problems.add("connection " + number + ": " + e.getMessage() + "\n" + transcript);
        } catch (InterruptedException e) {
            problems.add("interrupted");
        }
    }

    private void play(SocketChannel peer, String script, StringBuilder transcript) throws IOException, InterruptedException {
        InputStream in = Channels.newInputStream(peer);
        OutputStream out = Channels.newOutputStream(peer);
        boolean skip = false;
        for (String step : script.lines().filter(s -> !s.isBlank()).toList()) {
            if (skip) {
                skip = false;
                continue;
            }
            transcript.append(step).append('\n');
            if (step.startsWith("S: ")) {
                out.write((step.substring(3) + "\r\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            } else if (step.startsWith("C: ")) {
                String got = readLine(in);
                heard.add(got);
                String pattern = Pattern.quote(step.substring(3)).replace("*", "\\E.*\\Q");
                if (!got.matches(pattern)) {
                    throw new AssertionError("expected " + step + " but got " + got);
                }
            } else if (step.startsWith("O: ")) {
                String got = readLine(in);
                if (!got.equals(step.substring(3))) {
                    pushedBack.set(got);
                    skip = true;
                }
            } else if (step.equals("CONTENT")) {
                contents.add(content(in));
            } else if (step.equals("TLS")) {
                TlsProvider.Session session = tls.server(peer.socket(), "unknown", settings);
                in = session.socket().getInputStream();
                out = session.socket().getOutputStream();
            } else if (step.startsWith("BOTH: ")) {
                out.write((step.substring(6).replace("|", "\r\n") + "\r\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            } else if (step.equals("DROP")) {
                return;
            } else if (step.equals("RESET")) {
                in.read();
                peer.setOption(StandardSocketOptions.SO_LINGER, 0);
                return;
            } else if (step.equals("STALL")) {
                over.await(60, TimeUnit.SECONDS);
            } else if (step.equals("TLS_FAILS")) {
                try {
                    tls.server(peer.socket(), "unknown", settings);
                    throw new AssertionError("a handshake that should have failed");
                } catch (IOException _) {
                    return;
                }
            } else if (step.startsWith("SPELL ")) {
                for (byte b : step.substring(6).getBytes(StandardCharsets.US_ASCII)) {
                    out.write(b);
                    if (over.await(300, TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
            } else {
                throw new AssertionError("unknown step " + step);
            }
        }
    }

    private String content(InputStream in) throws IOException {
        var lines = new ArrayList<String>();
        for (String got = readLine(in); !got.equals("."); got = readLine(in)) {
            lines.add(got);
        }
        return String.join("\n", lines);
    }

    private String readLine(InputStream in) throws IOException {
        String again = pushedBack.get();
        if (again != null) {
            pushedBack.remove();
            return again;
        }
        var out = new ByteArrayOutputStream();
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("the client left" + (out.size() > 0 ? " behind " + out : ""));
            }
            if (b == '\n') {
                String text = out.toString(StandardCharsets.UTF_8);
                if (!text.endsWith("\r")) {
                    throw new AssertionError("line without CR: " + text);
                }
                return text.substring(0, text.length() - 1);
            }
            out.write(b);
        }
    }
}
