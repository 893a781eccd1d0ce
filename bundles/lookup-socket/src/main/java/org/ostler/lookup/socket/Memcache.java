// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Templates;

/**
 * The memcache text protocol with the limits of one table (memcache_table(5)): get, set, delete.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@code timeout} for each try, {@code retry_pause} between, within the deadline given. With a backup the server gets half of what is left until then, so that the backup can answer, and
 * one that does not answer in time is left alone for a while. <b>Errors</b> {@link Trouble}.
 */
final class Memcache implements AutoCloseable {

    /** The server's own limit. */
    static final int LONGEST_KEY = 250;
    private static final byte[] LINE_END = {'\r', '\n'};

    /** @param most bytes of a value */
    record Limits(int most, int line, int tries, Duration pause, Duration timeout) {

        /** Nanoseconds of all tries. */
        long longest() {
            return timeout.plus(pause).multipliedBy(tries).toNanos();
        }
    }

    /** How values are stored. @param ttl seconds; 0 for ever, a negative one not at all */
    record Stored(int flags, int ttl) {}

    private final String name;
    private final Pool pool;
    private final Limits limits;
    private final Stored stored;
    final String backup;
    final Templates templates;
    private final Templates.Query keyFormat;
    private final Optional<MessageDigest> digest;
    final List<Path> sources;

    Memcache(TableSpec spec) throws TableOpenException {
        TableParameters p = TableParameters.of(spec);
        this.name = spec.name();
        this.pool = new Pool(Endpoint.parse(p.text("memcache", "inet:localhost:11211")));
        this.backup = p.text("backup", "");
        this.stored = new Stored(p.integer("flags", 0, 0, Integer.MAX_VALUE), p.integer("ttl", 3600));
        this.templates = new Templates(spec, p.text("domain", ""));
        this.keyFormat = templates.query(p.text("key_format", "%s"));
        this.digest = digest(p.text("key_digest", ""));
        int most = p.integer("data_size_limit", 10_240, 1, 1 << 30);
        int line = p.integer("line_size_limit", 1024, 1, 1 << 20);
        int tries = p.integer("max_try", 2, 1, 100);
        Duration pause = Duration.ofSeconds(p.integer("retry_pause", 1, 1, 86_400));
        int timeout = p.integer("timeout", 2, 0, 86_400);
        this.limits = new Limits(most, line, tries, pause, timeout == 0 ? spec.lookupTimeout() : Duration.ofSeconds(timeout));
        this.sources = p.sources();
        p.warnUnused();
    }

    Endpoint endpoint() {
        return pool.endpoint();
    }

