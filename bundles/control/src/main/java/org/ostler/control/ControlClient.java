// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.ostler.mail.control.spi.ControlCommand.ControlException;

/**
 * Sends one request to a running instance. <b>Threads</b> one. <b>Blocking</b> until the answer ends, or the server has been silent for too long ({@link Patience}); the time that {@code out} takes is not the server's.
 * <b>Errors</b> {@link IOException} where nobody answers (the instance is not running), {@link SilentException} where somebody should and does not (its process is stopped, or hangs), {@link ControlException} where the command failed.
 */
public final class ControlClient {

    /**
     * How long a server may say nothing.
     *
     * @param silence after that it is asked over a second connection whether it lives, and has as long to say so
     * @param longest however much it lives; with {@code silence} here it is not asked
     */
    public record Patience(Duration silence, Duration longest) {

        /** Some commands work for minutes before they have anything to say: a queue of a million messages is deleted, a bundle is fetched. */
        public static final Patience DEFAULT = new Patience(Duration.ofSeconds(10), Duration.ofMinutes(10));

        /** For what is answered at once. */
        public static Patience of(Duration silence) {
            return new Patience(silence, silence);
        }
    }

    /** What the message of a {@link SilentException} begins with. */
    public static final String SILENT = "the mail system does not answer";

    /** The socket is there, and nobody speaks. Whether the request has been served is not known. */
    public static final class SilentException extends IOException {
        private static final long serialVersionUID = 1L;

        /** @param lives it answers others */
        SilentException(Duration silence, boolean lives) {
            super(SILENT + ": nothing was heard of it for " + silence.toSeconds() + " seconds; " + (lives ? "it lives, and may still be at work on this" : "its process is stopped or hangs"));
        }
    }

    private ControlClient() {}

    /** @param out takes answer lines as they come */
    public static void run(String queueDirectory, List<String> request, Consumer<String> out) throws IOException, ControlException {
        run(queueDirectory, request, out, Patience.DEFAULT);
    }

    /** @param out takes answer lines as they come */
    public static void run(String queueDirectory, List<String> request, Consumer<String> out, Patience patience) throws IOException, ControlException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            var watch = new Watch(queueDirectory, channel, patience);
            Thread.ofPlatform().daemon().name("control-watch").start(watch);
            try {
                channel.connect(UnixDomainSocketAddress.of(Protocol.socket(queueDirectory)));
                converse(channel, request, out, watch);
            } catch (IOException e) {
                throw watch.gaveUp > 0 ? new SilentException(Duration.ofNanos(watch.gaveUp), watch.lives) : e;
            } finally {
                watch.ended.countDown();
            }
        }
    }

    private static void converse(SocketChannel channel, List<String> request, Consumer<String> out, Watch watch) throws IOException, ControlException {
        var text = new StringBuilder();
        request.forEach(word -> text.append('+').append(Protocol.escape(word)).append('\n'));
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.append('\n').toString());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
            watch.heard();
        }
        var in = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("+")) {
                // Whoever pages through a long answer may take his time.
                watch.ours = true;
                out.accept(Protocol.unescape(line.substring(1)));
                watch.heard();
            } else if (line.equals("ok")) {
                return;
            } else if (line.startsWith("error ")) {
                throw new ControlException(Protocol.unescape(line.substring("error ".length())));
            }
        }
        throw new IOException("the server ended the connection in the middle of an answer");
    }

    /** Closes the channel of a conversation in which the server is silent for too long: that ends a read, a write and a connect, none of which has a deadline of its own. A thread, not a virtual one: commands are to start quickly. */
    private static final class Watch implements Runnable {
        private final String queueDirectory;
        private final SocketChannel channel;
        private final Patience patience;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile long heard = System.nanoTime();
        /** It is we who take the time. */
        private volatile boolean ours;
        /** After how many nanoseconds; 0: not. */
        private volatile long gaveUp;
        /** It answered when it was asked last. */
        private volatile boolean lives;

        Watch(String queueDirectory, SocketChannel channel, Patience patience) {
            this.queueDirectory = queueDirectory;
            this.channel = channel;
            this.patience = patience;
        }

        void heard() {
            heard = System.nanoTime();
            ours = false;
        }

        @Override
        public void run() {
            long silence = patience.silence.toNanos();
            long wait = silence;
            try {
                while (!ended.await(wait, TimeUnit.NANOSECONDS)) {
                    long silent = silent();
                    if (silent >= silence && (silent >= patience.longest.toNanos() || !lives()) && silent() >= silence) {
                        gaveUp = silent();
                        channel.close();
                        return;
                    }
                    wait = silent < silence ? silence - silent : silence;
                }
            } catch (InterruptedException | IOException e) {
                throw new IllegalStateException("nobody interrupts this thread, and a socket is closed without a word", e);
            }
        }

        private long silent() {
            return ours ? 0 : System.nanoTime() - heard;
        }

        /** Any answer will do, also "unknown command". */
        private boolean lives() {
            try {
                ControlClient.run(queueDirectory, List.of("config.knows"), _ -> {}, Patience.of(patience.silence));
                lives = true;
            } catch (ControlException _) {
                lives = true;
            } catch (IOException _) {
                lives = false; // said by whoever asked: the answer to his own request stays out too
            }
            return lives;
        }
    }
}
