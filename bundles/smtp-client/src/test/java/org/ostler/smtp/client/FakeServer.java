// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
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

    private interface Line {
        InputStream in() throws IOException;

        OutputStream out() throws IOException;

        void close() throws IOException;
    }

    private final List<String> scripts;
    private final AutoCloseable listener;
    private final int port;
    private final List<String> problems = new CopyOnWriteArrayList<>();
    private final List<String> contents = new CopyOnWriteArrayList<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    /** The acceptor's. */
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ThreadLocal<String> pushedBack = new ThreadLocal<>();
    private TlsProvider tls;
    private Settings settings;

    private FakeServer(AutoCloseable listener, int port, String... scripts) {
        this.listener = listener;
        this.port = port;
        this.scripts = List.of(scripts);
    }

    static FakeServer on(String address, String... scripts) throws IOException {
        return on(address, 0, scripts);
    }

    static FakeServer on(String address, int wanted, String... scripts) throws IOException {
        var socket = new ServerSocket(wanted, 50, InetAddress.ofLiteral(address));
        var server = new FakeServer(socket, socket.getLocalPort(), scripts);
        Thread.ofVirtual().start(() -> server.accept(() -> {
            Socket accepted = socket.accept();
            return new TcpLine(accepted);
        }));
        return server;
    }

    static FakeServer start(String... scripts) throws IOException {
        return on("127.0.0.1", scripts);
    }

    static FakeServer unix(Path path, String... scripts) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(path));
        var server = new FakeServer(channel, 0, scripts);
        Thread.ofVirtual().start(() -> server.accept(() -> new UnixLine(channel.accept())));
        return server;
    }

    FakeServer with(TlsProvider provider, Settings tlsSettings) {
        tls = provider;
        settings = tlsSettings;
        return this;
    }

    int port() {
        return port;
    }

    String nextHop() {
        return "[127.0.0.1]:" + port;
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
        return connections.get();
    }

    /** Fails where a script met something else than it expected, or has not come to its end in time. */
    void verify() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (finished.get() < Math.max(connections.get(), scripts.size()) && problems.isEmpty() && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        if (!problems.isEmpty()) {
            throw new AssertionError(String.join("\n", problems));
        }
        if (finished.get() < scripts.size()) {
            throw new AssertionError(finished.get() + " of " + scripts.size() + " scripts came to their end");
        }
    }

    /** Nobody is answered any more when this returns: the socket of a virtual thread that waits in accept stays open, and takes one more connection, until that thread has run. */
    @Override
    public void close() throws Exception {
        over.countDown();
        listener.close();
        if (!ended.await(30, TimeUnit.SECONDS)) {
            throw new IOException("the acceptor does not end");
        }
    }

    private interface Accept {
        Line next() throws IOException;
    }

    private void accept(Accept accept) {
        try {
            while (true) {
                Line line = accept.next();
                if (over.getCount() == 0) {
                    line.close();
                    return;
                }
                int number = connections.getAndIncrement();
                String script = scripts.get(Math.min(number, scripts.size() - 1));
                Thread.ofVirtual().start(() -> serve(number, line, script));
            }
        } catch (IOException _) {
            return; // closed by the test
        } finally {
            ended.countDown();
        }
    }

    private void serve(int number, Line line, String script) {
        var transcript = new StringBuilder();
        try {
            play(line, script, transcript);
            finished.incrementAndGet();
        } catch (IOException | AssertionError e) {
            problems.add("connection " + number + ": " + e.getMessage() + "\n" + transcript);
        } catch (InterruptedException e) {
            problems.add("interrupted");
        } finally {
            try {
                line.close();
            } catch (IOException e) {
                problems.add(e.toString());
            }
        }
    }

    private void play(Line line, String script, StringBuilder transcript) throws IOException, InterruptedException {
        InputStream in = line.in();
        OutputStream out = line.out();
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
                TlsProvider.Session session = tls.server(((TcpLine) line).socket, "unknown", settings);
                in = session.socket().getInputStream();
                out = session.socket().getOutputStream();
            } else if (step.startsWith("BOTH: ")) {
                out.write((step.substring(6).replace("|", "\r\n") + "\r\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            } else if (step.equals("DROP")) {
                return;
            } else if (step.equals("RESET")) {
                in.read();
                ((TcpLine) line).socket.setSoLinger(true, 0);
                return;
            } else if (step.equals("STALL")) {
                over.await(60, TimeUnit.SECONDS);
            } else if (step.equals("TLS_FAILS")) {
                try {
                    tls.server(((TcpLine) line).socket, "unknown", settings);
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

    private record TcpLine(Socket socket) implements Line {
        @Override
        public InputStream in() throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream out() throws IOException {
            return socket.getOutputStream();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private record UnixLine(SocketChannel channel) implements Line {
        @Override
        public InputStream in() {
            return Channels.newInputStream(channel);
        }

        @Override
        public OutputStream out() {
            return Channels.newOutputStream(channel);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