    /** OpenSSL's names, such as sha256 and sha3-512, for what the JDK has. */
    private Optional<MessageDigest> digest(String text) throws TableOpenException {
        String upper = text.toUpperCase(Locale.ROOT);
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(MessageDigest.getInstance(upper.replaceFirst("^SHA-?(1|224|256|384|512)", "SHA-$1").replaceFirst("^SHA-512-(224|256)$", "SHA-512/$1")));
        } catch (NoSuchAlgorithmException e) {
            throw new TableOpenException("open " + name + ": key digest " + text + " is not available", e);
        }
    }

    /** What the server is asked for. */
    byte[] key(String key) {
        byte[] formatted = keyFormat.expand(key, part -> part).getBytes(UTF_8);
        if (digest.isEmpty()) {
            return formatted;
        }
        try {
            return HexFormat.of().formatHex(((MessageDigest) digest.get().clone()).digest(formatted)).getBytes(UTF_8);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As Postfix words it. */
    String warning(TableSpec spec, Trouble e) {
        return switch (e.kind) {
            case CONNECT -> "connect to " + endpoint().text() + ": " + e.getMessage();
            case FORMAT -> e.getMessage();
            default -> "database " + spec.text() + ": I/O error: " + e.getMessage();
        };
    }

    /** Whether there can be such a key: white space and control characters end one. */
    static boolean isKey(byte[] key) {
        for (byte b : key) {
            if (b <= ' ' && b >= 0 || b == 0x7f) {
                return false;
            }
        }
        return key.length > 0;
    }

    /** Whether the server refuses to be asked for it: that is a failed lookup, as in Postfix. */
    static boolean isTooLong(byte[] key) {
        return key.length > LONGEST_KEY;
    }

    /** The value, or null where there is none. */
    byte[] get(byte[] key, long endNanos) throws Trouble {
        return ask(endNanos, connection -> {
            connection.send(join("get ".getBytes(UTF_8), key, LINE_END));
            String line = line(connection);
            if (line.equals("END")) {
                return null;
            }
            String[] words = line.split(" ");
            int length = words.length >= 4 && words[0].equals("VALUE") && words[1].equals(new String(key, ISO_8859_1)) ? number(words[3]) : -1;
            if (length < 0 || length > limits.most) {
                throw unexpected(line);
            }
            byte[] value = connection.bytes(length);
            String end = line(connection);
            String last = end.isEmpty() ? line(connection) : end;
            if (!end.isEmpty() || !last.equals("END")) {
                throw new Trouble(Trouble.Kind.FORMAT, name + ": EOF receiving memcache server reply");
            }
            return value;
        });
    }

    private static int number(String word) {
        try {
            return Integer.parseInt(word);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    void set(byte[] key, byte[] value, long endNanos) throws Trouble {
        byte[] rest = (" " + stored.flags + " " + stored.ttl + " " + value.length + "\r\n").getBytes(UTF_8);
        ask(endNanos, connection -> {
            connection.send(join("set ".getBytes(UTF_8), key, rest, value, LINE_END));
            return expect(connection, "STORED", "STORED");
        });
    }

    /** Whether it was there. */
    boolean delete(byte[] key) throws Trouble {
        return ask(System.nanoTime() + limits.longest(), connection -> {
            connection.send(join("delete ".getBytes(UTF_8), key, LINE_END));
            return expect(connection, "DELETED", "NOT_FOUND").equals("DELETED");
        });
    }

    private String expect(Connection connection, String one, String other) throws IOException {
        String line = line(connection);
        if (!line.equals(one) && !line.equals(other)) {
            throw unexpected(line);
        }
        return line;
    }

    private String line(Connection connection) throws IOException {
        String line = new String(connection.line(limits.line), ISO_8859_1);
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    private Trouble unexpected(String line) {
        return new Trouble(Trouble.Kind.FORMAT, name + ": unexpected memcache server reply: " + TcpFactory.printable(line));
    }

    /** Tries again what has failed, but not where nobody takes the connection, nor where the next try would begin too late. */
    private <T> T ask(long endNanos, Pool.Exchange<T> exchange) throws Trouble {
        long end = until(endNanos);
        for (int left = limits.tries; true; left--) {
            try {
                return pool.ask(Duration.ofNanos(Math.min(limits.timeout.toNanos(), end - System.nanoTime())), exchange);
            } catch (Trouble e) {
                boolean interrupted = Thread.currentThread().isInterrupted();
                if (left <= 1 || e.kind == Trouble.Kind.CONNECT || interrupted || end - System.nanoTime() <= limits.pause.toNanos()) {
                    if (e.kind == Trouble.Kind.TIMEOUT && !interrupted && !backup.isEmpty()) {
                        pool.leaveAlone(limits.timeout);
                    }
                    throw e;
                }
                pause(e);
            }
        }
    }

    private long until(long endNanos) {
        long now = System.nanoTime();
        return backup.isEmpty() ? endNanos : now + (endNanos - now) / 2;
    }

    private void pause(Trouble last) throws Trouble {
        try {
            Thread.sleep(limits.pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw last;
        }
    }

    private static byte[] join(byte[]... parts) {
        var out = new ByteArrayOutputStream(128);
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @Override
    public void close() {
        pool.close();
    }
}
